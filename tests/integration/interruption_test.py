"""The command is killed or stopped at any moment: earlier backups stay, no incomplete one is listed, nothing keeps
running, and a later run works.

The moments are random; HOLDFAST_TEST_SEED repeats those of an earlier run.
"""

import os
import random
import signal
import time

import faults
import harness
from budget import LONG
from faults import FaultCase, wait_until
from holdfast import CANCELLED, FAILED, OK

SEED = int(os.environ.get("HOLDFAST_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
# A run has few moments, and random ones: over time, all are met.
KILLS = 25 if LONG else 3
STOPS = ((signal.SIGINT, 12 if LONG else 3), (signal.SIGTERM, 4 if LONG else 1))
ROWS = "SELECT (SELECT count(*) FROM customer), (SELECT count(*) FROM note), (SELECT count(*) FROM bulk)"
DATABASE = faults.SHOP + """
CREATE TABLE bulk (n int PRIMARY KEY, text text);
INSERT INTO bulk SELECT n, md5(n::text) FROM generate_series(1, 60000) n;
CREATE INDEX ON bulk (text);
"""


class InterruptedCase(FaultCase):
    """Runs of one command, ended at random moments of its duration."""

    database = DATABASE

    def setUp(self):
        super().setUp()
        self.random = random.Random(f"{SEED} {self.id()}")
        print(f"seed {SEED} ", end="", flush=True)

    def duration(self, *arguments):
        begun = time.monotonic()
        self.holdfast(*arguments, "--key-file", self.key).expect(OK)
        return time.monotonic() - begun

    def ended(self, number, moment, *arguments):
        """A run that got the signal at that moment, unless it had ended before."""
        process = self.start(*arguments)
        time.sleep(moment)
        process.send_signal(number)
        return self.finish(process)

    def moments(self, count, longest):
        """One random moment in each of `count` equal parts of the time, so that no part is left out."""
        return [(part + self.random.random()) * longest / count for part in range(count)]

    def killed(self, longest, *arguments):
        """Kills runs, and yields after each when none of its processes is left."""
        for moment in self.moments(KILLS, longest):
            result = self.ended(signal.SIGKILL, moment, *arguments)
            self.assertIn(result.exit, (-signal.SIGKILL, OK), result.stderr)
            wait_until(lambda: not self.ours(), 10)
            self.assertEqual(self.ours(), [])
            yield result

    def stopped(self, longest, *arguments, stops=STOPS):
        """Each run was cancelled, or was done, or had not even begun; it leaves no trace."""
        cancelled = 0
        for number, count in stops:
            for moment in self.moments(count, longest):
                result = self.ended(number, moment, *arguments)
                self.assertIn(result.exit, (CANCELLED, OK, -number), result.stderr)
                if result.exit == CANCELLED:
                    cancelled += 1
                    self.assertRegex(result.stderr, r"\Aholdfast: [^\n]*cancelled\n\Z")
                self.assert_no_secrets(result)
                yield result
        self.assertGreater(cancelled, 0)


class Backups(InterruptedCase):
    def setUp(self):
        super().setUp()
        self.arguments = ("backup", self.server.uri("shop"))
        self.longest = self.duration(*self.arguments)
        self.earlier = self.ids()
        self.before = self.files()

    def test_a_kill_keeps_the_earlier_ones_and_lists_nothing_torn(self):
        for result in self.killed(self.longest, *self.arguments):
            listed = self.ids()
            self.assertEqual(listed[-len(self.earlier):], self.earlier)
            self.assertLessEqual(len(listed), len(self.earlier) + 1)
            if result.exit == OK:
                self.assertEqual(len(listed), len(self.earlier) + 1)
            self.earlier = listed
            self.assert_earlier_whole()
        self.assert_no_traces()
        self.run_it(*self.arguments).expect(OK)
        self.assertEqual(len(self.ids()), len(self.earlier) + 1)
        self.assert_leftovers_are_collected()

    def assert_leftovers_are_collected(self):
        """The first expire a day later removes what dead writers left."""
        kept = self.ids()[:3]
        for path in self.repository.rglob("*"):
            os.utime(path, (time.time() - 48 * 3600,) * 2)
        self.run_it("expire", "--keep-last", "3").expect(OK)
        self.assertEqual(self.ids(), kept)
        of_none = [name for name in self.files() if not name.startswith(("format", "keys/", "reserve/")) and not any(one in name for one in kept)]
        self.assertEqual(of_none, [])
        self.assert_earlier_whole_of(kept)

    def assert_earlier_whole_of(self, ids):
        self.earlier = ids
        self.assert_earlier_whole()

    def test_a_stop_leaves_nothing(self):
        for result in self.stopped(self.longest, *self.arguments):
            if result.exit == OK:
                self.earlier, self.before = self.ids(), self.files()
            self.assert_unharmed(result)

    def test_several_at_once_are_all_whole(self):
        runs = [self.start(*self.arguments, "-j", "2") for _ in range(4)]
        for run in runs:
            self.finish(run).expect(OK)
        self.assertEqual(len(self.ids()), len(self.earlier) + 4)
        self.assert_earlier_whole()
        self.assert_no_traces()

    def test_an_expire_while_one_is_made_does_not_touch_it(self):
        gate = self.folder / "go"
        option = self.tools("pg_dump", f'"$real" "$@"; touch {self.folder}/begun; while [ ! -e {gate} ]; do sleep 0.02; done')
        run = self.start(*self.arguments, "-o", option)
        self.assertTrue(wait_until((self.folder / "begun").exists))
        self.run_it(*self.arguments).expect(OK)
        self.run_it("expire", "--keep-last", "1").expect(OK)
        kept = self.ids()
        self.assertEqual(len(kept), 1)
        gate.touch()
        self.finish(run).expect(OK)
        self.assertEqual(len(self.ids()), 2)
        self.assertIn(kept[0], self.ids())
        self.assert_earlier_whole_of(self.ids())


class Restores(InterruptedCase):
    def setUp(self):
        super().setUp()
        self.arguments = ("restore", "latest", self.server.uri("copy"))
        self.longest = self.duration(*self.arguments)
        self.whole = self.server.psql(ROWS, db="copy")
        self.addCleanup(self.server.drop_db, "copy")
        self.server.drop_db("copy")

    def test_a_kill_leaves_a_database_that_is_marked_refused_and_resumed(self):
        marked = 0
        for result in self.killed(self.longest, *self.arguments):
            sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'"
            self.assertTrue(wait_until(lambda: self.server.psql(sessions) == "0", 15), "a session is left")
            if "copy" in self.server.databases():
                torn = self.server.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'holdfast_restore_incomplete'", db="copy")
                objects = self.server.psql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", db="copy")
                if torn == "1":
                    marked += 1
                    again = self.run_it(*self.arguments).expect(FAILED)
                    self.assertIn("half restored", again.error_line)
                    self.run_it(*self.arguments, "--resume").expect(OK)
                    self.assertEqual(self.server.psql(ROWS, db="copy"), self.whole)
                elif objects != "0":
                    self.assertEqual(self.server.psql(ROWS, db="copy"), self.whole)
                self.server.drop_db("copy")
            else:
                self.assertNotEqual(result.exit, OK)
            self.assertEqual(self.files(), self.before)
        self.assertGreater(marked, 0)
        self.run_it(*self.arguments).expect(OK)
        self.assertEqual(self.server.psql(ROWS, db="copy"), self.whole)

    def test_a_stop_drops_the_database_it_made(self):
        for result in self.stopped(self.longest, *self.arguments):
            if result.exit == OK:
                self.assertEqual(self.server.psql(ROWS, db="copy"), self.whole)
                self.server.drop_db("copy")
            self.assert_no_traces()
            self.assertEqual(self.files(), self.before)
        self.assert_unharmed()

    def test_a_stop_while_the_database_is_created_leaves_none(self):
        holder = faults.Session(self.server, "BEGIN", "LOCK TABLE pg_database IN SHARE MODE")
        self.addCleanup(holder.close)
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
        for arguments in (self.arguments, ("verify", "--level", "restore", "--target", self.server.uri("postgres"))):
            process = self.start(*arguments)
            self.assertTrue(wait_until(lambda: self.server.psql(waiting)), "it never waited")
            process.send_signal(signal.SIGINT)
            # After a mere disconnect, the server continues the creation as soon as it can.
            wait_until(lambda: process.poll() is not None or not self.server.psql(waiting), 2)
            holder.say("COMMIT")
            self.expect_failure(self.finish(process, 20), CANCELLED, "cancelled")
            holder.say("BEGIN")
            holder.say("LOCK TABLE pg_database IN SHARE MODE")

    def test_a_second_ctrl_c_does_not_wait_for_what_the_first_one_cleans_up(self):
        process = self.start(*self.arguments, "--json", "-v")
        while "restoring rows" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        os.kill(self.server.pid, signal.SIGSTOP)  # a process that drops the database now waits for a connection
        try:
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.finish(process, 5).expect(CANCELLED)
        finally:
            os.kill(self.server.pid, signal.SIGCONT)
        self.assertTrue(wait_until(lambda: self.server.psql("DROP DATABASE IF EXISTS copy WITH (FORCE); SELECT 1")))
        self.assert_unharmed()

    def test_a_stop_leaves_a_database_that_was_there_marked(self):
        self.server.create_db("copy")
        self.databases = self.server.databases()
        process = self.start(*self.arguments, "--json", "-v")
        while "restoring rows" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        result = self.finish(process).expect(CANCELLED)
        self.assertIn("half restored", self.run_it(*self.arguments).expect(FAILED).error_line)
        self.assert_unharmed(result)


class Proofs(InterruptedCase):
    arguments = ("verify", "--level", "restore")

    def setUp(self):
        super().setUp()
        self.longest = self.duration(*self.arguments)
        self.before = self.files()

    def test_after_a_kill_the_server_ends_by_itself_and_the_next_proof_removes_its_folder(self):
        abandoned = set()
        for _ in self.killed(self.longest, *self.arguments):
            abandoned.update(self.temporary.iterdir())
            for left in self.temporary.iterdir():
                self.assertTrue(left.name.startswith("holdfast-scratch-"), left)
                os.utime(left, (time.time() - 120,) * 2)
        self.assertTrue(abandoned, "no run was killed while its server was there")
        self.run_it(*self.arguments).expect(OK)
        self.assertEqual(list(self.temporary.iterdir()), [])
        self.assertEqual(self.ids(), self.earlier)
        self.assert_earlier_whole()

    def test_a_stop_leaves_neither_server_nor_folder(self):
        for result in self.stopped(self.longest, *self.arguments):
            self.assert_no_traces()
            if result.exit == OK:
                self.before = self.files()
            self.assertEqual(self.files(), self.before)
        self.assert_unharmed()

    def test_a_stop_on_a_given_server_drops_the_database(self):
        arguments = (*self.arguments, "--target", self.server.uri("postgres"))
        longest = self.duration(*arguments)
        self.before = self.files()
        for result in self.stopped(longest, *arguments, stops=((signal.SIGINT, 6),)):
            self.assert_no_traces()
            if result.exit == OK:
                self.before = self.files()
            self.assertEqual(self.files(), self.before)
        self.assert_unharmed()


class Expiring(InterruptedCase):
    arguments = ("expire", "--keep-last", "1")

    def setUp(self):
        super().setUp()
        self.fill()
        self.longest = self.duration(*self.arguments)

    def fill(self):
        for _ in range(3):
            self.holdfast("backup", "exec:seq 1 100", "--tag", "n=1", "--key-file", self.key).expect(OK)
        self.listed = self.ids()

    def assert_newest_kept(self):
        left = self.ids()
        self.assertEqual(left, [one for one in self.listed if one in left])
        self.assertEqual(left[:1], self.listed[:1])
        self.holdfast("verify", "--level", "full", "--key-file", self.key).expect(OK)

    def test_a_kill_leaves_whole_backups_and_a_second_run_ends_the_work(self):
        for _ in self.killed(self.longest, *self.arguments):
            self.assert_newest_kept()
            self.fill()
        self.run_it(*self.arguments).expect(OK)
        self.assert_newest_kept()

    def test_a_stop_leaves_whole_backups(self):
        for _ in self.stopped(self.longest, *self.arguments):
            self.assert_newest_kept()
            self.assert_no_traces()
            self.fill()


if __name__ == "__main__":
    harness.main()
