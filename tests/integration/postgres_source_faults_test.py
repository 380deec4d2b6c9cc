"""A PostgreSQL server that refuses a backup, hangs, changes during it, or dies. Each ends the run with one line, and
does no harm."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import threading
import time
import unittest

import faults
import harness
import pg
from faults import FaultCase, Session, wait_until
from holdfast import FAILED, OK, USAGE, WARNINGS

HOSTILE = 'we"ird\n%s %n \'; -- é\u202e\t\\'
BIG = faults.SHOP + """
CREATE TABLE big (n int, filler text);
ALTER TABLE big ALTER filler SET STORAGE PLAIN;
INSERT INTO big SELECT n, repeat('payload ', 125) FROM generate_series(1, 120000) n;
"""


class SourceCase(FaultCase):
    def backup(self, *arguments, uri=None, **options):
        return self.run_it("backup", uri or self.server.uri("shop"), *arguments, **options)

    def session(self, *statements):
        session = Session(self.server, *statements)
        self.addCleanup(session.close)
        return session

    def start_backup(self, *arguments, **options):
        return self.start("backup", self.server.uri("shop"), *arguments, **options)


class Reaching(SourceCase):
    tcp = True

    def test_a_wrong_password_is_refused_and_not_told(self):
        self.secrets.append("hunter2")
        uri = f"postgresql://postgres:hunter2@127.0.0.1:{self.server.port}/shop"
        self.expect_failure(self.backup(uri=uri), FAILED, "127.0.0.1", "shop", "password authentication failed")
        self.expect_failure(self.backup(uri=uri.replace(":hunter2", "")), FAILED, "no password supplied")

    def test_a_right_password_reaches_the_programs_and_is_seen_nowhere(self):
        option = self.tools("pg_dump", 'for word in "$@"; do echo "$word"; done > "$TMPDIR/words"; exec "$real" "$@"')
        result = self.backup("-o", option, "-v", uri=self.server.uri("shop", tcp=True)).expect(OK)
        said = (self.temporary / "words").read_text()
        (self.temporary / "words").unlink()
        self.assertIn("--snapshot=", said)
        self.assertNotIn(self.server.password, said)
        self.assert_no_secrets(result)
        self.assertTrue(any("pg_dump" in words for words in self.words), self.words)
        shown = self.holdfast("show", "latest", "--json", "--key-file", self.key).expect(OK)
        self.assertNotIn(self.server.password, shown.stdout)
        self.assert_no_traces()

    def test_a_port_where_nobody_listens_is_told_at_once(self):
        port = pg.free_port()
        result = self.backup(uri=f"postgresql://postgres:{self.server.password}@127.0.0.1:{port}/shop")
        self.expect_failure(result, FAILED, f"127.0.0.1:{port}/shop", "refused")

    def test_a_server_that_never_answers_ends_at_the_deadline(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            uri = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/shop"
            self.expect_failure(self.backup("--connect-timeout", "1", uri=uri), FAILED, "/shop", "no answer within 1 s")

    def test_a_stopped_server_ends_at_the_deadline(self):
        os.kill(self.server.pid, signal.SIGSTOP)
        try:
            for uri in (self.server.uri("shop"), self.server.uri("shop", tcp=True)):
                result = self.backup("--connect-timeout", "1", uri=uri, timeout=20).expect(FAILED)
                self.assertIn("no answer within 1 s", result.stderr)
            doctor = self.run_it("doctor", uri, "--connect-timeout", "1", timeout=20).expect(FAILED)
            self.assertIn("no answer within 1 s", doctor.stdout)
        finally:
            os.kill(self.server.pid, signal.SIGCONT)
        self.expect_failure(result, FAILED, "/shop")

    def test_a_missing_database_is_named(self):
        self.expect_failure(self.backup(uri=self.server.uri("nosuch")), FAILED, "nosuch", "does not exist")
        self.expect_failure(self.backup(uri=self.server.uri(HOSTILE)), FAILED, "we%22ird%0A", "does not exist")

    def test_a_missing_role_is_named(self):
        self.expect_failure(self.backup(uri=self.server.uri("shop", user=HOSTILE)), FAILED, 'we"ird', "does not exist")

    def test_a_wrong_uri_option_or_pattern_is_usage(self):
        for arguments in (["postgresql://h:port/x"], ["postgresql:///shop?sslmode=nosuch"], ["postgresql:///shop?nosuch=1"], ["mysterysql:///shop"],
                          [self.server.uri("shop"), "-o", "nosuch=1"], [self.server.uri("shop"), "-o", "globals=maybe"],
                          [self.server.uri("shop"), "--include", "a.b.c"], [self.server.uri("shop"), "--stall-timeout", "0"]):
            with self.subTest(arguments):
                self.expect_failure(self.run_it("backup", *arguments), USAGE)
        self.expect_failure(self.backup("--include", "public.nosuch"), FAILED, "no table matches 'public.nosuch'", "shop")


class Programs(SourceCase):
    def test_no_pg_dump_is_named_with_what_to_install(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.expect_failure(self.backup("-o", f"bin_dir={empty}"), FAILED, "no pg_dump found", str(empty), "install postgresql-client-")

    def test_a_too_old_pg_dump_is_refused_before_anything_is_read(self):
        option = self.tools("pg_dump", "exit 99")
        tool = self.folder / "bin" / "pg_dump"
        tool.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
        self.expect_failure(self.backup("-o", option), FAILED, "pg_dump 9 in ", "too old for a PostgreSQL", "install postgresql-client-")

    def test_a_pg_dump_that_is_killed_half_way_fails_the_backup(self):
        option = self.tools("pg_dump", '"$real" "$@" | head -c 1000; kill -9 $$')
        self.expect_failure(self.backup("-o", option), FAILED, "shop", "pg_dump failed with status 137")

    def test_a_pg_dump_that_fails_is_quoted_on_one_line(self):
        option = self.tools("pg_dump", 'printf "first\\nsecond %%s\\n" >&2; exit 3')
        self.expect_failure(self.backup("-o", option), FAILED, "pg_dump failed with status 3", "first second %s")

    def test_a_pg_dump_that_hangs_ends_at_the_deadline(self):
        option = self.tools("pg_dump", "exec sleep 300")
        self.expect_failure(self.backup("-o", option, "--stall-timeout", "1"), FAILED, "was silent for 1 s")


class Privileges(SourceCase):
    database = faults.SHOP + """
CREATE ROLE reader LOGIN;
CREATE ROLE limited LOGIN CONNECTION LIMIT 2;
GRANT pg_read_all_data TO limited;
GRANT SELECT ON customer, note TO reader;
"""

    @contextlib.contextmanager
    def table(self, sql, name):
        self.server.psql(sql, db="shop")
        try:
            yield
        finally:
            self.server.psql(f"DROP TABLE {pg.quote_ident(name)}", db="shop")

    def test_a_table_without_privilege_is_named(self):
        for name in ("hidden", HOSTILE):
            with self.subTest(name), self.table(f"CREATE TABLE {pg.quote_ident(name)} (x int)", name):
                shown = '"we""ird %s %n \'; -- é' if name == HOSTILE else '"public"."hidden"'
                self.expect_failure(self.backup(uri=self.server.uri("shop", user="reader")), FAILED, "no privilege to read", shown)

    def test_options_of_a_user_mapping_that_the_role_may_not_see_are_named(self):
        self.server.psql("CREATE FOREIGN DATA WRAPPER far; CREATE SERVER there FOREIGN DATA WRAPPER far; GRANT USAGE ON FOREIGN SERVER there "
                         "TO reader; CREATE USER MAPPING FOR postgres SERVER there OPTIONS (password 'x');"
                         "CREATE USER MAPPING FOR reader SERVER there OPTIONS (password 'x')", db="shop")
        try:
            result = self.backup(uri=self.server.uri("shop", user="reader")).expect(WARNINGS)
            self.assertIn("can't be read by this role, and are not in the backup: postgres on there\n", result.stderr)
            self.backup().expect(OK)
        finally:
            self.server.psql("DROP FOREIGN DATA WRAPPER far CASCADE", db="shop")

    def test_rows_hidden_by_a_policy_are_an_error_and_never_left_out(self):
        for name in ("guarded", HOSTILE):
            quoted = pg.quote_ident(name)
            sql = (f"CREATE TABLE {quoted} AS SELECT 1 AS x; ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY;"
                   f"CREATE POLICY none ON {quoted} USING (false); GRANT SELECT ON {quoted} TO reader")
            with self.subTest(name), self.table(sql, name):
                shown = '"we""ird %s %n' if name == HOSTILE else "guarded"
                result = self.backup(uri=self.server.uri("shop", user="reader"))
                self.expect_failure(result, FAILED, shown, "row-level security")

    def test_what_pg_dump_leaves_out_is_a_warning(self):
        self.server.psql("CREATE SUBSCRIPTION sub CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)", db="shop")
        self.addCleanup(self.server.psql, "DROP SUBSCRIPTION sub", db="shop")
        result = self.backup("-j", "1", uri=self.server.uri("shop", user="reader")).expect(WARNINGS)
        self.assertRegex(result.stderr, "holdfast: warning: .*subscriptions not dumped because current user is not a superuser")
        verified = self.run_it("verify", "latest", "--level", "restore", "--json").expect(WARNINGS)
        proof = verified.json["reports"][0]["proof"]
        self.assertEqual(proof["level"], "restored", "what is not in the backup can't be equal")
        self.assertIn("subscriptions not dumped", " ".join(proof["warnings"]))

    def test_a_roles_connection_limit_is_told(self):
        result = self.backup("-j", "6", uri=self.server.uri("shop", user="limited"))
        self.expect_failure(result, FAILED, "too many connections for role", "limited")

    def test_too_many_connections_is_told(self):
        self.server.psql("ALTER SYSTEM SET max_connections = 8; ALTER SYSTEM SET superuser_reserved_connections = 3")
        self.server.restart()
        self.addCleanup(self.server.restart)
        self.addCleanup(self.server.psql, "ALTER SYSTEM RESET ALL")
        held = [self.session() for _ in range(4)]
        result = self.backup("-j", "1", uri=self.server.uri("shop", user="reader"))
        for session in held:
            session.close()
        self.expect_failure(result, FAILED, "shop", "remaining connection slots are reserved")


class Locks(SourceCase):
    def test_who_holds_a_table_is_named(self):
        blocker = self.session("BEGIN", "LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
        result = self.backup("--lock-timeout", "2")
        blocker.close()
        self.expect_failure(result, FAILED, "can't lock the tables within 2 s", "customer", f"process {blocker.pid}", "user postgres")

    def after_commit(self, *statements):
        """Runs the statements while a backup waits for their locks, then commits. Returns the backup and the names of
        its tables."""
        other = self.session("BEGIN", *statements)
        process = self.start_backup("--json", "-v")
        self.assertTrue(wait_until(lambda: self.server.psql("SELECT 1 FROM pg_locks WHERE NOT granted")), "it never waited")
        other.say("COMMIT")
        backup = self.finish(process).expect(OK).json["backup"]
        self.assert_no_traces()
        return backup["sources"][0]["notes"]

    def test_a_table_dropped_while_the_backup_waits_is_not_in_it(self):
        self.server.psql("CREATE TABLE going AS SELECT 1 AS x", db="shop")
        self.assertEqual(self.after_commit("DROP TABLE going")["tables"], "2")

    def test_a_table_swapped_while_the_backup_waits_is_read_as_it_became(self):
        self.server.psql("CREATE TABLE going AS SELECT 1 AS x", db="shop")
        self.addCleanup(self.server.psql, "DROP TABLE going", db="shop")
        notes = self.after_commit("DROP TABLE going", "CREATE TABLE going AS SELECT n FROM generate_series(1, 7) n")
        self.assertEqual((notes["tables"], notes["rows"]), ("3", "1007"))

    def test_a_table_truncated_while_the_backup_waits_is_empty_in_it(self):
        self.server.psql("CREATE TABLE going AS SELECT 1 AS x", db="shop")
        self.addCleanup(self.server.psql, "DROP TABLE going", db="shop")
        self.assertEqual(self.after_commit("TRUNCATE going")["rows"], "1000")

    def gated(self, before, after, *arguments):
        """A backup whose pg_dump waits at a gate until a TRUNCATE and a DROP are queued for the tables that it has
        locked."""
        gate = self.folder / "go"
        wait = f'touch {self.folder}/begun; while [ ! -e {gate} ]; do sleep 0.02; done'
        option = self.tools("pg_dump", f'{wait if before else ""}\n"$real" "$@" || exit\n{wait if after else ""}')
        self.server.psql("CREATE TABLE going AS SELECT n FROM generate_series(1, 100) n; CREATE TABLE gone AS TABLE going", db="shop")
        self.addCleanup(self.server.psql, "DROP TABLE IF EXISTS going, gone", db="shop")
        process = self.start_backup("-o", option, *arguments)
        self.assertTrue(wait_until((self.folder / "begun").exists))
        others = [subprocess.Popen([self.server.bin / "psql", "-Xq", "-d", self.server.uri("shop"), "-c", sql])
                  for sql in ("TRUNCATE going", "DROP TABLE gone")]
        self.assertTrue(wait_until(lambda: self.server.psql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "2"))
        gate.touch()
        result = self.finish(process)
        self.assertEqual([other.wait(timeout=30) for other in others], [0, 0])
        return result

    def test_a_drop_and_a_truncate_while_rows_are_read_wait_and_miss_nothing(self):
        notes = self.gated(False, True, "--json").expect(OK).json["backup"]["sources"][0]["notes"]
        self.assertEqual((notes["tables"], notes["rows"]), ("4", "1200"))
        self.holdfast("verify", "--level", "restore", "--key-file", self.key, timeout=120).expect(OK)
        self.assert_no_traces()

    def test_a_drop_and_a_truncate_that_keep_pg_dump_waiting_go_first(self):
        notes = self.gated(True, False, "--json").expect(OK).json["backup"]["sources"][0]["notes"]
        self.assertEqual((notes["tables"], notes["rows"]), ("3", "1000"))
        self.holdfast("verify", "--level", "restore", "--key-file", self.key, timeout=120).expect(OK)
        self.assert_no_traces()

    def cut_in(self, often):
        """A pg_dump before which, the given number of times, somebody queues for an exclusive lock on a table that the
        backup has locked."""
        count = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        psql = f"PGAPPNAME=other '{self.server.bin}/psql' -XqAt -d '{self.server.uri('shop')}'"
        return self.tools("pg_dump", f"""times={self.folder}/times
echo again >> $times
if [ $(wc -l < $times) -le {often} ]; then
  {psql} -c 'ALTER TABLE note ADD again int; ALTER TABLE note DROP again' >/dev/null 2>&1 &
  while [ "$({psql} -c "{count}")" = 0 ]; do sleep 0.02; done
fi
exec "$real" "$@" """)

    def test_who_cuts_in_between_our_locks_and_pg_dumps_goes_first(self):
        result = self.backup("-o", self.cut_in(2), "--json").expect(OK)
        self.assertEqual(len((self.folder / "times").read_text().split()), 3)
        self.assertEqual(result.json["backup"]["sources"][0]["notes"]["rows"], "1000")
        self.holdfast("verify", "--level", "full", "--key-file", self.key).expect(OK)
        self.assert_no_traces()

    def test_who_always_cuts_in_is_named_at_the_deadline(self):
        result = self.backup("-o", self.cut_in(99), "--lock-timeout", "8")
        self.assertGreater(len((self.folder / "times").read_text().split()), 1)
        self.expect_failure(result, FAILED, "pg_dump failed", "(user postgres, other, active: ALTER TABLE note", "waits for table public.note")

    def test_a_deadlock_with_who_changes_several_tables_lets_them_go_first(self):
        self.server.psql("ALTER DATABASE shop SET deadlock_timeout = '4s'", db="shop")
        self.addCleanup(self.server.psql, "ALTER DATABASE shop RESET deadlock_timeout", db="shop")
        holder = self.session("SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE note")  # the last of our tables
        process = self.start_backup("--json")
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'note'::regclass"
        self.assertTrue(wait_until(lambda: self.server.psql(waiting, db="shop") == "1"))
        holder.say("LOCK TABLE customer; COMMIT")
        self.assertEqual(self.finish(process).expect(OK).json["backup"]["sources"][0]["notes"]["rows"], "1000")
        self.assert_no_traces()

    def test_backups_beside_constant_changes_of_tables_all_succeed(self):
        end = threading.Event()

        def change(column):
            pause = 0.3
            while not end.wait(random.uniform(pause / 6, pause)):
                begun = time.monotonic()
                self.server.psql(f"ALTER TABLE note ADD {column} int; ALTER TABLE note DROP {column}", db="shop")
                self.server.psql("BEGIN; LOCK TABLE customer IN ACCESS EXCLUSIVE MODE; COMMIT", db="shop")
                # On a busy machine the tables must not be locked all the time.
                pause = max(0.3, 2 * (time.monotonic() - begun))

        others = [threading.Thread(target=change, args=[column]) for column in ("one", "two")]
        for other in others:
            other.start()
        try:
            results = [self.backup("--lock-timeout", "240") for _ in range(8)]
        finally:
            end.set()
            for other in others:
                other.join()
        for result in results:
            result.expect(OK)
        self.assert_no_traces()


class Dying(SourceCase):
    """The server, or a part of it, fails while rows are read."""

    database = BIG

    def in_mid_copy(self, *arguments):
        """A backup with one worker whose server process was stopped in the middle of a table: (run, process id)."""
        process = self.start_backup("-j", "1", *arguments)
        worker = self.backend("postgres shop", "COPY")
        os.kill(worker, signal.SIGSTOP)
        self.addCleanup(self.resume, worker)
        self.assertEqual(self.server.psql(f"SELECT left(query, 5) FROM pg_stat_activity WHERE pid = {worker}"), "COPY ")
        return process, worker

    @staticmethod
    def resume(worker):
        try:
            os.kill(worker, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def test_a_killed_worker_connection_fails_the_backup(self):
        process, worker = self.in_mid_copy()
        self.server.psql(f"SELECT pg_terminate_backend({worker})")
        self.resume(worker)
        # "terminating connection ..." or "the connection broke": a backend that dies while the socket is full sends
        # nothing more.
        self.expect_failure(self.finish(process), FAILED, "shop", "public.big", "connection")

    def test_a_killed_leader_connection_fails_the_backup(self):
        process, worker = self.in_mid_copy()
        ended = self.server.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'holdfast' "
                                 f"AND state = 'idle in transaction' AND pid <> {worker}")
        self.assertEqual(ended, "1")
        self.resume(worker)
        self.expect_failure(self.finish(process), FAILED, "shop", "terminating connection due to administrator command")

    def test_a_server_that_falls_silent_in_a_table_ends_at_the_deadline(self):
        process, worker = self.in_mid_copy("--stall-timeout", "1")
        result = self.finish(process)
        self.resume(worker)
        # "no data for 1 s", or "no answer within 1 s" if it fell silent before the first row.
        self.expect_failure(result, FAILED, "big", " 1 s")

    def test_a_server_that_is_shut_down_at_once_fails_the_backup(self):
        process, worker = self.in_mid_copy()
        os.kill(self.server.pid, signal.SIGQUIT)
        self.resume(worker)
        result = self.finish(process)
        self.server.restart()
        self.expect_failure(result, FAILED, "shop", "big")

    def test_a_server_process_that_is_killed_fails_the_backup(self):
        process, worker = self.in_mid_copy()
        os.kill(worker, signal.SIGKILL)
        result = self.finish(process)
        self.assertTrue(wait_until(lambda: self.answers()))
        self.expect_failure(result, FAILED, "shop", "big")

    def answers(self):
        try:
            return self.server.psql("SELECT 1") == "1"
        except pg.PgError:
            return False


if __name__ == "__main__":
    harness.main()
