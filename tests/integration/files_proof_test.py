"""What a proof of a tree of files sees in a folder that was restored earlier: whatever was removed from it, changed in it
or added to it since. Only what the file system there can't hold is a warning."""

import contextlib
import os
import stat

import harness
from file_trees import FilesCase, mount, set_xattr
from holdfast import FAULT, OK, WARNINGS

# user::rw- user:1234:r-- group::r-- mask::r-- other::---
ACL = bytes.fromhex("02000000" "01000600ffffffff" "02000400d2040000" "04000400ffffffff" "10000400ffffffff" "20000000ffffffff")
CAPABILITY = bytes.fromhex("01000002" "00040000" "00000000" "00000000" "00000000")


class RestoredTree(FilesCase):
    def compare(self, *codes):
        report = self.holdfast()("verify", "latest", "--level", "restore", "--json", "--restored", f"dir://{self.out}")
        return report.expect(*codes).json["reports"][0]["proof"]

    def faults_after(self, change):
        """The faults by path below the restored folder, after a change that leaves times as they were."""
        times = {path: os.lstat(path).st_mtime_ns for path in [self.out, *self.out.rglob("*")]}
        change()
        for path, time in times.items():
            with contextlib.suppress(FileNotFoundError):
                os.utime(path, ns=(time, time), follow_symlinks=False)
        proof = self.compare(FAULT)
        self.assertEqual(proof["level"], "restored")
        return {os.path.relpath(fault["object"], self.out): fault["what"] for fault in proof["faults"]}


class Attributes(RestoredTree):
    def setUp(self):
        super().setUp()
        (self.tree / "file").write_text("some text")
        (self.tree / "program").write_text("run me")
        (self.tree / "folder").mkdir()
        (self.tree / "plain").write_text("without attributes")
        os.symlink("plain", self.tree / "link")
        if not (set_xattr(self.tree / "file", "user.tag", b"value") and set_xattr(self.tree / "folder", "user.tag", b"value")):
            self.skipTest("this file system has no extended attributes")
        if not set_xattr(self.tree / "file", "system.posix_acl_access", ACL):
            self.skipTest("this file system has no ACLs")
        self.root = os.geteuid() == 0 and set_xattr(self.tree / "program", "security.capability", CAPABILITY)
        if self.root:
            set_xattr(self.tree / "link", "trusted.tag", b"value", follow_symlinks=False)

    def test_what_was_restored_has_no_fault(self):
        self.back_up()
        self.restore()
        self.assertEqual(self.compare(OK)["level"], "content-equal")

    def test_each_removed_attribute_is_a_fault(self):
        self.back_up()
        self.restore()
        removed = [("file", "user.tag"), ("folder", "user.tag")]
        if self.root:
            removed += [("program", "security.capability"), ("link", "trusted.tag")]
        faults = self.faults_after(lambda: [os.removexattr(self.out / path, name, follow_symlinks=False) for path, name in removed])
        self.assertEqual(faults, {path: f"lacks the extended attribute {name}" for path, name in removed})

    def test_a_removed_acl_is_a_fault(self):
        self.back_up()
        self.restore()
        faults = self.faults_after(lambda: os.removexattr(self.out / "file", "system.posix_acl_access"))
        self.assertEqual(faults, {"file": "lacks the extended attribute system.posix_acl_access"})

    def test_each_changed_attribute_is_a_fault(self):
        self.back_up()
        self.restore()
        for_another_user = ACL.replace((1234).to_bytes(4, "little"), (1235).to_bytes(4, "little"))
        changed = [("folder", "user.tag", b"other"), ("file", "system.posix_acl_access", for_another_user)]
        if self.root:
            changed.append(("program", "security.capability", CAPABILITY.replace(b"\x04", b"\x08")))
        faults = self.faults_after(lambda: [os.setxattr(self.out / path, name, value) for path, name, value in changed])
        self.assertEqual(faults, {path: f"has another value of the extended attribute {name}" for path, name, _ in changed})

    def test_each_added_attribute_is_a_fault(self):
        self.back_up()
        self.restore()
        added = [("plain", "user.evil", b"x"), ("folder", "system.posix_acl_default", ACL)]
        if self.root:
            added += [("file", "security.capability", CAPABILITY), ("program", "trusted.evil", b"x")]
        faults = self.faults_after(lambda: [os.setxattr(self.out / path, name, value) for path, name, value in added])
        self.assertEqual(faults, {path: f"has the extended attribute {name}, and did not have it" for path, name, _ in added})

    def test_a_file_system_that_holds_no_attributes_is_a_warning_by_name(self):
        self.back_up()
        self.out.mkdir()
        mount(self, self.out, kind="ramfs")
        self.restore(codes=(WARNINGS,))
        proof = self.compare(WARNINGS)
        self.assertEqual((proof["level"], proof["faults"]), ("content-equal", []))
        expected = {"user.tag", "system.posix_acl_access"} | ({"security.capability", "trusted.tag"} if self.root else set())
        for name in expected:
            self.assertTrue(any(name in warning and "can't hold" in warning for warning in proof["warnings"]), (name, proof["warnings"]))


    def test_what_only_root_restores_is_a_warning_to_others(self):
        if not self.root:
            self.skipTest("only root can set these attributes")
        self.back_up()
        proof = self.as_nobody("verify", "latest", "--level", "restore", "--json").expect(WARNINGS).json["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["faults"]), ("content-equal", []))
        for name in ("security.capability", "trusted.tag"):
            self.assertTrue(any(name in warning for warning in proof["warnings"]), (name, proof["warnings"]))


class OtherMetadata(RestoredTree):
    def setUp(self):
        super().setUp()
        for name in ("a", "b"):
            (self.tree / name).write_text("equal bytes")
            os.utime(self.tree / name, ns=(1, 10**18))
        (self.tree / "folder").mkdir()
        os.symlink("a", self.tree / "link")
        os.mkfifo(self.tree / "pipe")
        with open(self.tree / "holes", "wb") as file:
            file.truncate(3 << 20)
        if os.geteuid() == 0:
            with contextlib.suppress(OSError):
                os.mknod(self.tree / "device", 0o620 | stat.S_IFCHR, os.makedev(1, 3))

    def test_files_of_their_own_that_became_one_are_a_fault(self):
        self.back_up()
        self.restore()

        def join():
            (self.out / "b").unlink()
            os.link(self.out / "a", self.out / "b")

        self.assertEqual(self.faults_after(join), {"b": f"is the same file as {self.out / 'a'}, and was another"})

    def test_other_names_outside_of_the_tree_are_no_fault(self):
        os.link(self.tree / "a", self.tree / "c")
        self.back_up()
        self.restore()
        for name in ("a", "b"):
            os.link(self.out / name, self.folder / f"other {name}")
        self.compare(OK)

    def test_every_other_change_is_a_fault(self):
        self.back_up()
        self.restore()
        changes = {
            ".": lambda: self.out.chmod(0o711),
            "a": lambda: (self.out / "a").chmod(0o4644),
            "folder": lambda: (self.out / "folder" / ".hidden").mkdir(),
            "link": lambda: ((self.out / "link").unlink(), os.symlink("b", self.out / "link")),
            "pipe": lambda: ((self.out / "pipe").unlink(), os.mknod(self.out / "pipe", 0o644 | stat.S_IFSOCK)),
        }
        if os.geteuid() == 0:
            changes["b"] = lambda: os.chown(self.out / "b", 0, 77)
            changes["holes"] = lambda: os.chown(self.out / "holes", 77, -1)
        if (self.tree / "device").exists():
            changes["device"] = lambda: ((self.out / "device").unlink(), os.mknod(self.out / "device", 0o620 | stat.S_IFCHR, os.makedev(1, 5)))
        faults = self.faults_after(lambda: [change() for change in changes.values()])
        self.assertEqual(set(faults), set(changes), faults)

    def test_filled_holes_are_a_warning(self):
        self.back_up()
        self.restore()
        path = self.out / "holes"
        before = path.stat()
        path.write_bytes(bytes(3 << 20))
        os.utime(path, ns=(1, before.st_mtime_ns))
        proof = self.compare(WARNINGS)
        self.assertEqual((proof["level"], proof["faults"]), ("content-equal", []))
        self.assertIn("holes", proof["warnings"][0])
        self.assertIn(str(path), proof["warnings"][0])

    def test_what_another_user_can_not_tell_is_a_warning(self):
        self.back_up()
        self.restore()
        (self.out / "device").unlink(missing_ok=True)
        os.utime(self.out, ns=(1, self.tree.stat().st_mtime_ns))
        report = self.as_nobody("verify", "latest", "--level", "restore", "--json", "--restored", f"dir://{self.out}")
        proof = report.expect(WARNINGS).json["reports"][0]["proof"]
        self.assertEqual(proof["faults"], [])
        text = " ".join(proof["warnings"])
        self.assertIn("owner", text)
        if (self.tree / "device").exists():
            self.assertIn(str(self.out / "device"), text)


if __name__ == "__main__":
    harness.main()
