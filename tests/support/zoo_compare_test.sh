#!/bin/bash
# Tests the comparator of the zoo: copies by stock pg_dump and pg_restore are equal, and the smallest change is
# detected. tests/integration/zoo_comparator_test.py runs it with a server in PGHOST, PGPORT, PGUSER and a directory
# WORK.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
psql -X -q -d postgres -c 'CREATE DATABASE zoo_a' -c 'CREATE DATABASE zoo_b'
psql -X -d zoo_a -f "$here/zoo.sql"
pg_dump -Fc -d zoo_a -f "$WORK/zoo.dump"
pg_restore -d zoo_b "$WORK/zoo.dump"
"$here/zoo_compare.sh" zoo_a zoo_b
mkdir "$WORK/known"
export ZOO_KNOWN=$WORK/known  # zoo_a stays as it is

# seen CHANGE UNDO WANTED: after CHANGE the comparator must fail and print WANTED; UNDO makes the databases equal again.
# A short run tries one in three: over time, all are tried.
seen() {
  [ -n "${HOLDFAST_TESTS_LONG:-}" ] || [ $((RANDOM % 3)) -eq 0 ] || return 0
  local status=0
  psql -X -q -v ON_ERROR_STOP=1 -d zoo_b -o /dev/null -c "$1"
  "$here/zoo_compare.sh" zoo_a zoo_b >"$WORK/out" 2>&1 || status=$?
  if [ "$status" -ne 1 ] || ! grep -q -F -e "$3" "$WORK/out"; then
    echo "not seen (status $status): $1" >&2
    cat "$WORK/out" >&2
    exit 1
  fi
  psql -X -q -v ON_ERROR_STOP=1 -d zoo_b -o /dev/null -c "$2"
}
seen "UPDATE zoo.toasted SET packed = overlay(packed PLACING 'X' FROM 5000) WHERE id = 7" \
  "UPDATE zoo.toasted SET packed = repeat('compressible ', 20000) WHERE id = 7" 'rows "zoo.toasted"'
seen "INSERT INTO zoo.no_columns DEFAULT VALUES" "TRUNCATE zoo.no_columns; INSERT INTO zoo.no_columns SELECT FROM generate_series(1, 3)" 'rows "zoo.no_columns"'
seen "UPDATE ONLY zoo.parents SET id = 3 WHERE id = 2" "UPDATE ONLY zoo.parents SET id = 2 WHERE id = 3" 'rows "zoo.parents"'
seen "UPDATE zoo_types.numbers SET f8 = 0 WHERE f8::text = '-0'" "UPDATE zoo_types.numbers SET f8 = '-0' WHERE f4::text = '-0'" 'rows "zoo_types.numbers"'
seen "UPDATE zoo_types.texts SET v = NULL WHERE t = ''" "UPDATE zoo_types.texts SET v = '' WHERE t = ''" 'rows "zoo_types.texts"'
seen "SELECT nextval('zoo.used')" "SELECT setval('zoo.used', 3)" 'sequence "zoo.used"'
seen "SELECT setval('zoo.fresh', 1, true)" "SELECT setval('zoo.fresh', 1, false)" 'sequence "zoo.fresh"'
seen "REFRESH MATERIALIZED VIEW zoo.unpopulated" "REFRESH MATERIALIZED VIEW zoo.unpopulated WITH NO DATA" '"zoo.unpopulated"'
seen "SELECT lo_put(70002, 100, '\\xff')" "SELECT lo_put(70002, 100, '\\x64')" 'large object|70002'
seen "SELECT lo_create(99)" "SELECT lo_unlink(99)" 'large object|99'
seen "GRANT SELECT ON LARGE OBJECT 70003 TO zoo_reader" "REVOKE SELECT ON LARGE OBJECT 70003 FROM zoo_reader" 'large object|70003'
seen "COMMENT ON LARGE OBJECT 4000000001 IS 'x'" "COMMENT ON LARGE OBJECT 4000000001 IS NULL" 'large object|4000000001'
seen "DROP INDEX zoo.by_hash" "CREATE INDEX by_hash ON zoo.indexed USING hash (t)" 'by_hash'
seen "ALTER TABLE zoo.indexed ENABLE TRIGGER disabled" "ALTER TABLE zoo.indexed DISABLE TRIGGER disabled" 'DISABLE TRIGGER disabled'
unset ZOO_KNOWN
"$here/zoo_compare.sh" zoo_a zoo_b
status=0
"$here/zoo_compare.sh" zoo_a no_such_database >/dev/null 2>&1 || status=$?
[ "$status" -eq 2 ] || { echo "a database that is not there gave status $status" >&2; exit 1; }
echo "the comparator sees every change"
