"""Files of patterns for `--include-file` and `--exclude-file`: one pattern a line, comments and blank lines."""

import harness
from file_trees import FilesCase
from holdfast import FAILED, OK, USAGE, WARNINGS


class PatternFiles(FilesCase):
    def setUp(self):
        super().setUp()
        for path in ("a.o", "b.log", "c", "d e", "#f", "g/h"):
            (self.tree / path).parent.mkdir(exist_ok=True)
            (self.tree / path).write_text(path)

    def file(self, text, name="patterns"):
        path = self.folder / name
        path.write_bytes(text)
        return path

    def test_each_line_is_a_pattern(self):
        self.back_up("--exclude-file", self.file(b"# objects\n*.o\n\n   \n\t\n/g/h\r\nd e\n\\#f"))
        self.restore()
        self.assertEqual(self.restored_paths(), ["b.log", "c"])

    def test_several_files_and_patterns_add_up(self):
        first, second = self.file(b"\xef\xbb\xbf*.o\n", "1"), self.file(b"", "2")
        self.back_up("--exclude-file", first, "--exclude-file", second, "--exclude", "*.log")
        self.restore()
        self.assertEqual(self.restored_paths(), ["#f", "c", "d e", "g/h"])

    def test_includes_come_from_a_file_too(self):
        self.back_up("--include-file", self.file(b"c\ng\n"), "--include", "*.o")
        self.restore()
        self.assertEqual(self.restored_paths(), ["a.o", "c", "g/h"])

    def test_a_restore_takes_them(self):
        self.back_up()
        self.restore("--include-file", self.file(b"g\n*.o\n", "1"), "--exclude-file", self.file(b"*.o\n", "2"), codes=(FAILED,))
        self.restore("--include-file", self.file(b"g\nc\nb.log\n", "1"), "--exclude-file", self.file(b"h\n", "2"))
        self.assertEqual(self.restored_paths(), ["b.log", "c"])

    def test_an_export_takes_them(self):
        repository = self.holdfast()
        repository("backup", "exec:echo x").expect()
        for option in ("--include-file", "--exclude-file"):
            line = repository("export", "latest", "-o", self.folder / "out.sql", option, self.file(b"c\n")).expect(FAILED).error_line
            self.assertIn("exec", line)

    def test_a_pattern_of_a_file_that_matches_nothing_is_named(self):
        result = self.holdfast()("backup", self.uri, "--exclude-file", self.file(b"nosuch\n")).expect(WARNINGS)
        self.assertIn("'nosuch'", result.stderr)

    def test_a_file_of_no_patterns_to_include_is_refused(self):
        """It would include everything."""
        for text in (b"", b"# nothing\n\n"):
            line = self.holdfast()("backup", self.uri, "--include-file", self.file(text)).expect(USAGE).error_line
            self.assertIn("patterns", line)
        self.back_up("--exclude-file", self.file(b"# nothing\n"), codes=(OK,))

    def test_a_file_that_is_not_there_or_no_text_is_named(self):
        for option in ("--include-file", "--exclude-file"):
            for path, word in ((self.folder / "none", "No such file"), (self.folder, "Is a directory"), (self.file(b"a\0b\n"), "NUL")):
                line = self.holdfast()("backup", self.uri, option, path).expect(FAILED, USAGE).error_line
                self.assertIn(str(path), line)
                self.assertIn(word, line)


if __name__ == "__main__":
    harness.main()
