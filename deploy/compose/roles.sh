#!/bin/sh
# Two roles, once, when the database is made: `owner` migrates and owns the tables, `app` may use them and not alter
# them. Run by the image's entry point, while nobody else can connect.
set -eu

psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
  --set app_password="$DB_PASSWORD" --set owner_password="$DB_OWNER_PASSWORD" --set database="$POSTGRES_DB" <<'SQL'
CREATE ROLE app LOGIN PASSWORD :'app_password';
CREATE ROLE owner LOGIN PASSWORD :'owner_password';
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DATABASE :"database" OWNER TO owner;
SQL
