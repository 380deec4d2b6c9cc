"""A backup does not depend on the data's environment: the settings of roles and databases, the encoding, a standby as
the source."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import harness
import zoo
from holdfast import FAILED, OK, WARNINGS, Holdfast
from pg import PgServer
from pooler import Pooler

PROVED = r"^PROVED .* level content-equal"


class SurroundingsCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfsur."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = PgServer()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.holdfast = Holdfast(cls.folder / "repository")
        cls.holdfast("init", "--layout", "plain", "--no-encryption").expect(OK)

    def dump(self, db):
        """The output of stock pg_dump for a database, as bytes."""
        text = self.server.run("pg_dump", "-d", self.server.uri(db), text=False)
        return b"".join(line for line in text.splitlines(keepends=True) if not line.startswith((b"\\restrict", b"\\unrestrict")))

    def proved(self, backup="latest"):
        self.assertRegex(self.holdfast("verify", backup, "--level", "restore").expect(OK).stdout, PROVED)


class Settings(SurroundingsCase):
    HOSTILE = ("DateStyle = 'SQL, DMY'", "IntervalStyle = 'iso_8601'", "extra_float_digits = -5", "bytea_output = 'escape'",
               "TimeZone = 'Asia/Kathmandu'", "search_path = 'nowhere'", "idle_in_transaction_session_timeout = '1ms'", "lock_timeout = '1ms'",
               "xmloption = 'document'", "quote_all_identifiers = on", "default_transaction_read_only = on",
               "default_transaction_isolation = 'serializable'", "row_security = off", "statement_timeout = '1ms'")

    def rows(self):
        """The stored rows of the one table, as in the repository."""
        folder = self.folder / "repository" / self.holdfast("list", "--json").json["backups"][0]["id"]
        return next(folder.rglob("*public.t.copy")).read_bytes()

    def test_settings_of_a_role_or_database_do_not_change_or_end_a_backup(self):
        self.server.create_db("plain")
        self.server.psql("""SET TimeZone = 'UTC'; CREATE TABLE t AS SELECT n, timestamptz '2001-02-03 04:05:06+00' + n * interval '1 day' AS at,
          n * interval '1 day 2:03:04.5' AS i, n / 3.0::float8 AS f, (n / 7.0)::float4 AS g, decode('00ff5c', 'hex') AS b, xml '<a/>' AS x,
          date '2004-05-06' AS d FROM generate_series(1, 1000) n; CREATE ROLE hostile SUPERUSER LOGIN""", db="plain")
        self.holdfast("backup", self.server.uri("plain"), "--compression", "none").expect(OK)
        expected = self.rows()
        first = b"1\t2001-02-04 04:05:06+00\t1 day 02:03:04.5\t0.3333333333333333\t0.14285715\t\\\\x00ff5c\t<a/>\t2004-05-06"
        self.assertEqual(expected.split(b"\n")[0], first)
        for setting in self.HOSTILE:
            self.server.psql(f"ALTER ROLE hostile SET {setting}")
        with self.subTest("role"):
            self.holdfast("backup", self.server.uri("plain", user="hostile"), "--compression", "none").expect(OK)
            self.assertTrue(self.rows() == expected, self.rows()[:200])
            self.proved()
        for setting in self.HOSTILE:
            self.server.psql(f"ALTER DATABASE plain SET {setting}")
        with self.subTest("database"):
            self.holdfast("backup", self.server.uri("plain"), "--compression", "none").expect(OK)
            self.assertTrue(self.rows() == expected, self.rows()[:200])
            self.proved()
            self.holdfast("restore", "latest", self.server.uri("copied")).expect(OK)
            settings = "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase WHERE datname = '{}' ORDER BY 1"
            self.assertEqual(self.server.psql(settings.format("copied")), self.server.psql(settings.format("plain")))


class Encodings(SurroundingsCase):
    def check(self, encoding, text, client_encoding="UTF8"):
        """Backs up, restores in every way and proves a database with a text (bytes of the client's encoding) in its
        names and rows."""
        def create(db):
            self.server.psql(f"CREATE DATABASE {db} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
            return self.server.uri(db)
        name, db = text.replace(b" ", b""), encoding.lower()
        sql = (b'CREATE SCHEMA "s@"; CREATE TYPE "s@"."y@" AS ENUM (\'e@\'); CREATE TABLE "s@"."t@" ("c@" text, id serial, e "s@"."y@" DEFAULT \'e@\');'
               b'INSERT INTO "s@"."t@" SELECT \'@\' || n FROM generate_series(1, 100) n; CREATE TABLE part (k int, t text) PARTITION BY LIST (k);'
               b'CREATE TABLE "p@" PARTITION OF part FOR VALUES IN (1); INSERT INTO part VALUES (1, \'@\'); CREATE SEQUENCE "q@" START 7;'
               b'CREATE MATERIALIZED VIEW "m@" AS SELECT * FROM part; COMMENT ON TABLE part IS \'@\';'
               b"SELECT lo_from_bytea(1, '\\xff00'); COMMENT ON LARGE OBJECT 1 IS '@'").replace(b"@", name)
        self.server.run("psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-d", create(db), input=sql, text=False,
                        env={**os.environ, "PGCLIENTENCODING": client_encoding})
        expected = self.dump(db)
        self.assertIn(name if client_encoding == encoding else name.decode(client_encoding).encode(encoding.replace("LATIN1", "latin-1")), expected)
        made = self.holdfast("backup", self.server.uri(db), "--json").expect(OK).json["backup"]["id"]
        self.proved(made)
        self.holdfast("restore", made, self.server.uri(db + "_restored")).expect(OK)
        self.holdfast("export", made, "-o", self.folder / f"{db}.sql").expect(OK)
        self.holdfast("export", made, "-o", self.folder / f"{db}.dump", "--format", "archive").expect(OK)
        self.server.run("psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-d", create(db + "_sql"), "-f", self.folder / f"{db}.sql")
        self.server.run("pg_restore", "--exit-on-error", "-d", create(db + "_archive"), self.folder / f"{db}.dump")
        done = zoo.run_restore_text(self.server, self.folder / "repository" / made, create(db + "_text"))
        self.assertEqual(done.returncode, 0, done.stderr)
        for way in ("restored", "sql", "archive", "text"):
            with self.subTest(way):
                self.assertEqual(self.dump(f"{db}_{way}"), expected)

    def test_latin1(self):
        self.check("LATIN1", "é ÿ £ À ß".encode())

    def test_euc_jp_with_characters_that_end_like_a_backslash_elsewhere(self):
        self.check("EUC_JP", "日本語 表ソ能 テスト".encode())

    def test_bytes_of_no_encoding_in_rows_and_names(self):
        self.check("SQL_ASCII", b"\xe9\xff\x80 \xfe\xc3( \xf0\x9f", client_encoding="SQL_ASCII")


class Poolers(SurroundingsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE t AS SELECT n FROM generate_series(1, 500) n", db="shop")
        cls.holdfast("backup", cls.server.uri("shop")).expect(OK)

    def test_a_pool_of_sessions_is_as_good_as_the_server(self):
        with Pooler(self.server, "session") as pooler:
            made = self.holdfast("backup", pooler.uri("shop"), "--json").expect(OK).json["backup"]["id"]
            self.proved(made)
            self.server.create_db("pooled")
            self.holdfast("restore", made, pooler.uri("pooled")).expect(OK)
            self.assertEqual(self.server.psql("SELECT sum(n) FROM t", db="pooled"), "125250")
            blocker = subprocess.Popen([self.server.tools / "psql", "-Xq", "-d", self.server.uri("shop"), "-c",
                                        "BEGIN; LOCK TABLE t; SELECT pg_sleep(600)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while not self.server.psql("SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation <> 0"):
                    time.sleep(0.05)
                result = self.holdfast("backup", pooler.uri("shop"), "--lock-timeout", "2").expect(FAILED)
                self.assertIn("table public.t is locked by process", result.error_line)
            finally:
                self.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()")
                blocker.wait(timeout=30)

    def test_a_pool_that_shares_sessions_is_refused_and_its_clients_keep_their_settings(self):
        for mode in ("transaction", "statement"):
            with self.subTest(mode), Pooler(self.server, mode, pool_size=1) as pooler:
                for command in (["backup", pooler.uri("shop")], ["restore", "latest", pooler.uri("postgres")]):
                    result = self.holdfast(*command).expect(FAILED)
                    self.assertIn("a connection pooler is in between and shares sessions among its clients", result.error_line)
                # The one session that the clients share is as it was.
                self.assertEqual(self.server.run("psql", "-XqAt", "-d", pooler.uri("shop"), "-c", "SHOW search_path"), '"$user", public\n')


class Standby(SurroundingsCase):
    def test_a_standby_is_backed_up_and_its_unlogged_tables_are_named(self):
        self.server.create_db("shop")
        self.server.psql("""CREATE TABLE kept (id serial PRIMARY KEY, t text); INSERT INTO kept (t) SELECT 't' || n FROM generate_series(1, 500) n;
          CREATE UNLOGGED TABLE lost (id serial, t text); INSERT INTO lost (t) VALUES ('unlogged'); SELECT lo_from_bytea(5, 'large')""", db="shop")
        with PgServer(standby_of=self.server) as standby:
            self.assertEqual(standby.psql("SELECT pg_is_in_recovery()"), "t")
            self.server.psql("INSERT INTO kept (t) VALUES ('streamed')", db="shop")
            deadline = time.monotonic() + 30
            while standby.psql("SELECT count(*) FROM kept", db="shop") != "501" and time.monotonic() < deadline:
                time.sleep(0.05)
            result = self.holdfast("backup", standby.uri("shop"), "--json").expect(WARNINGS)
            warnings = [event["message"] for event in result.events if event["event"] == "warning"]
            self.assertEqual(len(warnings), 1)
            self.assertIn('standby', warnings[0])
            self.assertIn('"public"."lost"', warnings[0])
            self.holdfast("backup", standby.uri("shop"), "--exclude", "lost", "--json").expect(OK)
        made = result.json["backup"]
        proved = self.holdfast("verify", made["id"], "--level", "restore").expect(WARNINGS)
        self.assertRegex(proved.stdout, "^PROVED .* level restored ")  # rows that never came can't be equal
        self.assertIn('the backup lacks something: the server is a standby', proved.stderr)
        self.holdfast("restore", made["id"], self.server.uri("back")).expect(OK)
        for query, wanted in (("SELECT count(*), max(t) FROM kept", "501|t99"), ("SELECT count(*) FROM lost", "0"), ("SELECT lo_get(5)", "\\x6c61726765"),
                              ("SELECT nextval('kept_id_seq') > 501", "t")):  # a standby sees sequences up to 32 ahead
            self.assertEqual(self.server.psql(query, db="back"), wanted)


if __name__ == "__main__":
    harness.main()
