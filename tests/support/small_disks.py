"""Small file systems that tests fill. Tests skip where nothing can be mounted."""

import contextlib
import errno
import os
import random
import shutil
import subprocess
import unittest

SIZE = 16 << 20
INODES = 250


def mounted(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest("can't mount a small file system here: " + done.stderr.strip())


@contextlib.contextmanager
def disk(kind, folder, size=SIZE):
    """A small file system on a new folder: "ext4", "tmpfs", or "inodes", which has few of them."""
    place, image = folder / "disk", folder / "image"
    place.mkdir()
    if kind == "ext4":
        if not shutil.which("mkfs.ext4"):
            raise unittest.SkipTest("no mkfs.ext4")
        with open(image, "wb") as file:
            file.truncate(size)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-b", "1024", image], check=True, capture_output=True)
        mounted("-o", "loop", image, place)
    else:
        mounted("-t", "tmpfs", "-o", f"size={size},mode=755" + (f",nr_inodes={INODES}" if kind == "inodes" else ""), "none", place)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)
        place.rmdir()
        image.unlink(missing_ok=True)


def fill(place, left, inodes):
    """Uses all space except `left` bytes and, if asked, all inodes. Returns the files."""
    made = []
    if not inodes:
        made.append(place / f"ballast-{random.getrandbits(64):016x}")
        with open(made[-1], "wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(os.urandom(size)) == size:
                        pass
            file.truncate(max(0, file.tell() - left))
            os.fsync(file.fileno())
        return made
    while True:
        path = place / f"ballast-{random.getrandbits(64):016x}"
        try:
            path.touch()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return made
        made.append(path)


def free(place, inodes):
    status = os.statvfs(place)
    return status.f_ffree if inodes else status.f_bavail * status.f_frsize
