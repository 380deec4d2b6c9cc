"""A restore gives up nothing for one object: what the server refuses is tried again, comes as something less, or is left
out by name, with its statement and the reason. Each case is a kind of database that people have."""

import concurrent.futures
import pathlib

import harness
import pg
import zoo
from holdfast import FAILED, FAULT, OK, WARNINGS
from left_out_cases import LESS, SEARCHED, WHOLE
from postgres_case import PostgresCase

# So large that a restore truncates it before it loads the rows.
LARGE = "CREATE TABLE {0} (id int, t text); INSERT INTO {0} SELECT n, repeat('x', 200) FROM generate_series(1, 30000) n;"


class LeftOutCase(PostgresCase):
    SETTINGS = {"allow_system_table_mods": "on"}
    INIT = ("--layout", "plain", "--no-encryption")
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

    def listed(self):
        """The newest backup in the listing."""
        return self.holdfast("list", "--json").expect(OK).json["backups"][0]

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

    def test_exports_and_the_restore_text_have_the_search_path_too(self):
        programs = {"sql": ("psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-f"), "archive": ("pg_restore", "--exit-on-error")}
        for name in SEARCHED:
            sql, query, expected = WHOLE[name]
            backup = self.back_up(sql)
            for form in (*programs, "text"):
                with self.subTest(name, form=form):
                    self.server.create_db("copy")
                    try:
                        if form == "text":
                            done = zoo.run_restore_text(self.server, self.folder / "repository" / backup, self.server.uri("copy"))
                            self.assertEqual((done.returncode, done.stderr), (0, ""))
                        else:
                            file = self.folder / f"export.{form}"
                            self.holdfast("export", backup, "-o", file, "--format", form, "--force").expect(OK)
                            self.server.run(*programs[form], file, "-d", self.server.uri("copy"))
                        self.assertEqual(self.server.psql(query, db="copy"), expected)
                    finally:
                        self.server.drop_db("copy")

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
        listed = self.listed()
        self.assertEqual((listed["level"], listed["failed"]["level"]), ("stored", "restored"))
        self.assertIn("FK CONSTRAINT public.c c_pid_fkey", " ".join(listed["failed"]["first"]))
        self.assertIn("c_pid_fkey", self.holdfast("show", backup).expect(OK).stdout)
        self.assertIn("FAILED", self.holdfast("list").expect(OK).stdout)
        self.holdfast("verify", backup, "--level", "full").expect(OK)
        self.assertIsNotNone(self.listed()["failed"])

    def test_what_was_changed_after_a_restore_is_no_failure_of_the_backup(self):
        backup = self.back_up("CREATE TABLE t AS SELECT 1 AS a")
        self.restore(backup).expect(OK)
        self.server.psql("INSERT INTO t VALUES (2)", db="copy")
        self.holdfast("verify", backup, "--level", "restore", "--restored", self.server.uri("copy")).expect(FAULT)
        self.assertIsNone(self.listed()["failed"])

    def test_strict_restores_all_or_nothing(self):
        backup = self.back_up(LESS["orphaned row"][0])
        result = self.restore(backup, "--strict").expect(FAILED)
        self.assertIn("c_pid_fkey", result.error_line)
        self.assertEqual(self.server.psql("SELECT count(*) FROM pg_database WHERE datname = 'copy'"), "0")

    def test_grants_by_default_of_what_is_left_out_are_not_named(self):
        backup = self.back_up("""ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO kind_a; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO kind_a;
          CREATE FUNCTION fits(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$; CREATE DOMAIN word AS int CHECK (fits(VALUE));
          CREATE FUNCTION gone(v int) RETURNS bool LANGUAGE sql RETURN v = ANY ('{5}'::word[]);
          CREATE VIEW lost AS SELECT '{5}'::word[] AS w; GRANT UPDATE (w) ON lost TO kind_b;
          CREATE OR REPLACE FUNCTION fits(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 < 2; END $$;""")
        self.assertEqual(set(self.left_out(self.restore(backup).expect(WARNINGS))), {"FUNCTION public.gone(integer)", "VIEW public.lost"})

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

    def test_a_table_that_may_not_be_truncated_is_loaded_and_costs_no_other(self):
        backup = self.back_up(LARGE.format("guarded") + LARGE.format("other"))
        # This database protects a table as soon as it is made; a role without superuser can't prevent that.
        self.server.psql("CREATE DATABASE watched OWNER maker")
        self.addCleanup(self.server.drop_db, "watched")
        self.server.psql("""CREATE FUNCTION pg_catalog.guard() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF to_regclass('public.guarded') IS NOT NULL THEN REVOKE TRUNCATE ON public.guarded FROM maker; END IF; END $$;
          CREATE EVENT TRIGGER guard ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION pg_catalog.guard()""", db="watched")
        result = self.restore(backup, "--no-owner", "-j", "1", uri=self.server.uri("watched", user="maker")).expect(OK)
        self.assertEqual(self.left_out(result), {})
        self.assertEqual(self.server.psql("SELECT (SELECT count(*) FROM guarded), (SELECT count(*) FROM other)", db="watched"), "30000|30000")

    def test_a_cancelled_truncate_ends_the_restore_as_other_statements_do(self):
        backup = self.back_up(LARGE.format("a_first") + LARGE.format("b_second"))
        self.server.create_db("watched")
        self.addCleanup(self.server.drop_db, "watched")
        # The second table waits until somebody has locked the first one, which is truncated later.
        self.server.psql("""CREATE FUNCTION pg_catalog.reached(number int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
            FOR n IN 1..3000 LOOP
              IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = number) THEN RETURN true; END IF;
              PERFORM pg_sleep(0.02);
            END LOOP;
            RETURN false;
          END $$;
          CREATE FUNCTION pg_catalog.await() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF to_regclass('public.b_second') IS NOT NULL THEN PERFORM pg_advisory_xact_lock(1), reached(2); END IF;
          END $$;
          CREATE EVENT TRIGGER await ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION pg_catalog.await()""", db="watched")
        cancelling = """DO $$ BEGIN
            PERFORM reached(1);
            LOCK TABLE public.a_first IN ACCESS SHARE MODE;
            PERFORM pg_advisory_xact_lock(2);
            FOR n IN 1..3000 LOOP
              PERFORM pg_stat_clear_snapshot();
              PERFORM pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%TRUNCATE%a_first%' AND wait_event_type = 'Lock';
              EXIT WHEN FOUND;
              PERFORM pg_sleep(0.02);
            END LOOP;
          END $$"""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            cancelled = pool.submit(self.server.psql, cancelling, db="watched")
            result = self.restore(backup, "-j", "1", uri=self.server.uri("watched"))
            cancelled.result()
        result.expect(FAILED)
        self.assertIn("rows of public.a_first: ", result.stderr)
        self.assertIn("cancel", result.stderr)

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
