"""Volumes of a container engine, `podman-volume://name` or `docker-volume:…`: files, labels and options come back;
containers are quiet meanwhile and run again afterwards, whatever happens; nothing is mixed, overwritten or lost in
silence."""

import ctypes
import json
import os
import pathlib
import signal
import subprocess
import time

import harness
from budget import only_long
from engines import IMAGE, EngineCase
from faults import wait_until
from file_trees import KEY, describe, make_zoo
from holdfast import CANCELLED, FAILED, OK, USAGE, WARNINGS, Holdfast, finish


CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000


class VolumesCase(EngineCase):
    def setUp(self):
        super().setUp()
        self.holdfast = Holdfast(self.folder / "repository", key=KEY)
        self.holdfast("init").expect()

    def make_volume(self, name="uploads", *options):
        self.engine("volume", "create", *options, name)
        return self.engine.volume(name)

    def back_up(self, *arguments, name="uploads", codes=(OK,)):
        return self.holdfast("backup", "--json", f"{self.kind}-volume://{name}", *self.options, *arguments).expect(*codes)

    def restore(self, *arguments, name="uploads", codes=(OK,)):
        return self.holdfast("restore", "latest", f"{self.kind}-volume://{name}", *self.options, *arguments).expect(*codes)


class Everything(VolumesCase):
    def test_files_labels_and_options_come_back_in_a_new_volume_which_is_proved(self):
        folder = self.make_volume("uploads", "--label", "app=shop", "--label", "odd=ü b")
        make_zoo(folder)
        notes = self.back_up().json["backup"]["sources"][0]["notes"]
        self.assertEqual(notes["volume_driver"], "local")
        self.restore(name="copy")
        inspected = json.loads(self.engine("volume", "inspect", "copy"))[0]
        self.assertEqual(inspected["Labels"], {"app": "shop", "odd": "ü b"})
        self.assertEqual(describe(self.engine.volume("copy")), describe(folder))
        self.holdfast("verify", "latest", "--level", "restore", "--restored", f"{self.kind}-volume://copy", *self.options).expect()

    def test_a_volume_is_restored_into_a_folder_and_a_folder_into_a_volume(self):
        folder = self.make_volume()
        (folder / "file").write_text("x")
        self.back_up()
        self.holdfast("restore", "latest", f"dir://{self.folder}/out").expect()
        self.assertEqual(describe(self.folder / "out"), describe(folder))
        self.holdfast("backup", f"dir://{self.folder}/out").expect()
        self.restore(name="from_folder")
        self.assertEqual((self.engine.volume("from_folder") / "file").read_text(), "x")

    @only_long
    def test_unchanged_files_are_not_read_again(self):
        folder = self.make_volume()
        (folder / "file").write_text("x")
        time.sleep(max(0.0, folder.stat().st_ctime + 3.1 - time.time()))
        self.back_up()
        self.assertEqual(self.back_up().json["backup"]["sources"][0]["notes"]["unchanged"], "1")

    def test_options_that_may_be_secrets_are_not_in_the_backup_and_the_restore_says_so(self):
        folder = self.make_volume("uploads", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=nodev,password=geheim")
        del folder
        mounted = pathlib.Path(self.engine.volume("uploads"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", mounted], check=True)
        self.addCleanup(subprocess.run, ["umount", mounted], check=True)
        (mounted / "file").write_text("x")
        done = self.back_up()
        self.assertNotIn("geheim", done.stdout + done.stderr)
        self.assertEqual(done.json["backup"]["sources"][0]["notes"]["volume_options_left_out"], "password")
        self.assertIn("password", self.restore(name="copy", codes=(FAILED,)).error_line)
        self.assertNotIn("copy", self.engine("volume", "ls", "-q"))


class Refusals(VolumesCase):
    def test_a_volume_that_does_not_exist_is_named(self):
        self.assertIn("nowhere", self.back_up(name="nowhere", codes=(FAILED,)).stdout)

    def test_an_engine_that_does_not_answer_is_named(self):
        done = self.holdfast("backup", f"{self.kind}-volume://x", "-o", f"engine_socket={self.folder}/none").expect(FAILED)
        self.assertIn(f"{self.folder}/none", done.error_line)

    def test_a_volume_that_is_mounted_for_containers_only_is_not_taken_for_empty(self):
        data = self.folder / "data"
        data.mkdir()
        (data / "file").write_text("x")
        self.make_volume("uploads", "--opt", "type=none", "--opt", f"device={data}", "--opt", "o=bind")
        self.assertIn("only while a container uses it", self.back_up(codes=(FAILED,)).error_line)

    def test_names_and_options_that_can_not_be_meant_are_refused(self):
        for name in ("", "a/b", "../x", "a?b"):
            with self.subTest(name=name):
                self.holdfast("backup", f"{self.kind}-volume://{name}", *self.options).expect(USAGE)
        self.holdfast("backup", f"dir://{self.folder}", "-o", "quiesce=stop").expect(USAGE)
        self.make_volume()
        self.back_up()
        self.restore("-o", "quiesce=pause", codes=(USAGE,))

    def test_a_volume_with_files_is_restored_into_only_after_it_was_emptied_on_purpose(self):
        folder = self.make_volume()
        (folder / "file").write_text("old")
        (folder / "sub").mkdir()
        self.back_up()
        (folder / "file").write_text("new")
        (folder / "sub" / "more").write_text("new")
        self.assertIn("not empty", self.restore(codes=(FAILED,)).error_line)
        self.assertEqual((folder / "file").read_text(), "new")
        self.restore("-o", "empty=yes")
        self.assertEqual((folder / "file").read_text(), "old")
        self.assertFalse((folder / "sub" / "more").exists())

    def test_a_volume_in_use_is_not_restored_into_unless_the_container_is_stopped(self):
        folder = self.make_volume()
        (folder / "file").write_text("old")
        self.back_up()
        self.engine.run("app", "-v", "uploads:/data")
        (folder / "file").write_text("new")
        self.assertIn("app", self.restore("-o", "empty=yes", codes=(FAILED,)).error_line)
        self.assertEqual((folder / "file").read_text(), "new")
        self.restore("-o", "empty=yes", "-o", "quiesce=stop")
        self.assertEqual((folder / "file").read_text(), "old")
        self.assertEqual(self.engine.state("app"), "running")


class Quiet(VolumesCase):
    """A container adds to a file all the time."""

    def setUp(self):
        super().setUp()
        self.volume = self.make_volume()
        self.engine.run("app", "-v", "uploads:/data", command=("/bin/sh", "-c", "while :; do echo x >> /data/log; sleep 0.005; done"))
        wait_until(lambda: (self.volume / "log").exists())

    def test_a_paused_or_stopped_container_changes_nothing_and_runs_again(self):
        for how in ("pause", "stop"):
            with self.subTest(how=how):
                self.back_up("-o", f"quiesce={how}", "-o", "changed=fail")
                self.assertEqual(self.engine.state("app"), "running")
                size = (self.volume / "log").stat().st_size
                wait_until(lambda size=size: (self.volume / "log").stat().st_size > size)

    @only_long
    def test_a_container_that_was_paused_before_stays_paused(self):
        self.engine("pause", "app")
        self.back_up("-o", "quiesce=pause")
        self.assertEqual(self.engine.state("app"), "paused")
        self.engine("unpause", "app")

    def test_it_runs_again_after_a_failed_and_a_cancelled_backup(self):
        self.back_up("-o", "quiesce=pause", "--include", "nothing-like-this*", codes=(FAILED,))
        self.assertEqual(self.engine.state("app"), "running")
        with open(self.volume / "large", "wb") as file:
            file.write(os.urandom(32 << 20))
        running = self.holdfast.start("backup", "-O", "limit_up=1M", f"{self.kind}-volume://uploads", *self.options, "-o", "quiesce=pause")
        wait_until(lambda: self.engine.state("app") == "paused")
        running.send_signal(signal.SIGINT)
        self.assertEqual(finish(running).exit, CANCELLED)
        self.assertEqual(self.engine.state("app"), "running")


def hidden(folder):
    """For the start of a process: an own set of mounts, in which this folder is empty."""
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare():
        for failed in (libc.unshare(CLONE_NEWNS), libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None),
                       libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, None)):
            if failed:
                raise OSError(ctypes.get_errno(), "can't hide the volumes")

    return prepare


class Helped(VolumesCase):
    """Holdfast reaches the engine's socket, not its folders."""

    def setUp(self):
        super().setUp()
        self.hide = {"preexec_fn": hidden(self.engine.data)}

    def back_up(self, *arguments, name="uploads", codes=(WARNINGS,), **options):
        return self.holdfast("backup", "--json", f"{self.kind}-volume://{name}", *self.options, *arguments, **self.hide, **options).expect(*codes)

    def restore(self, *arguments, name="uploads", codes=(WARNINGS,)):
        return self.holdfast("restore", "latest", f"{self.kind}-volume://{name}", *self.options, *arguments, **self.hide).expect(*codes)

    def make_files(self, folder):
        (folder / "sub" / "deep").mkdir(parents=True)
        (folder / "sub" / "deep" / "large").write_bytes(os.urandom(1 << 20))
        (folder / "sub" / "empty").touch(0o600)
        os.chown(folder / "sub" / "empty", 4711, 4712)
        (folder / "sub" / "name with ü").write_text("x")
        (folder / "link").symlink_to("sub/empty")
        os.link(folder / "sub" / "name with ü", folder / "other name")
        (folder / "sub").chmod(0o2750)
        folder.chmod(0o1770)

    def assert_no_helper(self):
        self.assertEqual(self.engine("container", "ls", "-aq", "--filter", "label=holdfast.helper"), "")
        self.assertNotIn("holdfast-helper", self.engine("images"))

    def tree(self, folder):
        """Kind, mode, owner, links and content of everything in it, without the owners that Podman's archives lack."""
        found = {}
        for path in folder.rglob("*"):
            facts = path.lstat()
            content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
            found[str(path.relative_to(folder))] = (oct(facts.st_mode), (facts.st_uid, facts.st_gid) if self.kind == "docker" else None,
                                                    content, facts.st_nlink if path.is_file() else 0)
        return found

    def test_a_volume_comes_back_through_archives(self):
        folder = self.make_volume("uploads", "--label", "app=shop")
        self.make_files(folder)
        done = self.back_up()
        self.assertIn("owners" if self.kind == "podman" else "extended attributes", done.stderr)
        self.assertEqual(done.json["backup"]["sources"][0]["notes"]["volume_read"], "archive")
        self.assert_no_helper()
        self.restore(name="copy")
        copy = self.engine.volume("copy")
        self.assertTrue(self.tree(copy) == self.tree(folder), "the trees differ")
        for path in folder.rglob("*"):
            self.assertLessEqual(abs(path.lstat().st_mtime - (copy / path.relative_to(folder)).lstat().st_mtime), 1)
        self.assertEqual(json.loads(self.engine("volume", "inspect", "copy"))[0]["Labels"], {"app": "shop"})
        self.assert_no_helper()

    @only_long
    def test_patterns_choose_files_and_options_that_need_the_folder_are_refused(self):
        folder = self.make_volume()
        self.make_files(folder)
        self.back_up("--include", "sub/deep")
        self.restore("--exclude", "nothing*", name="copy")
        self.assertEqual(sorted(path.name for path in self.engine.volume("copy").rglob("*")), ["deep", "large", "sub"])
        self.assertIn("exclude_caches", self.back_up("-o", "exclude_caches=yes", codes=(FAILED,)).error_line)

    @only_long
    def test_a_volume_with_files_is_restored_into_only_after_it_was_emptied_on_purpose(self):
        folder = self.make_volume("uploads", "--label", "app=shop")
        (folder / "file").write_text("old")
        self.back_up()
        (folder / "file").write_text("new")
        (folder / "more").write_text("new")
        self.assertIn("not empty", self.restore(codes=(FAILED,)).error_line)
        self.assertEqual((folder / "file").read_text(), "new")
        self.restore("-o", "empty=yes")
        self.assertEqual(self.tree(self.engine.volume("uploads")).keys(), {"file"})
        self.assertEqual((self.engine.volume("uploads") / "file").read_text(), "old")
        self.assertEqual(json.loads(self.engine("volume", "inspect", "uploads"))[0]["Labels"], {"app": "shop"})

    @only_long
    def test_a_volume_of_a_container_is_not_emptied_and_stays_as_it_is(self):
        folder = self.make_volume()
        (folder / "file").write_text("old")
        self.back_up()
        self.engine("create", "--name", "app", "-v", "uploads:/data", IMAGE, "/bin/true")
        self.assertIn("uploads", self.restore("-o", "empty=yes", codes=(FAILED,)).error_line)
        self.assertEqual((folder / "file").read_text(), "old")

    @only_long
    def test_containers_are_quiet_meanwhile(self):
        folder = self.make_volume()
        self.engine.run("app", "-v", "uploads:/data", command=("/bin/sh", "-c", "while :; do echo x >> /data/log; sleep 0.005; done"))
        wait_until(lambda: (folder / "log").exists())
        self.back_up("-o", "quiesce=pause")
        self.assertEqual(self.engine.state("app"), "running")

    def test_a_killed_backup_leaves_a_helper_that_the_next_one_removes(self):
        folder = self.make_volume()
        (folder / "large").write_bytes(os.urandom(32 << 20))
        running = self.holdfast.start("backup", "-O", "limit_up=1M", f"{self.kind}-volume://uploads", *self.options, **self.hide)
        helpers = ("container", "ls", "-aq", "--filter", "label=holdfast.helper")
        self.assertTrue(wait_until(lambda: self.engine(*helpers)))
        running.kill()
        finish(running)
        self.assertNotEqual(self.engine(*helpers), "")
        (folder / "large").write_bytes(b"small")
        self.back_up()
        self.assert_no_helper()

    @only_long
    def test_a_cancelled_backup_leaves_no_helper(self):
        folder = self.make_volume()
        (folder / "large").write_bytes(os.urandom(32 << 20))
        running = self.holdfast.start("backup", "-O", "limit_up=1M", f"{self.kind}-volume://uploads", *self.options, **self.hide)
        self.assertTrue(wait_until(lambda: self.engine("container", "ls", "-aq", "--filter", "label=holdfast.helper")))
        running.send_signal(signal.SIGINT)
        self.assertEqual(finish(running).exit, CANCELLED)
        self.assert_no_helper()

    def test_a_killed_restore_is_named_by_the_next_call(self):
        folder = self.make_volume()
        (folder / "large").write_bytes(os.urandom(64 << 20))
        self.back_up()
        running = self.holdfast.start("restore", "latest", "-O", "limit_down=1M", f"{self.kind}-volume://copy", *self.options, **self.hide)
        self.assertTrue(wait_until(lambda: self.engine("container", "ls", "-aq", "--filter", "label=holdfast.helper=write")))
        running.kill()
        finish(running)
        (folder / "large").write_bytes(b"small")
        self.assertIn("the volume copy is only partly restored", self.back_up().stderr)
        self.assert_no_helper()


if __name__ == "__main__":
    harness.main()
