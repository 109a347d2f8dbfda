#!/bin/sh
# Run once by the postgres image on an empty volume: make the login that the product works as.
# It owns no audit table; docs/audit.md says why.
set -eu
psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE throughline LOGIN NOINHERIT PASSWORD :'password';
SQL
