#!/bin/bash
# Archives assembled from a schema archive and the rows of a database restore with stock pg_restore to an equal database; selected
# tables restore alone; schema archives compare. Run beside a server: with_postgres.sh archive_export_test.sh ARCHIVE_TOOL SUPPORT_DIR
set -euo pipefail
tool=$1 support=$2
fail() { echo "$*" >&2; exit 1; }

psql -X -q -d postgres -c 'CREATE DATABASE zoo'
psql -X -d zoo -f "$support/zoo.sql"
pg_dump -Fc --schema-only -d zoo -f "$WORK/schema.dump"
"$tool" export "postgresql:///zoo?host=$PGHOST&port=$PGPORT&user=$PGUSER" "$WORK/schema.dump" "$WORK/full.dump"

# Every way to restore: in order, two jobs, through a script, from a pipe.
restored() {
  psql -X -q -d postgres -c "CREATE DATABASE \"$1\""
  shift
  "$@"
}
restored serial pg_restore --exit-on-error -d serial "$WORK/full.dump"
restored parallel pg_restore --exit-on-error -j 2 -d parallel "$WORK/full.dump"
restored script bash -c 'set -o pipefail; pg_restore -f - "$0" | psql -X -q -v ON_ERROR_STOP=1 -d script >/dev/null' "$WORK/full.dump"
restored pipe bash -c 'set -o pipefail; cat "$0" | pg_restore --exit-on-error -d pipe' "$WORK/full.dump"
for database in serial parallel script pipe; do "$support/zoo_compare.sh" zoo "$database" || fail "restored ($database) is not equal"; done

# The list names what pg_dump's own archive would.
pg_dump -Fc -d zoo -f "$WORK/stock.dump"
kinds() { pg_restore -l "$1" | sed -n 's/^[0-9]*; [0-9]* [0-9]* //p' | sed -E 's/^(SEQUENCE SET|TABLE DATA|MATERIALIZED VIEW DATA|BLOBS|BLOB) .*/\1/' | sort | uniq -c; }
diff <(kinds "$WORK/stock.dump" | grep -E ' (SEQUENCE SET|TABLE DATA|MATERIALIZED VIEW DATA|BLOBS|BLOB)$') \
     <(kinds "$WORK/full.dump" | grep -E ' (SEQUENCE SET|TABLE DATA|MATERIALIZED VIEW DATA|BLOBS|BLOB)$') || fail "entries are missing"

# Two databases of one schema have equal archives; a changed index is one line.
pg_dump -Fc --schema-only -d serial -f "$WORK/serial.dump"
"$tool" compare "$WORK/schema.dump" "$WORK/serial.dump" || fail "equal schemas compare as different"
psql -X -q -d serial -c 'DROP INDEX zoo.by_hash'
pg_dump -Fc --schema-only -d serial -f "$WORK/serial.dump"
[ "$("$tool" compare "$WORK/schema.dump" "$WORK/serial.dump")" = "INDEX zoo.by_hash: only in the first" ] || fail "a dropped index is not seen"

# Each relation of the zoo, chosen alone, restores without an error. But for rows that name objects outside (a regtype), and single
# partitions by the hash of an enum: their rows go in through the root and lie elsewhere then.
pg_restore -l "$WORK/full.dump" >"$WORK/all"
# Names travel as hex: they hold every separator there is.
psql -X -q -A -t -F ' ' -d zoo -c "SELECT encode(convert_to(n.nspname, 'UTF8'), 'hex'), encode(convert_to(c.relname, 'UTF8'), 'hex')
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname LIKE 'zoo%' AND relname <> 'systems' AND relname !~ '^by_enum_hash_' AND NOT EXISTS
    (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2" >"$WORK/relations"
from_hex() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }
count=0
failed=0
while read -r schema relation; do
  line="$(from_hex "$schema").$(from_hex "$relation")"
  "$tool" select "$WORK/full.dump" "$(from_hex "$schema")" "$(from_hex "$relation")" >"$WORK/list" 2>"$WORK/left_out" || fail "can't select $line"
  psql -X -q -d postgres -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS chosen' -c 'CREATE DATABASE chosen'
  pg_restore --exit-on-error -L "$WORK/list" -d chosen "$WORK/full.dump" || { echo "can't restore $line alone" >&2; failed=1; }
  count=$((count + 1))
done <"$WORK/relations"
[ "$failed" -eq 0 ] || fail "selections do not restore"
[ "$count" -gt 150 ] || fail "only $count relations were tried"

# What comes with a table: as pg_dump would say it, but for the foreign keys to tables that were not chosen.
"$tool" select "$WORK/full.dump" zoo indexed zoo constrained >"$WORK/list" 2>"$WORK/left_out"
psql -X -q -d postgres -c 'DROP DATABASE IF EXISTS chosen' -c 'CREATE DATABASE chosen'
pg_restore --exit-on-error -j 2 -L "$WORK/list" -d chosen "$WORK/full.dump"
for database in zoo chosen; do
  pg_dump -Fc --schema-only -d "$database" -t zoo.indexed -t zoo.constrained -t zoo.owned -f "$WORK/$database.chosen"
done
# pg_dump adds the privileges of plpgsql, which are no table's.
"$tool" compare "$WORK/zoo.chosen" "$WORK/chosen.chosen" | grep -v '^ACL plpgsql\|^ACL LANGUAGE plpgsql' >"$WORK/differences" || true
[ ! -s "$WORK/differences" ] || fail "the chosen tables are not whole: $(cat "$WORK/differences")"
echo "archives restore; $count relations restore alone"
