#!/bin/bash
# The essentials of the official image's entry point: makes the database on the first start, then becomes the server.
set -euo pipefail
[ "${1:0:1}" != - ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  install -d -o postgres -g postgres -m 3775 /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo "Error: Database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD." >&2
    exit 1
  fi
  initdb --username="$user" --encoding=UTF8 --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}")
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  export PGUSER=$user PGDATABASE=${POSTGRES_DB:-$user}
  [ "$PGDATABASE" = postgres ] || createdb "$PGDATABASE"
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
    *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc -f "$file" ;;
    *.sh) . "$file" ;;
    esac
  done
  unset PGUSER PGDATABASE
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
