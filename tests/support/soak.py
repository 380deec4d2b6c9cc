"""What a long run needs: a clock that jumps for one program, and what a process holds over time."""

import os
import pathlib
import re
import statistics
import threading
import time

_LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib64/faketime/libfaketimeMT.so.1")


class Clock:
    """The time of day of programs that get `environment`, as far from the machine's as `jump` says. Their waits and
    deadlines go on as ever."""

    def __init__(self, folder):
        library = next((path for pattern in _LIBRARIES for path in pathlib.Path("/").glob(pattern[1:])), None)
        if not library:
            raise LookupError("no libfaketime here; install the package faketime")
        self._file = folder / "clock"
        self.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_CACHE_DURATION": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DISABLE_SHM": "1"}
        self.jump(0)

    def jump(self, seconds):
        """Within a second."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        os.replace(new, self._file)


class Vitals:
    """Samples of a process: (seconds since the first, KiB of memory, open files, threads), once a second until `stop`."""

    def __init__(self, pid):
        self.samples = []
        self._folder = pathlib.Path("/proc", str(pid))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        begun = time.monotonic()
        while not self._end.wait(1):
            try:
                status = (self._folder / "status").read_text()
                files = len(os.listdir(self._folder / "fd"))
            except OSError:  # it has ended
                return
            memory, threads = (int(re.search(rf"{name}:\s+(\d+)", status).group(1)) for name in ("VmRSS", "Threads"))
            self.samples.append((time.monotonic() - begun, memory, files, threads))

    def stop(self):
        self._end.set()
        self._thread.join()

    def window(self, begin, end):
        """The least (memory, files, threads) between two shares of the time: what a process holds while it waits."""
        inside = self.samples[int(len(self.samples) * begin):max(1, int(len(self.samples) * end))]
        return tuple(map(min, list(zip(*inside))[1:]))

    def most(self):
        """The most (memory, files, threads) ever."""
        return tuple(map(max, list(zip(*self.samples))[1:]))

    def slope(self, begin):
        """KiB of memory per minute after a share of the time, by least squares over the least of each quarter of a minute."""
        late = self.samples[int(len(self.samples) * begin):]
        least = [min(late[at:at + 15], key=lambda sample: sample[1]) for at in range(0, len(late), 15)]
        return statistics.linear_regression([sample[0] for sample in least], [sample[1] for sample in least]).slope * 60
