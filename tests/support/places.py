"""Places for data that tests throw away."""

import os

_ENOUGH = 4 << 30


def memory_directory():
    """A directory in memory, or None if this machine has none with enough room, or TMPDIR names a place. Servers and
    their databases are a thousand small files each: six tests that make and remove them wait for the disk's inodes."""
    if os.environ.get("TMPDIR"):
        return None
    place = "/dev/shm"
    try:
        room = os.statvfs(place)
    except OSError:
        return None
    return place if os.access(place, os.W_OK) and room.f_bavail * room.f_frsize >= _ENOUGH else None
