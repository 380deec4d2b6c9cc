"""A database with every kind of object is restored equal, in each way: restore, export, and RESTORE.txt without
Holdfast."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
import zoo
from budget import some
from holdfast import FAILED, OK, WARNINGS, Holdfast
from pg import PgServer

PASSWORD = "correct horse"


class OtherServer(PgServer):
    """A server whose superuser has another name."""

    user = "other boss"


SERVER = KNOWN = None  # for all cases


def setUpModule():
    """Starts one server with the zoo in it, for all cases."""
    global SERVER, KNOWN
    harness.require_postgres()
    KNOWN = unittest.enterModuleContext(tempfile.TemporaryDirectory(prefix="hfknown."))
    SERVER = PgServer()
    unittest.addModuleCleanup(SERVER.stop)
    SERVER.start()
    zoo.load(SERVER, "zoo")


class ZooCase(unittest.TestCase):
    """The zoo, backed up once for the class."""

    maxDiff = None
    init = ()
    backup = ()
    password = None

    @classmethod
    def setUpClass(cls):
        cls.server = SERVER
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfzoo."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.holdfast = Holdfast(cls.folder / "repository", cls.password)
        cls.holdfast("init", *cls.init).expect(OK)
        cls.made = cls.holdfast("backup", cls.server.uri("zoo"), *cls.backup, "--json").expect(OK).json["backup"]

    def database(self):
        """A new, empty database's URI."""
        name = f"new {len(self.server.databases())}"
        self.server.create_db(name)
        return self.server.uri(name)

    def assert_equal_to_zoo(self, uri):
        self.assertEqual(zoo.differences(self.server, self.server.uri("zoo"), uri, KNOWN), "")

    def assert_equal_to_zoo_elsewhere(self, uri):
        """On a server whose initdb named another superuser: that one owns the objects of every database, and no restore
        can change it."""
        system = re.compile(r"[-+]-- Name: .*; Type: ACL; Schema: (-|pg_catalog); Owner: (postgres|other boss)")
        found = zoo.differences(self.server, self.server.uri("zoo"), uri, KNOWN).splitlines()
        self.assertEqual([line for line in found if re.match(r"[-+](?!(--|\+\+) /)", line) and not system.fullmatch(line)], [])

    def shell(self, *argv, expect=0, **environment):
        """Runs a stock program, with none of our programs available."""
        done = subprocess.run([str(word) for word in argv], env=zoo.stock_environment(self.server, **environment), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=300, check=False)
        self.assertEqual(done.returncode, expect, f"{argv}\n{done.stdout}\n{done.stderr}")
        return done


class Encrypted(ZooCase):
    password = PASSWORD

    def test_a_restore_into_a_database_it_creates_is_equal(self):
        result = self.holdfast("restore", self.made["id"], self.server.uri("new one"), "--json").expect(OK)
        self.assertEqual(result.json["restore"]["warnings"], [])
        self.assertEqual(result.json["restore"]["tables"], int(self.made["sources"][0]["notes"]["tables"]))
        self.assert_equal_to_zoo(self.server.uri("new one"))

    def test_a_restore_into_an_empty_database_is_equal(self):
        self.server.create_db("empty")
        self.holdfast("restore", self.made["id"], self.server.uri("empty"), "-j", "1").expect(OK)
        self.assert_equal_to_zoo(self.server.uri("empty"))

    def test_a_database_that_is_not_empty_is_refused_and_not_touched(self):
        for name, sql in {"table": "CREATE TABLE mine (a int)", "schema": "CREATE SCHEMA mine", "function":
                          "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "type": "CREATE TYPE public.mine AS (a int)",
                          "large object": "SELECT lo_create(12345)"}.items():
            with self.subTest(name):
                self.server.create_db("has a " + name)
                self.server.psql(sql, db="has a " + name)
                content = "SELECT oid, lomowner FROM pg_largeobject_metadata ORDER BY 1"
                before = self.server.dump_schema("has a " + name) + self.server.psql(content, db="has a " + name)
                result = self.holdfast("restore", self.made["id"], self.server.uri("has a " + name), "--json").expect(FAILED)
                self.assertEqual(result.json["error"]["code"], "invalid_state")
                self.assertRegex(result.json["error"]["message"], rf'database "has a {name}" is not empty: it has .*; restore into')
                self.assertEqual(self.server.dump_schema("has a " + name) + self.server.psql(content, db="has a " + name), before)

    def test_a_superuser_of_another_name_on_another_server_restores_it_equal(self):
        with OtherServer() as other:
            self.holdfast("restore", self.made["id"], other.uri("zoo"), "--json").expect(OK)
            self.assert_equal_to_zoo_elsewhere(other.uri("zoo"))

    def test_a_scratch_server_proves_it(self):
        result = self.holdfast("verify", self.made["id"], "--level", "restore").expect(OK)
        self.assertRegex(result.stdout, r"^PROVED \d+ tables, [\d,]+ rows, level content-equal \(restored into a scratch PostgreSQL \d+")
        levels = {backup["id"]: backup["level"] for backup in self.holdfast("list", "--json").json["backups"]}
        self.assertEqual(levels[self.made["id"]], "content-equal")

    def test_a_given_server_proves_it_and_keeps_no_database(self):
        before = self.server.databases()
        result = self.holdfast("verify", self.made["id"], "--level", "restore", "--target", self.server.uri("postgres"), "--json").expect(OK, WARNINGS)
        self.assertEqual(result.json["reports"][0]["proof"]["level"], "content-equal")
        self.assertEqual(self.server.databases(), before)

    def test_a_role_that_may_only_create_databases_proves_and_drops_it_again(self):
        self.server.create_db("plain")
        self.server.psql("CREATE ROLE maker LOGIN CREATEDB; CREATE TYPE size AS ENUM ('s', 'm');"
                         "CREATE TABLE a (id serial PRIMARY KEY, s size); INSERT INTO a (s) SELECT 's' FROM generate_series(1, 500);"
                         "CREATE TABLE b (id int REFERENCES a, t text); INSERT INTO b SELECT id, repeat('x', id) FROM a;"
                         "CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a; GRANT SELECT ON a TO PUBLIC; ALTER TABLE b OWNER TO zoo_owner",
                         db="plain")
        made = self.holdfast("backup", self.server.uri("plain"), "--json").expect(OK).json["backup"]["id"]
        before = self.server.databases()
        target = self.server.uri("postgres", user="maker")
        result = self.holdfast("verify", made, "--level", "restore", "--target", target, "--json").expect(OK, WARNINGS)
        proof = result.json["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["tables"], proof["rows"]), ("content-equal", 2, 1000))
        self.assertEqual([warning for warning in proof["warnings"] if "amcheck" not in warning], [])
        self.assertEqual(self.server.databases(), before)
        # A role without even that right gets an error, and leaves nothing.
        self.server.psql("ALTER ROLE maker NOCREATEDB")
        result = self.holdfast("verify", made, "--level", "restore", "--target", target, "--json").expect(FAILED)
        self.assertEqual(result.json["error"]["code"], "permission_denied")
        self.assertEqual(self.server.databases(), before)

    def test_a_row_of_100_MB_is_restored_and_exported(self):
        zoo.load(self.server, "large", large=True)
        self.holdfast("backup", self.server.uri("large")).expect(OK)
        self.holdfast("restore", "latest", self.server.uri("large restored")).expect(OK)
        self.holdfast("export", "latest", "-o", self.folder / "large.sql.zst").expect(OK)
        self.server.create_db("large exported")
        self.shell("sh", "-c", 'zstd -dc "$0" | psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d "$1"', self.folder / "large.sql.zst",
                   self.server.uri("large exported"))
        sums = [self.server.psql("SELECT id, md5(b), md5(t) FROM zoo_large.wide ORDER BY id", db=db)
                for db in ("large", "large restored", "large exported")]
        self.assertEqual(sums, [sums[0]] * 3)


class EncryptedPlain(ZooCase):
    init = ("--layout", "plain")
    password = PASSWORD

    def test_the_restore_text_decrypts_with_python_and_restores_with_stock_tools(self):
        text = self.folder / "repository" / self.made["id"] / "RESTORE.txt"
        (self.folder / "password").write_text(PASSWORD + "\n")
        self.shell("python3", "-c", "import cryptography")
        self.shell("sh", text, self.folder / "decrypted", PASSWORD_FILE=str(self.folder / "password"))
        inner = next((self.folder / "decrypted").rglob("restore.sh"))
        with OtherServer() as other:  # it has none of the roles
            other.create_db("zoo")
            self.assertTrue(self.shell("sh", inner, TARGET=other.uri("zoo")).stdout.endswith("restored\n"))
            self.assert_equal_to_zoo_elsewhere(other.uri("zoo"))
            password = "SELECT rolpassword FROM pg_authid WHERE rolname = 'zoo_login'"
            self.assertEqual(other.psql(password), self.server.psql(password))
        (self.folder / "wrong").write_text("wrong\n")
        self.assertIn("wrong password", self.shell("sh", text, self.folder / "other", expect=1, PASSWORD_FILE=str(self.folder / "wrong")).stderr)


class Gzip(ZooCase):
    init = ("--layout", "plain", "--no-encryption")
    backup = ("--compression", "gzip:6")

    def test_it_restores_equal(self):
        self.holdfast("restore", "latest", self.server.uri("restored")).expect(OK)
        self.assert_equal_to_zoo(self.server.uri("restored"))

    def test_the_restore_text_restores_with_stock_tools_alone(self):
        folder = self.folder / "else where"  # a backup may be moved, so no path in it may be absolute
        shutil.copytree(next((self.folder / "repository").glob("backup_*/RESTORE.txt")).parent, folder)
        self.assertTrue(list(folder.rglob("*.gz")))
        target = self.database()
        self.shell("sh", folder / "RESTORE.txt", TARGET=target)
        self.assert_equal_to_zoo(target)

    def test_the_restore_text_stops_at_damage_before_it_touches_the_target(self):
        folder = self.folder / "damaged"
        shutil.copytree(next((self.folder / "repository").glob("backup_*/RESTORE.txt")).parent, folder)
        victim = max(folder.rglob("*.gz"), key=os.path.getsize)
        victim.chmod(0o644)
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
        target = self.database()
        self.assertIn("did NOT match", self.shell("sh", folder / "RESTORE.txt", TARGET=target, expect=1).stderr)
        self.assertNotIn("CREATE", self.server.run("pg_dump", "--schema-only", "-d", target))

    def test_an_archive_goes_through_stock_pg_restore(self):
        self.holdfast("export", "latest", "-o", self.folder / "zoo.dump", "--format", "archive").expect(OK)
        for jobs in some(("1", "2"), 1):
            with self.subTest(jobs):
                self.server.create_db("archive " + jobs)
                self.server.run("pg_restore", "--exit-on-error", "-j", jobs, "-d", self.server.uri("archive " + jobs), self.folder / "zoo.dump")
                self.assert_equal_to_zoo(self.server.uri("archive " + jobs))

    def test_sql_goes_through_stock_psql(self):
        for suffix, tool in some((("gz", "gzip"), ("zst", "zstd")), 1):
            with self.subTest(suffix):
                file = self.folder / f"zoo.sql.{suffix}"
                self.holdfast("export", "latest", "-o", file).expect(OK)
                self.server.create_db("sql " + suffix)
                self.shell("sh", "-c", '"$0" -dc "$1" | psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d "$2"', tool, file,
                           self.server.uri("sql " + suffix))
                self.assert_equal_to_zoo(self.server.uri("sql " + suffix))


class Lz4(ZooCase):
    init = ("--layout", "plain", "--no-encryption")
    backup = ("--compression", "lz4", "-j", "1")

    def test_the_restore_text_restores_with_stock_tools_alone(self):
        target = self.database()
        self.shell("sh", next((self.folder / "repository").rglob("RESTORE.txt")), TARGET=target)
        self.assert_equal_to_zoo(target)


if __name__ == "__main__":
    harness.main()
