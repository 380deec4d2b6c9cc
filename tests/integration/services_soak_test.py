"""The example services at intervals of a second, while what they need fails again and again: each backup that is listed at
the end is proved, and memory, open files and threads do not grow.

HOLDFAST_SOAK_SECONDS is the time of the faults: 600 in a long run, 0 otherwise, which skips the test. HOLDFAST_SEED repeats
their order.
"""

import collections
import contextlib
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import harness
import holdfast
import pg
import s3
import services
import small_disks
import soak
from budget import LONG, SEED
from faults import wait_until

SECONDS = int(os.environ.get("HOLDFAST_SOAK_SECONDS") or (600 if LONG else 0))
DISK = 128 << 20
PASSWORD = "hunter2 hunter2"
OPTIONS = "timeout=5&connect_timeout=2"  # an outage is a failure soon
DAY = 24 * 3600
EXPIRES = "clock 2 days ahead"  # once, for only the newest backup stays
FAILED = r" ERROR (backup|verification) failed in state (\w+): "
DONE = {"backup_service": r" INFO repository backup \S+: ", "verify_service": r" INFO PROVED repository backup "}
# Each booking is two rows whose sum is zero; the last 200 are kept. A backup that is not of one moment is an error here.
LEDGER = "CREATE TABLE ledger (number int, side int, cents int, note text, PRIMARY KEY (number, side))"
BOOK = """BEGIN;
INSERT INTO ledger SELECT n, side, side * n, md5(n::text)
FROM (SELECT coalesce(max(number), 0) + 1 AS n FROM ledger) AS next, (VALUES (1), (-1)) AS sides (side);
DELETE FROM ledger WHERE number <= (SELECT max(number) - 200 FROM ledger);
COMMIT"""
WHOLE = "SELECT 1 / (count(*) = 2 * (max(number) - min(number) + 1) AND sum(cents) = 0)::int AS whole FROM ledger"
GROWTH = 128  # KiB of memory per minute


class SmallS3(s3.S3Server):
    """An S3 server on a small disk."""

    def __init__(self, disk):
        super().__init__("versitygw")
        self.disk = disk

    @property
    def data(self):
        return self.disk / "objects"


class Bookkeeper(threading.Thread):
    """Books in the database as long as it answers."""

    def __init__(self, server):
        super().__init__()
        self.server, self.end, self.booked = server, threading.Event(), 0

    def run(self):
        while not self.end.wait(0.2):
            with contextlib.suppress(pg.PgError):
                self.server.psql(BOOK, db="shop")
                self.booked += 1


class Soak(services.ServiceCase):
    @classmethod
    def setUpClass(cls):
        if not SECONDS:
            raise unittest.SkipTest("only with HOLDFAST_TESTS_LONG or HOLDFAST_SOAK_SECONDS")
        folder = tempfile.TemporaryDirectory(prefix="hfsoak.")  # pylint: disable=consider-using-with
        cls.addClassCleanup(folder.cleanup)
        mounts = contextlib.ExitStack()
        cls.addClassCleanup(mounts.close)
        cls.disk = mounts.enter_context(small_disks.disk("tmpfs", pathlib.Path(folder.name), DISK))
        (cls.disk / "objects").mkdir()
        (cls.disk / "tmp").mkdir()
        super().setUpClass()

    @classmethod
    def s3_server(cls):
        return SmallS3(cls.disk)

    def setUp(self):
        super().setUp()
        try:
            self.clock = soak.Clock(self.folder)
        except LookupError as error:
            self.skipTest(str(error))
        self.random = random.Random(SEED)
        self.failures = collections.Counter()
        self.faults = collections.Counter()
        self.server.psql(LEDGER, db="shop")
        self.server.psql(BOOK, db="shop")
        print(f"HOLDFAST_SEED={SEED} HOLDFAST_SOAK_SECONDS={SECONDS}", flush=True)

    # --- faults: each a block in which something is broken

    @contextlib.contextmanager
    def s3_is_down(self):
        self.s3.stop()
        yield
        self.s3.start()

    @contextlib.contextmanager
    def s3_refuses(self):
        self.gate.refused |= {"PUT", "GET"}
        yield
        self.gate.refused.clear()

    @contextlib.contextmanager
    def s3_is_silent(self):
        self.gate.held |= {"PUT", "GET"}
        yield
        self.gate.held.clear()

    @contextlib.contextmanager
    def database_is_down(self):
        self.server.halt()
        yield
        self.server.restart()

    @contextlib.contextmanager
    def database_crashes(self):
        self.server.halt(signal.SIGQUIT)
        yield
        self.server.restart()

    @contextlib.contextmanager
    def disk_is_full(self):
        ballast = small_disks.fill(self.disk, 0, inodes=False)
        yield
        for path in ballast:
            path.unlink()

    @contextlib.contextmanager
    def clock_is(self, seconds):
        self.clock.jump(seconds)
        yield
        self.clock.jump(0)

    def kinds(self):
        """Name → (the block, the services that must fail in it; if none must, both must succeed in it)."""
        both, backup = self.running, self.running[:1]
        clocks = {f"clock {words}": (lambda seconds=seconds: self.clock_is(seconds), []) for words, seconds in
                  (("10 min ahead", 600), ("10 min behind", -600), ("2 days ahead", 2 * DAY), ("2 days behind", -2 * DAY))}
        return {"S3 down": (self.s3_is_down, both), "S3 refuses": (self.s3_refuses, both), "S3 silent": (self.s3_is_silent, both),
                "database down": (self.database_is_down, both), "database crash": (self.database_crashes, both),
                "disk full": (self.disk_is_full, backup), **clocks}

    # --- one fault after the other

    def count(self, service, pattern):
        return sum(1 for line in list(service.lines) if re.search(pattern, line))

    def wait_for_more(self, pattern_of, before, affected, more=1):
        """Waits until each of these services has logged some more such lines."""
        for service in affected:
            service.wait_for(pattern_of(service), times=before[service] + more, seconds=90)

    def counts(self, pattern_of):
        return {service: self.count(service, pattern_of(service)) for service in self.running}

    def suffer(self, name, block, affected):
        """Breaks something until the affected services have failed, repairs it, and waits until all work again."""
        failed, done = (lambda _: FAILED), (lambda service: DONE[service.program.name])
        before = self.counts(failed)
        self.assertEqual(before, self.calm, f"a failure without a fault, before {name}")
        with block():
            if affected:
                self.wait_for_more(failed, before, affected)
            else:
                self.wait_for_more(done, self.counts(done), self.running, more=2)
            time.sleep(self.random.uniform(0, 3))
        repaired = self.counts(done)
        self.wait_for_more(done, repaired, self.running)
        self.calm = self.counts(failed)
        self.faults[name] += 1
        self.failures[name] += sum(self.calm.values()) - sum(before.values())

    def test_backups_are_whole_and_nothing_grows_whatever_fails(self):
        settings = {"HOLDFAST_REPOSITORY": f"s3://bucket/{self.prefix}/packed?{OPTIONS}", "HOLDFAST_PASSWORD": PASSWORD, "HOLDFAST_METRICS": "true",
                    "HOLDFAST_S3_OPTIONS": OPTIONS, "TMPDIR": self.disk / "tmp", **self.clock.environment}
        backup = self.start("backup_service", BACKUP_INTERVAL=1, BACKUP_RETENTION_DAYS=1, **settings)
        backup.wait_for(DONE["backup_service"])
        verify = self.start("verify_service", "postgres", VERIFY_INTERVAL=1, HOLDFAST_TEST_QUERIES=self.queries(), **settings)
        self.running = [backup, verify]
        vitals = {service: soak.Vitals(service.process.pid) for service in self.running}
        for each in vitals.values():
            self.addCleanup(each.stop)
        keeper = Bookkeeper(self.server)
        keeper.start()
        self.addCleanup(keeper.end.set)
        self.go_through_faults(time.monotonic() + SECONDS)
        keeper.end.set()
        keeper.join()
        for each in vitals.values():
            each.stop()
        self.assertEqual([service.stop() for service in self.running], [0, 0])
        self.report(vitals, keeper)
        for service in self.running:
            self.assert_well_logged(service)
            self.assertEqual(service.states()[-1], "EXIT")
            self.assertNotIn("division by zero", service.output)  # a query that found half a booking
        self.assert_nothing_left()
        self.assertEqual(list((self.disk / "tmp").iterdir()), [])
        self.assert_each_backup_is_proved()
        for service, each in vitals.items():
            self.assert_nothing_grew(service.program.name, each)

    def queries(self):
        file = self.folder / "test-queries.sql"
        file.write_text(WHOLE)
        return file

    def go_through_faults(self, end):
        self.wait_for_more(lambda service: DONE[service.program.name], {service: 0 for service in self.running}, self.running)
        self.calm = self.counts(lambda _: FAILED)
        self.assertEqual(set(self.calm.values()), {0})
        while time.monotonic() < end:
            kinds = [each for each in self.kinds().items() if each[0] != EXPIRES or not self.faults[EXPIRES]]
            self.random.shuffle(kinds)
            for name, (block, affected) in kinds:
                if time.monotonic() >= end:
                    break
                self.suffer(name, block, affected)
                for service in self.running:  # a run still removes old backups after the line that says it has made one
                    self.assertTrue(wait_until(lambda service=service: service.health()["healthy"]), service.output)
                    self.assertIn("holdfast_service_healthy 1", service.get("/metrics")[1])

    # --- what must be true at the end

    def report(self, vitals, keeper):
        backup, verify = self.running
        states = collections.Counter(f"{found.group(1)} in {found.group(2)}" for service in self.running for line in service.lines
                                     if (found := re.search(FAILED, line)))
        print(f"{self.count(backup, ' INFO uploaded ')} dumps, {self.count(backup, DONE['backup_service'])} repository backups, "
              f"{self.count(verify, ': SUCCESS')} verifications, {self.count(verify, DONE['verify_service'])} proofs, {keeper.booked} bookings")
        print(f"faults: {dict(self.faults)}\nfailures in them: {dict(self.failures)}\nfailures: {dict(states)}")
        for service, each in vitals.items():
            print(f"{service.program.name}: (KiB, files, threads) {each.window(0.05, 0.15)} at first, {each.window(0.9, 1)} at the end, "
                  f"{each.most()} at most; {each.slope(0.2):+.0f} KiB per minute: {[each.window(n / 10, n / 10 + 0.1)[0] for n in range(10)]}", flush=True)

    def assert_each_backup_is_proved(self):
        names = self.backups()
        for name in names:
            self.server.create_db("restored")
            sql = subprocess.run(["gunzip", "-c", self.objects / name], capture_output=True, check=True).stdout
            self.server.run("psql", "-Xq", "-vON_ERROR_STOP=1", "-d", self.server.uri("restored"), input=sql, text=False)
            self.server.psql(WHOLE, db="restored")
            self.server.drop_db("restored")
        command = holdfast.Holdfast(f"s3://bucket/{self.prefix}/packed?endpoint=http://127.0.0.1:{self.s3.port}", PASSWORD,
                                    {"AWS_ACCESS_KEY_ID": self.s3.access_key, "AWS_SECRET_ACCESS_KEY": self.s3.secret_key})
        command("verify", "--level", "full").expect()
        listed = command("list", "--json").expect().json["backups"]
        queries = self.queries()
        for each in listed:
            said = command("verify", each["id"], "--level", "restore", "--target", self.server.uri(), "--queries", queries).expect()
            self.assertIn("PROVED", said.stdout)
        print(f"proved at the end: {len(names)} dumps, {len(listed)} repository backups", flush=True)
        self.assertTrue(names and listed)

    def assert_nothing_grew(self, name, vitals):
        """Files and threads while it waits are as few at the end as at first, and memory is flat: a few minutes tell."""
        if SECONDS >= 300:
            for first, last in zip(vitals.window(0, 0.2)[1:], vitals.window(0.8, 1)[1:]):
                self.assertLessEqual(last, first, name)
            self.assertLess(vitals.slope(0.2), GROWTH, name)


if __name__ == "__main__":
    harness.main()
