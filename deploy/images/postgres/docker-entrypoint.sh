#!/bin/bash
# What a compose file relies on of the official image's entry point: an empty data folder becomes a cluster with
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB and POSTGRES_INITDB_ARGS; then the scripts of
# /docker-entrypoint-initdb.d run, once, by name, while nobody else can connect.
set -Eeuo pipefail

if [ "${1:0:1}" = "-" ]; then
  set -- postgres "$@"
fi
if [ "$1" = "postgres" ] && [ "$(id -u)" = 0 ]; then
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ "$1" != "postgres" ] || [ -s "$PGDATA/PG_VERSION" ]; then
  exec "$@"
fi

export POSTGRES_USER="${POSTGRES_USER:-postgres}"
export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
method="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"
if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != "trust" ]; then
  echo "The database is empty and POSTGRES_PASSWORD is not set: set it to the superuser's password." >&2
  exit 1
fi

# The arguments are words of a command line, with quotes where they are needed.
eval "set -- $(printf '%q ' "$@") -- ${POSTGRES_INITDB_ARGS:-}"
command=()
while [ "$1" != "--" ]; do
  command+=("$1")
  shift
done
shift
chmod 0700 "$PGDATA"
initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}") "$@"
printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"

# Over the socket alone: whoever waits for the port meets the finished database.
options="-c listen_addresses=''"
for option in "${command[@]:1}"; do
  options+=" $(printf '%q' "$option")"
done
pg_ctl --pgdata="$PGDATA" --wait --options="$options" start
run() { psql -v ON_ERROR_STOP=1 --no-psqlrc --username="$POSTGRES_USER" --dbname="${1}" "${@:2}"; }
if [ "$POSTGRES_DB" != postgres ]; then
  run postgres --set name="$POSTGRES_DB" <<< 'CREATE DATABASE :"name";'
fi
for file in /docker-entrypoint-initdb.d/*; do
  case "$file" in
    *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
    *.sql) run "$POSTGRES_DB" --file="$file" ;;
  esac
done
pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
exec "${command[@]}"
