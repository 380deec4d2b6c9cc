"""Trees of files in which other file systems are mounted, some of them dead or of another user."""

import harness
from file_trees import NOBODY, FilesCase, mount, mount_fuse
from holdfast import FAILED

ONE = ("-o", "one_file_system=true")


class Mounts(FilesCase):
    def setUp(self):
        super().setUp()
        (self.tree / "file").write_text("x")
        self.place = self.tree / "folder" / "mount \\ point"
        self.place.mkdir(parents=True)

    def assert_empty_folder(self):
        self.restore()
        self.assertEqual(self.restored_paths(), ["file"])
        place = self.out / self.place.relative_to(self.tree)
        self.assertTrue(place.is_dir())
        self.assertEqual(list(place.iterdir()), [])
        return place

    def expect_hint(self, reason):
        line = self.holdfast()("backup", self.uri).expect(FAILED).error_line
        for word in (str(self.place), reason, "mounted", "one_file_system=true"):
            self.assertIn(word, line)
        self.assertEqual(self.holdfast()("list", "--json").expect().json["backups"], [])

    def test_another_file_system_is_left_out_on_request(self):
        mount(self, self.place, "size=1m,mode=1750")
        (self.place / "inside").write_text("y")
        self.back_up(*ONE)
        self.assertEqual(self.assert_empty_folder().stat().st_mode & 0o7777, 0o1750)
        self.holdfast()("verify", "latest", "--level", "restore").expect()

    def test_a_dead_mount_is_an_empty_folder_on_request(self):
        mount_fuse(self, self.place)
        self.back_up(*ONE)
        parent = self.place.parent.stat()
        now = self.assert_empty_folder().stat()
        self.assertEqual((now.st_mode & 0o7777, now.st_uid, now.st_gid, now.st_mtime_ns),
                         (0o700, parent.st_uid, parent.st_gid, parent.st_mtime_ns))
        self.holdfast()("verify", "latest", "--level", "restore").expect()

    def test_a_dead_mount_fails_the_backup_by_name_with_a_hint(self):
        mount_fuse(self, self.place)
        self.expect_hint("not connected")

    def test_a_mount_that_refuses_root_is_an_empty_folder_on_request(self):
        mount_fuse(self, self.place, NOBODY)
        self.back_up(*ONE)
        self.assert_empty_folder()

    def test_a_mount_that_refuses_root_fails_the_backup_by_name_with_a_hint(self):
        mount_fuse(self, self.place, NOBODY)
        self.expect_hint("Permission denied")

    def test_a_dead_mount_is_found_through_a_link_to_the_root(self):
        mount_fuse(self, self.place)
        link = self.folder / "link"
        link.symlink_to(self.tree)
        self.uri = f"dir://{link}"
        self.back_up(*ONE)
        self.assert_empty_folder()

    def test_an_excluded_mount_is_not_looked_at(self):
        mount_fuse(self, self.place)
        self.back_up("--exclude", "mount*")
        self.restore()
        self.assertEqual(list((self.out / "folder").iterdir()), [])


if __name__ == "__main__":
    harness.main()
