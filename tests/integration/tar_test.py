"""Tar archives of trees: an export is what GNU tar unpacks to the same tree, a backup of an archive is the tree that GNU
tar unpacks, and an archive that was cut is refused."""

import io
import os
import pathlib
import shutil
import subprocess
import tarfile

import harness
from file_trees import LAYOUTS, FilesCase, data_extents, describe, make_zoo
from holdfast import FAILED, OK, USAGE

TAR = ("--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "--sparse")


class TarCase(FilesCase):
    def setUp(self):
        super().setUp()
        self.archive = self.folder / "archive.tar"

    def export(self, *arguments, layout="packed", codes=(OK,)):
        return self.holdfast(layout)("export", "latest", "--format", "tar", "-o", self.archive, *arguments).expect(*codes)

    def unpack(self):
        self.out.mkdir()
        done = subprocess.run(["tar", "-C", self.out, *TAR, "--warning=no-timestamp", "-xpf", self.archive], capture_output=True, text=True, check=False)
        # A name that is not UTF-8 is marked so, in a way that GNU tar does not know, and does not need.
        said = [line for line in done.stderr.splitlines() if line != "tar: Ignoring unknown extended header keyword 'hdrcharset'"]
        self.assertEqual((done.returncode, said), (0, []))

    def pack(self, *options, source="."):
        subprocess.run(["tar", "-C", self.tree, *TAR, *options, "-cf", self.archive, source], check=True)

    def import_archive(self, codes=(OK,)):
        self.uri = f"tar://{self.archive}"
        return self.holdfast()("backup", self.uri).expect(*codes)

    def assert_same_but_for_holes(self):
        self.assertEqual(describe(self.out), describe(self.tree))


class Export(TarCase):
    def test_gnu_tar_unpacks_every_kind_of_file_and_name(self):
        make_zoo(self.tree)
        os.setxattr(self.tree / "text", "user.a%3D", b"equals=\nline")
        for layout in LAYOUTS:
            with self.subTest(layout=layout):
                self.back_up(layout=layout)
                self.archive.unlink(missing_ok=True)
                self.export(layout=layout)
                self.unpack()
                self.assert_same_but_for_holes()
                shutil.rmtree(self.out)

    def test_holes_stay_holes_and_take_no_room_in_the_archive(self):
        with open(self.tree / "holes", "wb") as file:
            file.write(b"begin")
            file.seek(300 << 20)
            file.write(b"end")
            file.truncate(400 << 20)
        with open(self.tree / "one hole", "wb") as file:
            file.truncate(200 << 20)
        self.back_up()
        self.export()
        self.assertLess(self.archive.stat().st_size, 1 << 20)
        self.unpack()
        self.assert_same_but_for_holes()
        self.assertEqual(data_extents(self.out / "holes"), data_extents(self.tree / "holes"))

    def test_files_of_several_backups_are_exported_in_the_order_of_the_tree(self):
        for number in range(40):
            (self.tree / f"{number:02}").write_bytes(os.urandom(1000))
        for changed in (range(0, 40, 3), range(1, 40, 5), range(0, 40, 7)):
            self.back_up()
            for number in changed:
                (self.tree / f"{number:02}").write_bytes(os.urandom(1200))
        self.back_up()
        self.export()
        self.unpack()
        self.assert_same_but_for_holes()
        with tarfile.open(self.archive) as archive:
            self.assertEqual(archive.getnames(), [".", *(f"./{number:02}" for number in range(40))])

    def test_only_the_selected_part_is_exported(self):
        (self.tree / "a").mkdir()
        (self.tree / "a" / "in").write_text("in")
        (self.tree / "b").write_text("out")
        self.back_up()
        self.export("--include", "a")
        with tarfile.open(self.archive) as archive:
            self.assertEqual(archive.getnames(), [".", "./a", "./a/in"])
        self.archive.unlink()
        self.export("--include", "nothing", codes=(FAILED,))


class Import(TarCase):
    def test_an_archive_of_gnu_tar_in_each_format_is_restored_as_the_tree(self):
        make_zoo(self.tree)
        for options in (("--format=posix",), ("--format=posix", "--sort=name", "--zstd"), ("--format=posix", "-z", "--sparse-version=0.1")):
            with self.subTest(options=options):
                self.archive.unlink(missing_ok=True)
                shutil.rmtree(self.out, ignore_errors=True)
                self.pack(*options)
                self.import_archive()
                self.restore()
                self.assertEqual(describe(self.out), describe(self.tree))

    def test_the_older_format_of_gnu_tar_keeps_long_and_odd_names_links_and_holes(self):
        (self.tree / "ü").mkdir()
        name = os.path.join(os.fsencode(str(self.tree)), b"\xff" + b"n" * 200)
        with open(name, "wb") as file:
            file.write(b"odd")
        os.link(name, self.tree / "ü" / ("l" * 250))
        with open(self.tree / "holes", "wb") as file:
            file.seek(1 << 20)
            file.write(b"data")
            file.truncate(3 << 20)
        for path in sorted(self.tree.rglob("*")):
            os.utime(path, (1_700_000_000, 1_700_000_000))
        os.utime(self.tree, (1_700_000_000, 1_700_000_000))
        subprocess.run(["tar", "-C", self.tree, "--sparse", "--format=gnu", "-cf", self.archive, "."], check=True)
        self.import_archive()
        self.restore()
        self.assertEqual(describe(self.out), describe(self.tree))

    def test_standard_input_is_an_archive(self):
        (self.tree / "file").write_text("from a pipe")
        self.pack()
        with open(self.archive, "rb") as archive:
            done = subprocess.run(self.holdfast().argv("backup", "tar:-"), stdin=archive, env=self.holdfast().environment,
                                  capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.restore()
        self.assertEqual((self.out / "file").read_text(), "from a pipe")

    def test_what_was_exported_is_imported_as_the_same_tree(self):
        make_zoo(self.tree)
        self.back_up()
        self.export()
        self.import_archive()
        self.restore()
        self.assert_restored()

    def test_an_archive_that_was_cut_anywhere_is_refused(self):
        (self.tree / "a").write_bytes(os.urandom(3000))
        (self.tree / "b").write_bytes(b"")
        (self.tree / "c").write_bytes(os.urandom(512))
        self.pack("--format=posix")
        whole = self.archive.read_bytes()
        end = len(whole.rstrip(b"\0")) + -len(whole.rstrip(b"\0")) % 512
        for size in (*range(0, end + 1, 512), end + 512, 100, end - 100):
            with self.subTest(size=size):
                self.archive.write_bytes(whole[:size])
                self.import_archive(codes=(FAILED,))
        self.archive.write_bytes(whole[:end + 1024])
        self.import_archive()

    def test_bytes_that_are_no_archive_are_refused(self):
        self.archive.write_bytes(os.urandom(20_000))
        self.import_archive(codes=(FAILED,))

    def make(self, *entries):
        """An archive with entries (name, type, link target or bytes), in this order."""
        with tarfile.open(self.archive, "w") as archive:
            for name, kind, content in entries:
                entry = tarfile.TarInfo(name)
                entry.type = kind
                entry.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
                if isinstance(content, str):
                    entry.linkname = content
                    archive.addfile(entry)
                else:
                    entry.size = len(content)
                    archive.addfile(entry, io.BytesIO(content))

    def test_a_later_entry_replaces_an_earlier_one_as_when_it_is_unpacked(self):
        file, folder, link, hard = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
        self.make(("/a/b/one", file, b"first"), ("./a/b/two", hard, "a/b/one"), ("a/b/one", file, b"second"), ("z", folder, b""),
                  ("was a link", link, "a"), ("was a link", folder, b""), ("was a link/in", file, b"in"))
        self.import_archive()
        self.restore()
        self.assertEqual((self.out / "a/b/one").read_bytes(), b"second")
        self.assertEqual((self.out / "a/b/two").read_bytes(), b"first")
        self.assertEqual((self.out / "was a link/in").read_bytes(), b"in")
        self.assertFalse((self.out / "was a link").is_symlink())

    def test_names_that_lead_outside_and_links_to_nothing_are_refused(self):
        for entry in (("a/../../b", tarfile.REGTYPE, b"x"), ("b", tarfile.LNKTYPE, "no such file"), ("x" * 300, tarfile.REGTYPE, b"")):
            with self.subTest(entry=entry):
                self.make(entry)
                self.import_archive(codes=(FAILED,))

    def test_nothing_is_restored_into_an_archive(self):
        self.pack()
        self.import_archive()
        self.holdfast()("restore", "latest", f"tar://{self.folder}/new.tar").expect(FAILED, USAGE)
        self.assertFalse(pathlib.Path(self.folder / "new.tar").exists())


if __name__ == "__main__":
    harness.main()
