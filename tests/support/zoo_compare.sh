#!/bin/bash
# zoo_compare.sh A B: compares two databases. A and B are connection strings or database names for psql and pg_dump.
# Compares the text of `pg_dump --schema-only`; the rows of each table itself (partitions, parents without their
# children, unlogged tables), of materialized views and whether they are populated; sequences; large objects with owner,
# privileges and comment. Compares partitions by the hash of an enum as one table, because the partition of each row
# depends on OIDs. Does not read foreign tables.
# A folder in ZOO_KNOWN keeps what A has for later runs of a caller that does not change A.
# Prints the differences; exit status 0 = equal, 1 = different, 2 = could not compare.
set -Eeuo pipefail  # the trap holds in functions too
trap 'exit 2' ERR
[ $# -eq 2 ] || { echo "usage: $0 DATABASE DATABASE" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One query per object, each to a pipe that appends one line; names are printed as JSON, so that each stays on its line.
contents() {
  local script="$work/script.sql"
  export ZOO_OUT="$2"
  psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" >"$script" <<'SQL'
SET search_path = pg_catalog;
WITH roots AS (  -- tables whose rows have no fixed partition
  SELECT p.partrelid AS oid FROM pg_partitioned_table p
  WHERE p.partstrat = 'h' AND EXISTS (
    SELECT FROM unnest(p.partattrs::int2[]) AS key JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = key
    JOIN pg_type t ON t.oid = a.atttypid WHERE t.typtype = 'e')
), relations AS (
  SELECT c.oid, c.relkind, c.relispopulated, format('%I.%I', n.nspname, c.relname) AS name, c.oid IN (SELECT oid FROM roots) AS is_root
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'
    AND (c.relkind IN ('r', 'm', 'S') OR c.oid IN (SELECT oid FROM roots))
    AND NOT EXISTS (SELECT FROM pg_partition_ancestors(c.oid) a JOIN roots r ON r.oid = a.relid WHERE a.relid <> c.oid)
)
SELECT CASE
    WHEN relkind = 'S' THEN format('SELECT %L, last_value, is_called FROM %s \g |cat >>"$ZOO_OUT"', 'sequence ' || to_json(name), name)
    WHEN NOT relispopulated THEN format('SELECT %L \g |cat >>"$ZOO_OUT"', 'not populated ' || to_json(name))
    ELSE format('SELECT %L \g |tr "\n" " " >>"$ZOO_OUT"', 'rows ' || to_json(name)) || E'\n' ||
         format('COPY (SELECT zoo_row.* FROM %s %s AS zoo_row ORDER BY (zoo_row.*)::text COLLATE "C") TO STDOUT \g |md5sum >>"$ZOO_OUT"',
                CASE WHEN is_root THEN '' ELSE 'ONLY' END, name)
  END
FROM relations ORDER BY name COLLATE "C";
SELECT $$SELECT 'large object', m.oid, pg_get_userbyid(lomowner), lomacl, to_json(obj_description(m.oid, 'pg_largeobject')), md5(lo_get(m.oid))
FROM pg_largeobject_metadata m ORDER BY 2 \g |cat >>"$ZOO_OUT"$$;
SQL
  psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" <<SQL
SET search_path = pg_catalog; SET row_security = off; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';
SET extra_float_digits = 3; SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET client_encoding = 'UTF8'; SET statement_timeout = 0;
$(cat "$script")
SQL
}

describe() {  # database, file for its schema, file for its contents
  pg_dump --schema-only --dbname="$1" >"$work/dump"
  grep -v -E '^\\(un)?restrict ' "$work/dump" >"$2"
  : >"$3"
  contents "$1" "$3"
  [ -s "$3" ]
}

known=${ZOO_KNOWN:-$work}
if [ ! -e "$known/schema.a" ]; then
  describe "$1" "$work/schema.new" "$work/contents.new"
  mv "$work/contents.new" "$known/contents.a"
  mv "$work/schema.new" "$known/schema.a"
fi
describe "$2" "$work/schema.b" "$work/contents.b"

status=0
diff -U 2 "$known/schema.a" "$work/schema.b" >"$work/diff" || status=$?
[ "$status" -le 1 ]
differs=$status
head -n 200 "$work/diff"
status=0
diff -U 0 "$known/contents.a" "$work/contents.b" >"$work/diff" || status=$?
[ "$status" -le 1 ]
head -n 200 "$work/diff"
if [ "$differs" -ne 0 ] || [ "$status" -ne 0 ]; then
  echo "the databases differ" >&2
  exit 1
fi
echo "equal: $(wc -l <"$known/contents.a") relations and large objects"
