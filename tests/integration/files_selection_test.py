"""Which parts of a tree of files a backup and a restore take: patterns, and what is said of those that match nothing."""

import harness
from file_trees import NOBODY, FilesCase, mount, mount_fuse, set_xattr
from holdfast import FAILED, USAGE, WARNINGS


class SelectionCase(FilesCase):
    def make(self, *paths):
        for path in paths:
            (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / path).write_text(path)

    def kept(self, *arguments, codes=(0,)):
        """The paths in a backup with these arguments."""
        self.back_up(*arguments, codes=codes)
        out = self.folder / "out" / str(len(list(self.out.iterdir())) if self.out.exists() else 0)
        out.parent.mkdir(exist_ok=True)
        self.restore(into=out)
        return sorted(str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir())

    def backups(self):
        return self.holdfast()("list", "--json").expect().json["backups"]


class Patterns(SelectionCase):
    def test_an_absolute_path_below_the_source_is_that_path(self):
        self.make("secret/a", "b", "c/secret/d")
        self.assertEqual(self.kept("--exclude", self.tree / "secret"), ["b", "c/secret/d"])
        self.assertEqual(self.kept("--include", self.tree / "c" / "*"), ["c/secret/d"])
        self.assertEqual(self.kept("--include", self.tree), ["b", "c/secret/d", "secret/a"])

    def test_an_absolute_path_below_the_source_selects_in_a_restore(self):
        self.make("a/b", "a/c", "d")
        self.back_up()
        self.restore("--include", self.tree / "a", "--exclude", f"{self.tree}/*/c")
        self.assertEqual(self.restored_paths(), ["a/b"])

    def test_two_stars_are_any_number_of_folders(self):
        self.make("a/node_modules/1", "a/b/c/node_modules/2", "a/b/3", "node_modules/4", "x/5", "b/x/6", "y/7/8")
        everything = ["a/b/3", "a/b/c/node_modules/2", "a/node_modules/1", "b/x/6", "node_modules/4", "x/5", "y/7/8"]
        self.assertEqual(self.kept("--exclude", "a/**/node_modules"), [path for path in everything if not path.endswith(("/1", "/2"))])
        self.assertEqual(self.kept("--exclude", "**/x"), [path for path in everything if "x" not in path])
        self.assertEqual(self.kept("--exclude", "y/**"), everything[:-1])
        self.assertEqual(self.kept("--include", "**/node_modules"), [path for path in everything if "node_modules" in path])

    def test_what_two_stars_below_a_folder_leave_is_the_folder(self):
        self.make("x/1", "y")
        self.back_up("--exclude", "x/**")
        self.restore()
        self.assertEqual(list((self.out / "x").iterdir()), [])

    def test_what_can_not_be_meant_is_refused(self):
        self.make("a")
        for pattern, word in (("../a", "'..'"), ("a**", "'**'"), ("!a", "negated"), ("~/a", "home"), ("/", "empty"), ("a\\", "backslash")):
            with self.subTest(pattern):
                for option in ("--include", "--exclude"):
                    self.assertIn(word, self.holdfast()("backup", self.uri, option, pattern).expect(USAGE).error_line)
        self.assertIn("source itself", self.holdfast()("backup", self.uri, "--exclude", self.tree).expect(USAGE).error_line)
        self.back_up()
        self.assertIn("'..'", self.holdfast()("restore", "latest", f"dir://{self.out}", "--include", "../a").expect(USAGE).error_line)
        self.assertFalse(self.out.exists())


class Nothing(SelectionCase):
    """What matches nothing is mostly a spelling mistake."""

    def test_a_backup_of_something_that_is_not_there_fails(self):
        self.make("a/b", "c")
        for pattern in ("nosuch", "a/nosuch", "*.nosuch", "a/**/c", str(self.tree / "d")):
            for more in ((), ("--include", "a")):
                with self.subTest(pattern=pattern, more=more):
                    line = self.holdfast()("backup", self.uri, "--include", pattern, *more).expect(FAILED).error_line
                    self.assertIn(f"'{pattern}'", line)
                    self.assertIn(str(self.tree), line)
        self.assertEqual(self.backups(), [])

    def test_what_is_included_and_excluded_is_not_there_either(self):
        self.make("a/b", "c")
        line = self.holdfast()("backup", self.uri, "--include", "a/b", "--exclude", "a").expect(FAILED).error_line
        self.assertIn("'a/b'", line)

    def test_a_path_in_an_included_folder_is_found_too(self):
        self.make("a/b", "c")
        self.assertEqual(self.kept("--include", "a", "--include", "a/b", "--include", "b"), ["a/b"])

    def test_a_backup_from_which_everything_is_excluded_fails(self):
        self.make("a/b", "c")
        for pattern in ("*", "**", "/*"):
            with self.subTest(pattern):
                self.assertIn("nothing", self.holdfast()("backup", self.uri, "--exclude", pattern).expect(FAILED).error_line)
        self.assertEqual(self.backups(), [])

    def test_a_restore_of_something_that_is_not_there_fails_before_it_writes(self):
        self.make("a/b", "c")
        self.back_up()
        line = self.restore("--include", "a", "--include", "nosuch", codes=(FAILED,)).error_line
        self.assertIn("'nosuch'", line)
        self.assertFalse(self.out.exists())

    def test_a_pattern_that_excludes_nothing_is_a_warning_by_name(self):
        self.make("a/b", "c", "d.o")
        for pattern in ("nosuch", "/a/nosuch", "*.x", "/srv/nosuch"):
            with self.subTest(pattern):
                result = self.holdfast()("backup", self.uri, "--exclude", pattern, "--exclude", "*.o").expect(WARNINGS)
                self.assertIn(f"'{pattern}'", result.stderr)
                self.assertNotIn("*.o", result.stderr)
        result = self.restore("--exclude", "nosuch", codes=(WARNINGS,))
        self.assertEqual(result.stderr.count("'nosuch'"), 1)

    def test_that_warning_hides_no_other(self):
        self.make("a")
        if not set_xattr(self.tree / "a", "user.tag", b"x"):
            self.skipTest("this file system has no extended attributes")
        self.back_up()
        self.out.mkdir()
        mount(self, self.out, kind="ramfs")
        result = self.restore("--exclude", "nosuch", codes=(WARNINGS,))
        self.assertEqual((result.stderr.count("'nosuch'"), result.stderr.count("user.tag can't be restored")), (1, 1), result.stderr)

    def test_what_another_pattern_hides_is_no_warning(self):
        self.make("a/b/c", "d")
        self.assertEqual(self.kept("--exclude", "a", "--exclude", "a/b", "--exclude", "a/*/c"), ["d"])

    def test_what_can_not_be_included_is_not_looked_at(self):
        self.make("a/b/c", "a/d")
        closed = self.tree / "closed"
        closed.mkdir()
        mount_fuse(self, closed, NOBODY)
        self.assertEqual(self.kept("--include", "a/b", "--include", "/a/d"), ["a/b/c", "a/d"])


if __name__ == "__main__":
    harness.main()
