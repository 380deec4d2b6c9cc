"""Trees of files for tests of `dir:///path`: trees with all kinds of files, what a restore must reproduce, and a case
that backs up and restores."""

import contextlib
import ctypes
import hashlib
import os
import pathlib
import random
import stat
import subprocess
import tempfile
import time
import unittest

from holdfast import OK, Holdfast, raw_key

MARK = ".holdfast-restore-unfinished"
LAYOUTS = ("packed", "plain")
KEY = raw_key()
NOBODY = 65534


def data_extents(path):
    """The parts of a file that are not holes."""
    found = []
    with open(path, "rb") as file:
        at, size = 0, os.fstat(file.fileno()).st_size
        while at < size:
            try:
                begin = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            at = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
            found.append((begin, at))
    return found


def describe(root):
    """Everything that a restore must reproduce, by path; for hard links of one file, the path of the first name."""
    found, links = {}, {}
    root = os.fsencode(str(root))
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in [b"."] + sorted(folders + files):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            relative = os.path.relpath(path, root)
            facts = [stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns]
            facts.append({name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False)})
            if stat.S_ISREG(status.st_mode):
                facts.append((status.st_size, hashlib.sha256(pathlib.Path(os.fsdecode(path)).read_bytes()).hexdigest()))
                facts.append(links.setdefault(status.st_ino, relative) if status.st_nlink > 1 else None)
            elif stat.S_ISLNK(status.st_mode):
                facts.append(os.readlink(path))
            elif stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
                facts.append(status.st_rdev)
            found[relative] = facts
    return found


def age(root):
    """Waits until the last change is old enough to be trusted, because a file that may have changed in the tick of its
    reading is read again. Ticks may last two seconds, and the time of a backup has whole seconds."""
    newest = max(os.lstat(os.path.join(folder, name)).st_ctime for folder, folders, files in os.walk(root) for name in [".", *folders, *files])
    time.sleep(max(0.0, newest + 3.1 - time.time()))


def set_xattr(path, name, value, **options):
    try:
        os.setxattr(path, name, value, **options)
        return True
    except OSError:
        return False


def mount(case, folder, options="defaults", kind="tmpfs"):
    """Mounts an empty file system in memory on a folder, until the test ends. A ramfs holds no extended attributes."""
    done = subprocess.run(["mount", "-t", kind, "-o", options, "none", folder], capture_output=True, check=False)
    if done.returncode:
        case.skipTest("can't mount here: " + done.stderr.decode(errors="replace").strip())
    case.addCleanup(subprocess.run, ["umount", folder], check=True)


def mount_fuse(case, folder, user=0):
    """Mounts a FUSE file system of a user on a folder, until the test ends. No program serves it: its owner sees a dead
    mount, and all others, root included, are refused."""
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        case.skipTest(f"no FUSE here: {error}")
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id={user},group_id={user}"
    done = libc.mount(b"fuse", os.fsencode(str(folder)), b"fuse.test", 0, options.encode())
    error = ctypes.get_errno()
    if user == 0:
        os.close(device)
    else:
        case.addCleanup(os.close, device)
    if done != 0:
        case.skipTest("can't mount here: " + os.strerror(error))
    case.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)


class FilesCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="hffiles.")
        self.addCleanup(directory.cleanup)
        self.folder = pathlib.Path(directory.name)
        self.tree, self.out = self.folder / "tree", self.folder / "out"
        self.tree.mkdir()
        self.uri = f"dir://{self.tree}"
        self.repositories = {}

    def holdfast(self, layout="packed"):
        if layout not in self.repositories:
            self.repositories[layout] = Holdfast(self.folder / layout, key=KEY)
            self.repositories[layout]("init", "--layout", layout).expect()
        return self.repositories[layout]

    def back_up(self, *arguments, layout="packed", codes=(OK,)):
        return self.holdfast(layout)("backup", "--json", self.uri, *arguments).expect(*codes).json["backup"]

    def notes(self, backup):
        return {name: int(value) for name, value in backup["sources"][0]["notes"].items() if value.isdigit()}

    def restore(self, *arguments, layout="packed", codes=(OK,), into=None):
        return self.holdfast(layout)("restore", "latest", f"dir://{into or self.out}", *arguments).expect(*codes)

    def as_nobody(self, *arguments):
        """Runs the command as another user, who then owns everything here."""
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody who may not")
        repository = self.holdfast()
        for path in (self.folder, self.folder / "packed"):
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", path], check=True)

        def become():
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

        return repository(*arguments, preexec_fn=become)

    def assert_restored(self):
        self.assertEqual(describe(self.out), describe(self.tree))
        self.assertFalse((self.out / MARK).exists())

    def restored_paths(self):
        return sorted(str(path.relative_to(self.out)) for path in self.out.rglob("*") if not path.is_dir())


def make_zoo(tree):
    """One of each kind of file, and names that nobody should use."""
    (tree / "empty").touch()
    (tree / "empty folder").mkdir()
    (tree / "text").write_text("some text\n")
    (tree / "large").write_bytes(random.Random(1).randbytes(20 << 20))
    (tree / "folder" / "in" / "folder").mkdir(parents=True)
    (tree / "folder" / "in" / "folder" / "deep").write_text("deep")
    for name in (b"new\nline", b"\xff\xfe not UTF-8", b"-rf", b" ", b"\\", b"a%41", b"'quoted' \"twice\"", "ÄÖ".encode(), b"x" * 255, b"...", b"a\tb"):
        with open(os.path.join(os.fsencode(str(tree)), name), "wb") as file:
            file.write(name)
    os.symlink("text", tree / "link")
    os.symlink("/no/such/place", tree / "dangling")
    os.symlink("..", tree / "folder" / "up")
    os.link(tree / "text", tree / "folder" / "second name")
    os.link(tree / "text", tree / "third name")
    os.mkfifo(tree / "pipe", 0o640)
    with open(tree / "sparse", "wb") as file:
        file.seek(5 << 20)
        file.write(b"data between two holes")
        file.truncate(12 << 20)
    with open(tree / "one hole", "wb") as file:
        file.truncate(3 << 20)
    (tree / "modes").write_text("run me")
    (tree / "modes").chmod(0o4751)
    (tree / "read only").write_text("mine")
    (tree / "read only").chmod(0o400)
    os.utime(tree / "text", ns=(1, 981173106123456789))
    os.utime(tree / "link", ns=(1, 1234567890987654321), follow_symlinks=False)
    os.utime(tree / "empty", ns=(1, -5_000_000_000 + 1))
    if set_xattr(tree / "modes", "user.note", b"\0any\xffbytes"):
        set_xattr(tree / "folder", "user.of.a.folder", b"")
    # An ACL: user::rw- user:1234:r-- group::r-- mask::r-- other::---
    acl = bytes.fromhex("02000000" "01000600ffffffff" "02000400d2040000" "04000400ffffffff" "10000400ffffffff" "20000000ffffffff")
    set_xattr(tree / "large", "system.posix_acl_access", acl)
    if os.geteuid() == 0:
        os.chown(tree / "modes", 1234, 5678)
        (tree / "modes").chmod(0o4751)
        os.lchown(tree / "link", 12, 34)
        with contextlib.suppress(OSError):
            os.mknod(tree / "null", 0o620 | stat.S_IFCHR, os.makedev(1, 3))
            os.mknod(tree / "disk", 0o600 | stat.S_IFBLK, os.makedev(7, 200))
    (tree / "folder" / "in").chmod(0o550)
    os.utime(tree / "folder", ns=(1, 1000000000000000007))


def change_at_random(tree, rng):
    """Makes, changes, renames, links and removes some files and folders."""
    everything = [tree, *sorted(path for path in tree.rglob("*"))]
    folders = [path for path in everything if path.is_dir() and not path.is_symlink()]
    files = [path for path in everything if path.is_file() and not path.is_symlink()]
    for _ in range(40):
        new = rng.choice(folders) / f"{rng.choice('abcxyz')}{rng.randrange(1000)}"
        if os.path.lexists(new) or not new.parent.is_dir():
            continue
        choice = rng.random()
        if choice < 0.15:
            new.mkdir()
            folders.append(new)
        elif choice < 0.7 or not files:
            new.write_bytes(rng.randbytes(rng.choice((0, 1, 100, 5000, 70_000, 400_000))))
            files.append(new)
        elif choice < 0.8:
            path = rng.choice(files)
            if path.exists():
                path.rename(new)
        elif choice < 0.86:
            path = rng.choice(files)
            if path.exists():
                os.link(path, new)
        elif choice < 0.9:
            os.symlink(str(rng.choice(files)), new)
        elif choice < 0.95:
            rng.choice(files).unlink(missing_ok=True)
        else:
            path = rng.choice(files)
            if path.exists():
                path.write_bytes(rng.randbytes(rng.randrange(3000)))
                path.chmod(rng.choice((0o600, 0o644, 0o755)))
