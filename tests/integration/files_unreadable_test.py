"""Backups of trees with files and folders that can't be read, with `unreadable=warn`: the rest is backed up, and what is
missing is named in the warnings, in the backup and in its proofs."""

import os
import shutil
import subprocess

import harness
from file_trees import LAYOUTS, NOBODY, FilesCase, mount_fuse
from holdfast import FAILED, OK, USAGE, WARNINGS

WARN = ("-o", "unreadable=warn")


class Unreadable(FilesCase):
    def setUp(self):
        super().setUp()
        (self.tree / "a").write_text("a")
        (self.tree / "folder" / "closed").mkdir(parents=True)
        (self.tree / "folder" / "closed" / "inside").write_text("inside")
        (self.tree / "folder" / "z").write_text("z")
        self.secret = self.tree / "folder" / "secret file"
        self.secret.write_text("secret")
        self.closed = self.tree / "folder" / "closed"

    def close(self):
        self.secret.chmod(0)
        self.closed.chmod(0)

    def last(self, layout="packed"):
        return self.holdfast(layout)("list", "--json").expect().json["backups"][0]

    def test_what_can_not_be_read_is_left_out_and_named(self):
        self.close()
        result = self.as_nobody("backup", self.uri, *WARN).expect(WARNINGS)
        for path in (self.secret, self.closed):
            self.assertTrue(any(str(path) in line and "Permission denied" in line for line in result.stderr.splitlines()), result.stderr)
        result = self.restore(codes=(WARNINGS,))
        self.assertEqual(self.restored_paths(), ["a", "folder/z"])
        self.assertFalse((self.out / "folder" / "closed").exists())
        self.assertIn("folder/secret%20file", result.stderr)

    def test_the_backup_says_so_itself(self):
        self.close()
        self.as_nobody("backup", self.uri, *WARN).expect(WARNINGS)
        notes = self.last()["sources"][0]["notes"]
        self.assertEqual((notes["unreadable_left_out"], notes["unreadable"]), ("2", "folder/closed folder/secret%20file"))
        self.assertEqual(notes["files"], "2")

    def test_many_are_counted_and_some_of_them_named(self):
        for number in range(500):
            (self.tree / "folder" / f"{number:0200}").touch(0)
        self.as_nobody("backup", self.uri, *WARN).expect(WARNINGS)
        notes = self.last()["sources"][0]["notes"]
        self.assertEqual(notes["unreadable_left_out"], "500")
        self.assertLess(len(notes["unreadable"]), 5000)
        self.assertTrue(notes["unreadable"].endswith(" ..."))

    def test_a_proof_claims_only_what_was_read(self):
        self.close()
        self.as_nobody("backup", self.uri, *WARN).expect(WARNINGS)
        self.restore(codes=(WARNINGS,))
        for arguments in ((), ("--restored", f"dir://{self.out}")):
            with self.subTest(arguments):
                proof = self.holdfast()("verify", "latest", "--level", "restore", "--json", *arguments).expect(WARNINGS).json["reports"][0]["proof"]
                self.assertEqual(proof["faults"], [])
                missing = [warning for warning in proof["warnings"] if "could not be read" in warning]
                self.assertEqual(len(missing), 1, proof["warnings"])
                self.assertIn("folder/closed", missing[0])

    def test_by_default_it_fails(self):
        self.close()
        for arguments in ((), ("-o", "unreadable=fail")):
            self.as_nobody("backup", self.uri, *arguments).expect(FAILED)
        self.holdfast()("backup", self.uri, "-o", "unreadable=ignore").expect(USAGE)

    def test_a_tree_that_can_be_read_gives_no_warning(self):
        for layout in LAYOUTS:
            self.back_up(*WARN, layout=layout, codes=(OK,))
            self.assertNotIn("unreadable_left_out", self.last(layout)["sources"][0]["notes"])

    def test_a_tree_of_which_nothing_can_be_read_makes_no_backup(self):
        shutil.rmtree(self.tree)
        self.tree.mkdir()
        (self.tree / "secret").touch(0)
        result = self.as_nobody("backup", self.uri, *WARN).expect(FAILED)
        self.assertIn("nothing", result.error_line)
        self.tree.chmod(0)
        self.assertIn(str(self.tree), self.as_nobody("backup", self.uri, *WARN).expect(FAILED).error_line)

    def test_all_names_of_an_unreadable_file_are_left_out(self):
        os.link(self.secret, self.tree / "another name")
        self.close()
        self.as_nobody("backup", self.uri, *WARN).expect(WARNINGS)
        self.assertEqual(self.last()["sources"][0]["notes"]["unreadable_left_out"], "3")
        self.restore(codes=(WARNINGS,))
        self.assertEqual(self.restored_paths(), ["a", "folder/z"])

    def test_it_is_backed_up_once_it_can_be_read(self):
        self.close()
        self.as_nobody("backup", self.uri, *WARN).expect(WARNINGS)
        self.secret.chmod(0o600)
        self.closed.chmod(0o700)
        self.as_nobody("backup", self.uri, *WARN).expect(OK)
        self.restore()
        self.assert_restored()

    def test_a_mount_that_refuses_everybody_is_left_out(self):
        mount_fuse(self, self.closed, NOBODY)
        result = self.holdfast()("backup", self.uri, *WARN).expect(WARNINGS)
        self.assertIn(str(self.closed), result.stderr)

    def test_a_file_that_breaks_while_it_is_read_is_left_out(self):
        if not shutil.which("strace"):
            self.skipTest("no strace here")
        self.secret.write_bytes(os.urandom(3 << 20))
        repository = self.holdfast()
        inject = ["-e", "trace=pread64", "-e", "inject=pread64:error=EIO:when=5+", "-P", str(self.secret), "-o", str(self.folder / "trace")]
        for options, codes in (((), (FAILED,)), (WARN, (WARNINGS,))):
            done = subprocess.run(["strace", "-f", "-qq", *inject, *repository.argv("backup", "-q", self.uri, *options)],
                                  env=repository.environment, capture_output=True, text=True, check=False)
            self.assertIn(done.returncode, codes, done.stderr)
            self.assertIn(f"{self.secret}: Input/output error", done.stderr)
        self.restore(codes=(WARNINGS,))
        self.assertEqual(self.restored_paths(), ["a", "folder/closed/inside", "folder/z"])
        self.holdfast()("verify", "latest", "--level", "full").expect()


if __name__ == "__main__":
    harness.main()
