"""A restore of a tree of files that was interrupted goes on with `--resume`: what is there and equal is kept, the rest is
restored, and the result is what one restore would have made."""

import contextlib
import os
import random
import shutil
import signal
import time

import harness
from file_trees import MARK, NOBODY, FilesCase, describe, make_zoo, set_xattr
from holdfast import FAILED, OK, WARNINGS, finish

FILES = 300


class Resume(FilesCase):
    def make(self):
        make_zoo(self.tree)
        for number in range(FILES):
            (self.tree / f"{number:04}").write_bytes(random.Random(number).randbytes(150_000))

    def start(self, *arguments):
        return self.holdfast().start("restore", "-q", "latest", f"dir://{self.out}", *arguments)

    def interrupt(self, *arguments, there=FILES // 2):
        """Leaves a restore that was killed when about so many files were there."""
        for _ in range(20):
            process = self.start(*arguments)
            while process.poll() is None and not (self.out.exists() and len(os.listdir(self.out)) >= there):
                time.sleep(0.002)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            finish(process)
            if (self.out / MARK).exists():
                return
            shutil.rmtree(self.out)
        self.skipTest("this machine restores faster than it kills")

    def resume(self, *arguments, codes=(OK,)):
        return self.restore("--resume", *arguments, codes=codes)

    def finished_but_marked(self, run=None):
        """A whole restored tree with the mark of one that is not: the latest moment at which it may be interrupted."""
        self.interrupt(there=2)
        mark = (self.out / MARK).read_bytes()
        shutil.rmtree(self.out)
        (run or self.restore)()
        (self.out / MARK).write_bytes(mark)

    def test_an_interrupted_restore_goes_on_to_the_same_result(self):
        self.make()
        self.back_up()
        for there in (1, 30, 150, FILES + 20):
            with self.subTest(there=there):
                self.interrupt(there=there)
                process = self.start("--resume")
                time.sleep(0.05)
                os.killpg(process.pid, signal.SIGKILL)
                ended = finish(process).exit == 0
                if not ended and not (self.out / MARK).exists():  # killed after all but the last step
                    shutil.rmtree(self.out)
                    continue
                if not ended:
                    self.resume()
                self.assert_restored()
                self.holdfast()("verify", "latest", "--level", "restore", "--restored", f"dir://{self.out}").expect()
                shutil.rmtree(self.out)

    def test_it_is_refused_without_the_option_that_it_names(self):
        self.make()
        self.back_up()
        self.interrupt()
        before = sorted(os.listdir(self.out))
        line = self.restore(codes=(FAILED,)).error_line
        self.assertIn("did not finish", line)
        self.assertIn("resume", line)
        self.assertEqual(sorted(os.listdir(self.out)), before)

    def test_what_is_equal_is_kept_and_all_else_restored(self):
        self.make()
        self.back_up()
        self.finished_but_marked()
        names = [f"{number:04}" for number in range(FILES)]
        inodes = {name: (self.out / name).stat().st_ino for name in names}

        def same_time(path, change):
            times = path.stat()
            change(path)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

        same_time(self.out / "0000", lambda path: path.write_bytes(bytes(150_000)))
        same_time(self.out / "0001", lambda path: os.truncate(path, 1000))
        os.utime(self.out / "0002")
        (self.out / "0003").unlink()
        (self.out / "0004").chmod(0)
        os.truncate(self.out / "large", 5)
        shutil.rmtree(self.out / "folder" / "in", onerror=lambda call, path, info: (os.chmod(os.path.dirname(path), 0o700), call(path)))
        (self.out / "link").unlink()
        (self.out / "third name").unlink()
        result = self.resume()
        self.assert_restored()
        self.assertIn("were there already", result.stdout)
        kept = [name for name in names if (self.out / name).stat().st_ino == inodes[name]]
        self.assertGreaterEqual(set(kept), set(names[5:]))

    def test_equal_files_are_not_read_from_the_repository(self):
        for number in range(FILES):
            (self.tree / f"{number:04}").write_bytes(random.Random(number).randbytes(150_000))
        self.repositories["packed"] = self.holdfast("plain")
        self.back_up()
        self.finished_but_marked()
        bundles = [path for path in (self.folder / "plain").glob("backup_*/entries/*") if path.stat().st_size > 1 << 20]
        self.assertGreater(len(bundles), 1)
        for path in bundles:
            with open(path, "r+b") as file:
                file.write(bytes(100))
        self.resume()
        self.assert_restored()

    def test_only_the_same_restore_goes_on(self):
        self.make()
        first = self.back_up()
        self.interrupt()
        (self.tree / "new").write_text("new")
        second = self.back_up()
        before = describe(self.out)
        line = self.resume(codes=(FAILED,)).error_line
        self.assertIn(first["id"], line)
        target = f"dir://{self.out}"
        for arguments in (("--exclude", "0001"), ("--include", "00*"), ("--no-owner",)):
            self.holdfast()("restore", first["id"], target, "--resume", *arguments).expect(FAILED)
        self.assertEqual(describe(self.out), before)
        self.holdfast()("restore", first["id"], target, "--resume").expect()
        self.assertFalse((self.out / "new").exists())
        self.assertNotEqual(first["id"], second["id"])

    def test_a_selection_goes_on(self):
        self.make()
        self.back_up()
        arguments = ("--include", "0*", "--exclude", "0007")
        self.interrupt(*arguments)
        self.resume(*arguments)
        self.assertEqual(self.restored_paths(), [f"{number:04}" for number in range(FILES) if number != 7])

    def test_there_is_nothing_to_resume_without_the_mark(self):
        self.back_up()
        self.assertIn("nothing to resume", self.resume(codes=(FAILED,)).error_line)
        self.out.mkdir()
        self.assertIn("nothing to resume", self.resume(codes=(FAILED,)).error_line)
        (self.out / MARK).touch()
        (self.out / "file").touch()
        self.assertIn("does not say", self.resume(codes=(FAILED,)).error_line)
        self.assertEqual(sorted(os.listdir(self.out)), [MARK, "file"])

    def test_one_that_was_interrupted_before_it_began_begins(self):
        self.make()
        self.back_up()
        self.interrupt()
        begun = (self.out / MARK).read_bytes()[:20]
        for text in (b"", begun):
            shutil.rmtree(self.out)
            self.out.mkdir()
            (self.out / MARK).write_bytes(text)
            self.resume()
            self.assert_restored()

    def test_what_somebody_added_meanwhile_stays_and_is_named(self):
        self.make()
        self.back_up()
        self.interrupt()
        (self.out / "0000 mine").write_text("mine")
        result = self.resume(codes=(WARNINGS,))
        self.assertIn(str(self.out), result.stderr)
        self.assertEqual((self.out / "0000 mine").read_text(), "mine")

    def test_nothing_outside_is_changed_through_links_in_the_target(self):
        self.make()
        self.back_up()
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "0005").write_bytes((self.tree / "0005").read_bytes())
        (outside / "0005").chmod(0o640)
        os.utime(outside / "0005", ns=(1, (self.tree / "0005").stat().st_mtime_ns))
        before = describe(outside)
        self.finished_but_marked()
        (self.out / "0005").unlink()
        os.link(outside / "0005", self.out / "0005")
        (self.out / "0006").unlink()
        os.symlink(outside / "0005", self.out / "0006")
        self.resume()
        self.assertEqual(describe(outside), before)
        self.assert_restored()
        shutil.rmtree(self.out)
        self.finished_but_marked()
        shutil.move(self.out / "folder", self.folder / "away")
        os.symlink(outside, self.out / "folder")
        self.assertIn(str(self.out / "folder"), self.resume(codes=(FAILED,)).error_line)
        self.assertEqual(describe(outside), before)

    def test_a_file_of_somebody_else_is_not_kept_even_if_it_is_equal(self):
        """Its owner may still have it open and write to it later."""
        if os.geteuid() != 0:
            self.skipTest("only root can make files of somebody else")
        self.make()
        self.back_up()
        self.finished_but_marked()
        planted = self.out / "0008"
        os.chown(planted, NOBODY, NOBODY)
        os.utime(planted, ns=(1, (self.tree / "0008").stat().st_mtime_ns))
        with open(planted, "r+b") as held:
            self.resume()
            held.write(b"changed")
        self.assert_restored()

    def test_another_user_resumes_in_folders_that_are_read_only(self):
        (self.tree / "a").mkdir()
        for number in range(FILES):
            (self.tree / "a" / f"{number:04}").write_bytes(random.Random(number).randbytes(150_000))
        (self.tree / "a" / "0000").chmod(0o400)
        set_xattr(self.tree / "a" / "0000", "user.note", b"x")
        (self.tree / "a").chmod(0o555)
        self.back_up()
        self.finished_but_marked()
        (self.out / "a" / "0001").unlink()
        self.as_nobody("restore", "latest", f"dir://{self.out}", "--resume", "--no-owner").expect(FAILED)
        mark = (self.out / MARK).read_bytes()
        shutil.rmtree(self.out)
        self.as_nobody("restore", "latest", f"dir://{self.out}").expect()
        (self.out / MARK).write_bytes(mark)
        (self.out / "a" / "0001").unlink()
        self.as_nobody("restore", "latest", f"dir://{self.out}", "--resume").expect()
        self.as_nobody("verify", "latest", "--level", "restore", "--restored", f"dir://{self.out}").expect(WARNINGS)

    def test_default_acls_of_restored_folders_are_not_handed_down(self):
        folder = self.tree / "folder"
        folder.mkdir()
        acl = bytes.fromhex("02000000" "01000700ffffffff" "02000700d2040000" "04000500ffffffff" "10000700ffffffff" "20000500ffffffff")
        for number in range(FILES):
            (folder / f"{number:04}").write_bytes(random.Random(number).randbytes(150_000))
        if not set_xattr(folder, "system.posix_acl_default", acl):
            self.skipTest("this file system has no ACLs")
        self.back_up()
        self.finished_but_marked()
        (self.out / "folder" / "0001").unlink()
        self.resume()
        self.assert_restored()

    def test_a_restore_that_runs_is_not_resumed_by_another(self):
        self.make()
        self.back_up()
        process = self.start()
        try:
            while process.poll() is None and not ((self.out / MARK).exists() and (self.out / MARK).stat().st_size):
                time.sleep(0.001)
            os.killpg(process.pid, signal.SIGSTOP)
            if not (self.out / MARK).exists():
                self.skipTest("this machine restores faster than it stops")
            self.assertIn("runs", self.resume(codes=(FAILED,)).error_line)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
            finish(process)
        self.assert_restored()


if __name__ == "__main__":
    harness.main()
