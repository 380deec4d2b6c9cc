"""Traces (audit records, the history, anchors) on a real file system with a few KiB left, and with a server that accepts
and never answers: each operation ends, no result claims a trace that is not there, and none that is there is lost.

$HOLDFAST_SEED sets at which moments a server falls silent; with HOLDFAST_TESTS_LONG it does at many more.
"""

import concurrent.futures
import pathlib
import random
import re
import shutil
import socket
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
TIMEOUTS = {"timeout": PATIENCE, "stall_timeout": PATIENCE}  # of S3
STORAGE = "--anchor-storage-option"


def options(flag, **values):
    return [word for name, value in values.items() for word in (flag, f"{name}={value}")]


def behind(server, port, path, known):
    """The URI of a path on an SSH server that is reached over another port. Writes its known_hosts."""
    known.write_text((server.folder / "known_hosts").read_text().replace(f":{server.port}", f":{port}"))
    return server.uri(path, known_hosts=known).replace(f":{server.port}/", f":{port}/")


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
                return Holdfast(f"s3://silent{number}/r", environment=environment, key=KEY), options("-O", **TIMEOUTS)
            self.check(place)

    def test_sftp(self):
        try:
            server = Sshd()
        except SshdError as error:
            self.skipTest(str(error))
        with server:
            self.port = server.port

            def place(number, port):
                uri = behind(server, port, self.folder / f"repository-{number}", self.folder / f"known-{number}")
                return Holdfast(uri, key=KEY), options("-O", timeout=PATIENCE)
            self.check(place)


class SilentReceiver(TracesCase):
    """Anchors of a repository that is well, for a receiver or a storage that accepts and never answers."""

    def setUp(self):
        super().setUp()
        self.environment = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "HOME": str(self.folder)}
        self.holdfast = Holdfast(self.folder / "repository", key=KEY, environment=self.environment)
        self.prepare(self.holdfast, "packed", "required")

    def anchor(self, *arguments):
        return self.holdfast("audit", "anchor", *arguments, timeout=ENDS)

    def test_it_ends_and_names_the_anchor_if_there_is_never_an_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            host, port = silent.getsockname()
            at = f"{host}:{port}"
            (self.folder / "known_hosts").touch()
            calls = {
                "webhook": ("--send", "webhook", *options("--option", url=f"http://{at}/", timeout=f"{PATIENCE}s")),
                "email": ("--send", "email", *options("--option", timeout=f"{PATIENCE}s", host=host, port=port, tls="none", to="a@b.test", **{"from": "c@b.test"})),
                "s3": ("--to", "s3://anchors/a", *options(STORAGE, endpoint=f"http://{at}", **TIMEOUTS)),
                "sftp": ("--to", f"sftp://somebody@{at}/anchors", *options(STORAGE, timeout=PATIENCE, known_hosts=self.folder / "known_hosts")),
            }
            with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
                for name, done in zip(calls, pool.map(lambda call: self.anchor(*call), calls.values())):
                    with self.subTest(name):
                        self.assertRegex(done.expect(FAILED).error_line, "the (anchor of audit record [0-9]+|storage of audit anchors): ")
                        self.assertIn(host, done.error_line)

    def check(self, port, place, deadline):
        """`place(port)` is the storage behind a port: its URI and options."""
        print(f"HOLDFAST_SEED={SEED}")
        with SilentProxy(port) as proxy:
            uri, given = place(proxy.port)
            self.anchor("--to", uri, *given).expect(OK)
            begun = proxy.blocks
            self.holdfast("backup", "exec:seq 1 11").expect(OK)
            self.anchor("--to", uri, *given).expect(OK)
            needed = proxy.blocks - begun
            for after in 0, random.Random(SEED).randrange(1, needed), *(range(1, needed) if LONG else ()):
                with self.subTest(after=after):
                    self.holdfast("backup", f"exec:seq 1 {after + 20}").expect(OK)
                    proxy.fall_silent(after)
                    done = self.anchor("--to", uri, *given, *deadline).expect(FAILED, *([OK] if after else []))
                    if done.exit == FAILED:
                        self.assertRegex(done.error_line, "the (anchor of audit record [0-9]+|storage of audit anchors): ")
                    proxy.recover()
                    self.anchor("--to", uri, *given).expect(OK)
                    self.holdfast("audit", "verify", "--anchors", uri, *given).expect(OK)

    def test_s3_falls_silent_while_an_anchor_is_put(self):
        try:
            server = S3Server()
        except ServerError as error:
            self.skipTest(str(error))
        with server:
            self.holdfast.environment.update(AWS_ACCESS_KEY_ID=server.access_key, AWS_SECRET_ACCESS_KEY=server.secret_key)
            self.check(server.port, lambda port: ("s3://silent/a", options(STORAGE, endpoint=f"http://127.0.0.1:{port}")), options(STORAGE, **TIMEOUTS))

    def test_sftp_falls_silent_while_an_anchor_is_put(self):
        try:
            server = Sshd()
        except SshdError as error:
            self.skipTest(str(error))
        with server:
            self.check(server.port, lambda port: (behind(server, port, self.folder / "anchors", self.folder / "known"), []),
                       options(STORAGE, timeout=PATIENCE))


if __name__ == "__main__":
    harness.main()
