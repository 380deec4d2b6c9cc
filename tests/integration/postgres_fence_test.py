"""Code of a backup never has more power than its owner had, wherever a restore or a proof makes PostgreSQL evaluate it."""

import pathlib
import signal
import tempfile
import time
import unittest

import harness
from holdfast import CANCELLED, FAILED, OK, WARNINGS, Holdfast, finish
from pg import PgServer
from postgres_case import PostgresCase

OURS = "SELECT count(*) FROM pg_roles WHERE rolname ~ '^holdfast'"

# A superuser's function that lends its power only to the roles that it is granted to.
HOUSE = """
CREATE ROLE mallory LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE friend;
GRANT CREATE ON SCHEMA public TO mallory;
CREATE SCHEMA evil AUTHORIZATION mallory; CREATE SCHEMA bobs AUTHORIZATION bob; CREATE SCHEMA house;
GRANT USAGE ON SCHEMA house, bobs TO PUBLIC;
CREATE FUNCTION house.run(what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE what; END $$;
REVOKE ALL ON FUNCTION house.run(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION house.run(text) TO friend;
CREATE FUNCTION house.positive(i int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT i > 0';
REVOKE ALL ON FUNCTION house.positive(int) FROM PUBLIC;
CREATE TABLE house.ours (i serial PRIMARY KEY CHECK (house.positive(i)), t text DEFAULT 'x' || current_user);
INSERT INTO house.ours SELECT generate_series(1, 50);
CREATE VIEW house.seen AS SELECT i FROM house.ours WHERE house.positive(i); GRANT SELECT ON house.seen TO friend;
CREATE RULE quiet AS ON UPDATE TO house.seen DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW house.kept AS SELECT i FROM house.seen;
CREATE INDEX ON house.ours (house.positive(i)); CREATE STATISTICS house.both ON i, t FROM house.ours;
GRANT SELECT, UPDATE (t) ON house.ours TO bob WITH GRANT OPTION; REVOKE INSERT ON house.ours FROM postgres;
ALTER DEFAULT PRIVILEGES FOR ROLE bob IN SCHEMA bobs GRANT SELECT ON TABLES TO friend;
"""

BOBS = """
CREATE TABLE bobs.secret (i int PRIMARY KEY); INSERT INTO bobs.secret VALUES (1);
CREATE FUNCTION bobs.boss() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO bobs.secret VALUES (666)';
REVOKE ALL ON FUNCTION bobs.boss() FROM PUBLIC; GRANT REFERENCES ON bobs.secret TO mallory;
REVOKE INSERT ON bobs.secret FROM bob;
"""

# Each place where PostgreSQL evaluates a user's code calls evil.tell(), which complains if it has rights that its owner
# lacks.
EVIL = r"""
CREATE FUNCTION evil.tell(i int, place text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE attempt text; attempts text[];
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolsuper AND rolname IN (current_user, session_user)) THEN
    RAISE EXCEPTION 'TAKEN OVER: % ran as % (%)', place, current_user, session_user;
  END IF;
  attempts := ARRAY['SELECT house.run(''CREATE ROLE taken'')', 'SET ROLE postgres', 'SET SESSION AUTHORIZATION bob', 'SET ROLE bob'];
  IF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'bobs' AND nspowner::regrole::text = 'bob') THEN
    attempts := attempts || ARRAY['SELECT bobs.boss()', 'DELETE FROM bobs.secret', 'CREATE TABLE bobs.mine ()'];
    -- What reads the answers to the caller's queries may read everything.
    IF place !~ 'query' THEN attempts := attempts || ARRAY['SELECT count(*) FROM bobs.secret']; END IF;
  END IF;
  FOREACH attempt IN ARRAY attempts LOOP
    BEGIN
      EXECUTE attempt;
    EXCEPTION WHEN OTHERS THEN CONTINUE;
    END;
    RAISE EXCEPTION 'TAKEN OVER: % did % as % (%)', place, attempt, current_user, session_user;
  END LOOP;
  RETURN true;
END $$;
CREATE FUNCTION evil.same(i int, place text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.tell(i, place); RETURN i; END $$;
CREATE DOMAIN evil.dom AS int CHECK (evil.tell(VALUE, 'a domain'));
CREATE TYPE evil.span AS RANGE (subtype = evil.dom);
CREATE TYPE evil.pair AS (a evil.dom);

CREATE TABLE evil.checked (i int CHECK (evil.tell(i, 'a table check')), d evil.dom, s evil.span, p evil.pair, e evil.dom[]);
INSERT INTO evil.checked VALUES (1, 2, '[3,4]', '(5)', '{6}');
CREATE TABLE evil.generated (i int, g int GENERATED ALWAYS AS (evil.same(i, 'a generated column')) STORED);
INSERT INTO evil.generated VALUES (1);
CREATE TABLE evil.parted (i int) PARTITION BY RANGE ((evil.same(i, 'a partition key') + evil.same(7, 'a folded partition key')));
CREATE TABLE evil.part PARTITION OF evil.parted FOR VALUES FROM (0) TO (100); INSERT INTO evil.parted VALUES (1);
CREATE TABLE evil.bounded (i evil.dom) PARTITION BY RANGE (i);
CREATE TABLE evil.bound PARTITION OF evil.bounded FOR VALUES FROM ('0') TO ('100');
CREATE TABLE evil.indexed (i int); INSERT INTO evil.indexed VALUES (1);
CREATE INDEX ON evil.indexed (evil.same(i, 'an index')); CREATE INDEX ON evil.indexed (i) WHERE evil.tell(i, 'a partial index');
CREATE STATISTICS evil.stats ON (evil.same(i, 'statistics')), (i = ANY ('{3}'::evil.dom[]::int[])) FROM evil.indexed;
ALTER TABLE evil.indexed ADD CONSTRAINT late CHECK (evil.tell(i, 'a check added later')) NOT VALID;
ALTER TABLE evil.indexed ALTER i SET DEFAULT ('{3}'::evil.dom[])[1];
ALTER TABLE evil.indexed ADD EXCLUDE USING btree ((evil.same(i, 'an exclusion')) WITH =);

CREATE TYPE evil.box AS (i int);
CREATE FUNCTION evil.unbox(b evil.box) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT evil.same((b).i, 'a cast of a foreign key') $$;
CREATE CAST (evil.box AS int) WITH FUNCTION evil.unbox(evil.box) AS IMPLICIT;
CREATE TABLE evil.keys (i int PRIMARY KEY); INSERT INTO evil.keys VALUES (1);
CREATE TABLE evil.points (b evil.box REFERENCES evil.keys (i), s int REFERENCES bobs.secret (i)); INSERT INTO evil.points VALUES ('(1)', 1);

CREATE FUNCTION evil.sum(a evil.dom, b int) RETURNS evil.dom LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE AGGREGATE evil.agg (int) (SFUNC = evil.sum, STYPE = evil.dom, INITCOND = '5');
CREATE FUNCTION evil.defaults(a evil.dom[] DEFAULT '{5}', b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION evil.atomic() RETURNS evil.dom[] LANGUAGE sql BEGIN ATOMIC SELECT '{5}'::evil.dom[]; END;
CREATE VIEW evil.looks AS SELECT '{5}'::evil.dom[] AS e, '[6,7]'::evil.span AS s, '(8)'::evil.pair AS p;
CREATE MATERIALIZED VIEW evil.stored AS SELECT evil.tell(i, 'a materialized view') FROM evil.indexed;
CREATE FUNCTION evil.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.tell(1, 'a trigger'); RETURN new; END $$;
CREATE TRIGGER fires BEFORE INSERT OR UPDATE ON evil.checked FOR EACH ROW WHEN (new.e <> '{77}'::evil.dom[]) EXECUTE FUNCTION evil.fire();
CREATE RULE rules AS ON UPDATE TO evil.keys WHERE new.i = 5 DO ALSO SELECT '{78}'::evil.dom[];
ALTER TABLE evil.keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY policy ON evil.keys USING (i <> ALL ('{79}'::evil.dom[]::int[]));
CREATE FUNCTION public.lower(t varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.tell(1, 'a query'); RETURN 'planted'; END $$;
CREATE FUNCTION public.sum_up(t text) RETURNS text LANGUAGE sql AS $$ SELECT evil.tell(1, 'a function in a query')::text $$;
"""

# Another user's code that a superuser's own objects call, and that is changed later. In the source it would act as the
# superuser; here it must not.
BAIT = """
CREATE FUNCTION evil.later(i int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
CREATE DOMAIN evil.laterdom AS int CHECK (evil.later(VALUE));
"""
TRAP = """
CREATE TABLE house.trap (i int CHECK (evil.later(i)), d evil.laterdom DEFAULT ('{3}'::evil.laterdom[])[1]);
INSERT INTO house.trap VALUES (1, 2); CREATE INDEX ON house.trap (evil.later(i));
CREATE MATERIALIZED VIEW house.trapped AS SELECT i, evil.later(i) FROM house.trap;
CREATE VIEW house.shows AS SELECT '{3}'::evil.laterdom[];
ALTER TABLE house.trap ADD CONSTRAINT added CHECK (evil.later(i)) NOT VALID;
"""
SPRUNG = "CREATE OR REPLACE FUNCTION evil.later(i int) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$ SELECT evil.tell(i, 'a trap') $$"


class FenceCase(PostgresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_db("source")
        cls.fill()
        cls.made = cls.holdfast("backup", cls.server.uri("source"), "--json").expect(OK).json["backup"]["id"]

    def setUp(self):
        self.addCleanup(lambda: self.assertEqual(self.server.psql(OURS), "0", "roles of ours were left"))

    def restore(self, name, *options, codes=(OK,)):
        self.addCleanup(self.server.drop_db, name)
        return self.holdfast("restore", self.made, self.server.uri(name), *options).expect(*codes)

    def proved(self, *options):
        proof = self.holdfast("verify", self.made, "--level", "restore", "--json", *options).expect(OK).json["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["faults"], proof["warnings"]), ("content-equal", [], []))
        return proof


class Hostile(FenceCase):
    @classmethod
    def fill(cls):
        cls.server.psql(HOUSE, db="source")
        cls.server.psql(BOBS, db="source", user="bob")
        cls.server.psql(EVIL, db="source", user="mallory")
        cls.queries = cls.folder / "queries.sql"
        cls.queries.write_text("SELECT lower('X'::varchar); SELECT sum_up('x'); SELECT count(*) FROM house.ours;"
                               "SELECT count(*) FROM evil.keys;")

    def answers(self, proof):
        return [query["result"].split("\n", 1)[-1] for query in proof["queries"]]

    def test_a_proof_in_a_scratch_server_runs_nothing_with_more_power_than_its_owner_had(self):
        proof = self.proved("--queries", self.queries, "--untrusted")
        self.assertEqual(self.answers(proof), ["planted", "true", "50", "1"])

    def test_nor_does_a_proof_on_a_real_server(self):
        before = self.server.databases()
        proof = self.proved("--queries", self.queries, "--target", self.server.uri("postgres"), "--untrusted")
        self.assertEqual(self.answers(proof), ["planted", "true", "50", "1"])
        self.assertEqual(self.server.databases(), before)

    def test_nor_does_a_restore_and_all_comes_back_as_it_was(self):
        self.restore("copy", "--untrusted")
        self.assertEqual(self.server.dump_schema("copy"), self.server.dump_schema("source"))
        self.assertEqual(self.server.psql("SELECT count(*) FROM house.kept", db="copy"), "50")
        self.proved("--restored", self.server.uri("copy"), "--queries", self.queries, "--untrusted")

    def test_nor_does_a_restore_without_owners(self):
        self.restore("all mine", "--no-owner")
        flags = ("--no-owner", "--no-privileges")
        self.assertEqual(self.server.dump_schema("all mine", *flags), self.server.dump_schema("source", *flags))
        others = ("SELECT relname FROM pg_class WHERE relowner <> 'postgres'::regrole UNION SELECT proname FROM pg_proc WHERE proowner <> "
                  "'postgres'::regrole UNION SELECT nspname FROM pg_namespace WHERE nspowner <> 'postgres'::regrole AND nspname <> "
                  "'public'")
        self.assertEqual(self.server.psql(others, db="all mine"), "")

    def test_a_selection_comes_through_the_fence_too(self):
        self.restore("part", "--include", "evil.checked", "--include", "house.ours")
        self.assertEqual(self.server.psql("SELECT count(*) FROM evil.checked, house.ours", db="part"), "50")
        self.assertEqual(self.server.psql("SELECT tableowner FROM pg_tables WHERE schemaname IN ('evil', 'house') ORDER BY 1", db="part"),
                         "mallory\npostgres")


class Trap(FenceCase):
    @classmethod
    def fill(cls):
        cls.server.psql(HOUSE, db="source")
        cls.server.psql(BOBS, db="source", user="bob")
        cls.server.psql(EVIL, db="source", user="mallory")
        cls.server.psql(BAIT, db="source", user="mallory")
        cls.server.psql(TRAP, db="source")
        cls.server.psql(SPRUNG, db="source", user="mallory")

    def test_what_a_superusers_objects_call_has_not_the_superusers_power(self):
        self.restore("copy")
        self.assertEqual(self.server.dump_schema("copy"), self.server.dump_schema("source"))
        self.assertEqual(self.server.psql("SELECT count(*) FROM house.trapped", db="copy"), "1")
        self.proved()


class Outcomes(FenceCase):
    @classmethod
    def fill(cls):
        cls.server.psql("""CREATE ROLE ann LOGIN; CREATE SCHEMA anns AUTHORIZATION ann;
            CREATE FUNCTION anns.slow(i int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
              IF session_user ~ '^holdfast' OR EXISTS (SELECT FROM pg_tables WHERE tablename = 'no_such') THEN
                PERFORM pg_sleep(0.2); IF current_database() = 'broken' THEN RAISE 'no such thing'; END IF; END IF; RETURN true; END $$;
            CREATE TABLE anns.rows (i int CHECK (anns.slow(i))); INSERT INTO anns.rows SELECT generate_series(1, 300);
            ALTER FUNCTION anns.slow(int) OWNER TO ann; ALTER TABLE anns.rows OWNER TO ann""", db="source")

    def test_roles_of_ours_are_gone_after_a_failure_and_what_failed_is_named(self):
        result = self.restore("broken", "--strict", codes=(FAILED,))
        self.assertIn("no such thing", result.error_line)
        self.assertIn("anns.rows", result.error_line)
        self.assertEqual(self.server.psql("SELECT count(*) FROM pg_database WHERE datname = 'broken'"), "0")

    def test_they_are_gone_after_a_failure_in_a_database_that_stays(self):
        self.server.create_db("broken")
        self.restore("broken", "--strict", codes=(FAILED,))
        self.assertEqual(self.server.psql("SELECT tableowner FROM pg_tables WHERE tablename = 'rows'", db="broken"), "ann")

    def test_they_are_gone_after_a_cancel(self):
        self.addCleanup(self.server.drop_db, "stopped")
        process = self.holdfast.start("restore", self.made, self.server.uri("stopped"))
        deadline = time.monotonic() + 60
        while self.server.psql("SELECT count(*) > 0 FROM pg_stat_activity WHERE usename ~ '^holdfast' AND query ~ 'COPY'") != "t":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        self.assertEqual(finish(process).exit, CANCELLED)

    def test_those_that_a_killed_restore_left_are_dropped_once_they_have_expired(self):
        self.server.psql("CREATE ROLE holdfast_restore_0123 VALID UNTIL '2020-01-01'")
        self.holdfast("verify", self.made, "--level", "restore", "--target", self.server.uri("postgres"), "--queries", "/dev/null",
                      timeout=600).expect(OK)


class NoFence(FenceCase):
    @classmethod
    def fill(cls):
        cls.server.psql("""CREATE ROLE ann; CREATE TABLE t (i int CHECK (i > 0)); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO ann;
            CREATE ROLE plain LOGIN CREATEDB; CREATE ROLE strong LOGIN CREATEDB CREATEROLE""", db="source")
        (cls.server.data / "pg_hba.conf").write_text("local all postgres,plain,strong trust\nlocal all all reject\n")
        cls.server.psql("SELECT pg_reload_conf()")

    def test_without_one_a_restore_says_what_the_backups_code_gets(self):
        result = self.restore("copy", codes=(OK, WARNINGS))
        self.assertEqual(result.stderr.count("code of the backup would run with the rights of the role that connects, a superuser"), 1)
        self.assertIn("pg_hba.conf", result.stderr)
        self.assertEqual(self.server.psql("SELECT tableowner FROM pg_tables WHERE tablename = 't'", db="copy"), "ann")

    def test_a_backup_that_is_not_trusted_is_refused_before_anything_is_touched(self):
        for user in ("postgres", "strong"):
            with self.subTest(user):
                result = self.holdfast("restore", self.made, self.server.uri("copy", user=user), "--untrusted").expect(FAILED)
                self.assertIn("the backup is untrusted, but code of the backup would run with the rights of the role that connects",
                              result.error_line)
                self.assertIn("pg_hba.conf", result.error_line)
        self.assertEqual(self.server.databases(), ["source"])
        result = self.holdfast("verify", self.made, "--level", "restore", "--target", self.server.uri("postgres"), "--untrusted")
        self.assertIn("the backup is untrusted", result.expect(FAILED).error_line)
        self.assertEqual(self.server.databases(), ["source"])

    def test_a_role_without_special_rights_needs_none(self):
        self.addCleanup(self.server.drop_db, "copy")
        result = self.holdfast("restore", self.made, self.server.uri("copy", user="plain"), "--untrusted", "--no-owner").expect(OK)
        self.assertNotIn("warning", result.stderr)


class Children(unittest.TestCase):
    """Tables that inherit from tables of other owners are made in a session of their own owner, and are as they were."""

    SQL = """CREATE ROLE ann; CREATE ROLE bob; CREATE SCHEMA "it's" AUTHORIZATION ann;
      CREATE FUNCTION positive(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
      CREATE TABLE "it's"."a, b" (i int NOT NULL DEFAULT 7 CHECK (public.positive(i)), t text, d int GENERATED ALWAYS AS (i * 2) STORED);
      ALTER TABLE "it's"."a, b" ALTER t SET STORAGE EXTERNAL;
      CREATE TABLE second ("x)" int, i int); CREATE TABLE none (); ALTER TABLE "it's"."a, b" OWNER TO ann; ALTER TABLE second OWNER TO ann;
      CREATE TABLE single (own text DEFAULT 'x') INHERITS ("it's"."a, b");
      CREATE TABLE twice (i int DEFAULT 8, own numeric) INHERITS ("it's"."a, b", second);
      CREATE TABLE grandchild (CHECK (own > 0)) INHERITS (twice, none); CREATE TABLE of_a_superuser () INHERITS (second);
      CREATE TABLE later (z int) INHERITS (second); ALTER TABLE second ADD COLUMN w text DEFAULT 'w';
      ALTER TABLE single OWNER TO bob; ALTER TABLE twice OWNER TO bob; ALTER TABLE grandchild OWNER TO ann; ALTER TABLE later OWNER TO bob;
      INSERT INTO single (t) VALUES ('t'); INSERT INTO twice (own) VALUES (1); INSERT INTO grandchild (own) VALUES (2);
      INSERT INTO later VALUES (1, 2, 3, 'v')"""
    COLUMNS = """SELECT attrelid::regclass, attname, attislocal, attinhcount, attstorage FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
      WHERE relkind = 'r' AND attnum > 0 AND relnamespace::regnamespace::text !~ '^(pg_|information)' ORDER BY attrelid::regclass::text, attname"""

    def test_they_come_back_as_they_were(self):
        harness.require_postgres()
        with tempfile.TemporaryDirectory(prefix="hfchild.") as folder, PgServer() as server:
            server.create_db("shop")
            server.psql(self.SQL, db="shop")
            holdfast = Holdfast(pathlib.Path(folder) / "repository")
            holdfast("init", "--no-encryption").expect(OK)
            holdfast("backup", server.uri("shop")).expect(OK)
            holdfast("restore", "latest", server.uri("copy")).expect(OK)
            self.assertEqual(server.psql(self.COLUMNS, db="copy"), server.psql(self.COLUMNS, db="shop"))
            holdfast("verify", "latest", "--level", "restore", "--restored", server.uri("copy")).expect(OK)
            holdfast("verify", "latest", "--level", "restore").expect(OK)


class EventTriggers(FenceCase):
    @classmethod
    def fill(cls):
        cls.server.psql("""CREATE TABLE t (i int); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW v AS SELECT * FROM t;
            CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'forbidden'; END $$;
            CREATE EVENT TRIGGER a_start ON ddl_command_start EXECUTE FUNCTION no();
            CREATE EVENT TRIGGER b_end ON ddl_command_end EXECUTE FUNCTION no();
            CREATE EVENT TRIGGER c_drop ON sql_drop EXECUTE FUNCTION no();
            CREATE EVENT TRIGGER d_rewrite ON table_rewrite EXECUTE FUNCTION no();
            COMMENT ON EVENT TRIGGER a_start IS 'no'; ALTER EVENT TRIGGER b_end ENABLE ALWAYS;
            ALTER DATABASE source SET work_mem = '5MB'; COMMENT ON DATABASE source IS 'ours'""", db="source")

    def test_those_that_forbid_every_change_stop_no_restore_and_no_proof(self):
        self.restore("copy")
        self.assertEqual(self.server.dump_schema("copy"), self.server.dump_schema("source"))
        self.assertEqual(self.server.psql("SELECT count(*) FROM v", db="copy"), "1")
        self.assertEqual(self.server.psql("SELECT to_regnamespace('holdfast_restore_incomplete') IS NULL", db="copy"), "t")
        self.proved()
        self.proved("--target", self.server.uri("postgres"))


if __name__ == "__main__":
    harness.main()
