"""Objects that the server of a restore has already, or lacks: roles, tablespaces, another restore that is running."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import unittest.mock

import harness
import pg
import zoo
from holdfast import FAILED, FAULT, OK, WARNINGS, Holdfast, finish
from pg import PgServer

ROLES = "SELECT rolname, rolsuper, rolcanlogin, rolconnlimit, rolconfig, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname ~ '^mine' ORDER BY 1"
WEIRD = 'mine\'s "weird";\nALTER ROLE mine SUPERUSER;'


class TargetCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hftgt."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server, cls.target = PgServer(), PgServer()
        for server in (cls.server, cls.target):
            cls.addClassCleanup(server.stop)
            server.start()
        cls.server.create_db("shop")
        cls.fill()
        cls.holdfast = Holdfast(cls.folder / "repository")
        cls.holdfast("init", "--layout", "plain", "--no-encryption").expect(OK)
        cls.made = cls.holdfast("backup", cls.server.uri("shop"), "--json").expect(OK).json["backup"]["id"]


class Roles(TargetCase):
    @classmethod
    def fill(cls):
        weird = pg.quote_ident(WEIRD)
        cls.server.psql(f"""CREATE ROLE mine LOGIN CONNECTION LIMIT 5; CREATE ROLE mine_too CONNECTION LIMIT 6; GRANT mine TO mine_too;
          ALTER ROLE mine SET work_mem = '5MB'; ALTER ROLE mine_too SET work_mem = '6MB'; CREATE ROLE {weird} LOGIN; GRANT mine_too TO {weird};
          COMMENT ON ROLE {weird} IS E'a'';\\nALTER ROLE mine SUPERUSER;\\n--\\\\';
          CREATE TABLE t (x int); ALTER TABLE t OWNER TO mine_too; GRANT SELECT ON t TO mine, {weird}""", db="shop")
        cls.target.psql("CREATE ROLE mine CONNECTION LIMIT 77; COMMENT ON ROLE mine IS 'ours'")

    def check(self):
        """The existing role is unchanged, and the missing ones are as in the source."""
        expected = self.server.psql(ROLES).replace("mine|f|t|5|{work_mem=5MB}|", "mine|f|f|77||ours", 1)
        self.assertEqual(self.target.psql(ROLES), expected)
        members = "SELECT roleid::regrole, member::regrole FROM pg_auth_members WHERE roleid > 16000 ORDER BY 1::text, 2::text"
        self.assertEqual(self.target.psql(members), self.server.psql(members))
        owners = "SELECT tableowner, (SELECT relacl FROM pg_class WHERE relname = 't') FROM pg_tables WHERE tablename = 't'"
        self.assertEqual(self.target.psql(owners, db="copy"), self.server.psql(owners, db="shop"))

    def tearDown(self):
        self.target.drop_db("copy")
        self.target.psql(f"DROP ROLE IF EXISTS mine_too, {pg.quote_ident(WEIRD)}")

    def test_a_restore_leaves_those_that_exist_as_they_are(self):
        self.holdfast("restore", self.made, self.target.uri("copy")).expect(OK)
        self.check()

    def test_the_restore_text_does_too_and_runs_nothing_that_a_name_or_a_comment_says(self):
        self.target.create_db("copy")
        done = zoo.run_restore_text(self.target, self.folder / "repository" / self.made, self.target.uri("copy"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check()


class ServicesDatabases(TargetCase):
    """Managed services and images fill each new database, and close the database "postgres"."""

    @classmethod
    def fill(cls):
        cls.server.psql("CREATE TABLE t (x text); INSERT INTO t VALUES ('a')", db="shop")

    def tearDown(self):
        self.target.drop_db("copy")

    def count(self):
        return self.target.psql("SELECT count(*) FROM t", db="copy").strip()

    def test_an_extension_in_the_target_is_not_an_object_of_a_user(self):
        self.target.create_db("copy")
        self.target.psql("CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION pg_trgm", db="copy")
        refused = self.holdfast("restore", self.made, self.target.uri("copy")).expect(FAILED)
        self.assertIn("is not empty: it has schema ext", refused.error_line)
        extensions = ("hstore", "citext", "cube", "earthdistance", "isn", "ltree", "seg", "tablefunc", "unaccent", "pg_stat_statements", "xml2")
        available = self.target.psql("SELECT name FROM pg_available_extensions").split()
        self.target.psql("DROP EXTENSION hstore; DROP SCHEMA ext", db="copy")
        for name in extensions:
            if name in available:
                self.target.psql(f"CREATE EXTENSION {name}", db="copy")
        self.holdfast("restore", self.made, self.target.uri("copy")).expect(OK)
        self.assertEqual(self.count(), "1")

    def test_a_table_beside_an_extension_still_counts(self):
        self.target.create_db("copy")
        self.target.psql("CREATE EXTENSION pg_trgm; CREATE TABLE mine (i int)", db="copy")
        self.assertIn("is not empty: it has relation public.mine", self.holdfast("restore", self.made, self.target.uri("copy")).expect(FAILED).error_line)

    def test_a_closed_database_postgres_is_not_needed(self):
        self.target.psql("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC; CREATE ROLE adm LOGIN CREATEDB")
        self.addCleanup(self.target.psql, "GRANT CONNECT ON DATABASE postgres TO PUBLIC; DROP ROLE adm")
        self.addCleanup(self.target.drop_db, "copy")
        self.holdfast("restore", self.made, self.target.uri("copy", user="adm"), "--no-owner").expect(OK)
        self.assertEqual(self.count(), "1")


class RoleOrder(TargetCase):
    @classmethod
    def fill(cls):
        """Roles that three servers have in three orders: the source's, the target's, and that of a proof, by name."""
        cls.server.psql('CREATE ROLE b; CREATE ROLE a; CREATE ROLE "c, TO a"; CREATE TABLE t (i int); INSERT INTO t VALUES (1);'
                        'CREATE POLICY p ON t TO a, b, "c, TO a" USING (true)', db="shop")
        cls.target.psql('CREATE ROLE "c, TO a"; CREATE ROLE b; CREATE ROLE a')

    def test_roles_of_a_policy_are_equal_in_any_order(self):
        self.holdfast("restore", self.made, self.target.uri("copy")).expect(OK)
        proof = ("verify", self.made, "--level", "restore", "--restored", self.target.uri("copy"))
        self.holdfast(*proof).expect(OK)
        self.target.psql("ALTER POLICY p ON t TO a, b", db="copy")
        self.assertIn("POLICY public.t p", self.holdfast(*proof).expect(FAULT).stdout)


class Locales(TargetCase):
    @classmethod
    def fill(cls):
        """The test has a source of its own."""

    def test_a_locale_that_the_server_lacks_is_named_with_what_to_do(self):
        if not pathlib.Path("/usr/share/i18n/locales/de_DE").exists():
            raise unittest.SkipTest("there are no sources of locales here")
        locales = self.folder / "locales"
        locales.mkdir()
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", locales / "de_DE.UTF-8"], check=False, capture_output=True)
        for folder in (self.folder, locales):  # the server is another user
            folder.chmod(0o755)
        with unittest.mock.patch.dict(os.environ, LOCPATH=str(locales)), PgServer() as source:
            source.psql("CREATE DATABASE shop TEMPLATE template0 LC_COLLATE 'de_DE.UTF-8' LC_CTYPE 'de_DE.UTF-8'")
            source.psql("CREATE TABLE t (t text COLLATE \"default\"); INSERT INTO t VALUES ('a'), ('Z')", db="shop")
            self.holdfast("backup", source.uri("shop")).expect(OK)
        done = self.holdfast("restore", "latest", self.target.uri("shop_r")).expect(FAILED)
        self.assertRegex(done.error_line, "de_DE.UTF-8.*create the database with another one and restore into it")
        self.target.create_db("shop_r")
        self.assertIn("locale", self.holdfast("restore", "latest", self.target.uri("shop_r")).expect(WARNINGS).stderr)
        self.assertIn("content-equal", self.holdfast("verify", "latest", "--level", "restore").expect(WARNINGS).stdout)


class Tablespaces(TargetCase):
    @classmethod
    def make(cls, server, name):
        place = server.directory / f"space {name}"
        place.mkdir()
        if runas := pg.unprivileged_user():
            os.chown(place, *runas)
        server.psql(f"CREATE TABLESPACE {pg.quote_ident(name)} LOCATION '{place}'")

    @classmethod
    def fill(cls):
        cls.make(cls.server, "far away")
        cls.server.psql('CREATE TABLE t (x int PRIMARY KEY) TABLESPACE "far away"; INSERT INTO t SELECT generate_series(1, 9);'
                        'CREATE INDEX i ON t (x) TABLESPACE "far away"; CREATE TABLE here (x int)', db="shop")

    def test_one_that_is_missing_is_named_and_done_without(self):
        result = self.holdfast("restore", self.made, self.target.uri("without")).expect(OK, WARNINGS)
        self.assertIn('the server lacks tablespaces of the backup: "far away"', result.stderr)
        self.assertEqual(self.target.psql("SELECT count(*) FROM t", db="without"), "9")
        proof = self.holdfast("verify", self.made, "--level", "restore", "--json").expect(OK, WARNINGS).json["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["faults"]), ("content-equal", []))

    def test_one_that_is_there_is_used(self):
        self.holdfast("restore", self.made, self.server.uri("within")).expect(OK)
        used = "SELECT relname FROM pg_class JOIN pg_tablespace s ON s.oid = reltablespace WHERE spcname = 'far away' ORDER BY 1"
        self.assertEqual(self.server.psql(used, db="within"), "i\nt")


class Twice(TargetCase):
    @classmethod
    def fill(cls):
        cls.server.psql("CREATE TABLE t AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 20000) n", db="shop")

    def test_of_two_restores_into_one_target_one_wins_and_is_whole(self):
        for exists in (False, True):
            with self.subTest(exists=exists):
                name = f"target {exists}"
                if exists:
                    self.target.create_db(name)
                results = [finish(run) for run in [self.holdfast.start("restore", self.made, self.target.uri(name)) for _ in range(2)]]
                self.assertEqual(sorted(result.exit for result in results), [OK, FAILED], [result.stderr for result in results])
                self.assertEqual(self.target.psql("SELECT count(*), sum(n) FROM t", db=name), "20000|200010000")
                self.assertEqual(self.target.psql("SELECT to_regnamespace('holdfast_restore_incomplete') IS NULL", db=name), "t")


if __name__ == "__main__":
    harness.main()
