#!/bin/sh
# PgBouncer's users, from the environment: the application's, and the console's. Then the command.
set -eu

umask 077
printf '"%s" "%s"\n' "$DB_USER" "$DB_PASSWORD" pgbouncer "$PGBOUNCER_ADMIN_PASSWORD" > /etc/pgbouncer/userlist.txt
exec "$@"
