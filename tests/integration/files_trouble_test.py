"""Trees of files with problems: errors name the file that can't be read or written, whatever changes or is killed
meanwhile, and nothing is ever written outside the target.
"""

import contextlib
import os
import random
import shutil
import signal
import threading
import time

import harness
from file_trees import MARK, FilesCase, mount
from holdfast import FAILED, OK, USAGE, WARNINGS, finish


class Trouble(FilesCase):
    def expect_named(self, result, name, *words):
        result.expect(FAILED)
        for word in (str(name), *words):
            self.assertIn(word, result.error_line)
        self.assertEqual(self.holdfast()("list", "--json").expect().json["backups"], [])

    def test_a_file_that_may_not_be_read_fails_the_backup_by_name(self):
        (self.tree / "secret").write_text("x")
        (self.tree / "secret").chmod(0)
        self.expect_named(self.as_nobody("backup", self.uri), self.tree / "secret", "Permission denied", "exclude")

    def test_a_folder_that_may_not_be_read_fails_the_backup_by_name(self):
        (self.tree / "closed").mkdir(0o000)
        self.expect_named(self.as_nobody("backup", self.uri), self.tree / "closed", "Permission denied", "exclude")

    def test_a_source_that_is_no_folder_or_not_there_is_told(self):
        (self.tree / "file").write_text("x")
        for path, word in ((self.tree / "file", "Not a directory"), (self.tree / "none", "No such file")):
            self.expect_named(self.holdfast()("backup", f"dir://{path}"), path, word)
        self.holdfast()("backup", "dir:relative").expect(USAGE, FAILED)

    def test_a_file_that_is_always_changing_is_a_warning_by_name_or_a_failure(self):
        path = self.tree / "busy"
        path.write_bytes(b"x" * (8 << 20))
        (self.tree / "calm").write_text("calm")
        done = threading.Event()

        def write():
            with open(path, "r+b") as file:
                while not done.is_set():
                    file.seek(random.randrange(8 << 20))
                    file.write(b"y")
                    file.flush()

        writer = threading.Thread(target=write)
        writer.start()
        self.addCleanup(writer.join)
        self.addCleanup(done.set)
        result = self.holdfast()("backup", self.uri).expect(WARNINGS)
        self.assertIn(f"{path}: changed while it was read", result.stderr)
        failed = self.holdfast()("backup", self.uri, "-o", "changed=fail").expect(FAILED)
        self.assertIn(str(path), failed.error_line)
        done.set()
        writer.join()
        self.restore()
        self.assertEqual((self.out / "calm").read_text(), "calm")
        self.assertEqual((self.out / "busy").stat().st_size, 8 << 20)

    def test_files_that_come_and_go_meanwhile_are_no_error(self):
        for number in range(2000):
            (self.tree / f"{number:04}").write_bytes(b"x" * 3000)
        (self.tree / "stays").write_text("stays")
        done = threading.Event()

        def churn():
            rng = random.Random(7)
            while not done.is_set():
                path = self.tree / f"{rng.randrange(2000):04}"
                with contextlib.suppress(OSError):
                    if path.is_dir():
                        path.rmdir()
                    elif path.exists():
                        path.unlink()
                    else:
                        path.mkdir()

        thread = threading.Thread(target=churn)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(done.set)
        for _ in range(5):
            self.back_up(codes=(OK, WARNINGS))
        done.set()
        thread.join()
        self.restore()
        self.assertEqual((self.out / "stays").read_text(), "stays")
        self.holdfast()("verify", "--level", "full").expect()

    def test_a_target_that_is_not_empty_is_refused_untouched(self):
        self.back_up()
        self.out.mkdir()
        (self.out / "mine").write_text("mine")
        result = self.restore(codes=(FAILED,))
        self.assertIn("not empty", result.error_line)
        self.assertEqual(self.restored_paths(), ["mine"])

    def test_a_full_disk_fails_the_restore_by_name_and_leaves_the_mark(self):
        (self.tree / "large").write_bytes(random.Random(3).randbytes(8 << 20))
        self.back_up()
        self.out.mkdir()
        mount(self, self.out, "size=2m")
        result = self.restore(codes=(FAILED,))
        self.assertIn(str(self.out / "large"), result.error_line)
        self.assertIn("No space left", result.error_line)
        self.assertTrue((self.out / MARK).exists())
        self.assertIn("did not finish", self.restore(codes=(FAILED,)).error_line)

    @staticmethod
    def kill_when(process, ready):
        while process.poll() is None and not ready():
            time.sleep(0.005)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        finish(process)

    def test_a_restore_that_was_killed_never_looks_finished(self):
        for number in range(400):
            (self.tree / f"{number:04}").write_bytes(random.Random(number).randbytes(200_000))
        self.back_up()
        killed = 0
        for there in (1, 20, 100, 300):
            process = self.holdfast().start("restore", "-q", "latest", f"dir://{self.out}")
            self.kill_when(process, lambda there=there: self.out.exists() and len(os.listdir(self.out)) >= there)
            if process.returncode != 0:
                killed += 1
                self.assertTrue((self.out / MARK).exists())
                self.assertIn("did not finish", self.restore(codes=(FAILED,)).error_line)
                # … and can't be backed up as if it were complete.
                self.assertIn(MARK, self.holdfast()("backup", f"dir://{self.out}").expect(FAILED).error_line)
            shutil.rmtree(self.out)
        self.assertGreater(killed, 0)
        self.restore()
        self.assert_restored()

    def test_a_backup_that_was_killed_is_not_listed_and_the_next_one_is_whole(self):
        for number in range(400):
            (self.tree / f"{number:04}").write_bytes(random.Random(number).randbytes(200_000))
        packs = self.folder / "packed" / "packs"
        made = 0
        for new in (0, 1, 2):
            before = len(list(packs.rglob("*")))
            process = self.holdfast().start("backup", "-q", self.uri)
            self.kill_when(process, lambda most=before + new: len(list(packs.rglob("*"))) >= most)
            made += process.returncode == 0
        self.assertEqual(len(self.holdfast()("list", "--json").expect().json["backups"]), made)
        self.back_up()
        self.holdfast()("verify", "--level", "full").expect()
        self.restore()
        self.assert_restored()

    def test_a_folder_that_becomes_a_link_during_the_restore_leads_nowhere(self):
        for number in range(300):
            folder = self.tree / f"{number:03}"
            folder.mkdir()
            (folder / "file").write_bytes(random.Random(number).randbytes(100_000))
        self.back_up()
        outside = self.folder / "outside"
        outside.mkdir()
        done = threading.Event()

        def attack():
            while not done.is_set():
                for number in range(300):
                    folder = self.out / f"{number:03}"
                    with contextlib.suppress(OSError):
                        folder.rename(self.out / f"{number:03}.away")
                        folder.symlink_to(outside)

        thread = threading.Thread(target=attack)
        thread.start()
        self.holdfast()("restore", "latest", f"dir://{self.out}").expect(OK, FAILED)
        done.set()
        thread.join()
        self.assertEqual(list(outside.iterdir()), [])


if __name__ == "__main__":
    harness.main()
