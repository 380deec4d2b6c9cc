"""A backup of a busy database is that database at one snapshot time, complete, even if several connections read it."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from holdfast import OK, Holdfast, finish, raw_key
from pg import PgServer

ROWS = 80_000  # rows of about 1 KiB
WRITERS = 3
SCHEMA = f"""
CREATE TABLE big (id int PRIMARY KEY, amount int NOT NULL, filler text);
ALTER TABLE big ALTER filler SET STORAGE PLAIN;
INSERT INTO big SELECT n, 100, repeat(md5(n::text), 32) FROM generate_series(1, {ROWS}) n;
CREATE TABLE debit (id bigserial PRIMARY KEY, amount int); CREATE TABLE credit (id bigserial PRIMARY KEY, amount int);
CREATE TABLE churn (id int PRIMARY KEY, v int); INSERT INTO churn SELECT n, 0 FROM generate_series(1, 20000) n;
CREATE TABLE victim AS SELECT n FROM generate_series(1, 1000) n;
CREATE SEQUENCE counter;
"""
# Each commit preserves three sums: that of `big`, whose distant rows change together, and those of the two books, which
# must agree.
WRITE = """
DO $$ DECLARE one int := 1 + random() * 999; other int := {rows} - one; BEGIN
  FOR i IN 1..1000000 LOOP
    UPDATE big SET amount = amount - 7 WHERE id = one + {writer} * 1000;
    INSERT INTO debit (amount) VALUES (i);
    UPDATE churn SET v = v + 1 WHERE id = i % 20000 + 1;
    PERFORM nextval('counter');
    UPDATE big SET amount = amount + 7 WHERE id = other - {writer} * 1000;
    INSERT INTO credit (amount) VALUES (i);
    COMMIT;
    one := 1 + random() * 999; other := {rows} - one;
  END LOOP;
END $$
"""
INVARIANT = f"""SELECT (SELECT sum(amount) = {ROWS} * 100 AND count(*) = {ROWS} AND count(DISTINCT id) = {ROWS} FROM big),
  (SELECT count(*) FROM debit) = (SELECT count(*) FROM credit),
  (SELECT coalesce(sum(amount), 0) FROM debit) = (SELECT coalesce(sum(amount), 0) FROM credit),
  (SELECT count(*) = 20000 AND count(DISTINCT id) = 20000 FROM churn), (SELECT sum(v) FROM churn) = (SELECT count(*) FROM debit)"""


def reading(lines):
    """The events among lines of standard error that say which connection reads which rows."""
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in events if event["message"].startswith("reading data/")]


class Consistency(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfcon."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = PgServer(settings={"autovacuum": "off"})
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("busy")
        cls.server.psql(SCHEMA, db="busy")
        cls.holdfast = Holdfast(cls.folder / "repository", key=raw_key())
        cls.holdfast("init").expect(OK)

    def session(self, sql):
        """A psql that runs in the background; ended with the test."""
        process = subprocess.Popen([self.server.bin / "psql", "-XqAt", "-vON_ERROR_STOP=1", "-d", self.server.uri("busy"), "-c", sql],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        # Killing psql is not enough: the server continues until it has output to send.
        self.addCleanup(self.server.psql, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'busy' AND application_name = 'psql'")
        return process

    def until(self, sql):
        """Waits until a query returns true."""
        deadline = time.monotonic() + 60
        while self.server.psql(sql, db="busy") != "t":
            self.assertLess(time.monotonic(), deadline, sql)
            time.sleep(0.02)

    @contextlib.contextmanager
    def backup_held_while_reading(self):
        """A backup that is stopped while two connections read the big table, continues when the block ends, and must
        succeed."""
        process = self.holdfast.start("backup", self.server.uri("busy"), "-j", "2", "--json", "-v")
        self.addCleanup(finish, process, 0)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if len({event["fields"]["connection"] for event in reading(lines)}) == 2:
                break
        self.until("SELECT count(*) = 2 FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT % FROM ONLY \"public\".\"big\" WHERE %'")
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGCONT)
        self.result = finish(process, 300)
        self.result.stderr = "".join(lines) + self.result.stderr
        self.result.expect(OK)

    def proved(self, *queries):
        """Results of queries on the latest backup, restored and proved equal to its source."""
        file = self.folder / "queries.sql"
        file.write_text("".join(query + ";\n" for query in queries))
        result = self.holdfast("verify", "--level", "restore", "--queries", file, "--json").expect(OK).json["reports"][0]["proof"]
        self.assertEqual(result["level"], "content-equal")
        return [query["result"].split("\n", 1)[1] for query in result["queries"]]

    def here(self, *queries):
        """Results of queries on the database itself."""
        return [self.server.psql(query, db="busy").replace("|", "\t") for query in queries]

    def test_one_large_table_is_read_by_several_connections_and_each_row_once(self):
        queries = ["SELECT count(*), count(DISTINCT id), sum(hashtextextended(big::text, 0)) FROM big"]
        before = self.here(*queries)
        with self.backup_held_while_reading():
            pass  # `until` saw both of them running
        pieces = [event for event in reading(self.result.stderr.splitlines()) if event["object"].startswith("data/public.big/")]
        self.assertGreaterEqual(len({event["fields"]["connection"] for event in pieces}), 2)
        ranges = sorted((tuple(re.fullmatch(r"pages (\d+)-(\d*)", event["fields"]["range"]).groups()) for event in pieces), key=lambda pair: int(pair[0]))
        self.assertEqual(ranges[0][0], "0")
        self.assertEqual(ranges[-1][1], "")
        self.assertEqual([int(last) + 1 for _, last in ranges[:-1]], [int(first) for first, _ in ranges[1:]])
        self.assertEqual(self.proved(*queries), before)

    def test_commits_all_through_the_backup_are_in_it_whole_or_not_at_all(self):
        for writer in range(WRITERS):
            self.session(WRITE.format(writer=writer, rows=ROWS))
        self.until("SELECT count(*) > 500 FROM debit")
        before = int(self.here("SELECT count(*) FROM debit")[0])
        self.holdfast("backup", self.server.uri("busy")).expect(OK)
        after = int(self.here("SELECT count(*) FROM debit")[0])
        whole, count, counter, ids = self.proved(INVARIANT, "SELECT count(*) FROM debit", "SELECT last_value >= (SELECT count(*) FROM debit) FROM counter",
                                                 "SELECT last_value >= (SELECT max(id) FROM debit) FROM debit_id_seq")
        self.assertEqual(whole, "\t".join("ttttt"))
        self.assertEqual((counter, ids), ("t", "t"))
        self.assertGreater(int(count), before - 1)
        self.assertLess(int(count), after, "nothing was written while the backup ran: the test shows nothing")

    def test_what_is_written_vacuumed_or_created_meanwhile_changes_nothing(self):
        self.server.psql("CREATE TABLE calm AS SELECT n FROM generate_series(1, 1000) n", db="busy")
        queries = ["SELECT count(*), sum(hashtextextended(big::text, 0)) FROM big", "SELECT count(*), sum(n) FROM calm",
                   "SELECT count(*) FROM pg_class WHERE relname LIKE 'late%'"]
        before = self.here(*queries)
        with self.backup_held_while_reading():
            self.server.psql("""DELETE FROM big WHERE id % 10 = 0; UPDATE big SET amount = amount WHERE id % 10 = 1;
              INSERT INTO big SELECT n, 100, repeat('new', 300) FROM generate_series(10000001, 10005000) n;
              DELETE FROM calm WHERE n < 500; UPDATE calm SET n = -n; CREATE TABLE late AS SELECT 1 AS a; CREATE SEQUENCE late_too""", db="busy")
            self.server.psql("VACUUM big", db="busy")
            self.server.psql("VACUUM calm", db="busy")
        self.assertEqual(self.proved(*queries), before)
        self.server.psql(f"""DELETE FROM big WHERE id > 10000000; DROP TABLE late, calm; DROP SEQUENCE late_too;
          INSERT INTO big SELECT n, 100, repeat(md5(n::text), 32) FROM generate_series(10, {ROWS}, 10) n""", db="busy")

    def test_who_wants_to_change_or_drop_a_table_waits_and_the_backup_has_it(self):
        names = ("to_truncate", "to_drop", "to_alter", "to_rename")
        for name in names:
            self.server.psql(f"CREATE TABLE {name} AS SELECT n FROM generate_series(1, 1000) n", db="busy")
        queries = [f"SELECT count(*), sum(n) FROM {name}" for name in names] + ["SELECT count(*) FROM big"]
        before = self.here(*queries)
        statements = ("TRUNCATE to_truncate", "DROP TABLE to_drop", "ALTER TABLE to_alter ADD COLUMN more int DEFAULT 1",
                      "ALTER TABLE to_rename RENAME TO renamed", "ALTER TABLE big ALTER COLUMN filler SET DEFAULT 'x'")
        with self.backup_held_while_reading():
            sessions = [self.session(statement) for statement in statements]
            waiting = "wait_event_type = 'Lock' AND query IN (" + ", ".join("'" + one.replace("'", "''") + "'" for one in statements) + ")"
            self.until(f"SELECT count(*) = {len(statements)} FROM pg_stat_activity WHERE {waiting}")
        self.assertEqual([session.wait(60) for session in sessions], [0] * len(sessions))
        self.assertEqual(self.proved(*queries), before)
        self.server.psql("DROP TABLE to_truncate, to_alter, renamed", db="busy")

    def test_whoever_holds_a_lock_the_backup_waits_for_is_named(self):
        self.session("BEGIN; LOCK TABLE churn IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6)")
        self.until("SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%' AND wait_event = 'PgSleep'")
        result = self.holdfast("backup", self.server.uri("busy"), "--include", "churn", "--json", "-v").expect(OK)
        waits = [event["message"] for event in result.events if event["message"].startswith("waiting for a lock")]
        self.assertEqual(len(waits), 1)
        self.assertRegex(waits[0], r"table public.churn is locked by process \d+ \(user postgres, psql, active: BEGIN; LOCK TABLE churn")


if __name__ == "__main__":
    harness.main()
