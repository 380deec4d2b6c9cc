"""The cost of a chain of processes: wall seconds, CPU of clients and server, peak memory, files that they leave open or
behind."""

import dataclasses
import functools
import os
import pathlib
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SAMPLE_SECONDS = 0.02


def _stat(pid):
    """The fields of /proc/PID/stat after the name; None if the process is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None


def descendants(pid):
    """A process and all its descendants. Checks all threads, because any of them may have started a child."""
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        try:
            for task in os.listdir(f"/proc/{current}/task"):
                todo += map(int, pathlib.Path(f"/proc/{current}/task/{task}/children").read_text().split())
        except OSError:
            continue
    return found


def tree_cpu_seconds(pid):
    """User and system time of a process tree, including children that it has already waited for."""
    total = 0
    for member in descendants(pid):
        if fields := _stat(member):
            total += sum(map(int, fields[11:15] if member == pid else fields[11:13]))
    return total / TICKS


def resident_bytes(pids):
    """The sum of their resident sets. Shared pages count once for each process, so this is never too low."""
    total = 0
    for pid in pids:
        if fields := _stat(pid):
            total += int(fields[21]) * PAGE
    return total


def regular_files_open_for_writing(pid):
    """Paths of regular files a process has open for writing; unlinked ones end in " (deleted)"."""
    found = set()
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return found
    for fd in descriptors:
        try:
            path = os.readlink(f"/proc/{pid}/fd/{fd}")
            # A memfd has a path too, but is not a file.
            if not path.startswith("/") or path.startswith(("/dev/", "/proc/", "/memfd:")):
                continue
            flags = pathlib.Path(f"/proc/{pid}/fdinfo/{fd}").read_text().split("flags:\t")[1].split()[0]
        except (OSError, IndexError):
            continue
        if int(flags, 8) & os.O_ACCMODE != os.O_RDONLY:
            found.add(path)
    return found


@dataclasses.dataclass
class Cost:
    """One run of one contender."""

    seconds: float = 0.0
    client_cpu: float = 0.0
    server_cpu: float = 0.0
    peak_bytes: int = 0
    stored_bytes: int = 0
    stray_files: set = dataclasses.field(default_factory=set)


class Sampler(threading.Thread):
    """Watches process trees while they run: their peak memory, and the files they write outside the allowed places."""

    def __init__(self, pids, allowed, empty_directories):
        super().__init__(daemon=True)
        self._pids, self._allowed, self._empty = pids, tuple(map(str, allowed)), empty_directories
        self._done = threading.Event()
        self.peak = 0
        self.stray = set()

    def run(self):
        while not self._done.wait(SAMPLE_SECONDS):
            pids = [member for pid in self._pids for member in descendants(pid)]
            self.peak = max(self.peak, resident_bytes(pids))
            for directory in self._empty:
                self.stray |= {str(path) for path in directory.iterdir()}
            for pid in pids:
                self.stray |= {path for path in regular_files_open_for_writing(pid) if not path.startswith(self._allowed)}

    def finish(self):
        self._done.set()
        self.join()


def run_chain(commands, server_pid, place, allowed, environment=None, output=None, source=None):
    """Runs commands, each piped into the next, to the end, and returns their cost.

    `server_pid`: the server they use, None without one. `output` and `source` are files for the last one's standard
    output and the first one's standard input. The programs run in an empty directory under `place` with an empty
    TMPDIR; files that appear there, or are written outside `allowed`, are in stray_files.
    """
    empty = [place / "cwd", place / "tmp"]
    for directory in empty:
        directory.mkdir(exist_ok=True)
    env = {**os.environ, "TMPDIR": str(empty[1]), **(environment or {})}
    first = open(source, "rb") if source else subprocess.DEVNULL
    last = open(output, "wb") if output else subprocess.DEVNULL
    errors = open(place / "errors", "w+b")
    processes = []
    server_cpu = functools.partial(tree_cpu_seconds, server_pid) if server_pid else lambda: 0.0
    server_before, begun = server_cpu(), time.monotonic()
    for number, command in enumerate(commands):
        stdin = processes[-1].stdout if processes else first
        stdout = last if number == len(commands) - 1 else subprocess.PIPE
        processes.append(subprocess.Popen(list(map(str, command)), stdin=stdin, stdout=stdout, stderr=errors, cwd=empty[0], env=env))
        if number:
            stdin.close()
    sampler = Sampler([process.pid for process in processes], [*allowed, errors.name], empty)
    sampler.start()
    cost, failed = Cost(), []
    for process, command in zip(processes, commands):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cost.client_cpu += usage.ru_utime + usage.ru_stime
        cost.peak_bytes = max(cost.peak_bytes, usage.ru_maxrss * 1024)
        if process.returncode != 0:
            failed.append(f"{pathlib.Path(str(command[0])).name} exited with {process.returncode}")
    cost.seconds = time.monotonic() - begun
    sampler.finish()
    # A backend may need a moment to end; its time counts all the same.
    cost.server_cpu = server_cpu() - server_before
    cost.peak_bytes = max(cost.peak_bytes, sampler.peak)
    cost.stray_files = sampler.stray
    for stream in (first, last):
        if stream is not subprocess.DEVNULL:
            stream.close()
    errors.seek(0)
    said = errors.read().decode(errors="replace").strip()
    errors.close()
    if failed:
        raise RuntimeError(f"{', '.join(failed)}: {said[-2000:]}")
    return cost


def stored_size(path):
    """Bytes of a file, or of all files under a directory."""
    path = pathlib.Path(path)
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
