"""`copy --missing` and `copy --continuous`: each backup is copied once, a failure stops nothing and is tried again."""

import json
import pathlib
import shutil
import signal
import tempfile
import time
import unittest

import harness
from faults import wait_until
from file_trees import KEY
from holdfast import FAILED, OK, ROOT, USAGE, Holdfast, finish


class ReplicationCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfreplication."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.here, self.there = self.make("here", "plain"), self.make("there", "packed")
        self.to = ("--to", self.there.repository, "--to-key-file", KEY)

    def make(self, name, layout):
        holdfast = Holdfast(self.folder / name, key=KEY)
        holdfast("init", "--layout", layout).expect()
        return holdfast

    def back_up(self, text):
        return self.here("backup", "--json", f"exec:echo {text}").expect().json["backup"]["id"]

    def times(self, holdfast):
        return sorted(backup["time"] for backup in holdfast("list", "--json").expect().json["backups"])

    def missing(self, codes=(OK,)):
        done = self.here("copy", "--missing", "--json", *self.to).expect(*codes)
        return [json.loads(line) for line in done.stdout.splitlines()]


class Missing(ReplicationCase):
    def test_each_backup_is_copied_once_whoever_copied_it(self):
        ids = [self.back_up(text) for text in "abc"]
        self.here("copy", ids[1], *self.to).expect()
        self.assertEqual([line["from"] for line in self.missing()], [ids[0], ids[2]])
        self.assertEqual(self.missing(), [])
        self.assertEqual(self.times(self.there), self.times(self.here))

    def test_a_backup_that_can_not_be_copied_stops_no_other_and_is_tried_again(self):
        ids = [self.back_up(text) for text in "abc"]
        entry = self.here("show", ids[1], "--json").expect().json["entries"][0]["object"]
        path = pathlib.Path(self.here.repository) / entry
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(whole[:-1])
        lines = self.missing(codes=(FAILED,))
        self.assertEqual([(line["event"], line["from"]) for line in lines], [("copied", ids[0]), ("failed", ids[1]), ("copied", ids[2])])
        path.write_bytes(whole)
        self.assertEqual([line["from"] for line in self.missing()], [ids[1]])
        self.assertEqual(self.times(self.there), self.times(self.here))

    def test_a_damaged_copy_is_a_failure_until_it_is_removed(self):
        self.back_up("a")
        self.to = (*self.to, "--verify", "full")
        [copied] = self.missing()
        self.assertEqual(self.there("list", "--json").expect().json["backups"][0]["level"], "checksummed")
        [pack] = [path for path in pathlib.Path(self.there.repository).glob("packs/**/*") if path.is_file()]
        pack.chmod(0o600)
        whole = pack.read_bytes()
        pack.write_bytes(whole[:-200] + bytes(len(whole[-200:-100])) + whole[-100:])
        self.assertEqual(self.missing(), [])  # proven before
        self.there("verify", "--level", "full").expect(4)
        for _ in range(2):
            [line] = self.missing(codes=(FAILED,))
            self.assertIn(f"the copy {copied['backup']['id']} in ", line["message"])
        self.there("remove", copied["backup"]["id"]).expect()
        self.there("gc", "--grace", "0s").expect()
        self.assertEqual([line["event"] for line in self.missing()], ["copied"])

    def test_backups_are_either_named_or_all(self):
        for arguments in ((), ("latest", "--missing"), ("latest", "--continuous"), ("--continuous", "--every", "0s"),
                          ("latest", "--verify", "full")):
            with self.subTest(arguments=arguments):
                self.here("copy", *arguments, *self.to).expect(USAGE)


class Continuous(ReplicationCase):
    def start(self):
        return self.here.start("copy", "--continuous", "--every", "1s", "--json", *self.to)

    def end(self, process, code=OK):
        process.send_signal(signal.SIGTERM)
        done = finish(process)
        self.assertEqual(done.exit, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_later_backups_follow_each_once_until_it_is_stopped(self):
        first = self.back_up("a")
        process = self.start()
        wait_until(lambda: self.times(self.there) == self.times(self.here))
        second = self.back_up("b")
        self.assertEqual([json.loads(process.stdout.readline())["from"] for _ in range(2)], [first, second])
        self.assertEqual(self.end(process), [])
        self.assertEqual(self.missing(), [])

    def test_a_repository_that_is_away_for_a_while_is_tried_again_and_said_once(self):
        away, program = self.folder / "away", self.folder / "program"
        program.write_text(f'#!/bin/sh\n[ -e {away} ] && exit 1\nexec {ROOT}/examples/command_storage/folder.sh "$@"\n')
        program.chmod(0o755)
        remote = Holdfast(f"command:{program} {self.folder}/remote", key=KEY)
        remote("init").expect()
        self.to = ("--to", remote.repository, "--to-key-file", KEY)
        first = self.back_up("a")
        process = self.start()
        self.assertEqual(json.loads(process.stdout.readline())["from"], first)
        away.touch()
        second = self.back_up("b")
        told = json.loads(process.stdout.readline())
        self.assertEqual((told["event"], told["from"] in ("", second)), ("failed", True))
        time.sleep(2.5)  # two more rounds
        away.unlink()
        last = self.back_up("c")
        lines = [told]
        while lines[-1]["from"] != last:
            lines.append(json.loads(process.stdout.readline()))
        self.assertEqual([line["from"] for line in lines if line["event"] == "copied"], [second, last])
        self.assertLessEqual(len(lines), 4)  # the failure of a copy, and that of a whole round
        self.assertEqual(self.end(process), [])
        self.assertEqual(self.times(remote), self.times(self.here))


if __name__ == "__main__":
    harness.main()
