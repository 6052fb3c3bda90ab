#!/bin/sh
# Makes what docker-compose.yml reads from ./secrets, where it is missing:
# passwords, the addresses that hold them, and a certificate for the trial
# relay. May be run again; it never replaces a file. The keys are made by
# `docker compose run --rm keys`.
#
#   deploy/secrets.sh [DIRECTORY]
set -eu

cd "$(dirname "$0")/.."
dir="${1:-secrets}"
umask 077
mkdir -p "$dir/keys" "$dir/erased"
# Nobody but the owner enters the directory. The files in it are readable, for
# each is mounted alone into containers that run under other users.
chmod 0700 "$dir"

put() { # name; the content comes from standard input
  if [ ! -e "$dir/$1" ]; then
    cat >"$dir/$1.new"
    chmod 0444 "$dir/$1.new"
    mv "$dir/$1.new" "$dir/$1"
    echo "made $dir/$1"
  else
    cat >/dev/null
  fi
}

for name in postgres tocsin_owner tocsin_app temporal; do
  # Hexadecimal, so that it can stand in an address as it is.
  openssl rand -hex 24 | tr -d '\n' | put "${name}_password"
done

# The network between the parts is the containers' own, without TLS.
printf 'postgres://tocsin_owner:%s@postgres:5432/tocsin?sslmode=disable' "$(cat "$dir/tocsin_owner_password")" | put tocsin_owner_database_url
printf 'postgres://tocsin_app:%s@postgres:5432/tocsin?sslmode=disable' "$(cat "$dir/tocsin_app_password")" | put tocsin_database_url
printf 'smtp://mailpit:1025' | put smtp_url
# Empty until single sign-on is set up: replace the file by the provider's secret.
printf '' | put oidc_client_secret

if [ ! -e "$dir/mailpit.crt" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 \
    -subj /CN=mailpit -addext subjectAltName=DNS:mailpit \
    -keyout "$dir/mailpit.key" -out "$dir/mailpit.crt" 2>/dev/null
  chmod 0444 "$dir/mailpit.key" "$dir/mailpit.crt"
  echo "made $dir/mailpit.crt"
fi

# The keys and the list of erased incidents are written and read by the user of Tocsin's image. Without root the
# directory cannot be given to it, so it is open; the one above keeps others out.
if [ "$(id -u)" = 0 ]; then
  chown 65532:65532 "$dir/keys" "$dir/erased"
else
  chmod 0777 "$dir/keys" "$dir/erased"
fi
