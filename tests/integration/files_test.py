"""Trees of files, `dir:///path`: every kind of file is restored exactly, unchanged files are not read, and a proof
finds differences."""

import os
import random
import shutil
import socket
import subprocess

import harness
from budget import LONG
from file_trees import KEY, LAYOUTS, FilesCase, age, change_at_random, data_extents, make_zoo, mount, set_xattr
from holdfast import FAILED, FAULT, OK, Holdfast


class Everything(FilesCase):
    def test_every_kind_of_file_and_name_comes_back_in_both_layouts(self):
        make_zoo(self.tree)
        for layout in LAYOUTS:
            with self.subTest(layout=layout):
                self.back_up(layout=layout)
                self.restore(layout=layout)
                self.assert_restored()
                shutil.rmtree(self.out)

    def test_holes_come_back_as_holes(self):
        make_zoo(self.tree)
        self.back_up()
        self.restore()
        for name in ("sparse", "one hole"):
            self.assertEqual(data_extents(self.out / name), data_extents(self.tree / name))

    def test_what_the_target_hands_down_to_new_files_is_not_mixed_in(self):
        (self.tree / "folder").mkdir()
        (self.tree / "folder" / "file").write_text("x")
        self.out.mkdir()
        handed_down = bytes.fromhex("02000000" "01000700ffffffff" "02000700d2040000" "04000500ffffffff" "10000700ffffffff" "20000500ffffffff")
        if not set_xattr(self.out, "system.posix_acl_default", handed_down):
            self.skipTest("this file system has no ACLs")
        self.back_up()
        self.restore()
        self.assert_restored()

    def test_a_socket_is_left_out_and_counted(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.tree / "socket"))
            (self.tree / "file").write_text("x")
            self.assertEqual(self.notes(self.back_up())["sockets_left_out"], 1)
        self.restore()
        self.assertEqual(self.restored_paths(), ["file"])

    def test_an_empty_tree_comes_back(self):
        for layout in LAYOUTS:
            self.back_up(layout=layout)
            self.restore(layout=layout)
            self.assert_restored()
            shutil.rmtree(self.out)

    def test_generated_trees_come_back_after_every_change(self):
        seed = int(os.environ.get("HOLDFAST_SEED", random.randrange(2**32)))
        print(f"HOLDFAST_SEED={seed}", flush=True)
        rng = random.Random(seed)
        for step in range(6):
            with self.subTest(seed=seed, step=step):
                change_at_random(self.tree, rng)
                age(self.tree)
                self.back_up()
                self.restore()
                self.assert_restored()
                shutil.rmtree(self.out)
        self.holdfast()("verify", "--level", "full").expect()


class Unchanged(FilesCase):
    def make(self):
        for number in range(300):
            folder = self.tree / str(number % 7)
            folder.mkdir(exist_ok=True)
            (folder / f"file{number}").write_bytes(random.Random(number).randbytes(1000 * (number % 50)))
        (self.tree / "large").write_bytes(random.Random(0).randbytes(17 << 20))
        age(self.tree)

    def test_nothing_is_read_and_almost_nothing_stored_of_an_unchanged_tree(self):
        self.make()
        first = self.back_up()
        second = self.back_up()
        self.assertEqual(self.notes(second)["unchanged"], 301)
        self.assertLess(second["stored_bytes"], first["stored_bytes"] * 0.005)
        self.restore()
        self.assert_restored()

    def test_unchanged_files_are_not_opened(self):
        self.make()
        self.back_up()
        strace = shutil.which("strace")
        if not strace:
            self.skipTest("no strace here")
        trace = self.folder / "trace"
        repository = self.holdfast()
        subprocess.run([strace, "-f", "-qq", "-e", "trace=open,openat,openat2", "-o", trace, *repository.argv("backup", "-q", self.uri)],
                       env=repository.environment, check=True, capture_output=True)
        self.assertNotIn('"file', trace.read_text())

    def test_what_changed_is_read_and_the_rest_is_not(self):
        self.make()
        self.back_up()
        changed = [self.tree / "1" / "file1", self.tree / "large"]
        for path in changed:
            before = path.stat()
            with open(path, "r+b") as file:
                file.write(b"other bytes")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # only the ctime shows it
        (self.tree / "new").write_text("new")
        (self.tree / "2" / "file2").unlink()
        age(self.tree)
        self.assertEqual(self.notes(self.back_up())["unchanged"], 298)
        self.restore()
        self.assert_restored()

    def test_taken_over_files_outlive_the_backup_they_came_from(self):
        self.make()
        first = self.back_up()
        self.back_up()
        repository = self.holdfast()
        repository("remove", first["id"]).expect()
        for _ in range(3):
            repository("gc", "--grace", "0s").expect()
        repository("verify", "--level", "full").expect()
        self.restore()
        self.assert_restored()

    def test_bundles_that_few_files_are_left_of_are_not_kept_for_ever(self):
        self.make()
        self.back_up()
        for path in self.tree.rglob("file*"):
            if int(path.name[4:]) % 10:
                path.unlink()
        age(self.tree)
        self.back_up()  # takes over the remaining ones …
        # … and this one reads it again: all but the large file and six that are empty.
        self.assertEqual(self.notes(self.back_up())["unchanged"], 7)
        self.restore()
        self.assert_restored()

    def test_the_plain_layout_reads_again(self):
        self.make()
        for _ in range(2):
            self.assertEqual(self.notes(self.back_up(layout="plain"))["unchanged"], 0)
        self.restore(layout="plain")
        self.assert_restored()


class Selection(FilesCase):
    def make(self):
        for path in ("a/b/c.txt", "a/b/d.log", "a/node_modules/x.js", "e/f.txt", "g.log", "h.txt"):
            (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / path).write_text(path)
        os.link(self.tree / "a/b/c.txt", self.tree / "e/same.txt")

    def test_a_backup_leaves_out_what_is_excluded(self):
        self.make()
        self.back_up("--exclude", "*.log", "--exclude", "node_modules")
        self.restore()
        self.assertEqual(self.restored_paths(), ["a/b/c.txt", "e/f.txt", "e/same.txt", "h.txt"])

    def test_a_backup_takes_only_what_is_included(self):
        self.make()
        self.back_up("--include", "a/b", "--include", "/g.log")
        self.restore()
        self.assertEqual(self.restored_paths(), ["a/b/c.txt", "a/b/d.log", "g.log"])
        self.assertFalse((self.out / "e").exists())

    def test_a_restore_takes_what_is_asked_for(self):
        self.make()
        self.back_up()
        self.restore("--include", "e", "--exclude", "f.txt")
        # The first name of this file is not selected; its second is a file all the same.
        self.assertEqual(self.restored_paths(), ["e/same.txt"])
        self.assertEqual((self.out / "e/same.txt").read_text(), "a/b/c.txt")


class Proof(FilesCase):
    def verify(self, *arguments, layout="packed", codes=(OK,)):
        return self.holdfast(layout)("verify", "latest", "--level", "restore", "--json", *arguments).expect(*codes).json["reports"][0]

    def test_what_was_restored_is_compared_and_then_removed_in_both_layouts(self):
        make_zoo(self.tree)
        scratch = self.folder / "scratch"
        scratch.mkdir()
        for layout in LAYOUTS:
            self.back_up(layout=layout)
            report = self.verify("--target", f"dir://{scratch}", layout=layout)
            self.assertEqual((report["proof"]["level"], report["proof"]["faults"]), ("content-equal", []))
            self.assertEqual(list(scratch.iterdir()), [])
            self.assertEqual(self.holdfast(layout)("list", "--json").expect().json["backups"][0]["level"], "content-equal")

    def test_each_difference_is_found_by_name(self):
        make_zoo(self.tree)
        self.back_up()
        self.restore()
        changes = {
            "folder/second name": lambda path: path.write_text("some_text\n"),  # the first of its three names
            "large": lambda path: os.truncate(path, 5),
            "empty folder": lambda path: path.rmdir(),
            "pipe": lambda path: (path.unlink(), path.touch()),
            "link": lambda path: (path.unlink(), path.symlink_to("elsewhere")),
            "modes": lambda path: path.chmod(0o755),
            "read only": lambda path: os.utime(path, ns=(1, 2)),
            "third name": lambda path: (path.unlink(), shutil.copy2(self.tree / "text", path)),
            "sparse": self.fill_hole,
            "folder": lambda path: (path / "new").touch(),
        }
        if set_xattr(self.out / "empty", "user.try", b""):
            os.removexattr(self.out / "empty", "user.try")
            changes["modes"] = lambda path: set_xattr(path, "user.note", b"other")
        for name, change in changes.items():
            change(self.out / name)
        report = self.verify("--restored", f"dir://{self.out}", codes=(FAULT,))
        found = {fault["object"] for fault in report["proof"]["faults"]}
        self.assertEqual({str(self.out / name) for name in changes} - found, set())
        # A changed folder time is the folder's own difference; nothing else differs.
        self.assertEqual(found - {str(self.out / name) for name in changes}, {str(self.out)})

    @staticmethod
    def fill_hole(path):
        times = path.stat()
        with open(path, "r+b") as file:
            file.seek(9 << 20)
            file.write(b"x")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def test_a_scratch_folder_that_is_too_small_fails_and_is_removed(self):
        (self.tree / "large").write_bytes(random.Random(3).randbytes(8 << 20))
        self.back_up()
        small = self.folder / "small"
        small.mkdir()
        mount(self, small, "size=2m")
        failed = self.holdfast()("verify", "latest", "--level", "restore", "--target", f"dir://{small}").expect(FAILED)
        self.assertIn("No space left", failed.error_line)
        self.assertEqual(list(small.iterdir()), [])

    def test_copies_into_the_other_layout_are_the_same_tree(self):
        make_zoo(self.tree)
        for here, there in (("packed", "plain"), ("plain", "packed")):
            with self.subTest(here=here, there=there):
                backup = self.back_up(layout=here)
                other = Holdfast(self.folder / f"copy.{there}", key=KEY)
                other("init", "--layout", there).expect()
                self.holdfast(here)("copy", backup["id"], "--to", other.repository, "--to-key-file", KEY).expect()
                for level in ("quick", "full", "restore"):
                    other("verify", "latest", "--level", level).expect()
                other("restore", "latest", f"dir://{self.out}").expect()
                self.assert_restored()
                shutil.rmtree(self.out)


class Size(FilesCase):
    def peak(self, *arguments):
        """The peak memory, in MiB, of one run of the command."""
        process = self.holdfast().start(*arguments)
        process.stdout.close()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0, arguments)
        return usage.ru_maxrss / 1024

    def test_memory_does_not_grow_with_the_number_of_files(self):
        few, many = 1_000, 100_000 if LONG else 30_000
        per_file = 64 / 100_000  # MiB: a list of names in memory would take more
        peaks = {}
        for count in (few, many):
            for number in range(count):
                if number % 1000 == 0:
                    (self.tree / str(number // 1000)).mkdir(exist_ok=True)
                (self.tree / str(number // 1000) / f"{number}").write_bytes(b"%d" % number * (number % 20))
            age(self.tree)
            peaks[count] = [self.peak("backup", "-q", self.uri), self.peak("backup", "-q", self.uri),
                            self.peak("restore", "-q", "latest", f"dir://{self.out}")]
            self.assertEqual(sum(len(files) for _, _, files in os.walk(self.out)), count)
            shutil.rmtree(self.out)
        print(f"MiB at most, by files: {peaks}", flush=True)
        for less, more in zip(peaks[few], peaks[many], strict=True):
            self.assertLess(more - less, per_file * many)


if __name__ == "__main__":
    harness.main()
