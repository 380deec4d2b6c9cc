"""Traces (audit records, the history, anchors) on a real file system with a few KiB left, and with a server that accepts
and never answers: each operation ends, no result claims a trace that is not there, and none that is there is lost.

$HOLDFAST_SEED sets at which moments a server falls silent; with HOLDFAST_TESTS_LONG it does at many more.
"""

import concurrent.futures
import pathlib
import random
import re
import shutil
import tempfile
import unittest

import harness
from budget import LONG, SEED
from holdfast import FAILED, OK, WARNINGS, Holdfast, raw_key
from s3 import S3Server
from servers import ServerError
from silent_proxy import SilentProxy
from small_disks import disk, fill
from sshd import Sshd, SshdError

KEY = raw_key()
PAGE = 4096
PATIENCE = 2  # seconds of the storage's deadline
ENDS = 120  # seconds after which a call hangs


class TracesCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hftraces."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def prepare(self, holdfast, layout, policy):
        """An audited repository with one backup."""
        holdfast("init", "--layout", layout).expect(OK)
        holdfast("audit", "set", policy).expect(OK)
        holdfast("backup", "exec:seq 1 10").expect(OK)

    def traces(self, holdfast):
        records = holdfast("audit", "list", "--json").expect(OK).json["records"]
        metrics = holdfast("status", "--metrics", "-").expect(OK).stdout
        history = sum(int(count) for count in re.findall(r"(?m)^holdfast_history_operations{.*} (\d+)$", metrics))
        backups = {one["id"] for one in holdfast("list", "--json").expect(OK).json["backups"]}
        return records, history, backups

    def judge(self, done, before, after):
        """One backup was tried in trouble: compares its result with the traces before it, and after the trouble."""
        old, old_history, old_backups = before
        records, history, backups = after
        self.assertEqual(records[:len(old)], old, "acknowledged audit records are gone or changed")
        self.assertGreaterEqual(history, old_history, "operations are gone from the history")
        self.assertEqual(old_backups - backups, set(), "backups are gone")
        done.expect(OK, WARNINGS, FAILED)
        new = [(record["action"], record["outcome"], record["backups"]) for record in records[len(old):]]
        if done.exit == FAILED:
            self.assertTrue(done.error_line.startswith("holdfast: "), done.stderr)
            return
        made = done.json["backup"]["id"]
        self.assertIn(made, backups)
        if done.exit == OK:
            self.assertIn(("backup", "succeeded", [made]), new)
            self.assertEqual(history, old_history + 1)
        else:
            self.assertRegex(done.stderr, "has no (audit record|record in the history)")


class FullDisk(TracesCase):
    def check(self, layout, policy):
        place = self.folder / f"{layout}-{policy}"
        place.mkdir()
        exits = set()
        with disk("tmpfs", place, size=4 << 20) as mounted:
            holdfast = Holdfast(mounted / "repository", key=KEY)
            self.prepare(holdfast, layout, policy)
            for left in range(0, 14, 1 if LONG else 3):
                with self.subTest(layout=layout, policy=policy, pages=left):
                    before = self.traces(holdfast)
                    ballast = fill(mounted, left * PAGE, False)
                    done = holdfast("backup", f"exec:seq 1 {left + 20}", "--json", timeout=ENDS)
                    for path in ballast:
                        path.unlink()
                    exits.add(done.exit)
                    self.judge(done, before, self.traces(holdfast))
                    holdfast("audit", "verify").expect(OK)
        self.assertLessEqual({OK, FAILED}, exits)

    def test_backups_on_a_disk_with_a_few_pages_left(self):
        pairs = [("packed", "required"), ("plain", "best_effort"), ("packed", "best_effort"), ("plain", "required")]
        for layout, policy in pairs if LONG else pairs[:2]:
            self.check(layout, policy)

    def test_an_anchor_that_does_not_fit_is_an_error_and_leaves_the_old_one(self):
        holdfast = Holdfast(self.folder / "repository", key=KEY)
        self.prepare(holdfast, "packed", "required")
        place = self.folder / "small"
        place.mkdir()
        with disk("tmpfs", place, size=16 * PAGE) as mounted:
            holdfast("audit", "anchor", "-o", mounted / "anchor").expect(OK)
            holdfast("audit", "anchor", "--to", mounted / "anchors").expect(OK)
            old = (mounted / "anchor").read_bytes()
            holdfast("backup", "exec:seq 1 20").expect(OK)
            fill(mounted, 0, False)
            for where in ("-o", mounted / "next"), ("--to", mounted / "anchors"):
                self.assertIn("space", holdfast("audit", "anchor", *where).expect(FAILED).error_line)
            self.assertEqual((mounted / "anchor").read_bytes(), old)
            self.assertEqual([path.name for path in mounted.iterdir() if path.name.startswith("next")], [])
            holdfast("audit", "verify", "--anchor", mounted / "anchor", "--anchors", mounted / "anchors").expect(OK)


class SilentServer(TracesCase):
    def check_silence(self, place, share):
        """Falls silent after a share of the blocks of a backup. `place(port)` is a repository behind a port, and the options
        of its deadline."""
        with SilentProxy(self.port) as proxy:
            holdfast, deadline = place(proxy.port)
            self.prepare(holdfast, "packed", "best_effort" if share > 0.9 else "required")
            begun = proxy.blocks
            holdfast("backup", "exec:seq 1 11").expect(OK)
            before = self.traces(holdfast)
            proxy.fall_silent(after=int((proxy.blocks - begun) / 4 * share))
            done = holdfast("backup", "exec:seq 1 12", "--json", *deadline, timeout=ENDS)
            proxy.recover()
            self.judge(done, before, self.traces(holdfast))
            holdfast("audit", "verify").expect(OK)
            return done.exit

    def check(self, place):
        print(f"HOLDFAST_SEED={SEED}")
        shares = [0.0, random.Random(SEED).random(), *((number / 20 for number in range(1, 20)) if LONG else ())]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            exits = list(pool.map(lambda numbered: self.check_silence(lambda port: place(numbered[0], port), numbered[1]), enumerate(shares)))
        self.assertEqual(exits[0], FAILED)

    def test_s3(self):
        try:
            server = S3Server()
        except ServerError as error:
            self.skipTest(str(error))
        with server:
            self.port = server.port

            def place(number, port):
                environment = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key,
                               "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "HOME": str(self.folder)}
                options = ("-O", f"timeout={PATIENCE}", "-O", f"stall_timeout={PATIENCE}")
                return Holdfast(f"s3://silent{number}/r", environment=environment, key=KEY), options
            self.check(place)

    def test_sftp(self):
        try:
            server = Sshd()
        except SshdError as error:
            self.skipTest(str(error))
        with server:
            self.port = server.port

            def place(number, port):
                known = self.folder / f"known-{number}"
                known.write_text((server.folder / "known_hosts").read_text().replace(f":{server.port}", f":{port}"))
                uri = server.uri(self.folder / f"repository-{number}", known_hosts=known)
                return Holdfast(uri.replace(f":{server.port}/", f":{port}/"), key=KEY), ("-O", f"timeout={PATIENCE}")
            self.check(place)


if __name__ == "__main__":
    harness.main()
