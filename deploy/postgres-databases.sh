#!/bin/sh
# Run by the postgres image on an empty data directory: one role per part, each
# with its own database and no other. The role tocsin_app runs the application
# and owns nothing, so the record stays out of its reach to change; what it may
# do with tables is granted by `tocsin migrate`.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set owner_password `cat "${SECRETS_DIR:-/run/secrets}/tocsin_owner_password"`
\set app_password `cat "${SECRETS_DIR:-/run/secrets}/tocsin_app_password"`
\set temporal_password `cat "${SECRETS_DIR:-/run/secrets}/temporal_password"`

CREATE ROLE tocsin_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE tocsin_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE ROLE temporal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'temporal_password';

CREATE DATABASE tocsin OWNER tocsin_owner;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;

REVOKE ALL ON DATABASE postgres, tocsin, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE tocsin TO tocsin_app;
SQL
