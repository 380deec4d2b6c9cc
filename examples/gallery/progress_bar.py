"""A progress bar on a terminal, a line for each warning. progress_bar.py EMPTY-DIRECTORY."""

import pathlib
import shutil
import sys
import time

import holdfast


class Bar:
    """Called with each event, on the thread that called backup()."""

    def __init__(self, out=sys.stderr):
        self.out, self.begun = out, time.monotonic()

    def __call__(self, event):
        if event.kind is holdfast.EventKind.WARNING:
            print(f"\r\x1b[K{event}", file=self.out)
        if event.kind is holdfast.EventKind.PROGRESS:
            print(f"\r\x1b[K{self.line(event)}", end="", file=self.out, flush=True)
        if event.kind is holdfast.EventKind.ENDED:
            print(f"\r\x1b[K{event} after {event.record.seconds:.1f} s", file=self.out)

    def line(self, event):
        rate = event.bytes_done / 1e6 / max(time.monotonic() - self.begun, 0.001)
        if not event.bytes_total:  # the source could not tell
            return f"{event.bytes_done / 1e6:.1f} MB, {rate:.0f} MB/s"
        share = min(event.bytes_done / event.bytes_total, 1)
        width = shutil.get_terminal_size().columns - 30
        return f"[{'=' * round(share * width):{width}}] {share:4.0%} {rate:5.0f} MB/s"


def main(place):
    (place / "data").mkdir()
    for n in range(20):
        (place / "data" / f"file{n}").write_bytes(bytes([n]) * 1_000_000)
    with holdfast.create(place / "repository", password="correct horse") as repo:
        repo.backup(f"dir://{place / 'data'}", progress=Bar())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
