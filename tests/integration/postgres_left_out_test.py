"""A restore gives up nothing for one object: what the server refuses is tried again, comes as something less, or is left
out by name, with its statement and the reason. Each case is a kind of database that people have."""

import pathlib
import shutil
import tempfile
import unittest

import harness
import pg
from holdfast import FAILED, FAULT, OK, WARNINGS, Holdfast
from pg import PgServer

# Restored whole: code that needs the source's search path, or objects that are still to come.
WHOLE = {
    "index over a function that finds its parts by the search path": (
        """CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE TABLE place (lat float8, lng float8);
        INSERT INTO place VALUES (1, 2); CREATE INDEX by_position ON place USING gist (ll_to_earth(lat, lng));""",
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'by_position'::regclass AND indisvalid", "1"),
    "index over a function that people wrote": (
        """CREATE EXTENSION unaccent; CREATE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT unaccent('unaccent', $1) $$;
        CREATE TABLE person (name text); INSERT INTO person VALUES ('é'); CREATE UNIQUE INDEX by_name ON person (plain(name));""",
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'by_name'::regclass AND indisvalid", "1"),
    "generated column": (
        """CREATE EXTENSION unaccent; CREATE FUNCTION slugify(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RETURN lower(unaccent(v)); END $$;
        CREATE TABLE post (title text, slug text GENERATED ALWAYS AS (slugify(title)) STORED); INSERT INTO post VALUES ('É');""",
        "SELECT slug FROM post", "e"),
    "domain": (
        """CREATE FUNCTION helper(v text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT length(v) > 1 $$;
        CREATE FUNCTION long(v text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN helper(v); END $$;
        CREATE DOMAIN word AS text CHECK (long(VALUE)); CREATE TABLE said (w word); INSERT INTO said VALUES ('yes');""",
        "SELECT w FROM said", "yes"),
    "function of a schema in the database's search path": (
        """CREATE SCHEMA app; ALTER DATABASE {db} SET search_path TO app, public; SET search_path TO app, public;
        CREATE FUNCTION app.inner_one(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
        CREATE FUNCTION public.outer_one(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN inner_one($1); END $$;
        CREATE TABLE public.n (i int); INSERT INTO public.n VALUES (1); CREATE INDEX by_outer ON public.n (public.outer_one(i));""",
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'public.by_outer'::regclass", "1"),
    "trigger that compares an extension's type": (
        """CREATE EXTENSION hstore; CREATE TABLE t (id int, a hstore); CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RETURN new; END $$; CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (old.a IS DISTINCT FROM new.a) EXECUTE FUNCTION bump();""",
        "SELECT count(*) FROM pg_trigger WHERE tgname = 'tr'", "1"),
    "view that compares an extension's type": (
        """CREATE EXTENSION hstore; CREATE TABLE t (a hstore, b hstore); INSERT INTO t VALUES ('a=>1', 'a=>1');
        CREATE VIEW same AS SELECT a IS NOT DISTINCT FROM b AS yes FROM t; CREATE VIEW above AS SELECT * FROM same;""",
        "SELECT yes FROM above", "t"),
    "domain that compares an extension's type, with grants": (
        """CREATE EXTENSION hstore; CREATE DOMAIN pairs AS hstore CHECK (VALUE IS NOT DISTINCT FROM VALUE); REVOKE USAGE ON TYPE pairs FROM PUBLIC;
        CREATE TABLE t (p pairs); INSERT INTO t VALUES ('a=>1');""",
        "SELECT p, (SELECT typacl FROM pg_type WHERE typname = 'pairs') FROM t", '"a"=>"1"|{postgres=U/postgres}'),
    "comparisons of an extension's type, which have another meaning without it in the search path": (
        """CREATE EXTENSION citext; CREATE TABLE a (k citext, n int); INSERT INTO a VALUES ('X', 1); CREATE TABLE b (k citext); INSERT INTO b VALUES ('x');
        CREATE VIEW joined AS SELECT * FROM a JOIN b USING (k); CREATE MATERIALIZED VIEW m AS SELECT * FROM joined;
        CREATE VIEW same AS SELECT a.k IS DISTINCT FROM b.k AS d, nullif(a.k, b.k) AS n, CASE a.k WHEN b.k THEN 1 ELSE 2 END AS c FROM a, b;
        CREATE FUNCTION is_x(v citext) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT v = 'X'::public.citext $$;
        CREATE TABLE g (k citext, y bool GENERATED ALWAYS AS (is_x(k)) STORED); INSERT INTO g VALUES ('x');
        CREATE INDEX ON g (k) WHERE is_x(k); CREATE MATERIALIZED VIEW o AS SELECT is_x(k) AS y FROM g; ALTER TABLE g OWNER TO kind_a;""",
        "SELECT (SELECT count(*) FROM joined), (SELECT count(*) FROM m), s.*, (SELECT y FROM g), (SELECT y FROM o) FROM same s", "1|1|f||1|t|t"),
    "CHECK that looks into another table": (
        """CREATE TABLE dict (v text PRIMARY KEY); INSERT INTO dict VALUES ('a');
        CREATE FUNCTION in_dict(text) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT 1 FROM public.dict WHERE v = $1) $$;
        CREATE TABLE a_data (v text CHECK (public.in_dict(v))); INSERT INTO a_data SELECT 'a' FROM generate_series(1, 100);""",
        "SELECT count(*) FROM a_data", "100"),
    "event trigger that forbids drops": (
        """CREATE TABLE t (i int); CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'forbidden'; END $$;
        CREATE EVENT TRIGGER g ON sql_drop EXECUTE FUNCTION no();""",
        "SELECT count(*) FROM pg_event_trigger", "1"),
    "materialized view over text of a query": (
        """CREATE TABLE documents (body text); INSERT INTO documents VALUES ('to be');
        CREATE MATERIALIZED VIEW words AS SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', body) FROM documents');""",
        "SELECT count(*) FROM words", "2"),
    "function with options that only a superuser may give, and a body in SQL": (
        """CREATE FUNCTION next(v int) RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF RETURN v + 1;
        CREATE FUNCTION quiet(v int) RETURNS int LANGUAGE sql SET log_statement = 'none' SET work_mem = '1MB' RETURN next(v);
        CREATE TABLE t (i int, j int GENERATED ALWAYS AS (next(i)) STORED); INSERT INTO t VALUES (1);""",
        "SELECT j, proleakproof, (SELECT proconfig FROM pg_proc WHERE proname = 'quiet') FROM t, pg_proc WHERE proname = 'next'",
        "2|t|{log_statement=none,work_mem=1MB}"),
    "trigger and CHECK of tables whose partitions and children belong to others": (
        """CREATE TABLE p (i int) PARTITION BY LIST (i); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1) PARTITION BY LIST (i);
        CREATE TABLE p2 PARTITION OF p1 FOR VALUES IN (1); INSERT INTO p VALUES (1); CREATE TABLE q (i int); CREATE TABLE "c, (1)" () INHERITS (q);
        CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW WHEN (NEW.i > 0) EXECUTE FUNCTION tf();
        ALTER TABLE p ADD CHECK (i > 1) NOT VALID; ALTER TABLE q ADD CHECK (i > 1) NOT VALID;
        ALTER TABLE p OWNER TO kind_a; ALTER TABLE p2 OWNER TO kind_b; ALTER TABLE q OWNER TO kind_a; ALTER TABLE "c, (1)" OWNER TO kind_b;""",
        "SELECT (SELECT count(*) FROM pg_trigger WHERE tgname = 'tr'), count(*) FROM pg_constraint WHERE contype = 'c' AND NOT convalidated", "3|5"),
    "row security that its owner does not escape": (
        """CREATE TABLE a (i int PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE b (i int); INSERT INTO b VALUES (1); CREATE TABLE c (i int PRIMARY KEY);
        INSERT INTO c VALUES (1); ALTER TABLE c ADD CONSTRAINT zz FOREIGN KEY (i) REFERENCES a; ALTER TABLE a ADD CONSTRAINT zz FOREIGN KEY (i) REFERENCES c;
        ALTER TABLE a FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY; ALTER TABLE c FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY;
        ALTER TABLE a OWNER TO kind_a; ALTER TABLE c OWNER TO kind_a;
        CREATE TABLE d (i int); CREATE TABLE e (j int) INHERITS (d, a); INSERT INTO d VALUES (1); CREATE POLICY p ON d USING (false);
        ALTER TABLE d FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY; ALTER TABLE e FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY;
        CREATE MATERIALIZED VIEW m AS SELECT * FROM d; CREATE MATERIALIZED VIEW n AS SELECT * FROM c; ALTER MATERIALIZED VIEW n OWNER TO kind_a;
        REFRESH MATERIALIZED VIEW n;""",
        "SELECT sum(convalidated::int), (SELECT count(*) FROM m), (SELECT count(*) FROM n) FROM pg_constraint WHERE contype = 'f'", "2|1|0"),
    "partitions by the hash of values that contain an enum": (
        """CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd'); CREATE TYPE c AS (e e, i int);
        CREATE TABLE p (k c) PARTITION BY HASH (k); CREATE TABLE q (k e[]) PARTITION BY HASH (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE p2 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE q1 PARTITION OF q FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE q2 PARTITION OF q FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO p SELECT row(x, i)::c FROM unnest(enum_range(null::e)) x, generate_series(1, 20) i;
        INSERT INTO q SELECT array[x, y] FROM unnest(enum_range(null::e)) x, unnest(enum_range(null::e)) y;""",
        "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM q)", "80|16"),
}

# Restored but for what is named: SQL, then object: (what came instead, a word of the reason), then a query and its answer.
LESS = {
    "orphaned row": (
        """CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (pid int REFERENCES p); INSERT INTO p VALUES (1);
        SET session_replication_role = replica; INSERT INTO c VALUES (99);""",
        {"FK CONSTRAINT public.c c_pid_fkey": ("NOT VALID", "is not present in table")},
        "SELECT (SELECT count(*) FROM c), NOT convalidated FROM pg_constraint WHERE conname = 'c_pid_fkey'", "1|t"),
    "duplicates": (
        """CREATE TABLE t (i int); CREATE INDEX u ON t (i); INSERT INTO t VALUES (1), (1);
        UPDATE pg_index SET indisunique = true WHERE indexrelid = 'u'::regclass;""",
        {"INDEX public.u": ("", "is duplicated")}, "SELECT count(*) FROM t", "2"),
    "CHECK that became stricter": (
        """CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
        CREATE TABLE t (i int CONSTRAINT small CHECK (public.fits(i)), j int CHECK (j > 0)); INSERT INTO t VALUES (1, 1), (2, 2);
        CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 2 $$;""",
        {"rows of public.t": ("all of them, with the constraint NOT VALID: small", "violates check constraint")},
        "SELECT (SELECT count(*) FROM t), NOT convalidated FROM pg_constraint WHERE conname = 'small'", "2|t"),
    "domain that became stricter": (
        """CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
        CREATE DOMAIN amount AS int CONSTRAINT small CHECK (public.fits(VALUE)); CREATE TABLE t (i amount); INSERT INTO t VALUES (1), (2);
        CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 2 $$;""",
        {"rows of public.t": ("all of them, with the constraint NOT VALID: small", "violates check constraint")},
        "SELECT (SELECT count(*) FROM t), NOT convalidated FROM pg_constraint WHERE conname = 'small'", "2|t"),
    "partition whose CHECK became stricter": (
        """CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT true $$;
        CREATE TABLE r (i int CONSTRAINT small CHECK (public.fits(i))) PARTITION BY RANGE (i);
        CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10); INSERT INTO r VALUES (1), (2);
        CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 < 2 $$;""",
        {"rows of public.r1": ("all of them, with the constraint NOT VALID: small", "violates check constraint")},
        "SELECT count(*) FROM r", "2"),
    "generated column that fails for one row": (
        """CREATE FUNCTION half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 / 2; END $$;
        CREATE TABLE t (i int, h int GENERATED ALWAYS AS (public.half(i)) STORED); INSERT INTO t VALUES (1), (2); CREATE TABLE other AS SELECT 7 AS x;
        CREATE OR REPLACE FUNCTION half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1 / ($1 - 1); END $$;""",
        {"rows of public.t": ("", "division by zero")}, "SELECT x FROM other", "7"),
    "function in a library that this server lacks": (
        """CREATE TABLE t (i int); INSERT INTO t VALUES (1);
        CREATE FUNCTION gone(int) RETURNS int LANGUAGE c IMMUTABLE AS '$libdir/pg_trgm', 'show_limit'; COMMENT ON FUNCTION gone(int) IS 'x';
        UPDATE pg_proc SET probin = '$libdir/hf_missing' WHERE proname = 'gone';""",
        {"FUNCTION public.gone(integer)": ("", "could not access file")}, "SELECT count(*) FROM t", "1"),
}


class LeftOutCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfout."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = PgServer(settings={"allow_system_table_mods": "on"})
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.holdfast = Holdfast(cls.folder / "repository")
        cls.holdfast("init", "--layout", "plain", "--no-encryption").expect(OK)

    def back_up(self, sql, *options):
        self.server.drop_db("source")
        self.server.create_db("source")
        self.addCleanup(self.server.drop_db, "source")
        self.server.psql(sql.replace("{db}", "source"), db="source")
        return self.holdfast("backup", self.server.uri("source"), "--json", *options).expect(OK).json["backup"]["id"]

    def restore(self, backup, *options, uri=None):
        self.server.drop_db("copy")
        self.addCleanup(self.server.drop_db, "copy")
        return self.holdfast("restore", backup, uri or self.server.uri("copy"), "--json", *options)

    def left_out(self, result):
        return {item["object"]: item for item in result.json["restore"]["left_out"]}


class Kinds(LeftOutCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.psql("CREATE ROLE kind_a; CREATE ROLE kind_b")

    def test_what_a_later_object_or_the_search_path_mends_is_restored_whole(self):
        for name, (sql, query, expected) in WHOLE.items():
            with self.subTest(name):
                backup = self.back_up(sql)
                self.restore(backup).expect(OK)
                self.assertEqual(self.server.psql(query, db="copy"), expected)
                self.holdfast("verify", backup, "--level", "restore", "--restored", self.server.uri("copy")).expect(OK)

    def test_what_cannot_be_restored_is_named_with_its_reason_and_costs_nothing_else(self):
        for name, (sql, expected, query, answer) in LESS.items():
            with self.subTest(name):
                backup = self.back_up(sql)
                result = self.restore(backup).expect(WARNINGS)
                left_out = self.left_out(result)
                self.assertEqual(set(left_out), set(expected), left_out)
                for thing, (instead, reason) in expected.items():
                    self.assertEqual(left_out[thing]["instead"], instead)
                    self.assertIn(reason, left_out[thing]["reason"])
                    if not thing.startswith("rows of"):
                        self.assertIn(thing.split()[-1].split(".")[-1].split("(")[0], left_out[thing]["statement"])
                self.assertEqual(self.server.psql(query, db="copy"), answer)

    def test_a_proof_names_what_it_could_not_restore(self):
        backup = self.back_up(LESS["orphaned row"][0])
        result = self.holdfast("verify", backup, "--level", "restore").expect(FAULT)
        self.assertIn("FK CONSTRAINT public.c c_pid_fkey", result.stdout)

    def test_strict_restores_all_or_nothing(self):
        backup = self.back_up(LESS["orphaned row"][0])
        result = self.restore(backup, "--strict").expect(FAILED)
        self.assertIn("c_pid_fkey", result.error_line)
        self.assertEqual(self.server.psql("SELECT count(*) FROM pg_database WHERE datname = 'copy'"), "0")

    def test_grants_by_default_of_what_is_left_out_are_not_named(self):
        backup = self.back_up("""ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO kind_a; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO kind_a;
          CREATE FUNCTION fits(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$; CREATE DOMAIN word AS int CHECK (fits(VALUE));
          CREATE FUNCTION gone(v int) RETURNS bool LANGUAGE sql RETURN v = ANY ('{5}'::word[]);
          CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 < 2; END $$;""")
        self.assertEqual(set(self.left_out(self.restore(backup).expect(WARNINGS))), {"FUNCTION public.gone(integer)"})

    def test_text_names_object_reason_and_statement(self):
        backup = self.back_up(LESS["duplicates"][0])
        self.addCleanup(self.server.drop_db, "copy")
        result = self.holdfast("restore", backup, self.server.uri("copy")).expect(WARNINGS)
        self.assertIn("left out  INDEX public.u", result.stdout)
        self.assertIn("reason: could not create unique index", result.stdout)
        self.assertIn("statement: CREATE UNIQUE INDEX u ON public.t", result.stdout)


class Rights(LeftOutCase):
    """Restores by a role without a superuser's power, as managed services give their customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.psql("CREATE ROLE adm LOGIN CREATEDB CREATEROLE; CREATE ROLE maker LOGIN CREATEDB")

    def restore_as(self, role, backup, *options):
        return self.restore(backup, *options, uri=self.server.uri("copy").replace("postgres@", f"{role}@", 1))

    def test_a_policy_for_a_missing_role_costs_no_rows(self):
        self.server.psql("CREATE ROLE tenant")
        backup = self.back_up("""CREATE TABLE t (id int); INSERT INTO t VALUES (1); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
          CREATE POLICY p ON t TO tenant USING (true);""")
        self.server.drop_db("source")
        self.server.psql("DROP ROLE tenant")
        result = self.restore(backup, "--no-owner").expect(WARNINGS)
        self.assertEqual(set(self.left_out(result)), {"POLICY public.t p"})
        self.assertEqual(self.server.psql("SELECT count(*) FROM t", db="copy"), "1")

    def test_createrole_is_enough_for_owners_that_are_missing(self):
        self.server.psql("CREATE ROLE svc LOGIN CONNECTION LIMIT 5 PASSWORD 'x'")
        backup = self.back_up("CREATE TABLE t (id int); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO svc; GRANT SELECT ON t TO adm")
        self.server.drop_db("source")
        self.server.psql("DROP ROLE svc")
        self.addCleanup(self.server.psql, "DROP ROLE svc")
        self.addCleanup(self.server.drop_db, "copy")
        self.assertEqual(self.left_out(self.restore_as("adm", backup)), {})
        self.assertEqual(self.server.psql("SELECT rolcanlogin, rolconnlimit FROM pg_roles WHERE rolname = 'svc'"), "t|5")
        self.assertEqual(self.server.psql("SELECT tableowner FROM pg_tables WHERE tablename = 't'", db="copy"), "svc")
        members = "SELECT count(*) FROM pg_auth_members WHERE member = 'adm'::regrole AND grantor <> 10"
        self.assertEqual(self.server.psql(members), "0", "the restoring role stayed a member")
        self.assertEqual(self.server.psql("SELECT has_schema_privilege('svc', 'public', 'CREATE')", db="copy"), "f")

    def test_what_needs_a_superuser_is_left_out(self):
        backup = self.back_up("""CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_trgm;
          CREATE PUBLICATION everything FOR ALL TABLES; CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
          CREATE EVENT TRIGGER g ON sql_drop EXECUTE FUNCTION no(); CREATE INDEX ON t USING gin ((id::text) gin_trgm_ops)""")
        result = self.restore_as("maker", backup, "--no-owner").expect(WARNINGS)
        self.assertLessEqual({"EXTENSION pg_stat_statements", "PUBLICATION everything", "EVENT TRIGGER g"}, set(self.left_out(result)))
        self.assertNotIn("EXTENSION pg_trgm", self.left_out(result))
        self.assertEqual(self.server.psql("SELECT count(*) FROM t", db="copy"), "1")

    def test_owners_that_cannot_be_given_are_named_and_their_objects_come(self):
        self.server.psql("CREATE ROLE strange")
        self.addCleanup(self.server.psql, "DROP ROLE strange")
        backup = self.back_up("CREATE TABLE t (id int); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO strange")
        self.addCleanup(self.server.drop_db, "source")
        result = self.restore_as("maker", backup).expect(WARNINGS)
        self.assertIn("owned by", self.left_out(result)["TABLE public.t"]["instead"])
        self.assertEqual(self.server.psql("SELECT count(*) FROM t", db="copy"), "1")

    def test_an_owner_that_is_missing_everywhere_is_made_without_login(self):
        self.server.psql("CREATE ROLE gone LOGIN")
        backup = self.back_up("CREATE TABLE t (id int); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO gone", "-o", "globals=no")
        self.server.drop_db("source")
        self.server.psql("DROP ROLE gone")
        self.addCleanup(self.server.psql, "DROP ROLE gone")
        self.addCleanup(self.server.drop_db, "copy")
        result = self.restore(backup).expect(WARNINGS)
        self.assertIn('role \\"gone\\" is neither on the server nor in the backup', result.stderr)
        self.assertEqual(self.left_out(result), {})
        self.assertEqual(self.server.psql("SELECT (SELECT count(*) FROM t), rolcanlogin FROM pg_roles WHERE rolname = 'gone'", db="copy"), "1|f")

    def test_grants_to_a_missing_role_cost_no_other_grants(self):
        self.server.psql("CREATE ROLE ghost; CREATE ROLE reader")
        backup = self.back_up("CREATE TABLE t (id int); GRANT SELECT ON t TO ghost; GRANT SELECT ON t TO reader", "-o", "globals=no")
        self.server.drop_db("source")
        self.server.psql("DROP ROLE ghost")
        self.addCleanup(self.server.psql, "DROP ROLE reader")
        left_out = self.left_out(self.restore(backup).expect(WARNINGS))
        self.assertEqual(left_out["ACL public.TABLE t"]["instead"], "without GRANT SELECT ON TABLE public.t TO ghost")
        self.assertEqual(self.server.psql("SELECT has_table_privilege('reader', 't', 'SELECT')", db="copy"), "t")


class Database(LeftOutCase):
    """The properties of the database itself."""

    PROPERTIES = """SELECT pg_get_userbyid(datdba), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a(a)), datconnlimit,
      shobj_description(oid, 'pg_database'), (SELECT array_agg(setrole::regrole || ':' || setconfig::text ORDER BY setrole) FROM pg_db_role_setting
      WHERE setdatabase = d.oid) FROM pg_database d WHERE datname = '{}'"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.psql("CREATE ROLE app LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE granter LOGIN")

    def made(self):
        return self.back_up("""CREATE TABLE t (i int); ALTER DATABASE {db} OWNER TO app; REVOKE CONNECT ON DATABASE {db} FROM PUBLIC;
          GRANT CONNECT ON DATABASE {db} TO reader; GRANT CREATE ON DATABASE {db} TO granter WITH GRANT OPTION;
          REVOKE TEMPORARY ON DATABASE {db} FROM app; ALTER DATABASE {db} CONNECTION LIMIT 7; COMMENT ON DATABASE {db} IS 'the shop''s';
          ALTER DATABASE {db} SET work_mem = '5MB'; ALTER ROLE app IN DATABASE {db} SET search_path = 'a b', c""")

    def test_grants_keep_their_order_and_who_granted_them(self):
        self.server.psql("CREATE ROLE one; CREATE ROLE two")
        backup = self.back_up("""GRANT CREATE ON DATABASE {db} TO two; GRANT CREATE ON DATABASE {db} TO one WITH GRANT OPTION;
          SET SESSION AUTHORIZATION one; GRANT CREATE ON DATABASE {db} TO app; RESET SESSION AUTHORIZATION; ALTER DATABASE {db} OWNER TO reader""")
        self.restore(backup).expect(OK)
        grants = "SELECT datacl FROM pg_database WHERE datname = '{}'"
        self.assertIn("app=C/one", self.server.psql(grants.format("source")))
        self.assertEqual(self.server.psql(grants.format("copy")), self.server.psql(grants.format("source")))

    def properties(self, database):
        return self.server.psql(self.PROPERTIES.format(database))

    def test_they_come_with_a_new_database(self):
        self.restore(self.made()).expect(OK)
        self.assertEqual(self.properties("copy"), self.properties("source"))
        self.server.psql("CREATE TABLE public.mine (i int)", db="copy", user="app")

    def test_a_database_that_exists_keeps_its_own_and_the_difference_is_named(self):
        backup = self.made()
        self.server.create_db("copy")
        self.addCleanup(self.server.drop_db, "copy")
        before = self.properties("copy")
        result = self.holdfast("restore", backup, self.server.uri("copy")).expect(WARNINGS)
        self.assertEqual(self.properties("copy"), before)
        self.assertIn('ALTER DATABASE "copy" OWNER TO app', result.stderr)

    def test_without_owners_it_belongs_to_the_restoring_role(self):
        self.restore(self.made(), "--no-owner").expect(OK)
        self.assertTrue(self.properties("copy").startswith("postgres||7|the shop's|"), self.properties("copy"))


class Locale(LeftOutCase):
    def test_rows_of_partitions_by_text_go_where_another_locale_puts_them(self):
        self.server.psql("CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LC_COLLATE 'C' LC_CTYPE 'C'")
        self.addCleanup(self.server.drop_db, "sorted")
        self.server.psql("""CREATE TABLE p (t text) PARTITION BY RANGE (t); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('a') TO ('n');
          CREATE TABLE p2 PARTITION OF p DEFAULT; INSERT INTO p VALUES ('Beta'), ('cat'), ('zoo')""", db="sorted")
        backup = self.holdfast("backup", self.server.uri("sorted"), "--json").expect(OK).json["backup"]["id"]
        self.server.create_db("copy")
        self.addCleanup(self.server.drop_db, "copy")
        result = self.holdfast("restore", backup, self.server.uri("copy"), "--json").expect(WARNINGS)
        self.assertIn("the backup's locale is C, C (ICU en), the database's is ", result.stderr)
        self.assertIn("through public.p", self.left_out(result)["rows of public.p1"]["instead"])
        self.assertEqual(self.server.psql("SELECT tableoid::regclass, t FROM p ORDER BY t", db="copy"), "p2|Beta\np1|cat\np2|zoo")


class Extensions(LeftOutCase):
    """Tables of extensions have their foreign keys and triggers before their rows come."""

    FILES = {
        "hftopo.control": "default_version = '1'\nrelocatable = false\n",
        "hftopo--1.sql": """CREATE TABLE topology (id int PRIMARY KEY, changed timestamptz DEFAULT now());
          CREATE TABLE layer (topology_id int NOT NULL REFERENCES topology, n int);
          CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed = now(); RETURN NEW; END $$;
          CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON topology FOR EACH ROW EXECUTE FUNCTION stamp();
          SELECT pg_catalog.pg_extension_config_dump('topology', ''); SELECT pg_catalog.pg_extension_config_dump('layer', '');""",
    }

    def test_rows_of_an_extensions_tables_need_no_order_and_fire_no_trigger(self):
        folder = pathlib.Path(self.server.psql("SELECT setting FROM pg_config() WHERE name = 'SHAREDIR'")) / "extension"
        for name, text in self.FILES.items():
            self.addCleanup((folder / name).unlink, missing_ok=True)
            (folder / name).write_text(text)
        backup = self.back_up("""CREATE EXTENSION hftopo; INSERT INTO topology SELECT n FROM generate_series(1, 100) n;
          INSERT INTO layer SELECT 1 + n % 100, n FROM generate_series(1, 5000) n""")
        for jobs in ("1", "2"):
            self.restore(backup, "-j", jobs).expect(OK)
            self.holdfast("verify", backup, "--level", "restore", "--restored", self.server.uri("copy")).expect(OK)


if __name__ == "__main__":
    harness.main()
