"""The peak memory of a run of a program, and of the server sessions that it used."""

import dataclasses
import pathlib
import re
import subprocess
import tempfile
import time

SAMPLE_SECONDS = 0.01


@dataclasses.dataclass
class Peak:
    """In bytes. `server`: of the largest session, including shared memory; 0 without a server."""

    own: int = 0
    server: int = 0


def _most_resident(pid):
    """The peak of a process until now; 0 if it is gone, or has not yet started its program."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found.group(1)) << 10 if found else 0


def _children(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def run(argv, environment, postmaster=None):
    """Runs a program to its end, which must be a success, and watches it."""
    peak = Peak()
    before = set(_children(postmaster)) if postmaster else set()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        while process.poll() is None:
            peak.own = max(peak.own, _most_resident(process.pid))
            sessions = set(_children(postmaster)) - before if postmaster else ()
            peak.server = max([peak.server, *map(_most_resident, sessions)])
            time.sleep(SAMPLE_SECONDS)
        output.seek(0)
        if process.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}\nexited with {process.returncode}\n{output.read().decode(errors='replace')}")
    return peak
