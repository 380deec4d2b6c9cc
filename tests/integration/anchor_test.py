"""`holdfast anchor` and `verify --anchor`: a small text kept elsewhere detects the removal of the newest backups, or a
storage that was set back."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from holdfast import FAILED, FAULT, NO_SUCH, OK, USAGE, Holdfast, raw_key

KEY = raw_key()


class AnchorCase(unittest.TestCase):
    """Two backups, an anchor of them, and the repository's earlier states."""

    layout, encrypted = "packed", False

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfanchor."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repository, self.anchor = self.folder / "repository", self.folder / "anchor"
        self.holdfast = Holdfast(self.repository, key=KEY if self.encrypted else None)
        self.init(self.holdfast)
        self.first = self.backup()
        shutil.copytree(self.repository, self.folder / "older")
        self.second = self.backup()
        self.holdfast("anchor", "-o", self.anchor).expect(OK)

    def init(self, holdfast):
        holdfast("init", "--layout", self.layout, *([] if self.encrypted else ["--no-encryption"])).expect(OK)

    def backup(self):
        return self.holdfast("backup", "exec:seq 1 100", "--json").expect(OK).json["backup"]["id"]

    def set_back(self):
        shutil.rmtree(self.repository)
        shutil.copytree(self.folder / "older", self.repository)

    def verify(self, *arguments):
        return self.holdfast("verify", *arguments, "--anchor", self.anchor)


class Found(AnchorCase):
    def test_an_untouched_repository_is_well_at_every_level(self):
        for arguments in ([], ["latest"], ["--level", "full"], ["--level", "restore", "--target", "exec:cat"]):
            with self.subTest(arguments):
                done = self.verify(*arguments).expect(OK)
                self.assertRegex(done.stdout, r"(?m)^OK     anchor  2 backups ")
                self.assertIn("OK     backup_" if arguments == ["latest"] else "PROVED" if "restore" in arguments else "OK     repository", done.stdout)
        report = self.verify("--json").expect(OK).json
        self.assertEqual((report["ok"], report["anchor"]["ok"], report["anchor"]["objects"], report["anchor"]["faults"]), (True, True, 2, []))
        self.assertNotIn("anchor", self.holdfast("verify", "--json").expect(OK).json)

    def test_a_repository_that_was_set_back_is_a_fault_at_every_level(self):
        self.set_back()
        for arguments in ([], ["latest"], ["--level", "full"], ["--level", "restore", "--target", "exec:cat"]):
            with self.subTest(arguments):
                self.holdfast("verify", *arguments).expect(OK)
                done = self.verify(*arguments).expect(FAULT)
                self.assertRegex(done.stdout, rf"(?m)^FAULT {self.second}: is gone, [^\n]+$")
        report = self.verify("--json").expect(FAULT).json
        self.assertEqual((report["ok"], report["anchor"]["ok"]), (False, False))
        self.assertEqual([fault["object"] for fault in report["anchor"]["faults"]], [self.second])
        self.assertTrue(all(one["ok"] for one in report["reports"]))

    def test_a_backup_that_is_asked_for_and_gone_does_not_hide_what_the_anchor_found(self):
        self.verify("backup_2020").expect(NO_SUCH)
        self.set_back()
        for level in (["--level", "full"], ["--level", "restore", "--target", "exec:cat"]):
            done = self.verify("backup_2020", *level).expect(FAULT)
            self.assertIn(f"FAULT {self.second}: is gone", done.stdout)
            self.assertIn("FAULT repository: ", done.stdout)
        self.assertEqual(self.verify(self.second, "--json").expect(FAULT).json["anchor"]["faults"][0]["object"], self.second)


class FoundInPlain(Found):
    layout = "plain"


class FoundWithKey(AnchorCase):
    encrypted = True

    def test_a_repository_that_was_set_back_is_a_fault(self):
        self.verify().expect(OK)
        self.set_back()
        self.holdfast("verify").expect(OK)
        self.assertIn(f"FAULT {self.second}: is gone", self.verify().expect(FAULT).stdout)


class Removed(AnchorCase):
    def test_a_removal_on_record_is_no_fault(self):
        self.holdfast("remove", self.second).expect(OK)
        self.verify().expect(OK)
        self.holdfast("gc", "--grace", "0s").expect(OK)
        self.verify("--level", "full").expect(OK)


class RemovedInPlain(AnchorCase):
    layout = "plain"

    def test_a_removal_asks_for_a_new_anchor(self):
        self.holdfast("remove", self.second).expect(OK)
        self.assertIn("if you removed it yourself, make a new anchor", self.verify().expect(FAULT).stdout)
        self.holdfast("anchor", "-o", self.anchor, "--force").expect(OK)
        self.verify().expect(OK)


class Texts(AnchorCase):
    def test_it_is_printed_or_written_and_never_over_another_one_unasked(self):
        printed = self.holdfast("anchor").expect(OK).stdout
        newest, oldest = sorted((self.first, self.second), reverse=True)  # the rest of their ids orders two of one second
        self.assertRegex(printed, rf"\Aholdfast anchor 1\nrepository [0-9a-f]{{32}}\nbackup {newest} [0-9a-f]{{64}}\nbackup {oldest} [0-9a-f]{{64}}\nend\n\Z")
        self.assertEqual(self.anchor.read_text(), printed)
        self.assertEqual(self.holdfast("anchor", "--json").expect(OK).json, {"file": None, "anchor": printed, "warnings": 0})
        third = self.backup()
        self.holdfast("anchor", "-o", self.anchor).expect(FAILED)
        self.assertEqual(self.anchor.read_text(), printed)
        done = self.holdfast("anchor", "-o", self.anchor, "--force", "--json").expect(OK).json
        self.assertEqual((done["file"], done["anchor"]), (str(self.anchor), self.anchor.read_text()))
        self.assertIn(third, self.anchor.read_text())
        self.assertEqual([path.name for path in self.folder.glob("*anchor*")], ["anchor"])

    def test_what_is_no_anchor_of_this_repository_is_usage_in_one_line(self):
        other = Holdfast(self.folder / "other")
        self.init(other)
        other("anchor", "-o", self.folder / "of the other").expect(OK)
        text = self.anchor.read_text()
        for name, content, why in (("junk", "what is this?\n", "no anchor"), ("empty", "", "no anchor"), ("cut", text[:-4], "cut off"),
                                   ("of the other", None, "another repository"), ("none", None, "can't read the anchor file")):
            with self.subTest(name):
                if content is not None:
                    (self.folder / name).write_text(content)
                for arguments in ([], ["--level", "restore", "--target", "exec:cat"]):
                    done = self.holdfast("verify", *arguments, "--anchor", self.folder / name).expect(USAGE)
                    self.assertEqual(done.stdout, "")
                    self.assertRegex(done.stderr, r"\Aholdfast: [^\n]+\n\Z")
                    self.assertIn(str(self.folder / name), done.stderr)
                    self.assertIn(why, done.stderr)


if __name__ == "__main__":
    harness.main()
