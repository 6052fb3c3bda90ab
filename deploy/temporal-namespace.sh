#!/bin/sh
# Makes the namespace where it is missing. Closed workflows are kept for thirty
# days; the record in PostgreSQL is what counts, and is kept by its own rule.
set -eu

if ! temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$NAMESPACE" --retention 30d
fi
