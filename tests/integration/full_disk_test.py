"""A disk filled to the last block, or the last inode: remove and gc free space nevertheless, and nothing else is lost.

$HOLDFAST_FILL_LEVELS sets how many fill levels are tried of each layout (default 3), $HOLDFAST_SEED which ones.
"""

import os
import pathlib
import random
import shutil
import tempfile
import unittest

import harness
from budget import SEED
from holdfast import FAILED, OK, WARNINGS, Holdfast, raw_key
from small_disks import disk, fill, free
from sshd import Sshd, SshdError

KEY = raw_key()
LEVELS = int(os.environ.get("HOLDFAST_FILL_LEVELS") or 3)
LARGE = 3 << 20  # bytes that only the removed backup has


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hffull."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.number = 0

    def tree(self, files):
        self.number += 1
        tree = self.folder / f"tree-{self.number}"
        tree.mkdir()
        for name, data in files.items():
            (tree / name).write_bytes(data)
        return tree

    def run_on(self, repository, *arguments):
        return Holdfast(repository, key=KEY)(*arguments)

    def restored(self, repository, name):
        target = self.folder / "restored"
        self.run_on(repository, "restore", name, f"dir://{target}").expect(OK)
        files = {path.name: path.read_bytes() for path in target.iterdir()}
        shutil.rmtree(target)
        return files

    def make(self, layout):
        """A repository of three backups. Returns the content of each, by id, oldest first."""
        repository = self.folder / layout
        self.run_on(repository, "init", "--layout", layout).expect(OK)
        shared = os.urandom(1 << 20)
        contents = {}
        for files in ({"shared": shared, "a": b"first"}, {"shared": shared, "large": os.urandom(LARGE)}, {"shared": shared, "c": os.urandom(9000)}):
            backup = self.run_on(repository, "backup", f"dir://{self.tree(files)}", "--json").expect(OK).json["backup"]["id"]
            contents[backup] = files
        return repository, contents

    def check_level(self, kept, contents, kind, chance, named=str):
        """`named` turns the repository's folder into the command's argument."""
        inodes = kind == "inodes"
        left = chance.choice((0, chance.randrange(1 << 10), chance.randrange(64 << 10)))
        doomed = list(contents)[1]
        with disk(kind, self.folder) as place:
            shutil.copytree(kept, place / "repository")
            repository = named(place / "repository")
            fill(place, left, inodes)
            if not inodes:  # refused writes may leave folders behind
                self.run_on(repository, "backup", f"dir://{self.tree({'new': os.urandom(LARGE)})}").expect(FAILED)
            fill(place, left, inodes)
            before = free(place, inodes)
            for step in (["remove", doomed], ["gc", "--grace", "0s"]):  # gc marks what its next run may remove
                done = self.run_on(repository, *step).expect(OK, WARNINGS)
                if done.exit == WARNINGS:  # there need not be space for the operation's own record
                    self.assertRegex(done.stderr, r"\Aholdfast: warning: this operation has no record in the history: [^\n]*\n\Z")
            self.run_on(repository, "gc", "--grace", "0s").expect(OK)
            if inodes:  # a removal takes nearly as many as it frees
                self.assertGreaterEqual(free(place, inodes), before)
            else:
                self.assertGreater(free(place, inodes), before + LARGE - (256 << 10))
            listed = [one["id"] for one in self.run_on(repository, "list", "--json").expect(OK).json["backups"]]
            self.assertEqual(sorted(listed), sorted(set(contents) - {doomed}))
            self.run_on(repository, "verify", "--level", "full").expect(OK, WARNINGS)  # there may be no inode for a proof
            for backup in listed:
                self.assertEqual(self.restored(repository, backup), contents[backup])
            if inodes:
                for path in list(place.glob("ballast-*"))[:40]:
                    path.unlink()
            new = {"new": os.urandom(100_000)}
            self.run_on(repository, "backup", f"dir://{self.tree(new)}").expect(OK)
            self.assertEqual(self.restored(repository, "latest"), new)

    def check(self, layout):
        print(f"HOLDFAST_SEED={SEED} HOLDFAST_FILL_LEVELS={LEVELS}")
        chance = random.Random(SEED)
        kept, contents = self.make(layout)
        passed = 0
        for level in range(LEVELS):
            kind = ("ext4", "tmpfs", "inodes")[level % 3]
            with self.subTest(level=level, kind=kind, seed=SEED):
                self.check_level(kept, contents, kind, chance)
                passed += 1
        print(f"{layout}: {passed} of {LEVELS} fill levels")

    def test_a_server_that_does_not_say_why_it_stores_nothing(self):
        try:
            server = Sshd()
        except SshdError as error:
            self.skipTest(str(error))
        with server:
            for layout in ("packed", "plain"):
                with self.subTest(layout):
                    self.check_level(*self.make(layout), "tmpfs", random.Random(SEED), server.uri)

    def test_packed(self):
        self.check("packed")

    def test_plain(self):
        self.check("plain")


if __name__ == "__main__":
    harness.main()
