#!/bin/bash
# with_postgres.sh COMMAND...: runs a command beside a PostgreSQL server of its own, found by PGHOST (a socket directory), PGPORT and PGUSER
# (a superuser), in a directory that goes away. As root, the server and the command run as a user it accepts. PG_BIN chooses the programs.
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then
  for user in postgres nobody; do
    id "$user" >/dev/null 2>&1 && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME=/tmp "$0" "$@"
  done
fi

bin=${PG_BIN:-$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)}
[ -n "$bin" ] && PATH="$bin:$PATH"
home=$(mktemp -d /tmp/hf-pg-XXXXXX)
stop() {
  pg_ctl -D "$home/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$home"
}
trap stop EXIT
export PATH PGHOST="$home" PGPORT=5432 PGUSER=postgres WORK="$home/work"
mkdir "$WORK"
initdb -D "$home/data" -U postgres -A trust --locale=C.UTF-8 -E UTF8 -N >/dev/null
pg_ctl -D "$home/data" -l "$home/log" -w \
  -o "-c listen_addresses='' -c unix_socket_directories='$home' -c fsync=off -c wal_level=logical" start >/dev/null || { cat "$home/log" >&2; exit 1; }
"$@"
