"""Objects that somebody without a key leaves in a folder, through the command: junk, copies, pipes, links and devices
under every kind of name.

Nothing honest is lost, hidden or stopped, and verify names each of them.
"""

import os
import pathlib
import shutil
import tempfile
import unittest

import harness
from holdfast import FAULT, OK, WARNINGS, Holdfast, raw_key

KEY = raw_key()
HEX = "00000000000000ab"


def junk(path, _):
    path.write_bytes(b"\7" * 500)


def empty(path, _):
    path.write_bytes(b"")


def copy(path, repository):
    """A copy of another object of its kind if there is one; else of a record."""
    others = [other for other in path.parent.iterdir() if other.is_file() and other != path] or list(repository.glob("*/*"))
    shutil.copy(sorted(others)[0], path)


def pipe(path, _):
    os.mkfifo(path)


def link(path, _):
    path.symlink_to("/etc/passwd")


FORMS = [junk, empty, copy, pipe, link]


class ForgeryCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfforgery."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def make(self, layout, encrypted):
        """A repository of two backups, one of them proven, and a third one that was removed and collected."""
        repository = self.folder / f"{layout}-{encrypted}"
        holdfast = Holdfast(repository, key=KEY if encrypted else None)
        holdfast("init", "--layout", layout, *([] if encrypted else ["--no-encryption"])).expect(OK)
        ids = [holdfast("backup", f"exec:seq 1 {count}", "--json").expect(OK).json["backup"]["id"] for count in (1000, 2000, 3000)]
        holdfast("verify", ids[0], "--level", "full").expect(OK)
        holdfast("remove", ids[1]).expect(OK)
        for _ in range(2):
            holdfast("gc", *self.grace(layout)).expect(OK)
        return repository, {ids[0]: 1000, ids[2]: 3000}

    @staticmethod
    def grace(layout):
        return ["--grace", "0s"] if layout == "packed" else []

    @staticmethod
    def names(layout, encrypted, ids):
        first, last = ids
        if layout == "packed":
            return [f"removed/{first}", f"removed/{last}", f"removed/{last}.final", f"removed/{first}.back-{HEX}", f"gc/{HEX}",
                    f"sessions/write_{HEX}", f"sessions/collect_{HEX}.ready", f"sessions/write_{HEX}.fence", "index/" + 64 * "a",
                    "backups/backup_20990101_000000_00000000", f"keys/slot-{HEX}",
                    f"proofs/{first}-20261120T180000000000-content-equal"]
        end = ".json" + (".enc" if encrypted else "")
        # The manifest of a backup with one stream is beside it; the other place is in a folder.
        return [f"{first}/manifest{end}", f"sessions/{first}{end}", f"sessions/{last}.collect{end}", f"keys/slot-{HEX}",
                f"backup_20990101_000000/manifest{end}", f"proofs/{first}-20261120T180000000000-content-equal{end}"]

    def check(self, layout, encrypted, form):
        golden, backups = self.make(layout, encrypted)
        repository = self.folder / "forged"
        shutil.copytree(golden, repository)
        names = self.names(layout, encrypted, backups)
        for name in names:
            path = repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            form(path, golden)
        holdfast = Holdfast(repository, key=KEY if encrypted else None)
        backups = dict(backups)
        verified = holdfast("verify", "--level", "full", timeout=60).expect(FAULT)
        for name in names:
            with self.subTest(name=name, layout=layout, encrypted=encrypted, form=form.__name__):
                # The genuine manifest is named together with the object in its other place.
                self.assertIn(name, verified.stdout)
        backups[holdfast("backup", "exec:seq 1 500", "--json", timeout=60).expect(OK, WARNINGS).json["backup"]["id"]] = 500
        for _ in range(2):
            holdfast("gc", *self.grace(layout), timeout=60).expect(OK, WARNINGS)
        holdfast("backup", "exec:seq 1 600", timeout=60).expect(OK, WARNINGS)
        listed = [backup["id"] for backup in holdfast("list", "--json", timeout=60).expect(OK, WARNINGS).json["backups"]]
        for backup, count in backups.items():
            self.assertIn(backup, listed)
            output = holdfast("export", backup, "-o", "-", timeout=60).expect(OK, WARNINGS).stdout
            self.assertEqual(output, "".join(f"{number}\n" for number in range(1, count + 1)))
        shutil.rmtree(repository)


def add_case(layout, encrypted, form):
    def test(self):
        self.check(layout, encrypted, form)
    setattr(ForgeryCase, f"test_{form.__name__}_in_{layout}_{'with' if encrypted else 'without'}_a_key", test)


for _layout in ("packed", "plain"):
    for _encrypted in (True, False):
        for _form in FORMS:
            add_case(_layout, _encrypted, _form)


if __name__ == "__main__":
    harness.main()
