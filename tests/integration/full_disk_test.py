"""A disk filled to the last block, or the last inode: remove and gc free space nevertheless, and nothing else is lost.

$HOLDFAST_FILL_LEVELS sets how many fill levels are tried of each layout (default 3), $HOLDFAST_SEED which ones.
"""

import contextlib
import errno
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

import harness
from holdfast import FAILED, OK, WARNINGS, Holdfast, raw_key
from sshd import Sshd, SshdError

KEY = raw_key()
LEVELS = int(os.environ.get("HOLDFAST_FILL_LEVELS") or 3)
SEED = int(os.environ.get("HOLDFAST_SEED") or random.SystemRandom().randrange(1 << 32))
SIZE = 16 << 20
INODES = 250
LARGE = 3 << 20  # bytes that only the removed backup has


def mounted(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest("can't mount a small file system here: " + done.stderr.strip())


@contextlib.contextmanager
def disk(kind, folder):
    """A small file system on a new folder."""
    place, image = folder / "disk", folder / "image"
    place.mkdir()
    if kind == "ext4":
        if not shutil.which("mkfs.ext4"):
            raise unittest.SkipTest("no mkfs.ext4")
        with open(image, "wb") as file:
            file.truncate(SIZE)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-b", "1024", image], check=True, capture_output=True)
        mounted("-o", "loop", image, place)
    else:
        mounted("-t", "tmpfs", "-o", f"size={SIZE},mode=755" + (f",nr_inodes={INODES}" if kind == "inodes" else ""), "none", place)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)
        place.rmdir()
        image.unlink(missing_ok=True)


def fill(place, left, inodes):
    """Uses all space except `left` bytes and, if asked, all inodes. Returns the files."""
    made = []
    if not inodes:
        made.append(place / f"ballast-{random.getrandbits(64):016x}")
        with open(made[-1], "wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(os.urandom(size)) == size:
                        pass
            file.truncate(max(0, file.tell() - left))
            os.fsync(file.fileno())
        return made
    while True:
        path = place / f"ballast-{random.getrandbits(64):016x}"
        try:
            path.touch()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return made
        made.append(path)


def free(place, inodes):
    status = os.statvfs(place)
    return status.f_ffree if inodes else status.f_bavail * status.f_frsize


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
            removed = self.run_on(repository, "remove", doomed).expect(OK, WARNINGS)
            if removed.exit == WARNINGS:  # the space of a record alone need not hold the operation's own
                self.assertRegex(removed.stderr, r"\Aholdfast: warning: this operation has no record in the history: [^\n]*\n\Z")
            for _ in range(2):
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
