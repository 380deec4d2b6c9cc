"""Folders of a tree whose content a backup leaves out because of a file in them: caches with a CACHEDIR.TAG, and folders
with a marker of the user's choice."""

import os

import harness
from file_trees import FilesCase
from holdfast import FAILED, OK, USAGE, WARNINGS

SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
CACHES = ("-o", "exclude_caches=true")


class Markers(FilesCase):
    def make(self, folder, tag=SIGNATURE + b"\n# a comment\n", name="CACHEDIR.TAG"):
        (self.tree / folder / "sub").mkdir(parents=True)
        for file in ("a", "sub/b"):
            (self.tree / folder / file).write_text(file)
        if tag is not None:
            (self.tree / folder / name).write_bytes(tag)

    def kept(self, *arguments, codes=(OK,)):
        backup = self.back_up(*arguments, codes=codes)
        self.restore()
        return self.restored_paths(), self.notes(backup)

    def test_of_a_cache_only_the_folder_and_its_tag_stay(self):
        self.make("cache")
        self.make("x/deep/cache", SIGNATURE)
        self.make("kept", None)
        (self.tree / "cache").chmod(0o2750)
        paths, notes = self.kept(*CACHES)
        self.assertEqual(paths, ["cache/CACHEDIR.TAG", "kept/a", "kept/sub/b", "x/deep/cache/CACHEDIR.TAG"])
        self.assertEqual((self.out / "cache").stat().st_mode & 0o7777, 0o2750)
        self.assertEqual(notes["marked_left_out"], 2)
        self.holdfast()("verify", "latest", "--level", "restore").expect()

    def test_it_is_no_cache_without_the_signature_at_the_beginning_of_a_file(self):
        self.make("short", SIGNATURE[:-1])
        self.make("late", b" " + SIGNATURE)
        self.make("other", SIGNATURE[:-1] + b"X")
        self.make("lower", name="cachedir.tag")
        self.make("link", None)
        os.symlink("../lower/cachedir.tag", self.tree / "link" / "CACHEDIR.TAG")
        self.make("folder", None)
        (self.tree / "folder" / "CACHEDIR.TAG").mkdir()
        self.make("pipe", None)
        os.mkfifo(self.tree / "pipe" / "CACHEDIR.TAG")
        _, notes = self.kept(*CACHES)
        self.assertNotIn("marked_left_out", notes)
        self.assert_restored()

    def test_caches_stay_unless_asked_for(self):
        self.make("cache")
        self.kept()
        self.assert_restored()

    def test_a_marker_of_any_kind_leaves_out_the_content(self):
        self.make("a", b"", ".nobackup")
        self.make("b", None)
        os.symlink("nowhere", self.tree / "b" / ".nobackup")
        self.make("c", b"", ".nobackup2")
        paths, notes = self.kept("-o", "exclude_if_present=.nobackup")
        self.assertEqual(paths, ["a/.nobackup", "b/.nobackup", "c/.nobackup2", "c/a", "c/sub/b"])
        self.assertEqual(notes["marked_left_out"], 2)

    def test_both_may_be_asked_for(self):
        self.make("a", b"", ".nobackup")
        self.make("b")
        (self.tree / "b" / ".nobackup").touch()
        paths, _ = self.kept("-o", "exclude_if_present=.nobackup", *CACHES)
        self.assertEqual(paths, ["a/.nobackup", "b/.nobackup", "b/CACHEDIR.TAG"])

    def test_a_mark_on_the_source_itself_is_refused(self):
        (self.tree / "CACHEDIR.TAG").write_bytes(SIGNATURE)
        (self.tree / ".nobackup").touch()
        for option, mark in ((CACHES, "CACHEDIR.TAG"), (("-o", "exclude_if_present=.nobackup"), ".nobackup")):
            self.assertIn(str(self.tree / mark), self.holdfast()("backup", self.uri, *option).expect(FAILED).error_line)
        self.assertEqual(self.holdfast()("list", "--json").expect().json["backups"], [])

    def test_what_is_included_in_a_cache_is_not_there(self):
        self.make("cache")
        self.holdfast()("backup", self.uri, *CACHES, "--include", "cache/sub").expect(FAILED)

    def test_the_marker_is_one_name(self):
        for name in ("", "a/b", "/a", ".", ".."):
            line = self.holdfast()("backup", self.uri, "-o", f"exclude_if_present={name}").expect(USAGE).error_line
            self.assertIn("exclude_if_present", line)

    def test_a_tag_that_can_not_be_read_leaves_out_nothing_else(self):
        self.make("cache")
        (self.tree / "cache" / "CACHEDIR.TAG").chmod(0)
        self.as_nobody("backup", self.uri, *CACHES, "-o", "unreadable=warn").expect(WARNINGS)
        self.restore(codes=(WARNINGS,))
        self.assertEqual(self.restored_paths(), ["cache/a", "cache/sub/b"])


if __name__ == "__main__":
    harness.main()
