"""Runs the holdfast command as a user would: as another process, with its exit status and output."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import tempfile

import places

ROOT = pathlib.Path(__file__).resolve().parents[2]

OK, FAILED, USAGE, WARNINGS, FAULT, NO_SUCH, WRONG_KEY, CANCELLED = 0, 1, 2, 3, 4, 5, 6, 130


def command_path():
    """The command under test: $HOLDFAST, else the release build's."""
    return os.environ.get("HOLDFAST") or str(ROOT / "build" / "release" / "holdfast")


@dataclasses.dataclass
class Result:
    """The result of one run."""

    argv: list
    exit: int
    stdout: str
    stderr: str

    @property
    def json(self):
        """The one document on standard output of a run with --json."""
        return json.loads(self.stdout)

    @property
    def events(self):
        """The progress lines on standard error of a run with --json."""
        return [json.loads(line) for line in self.stderr.splitlines() if line.startswith("{")]

    @property
    def error_line(self):
        """The last line on standard error that is not an event."""
        lines = [line for line in self.stderr.splitlines() if line and not line.startswith("{")]
        return lines[-1] if lines else ""

    def expect(self, *codes):
        """Returns this result if it has one of the exit codes (default 0); else raises AssertionError with the whole
        output."""
        if self.exit not in (codes or (OK,)):
            raise AssertionError(f"{' '.join(self.argv)}\nexited with {self.exit}, expected {codes or (OK,)}\n"
                                 f"--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}")
        return self


_KEYS = []


def raw_key():
    """A file with a raw key, for tests that are not about passwords: with a password, each opening of a repository
    costs half a second of CPU."""
    file = tempfile.NamedTemporaryFile(prefix="hfkey.")  # pylint: disable=consider-using-with  # lives as long as the process
    file.write(os.urandom(32))
    file.flush()
    os.fchmod(file.fileno(), 0o644)  # for tests that run the command as another user
    _KEYS.append(file)
    return file.name


class Holdfast:
    """The command with one repository and its key: a password or a file with a raw key. Passes nothing for what is
    None."""

    def __init__(self, repository=None, password=None, environment=None, key=None):
        self._key = ["--key-file", str(key)] if key else []
        self.repository = str(repository) if repository else None
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("HOLDFAST_", "PG"))}
        if memory := places.memory_directory():
            self.environment["TMPDIR"] = memory
        if password is not None:
            self.environment["HOLDFAST_PASSWORD"] = password
        self.environment.update(environment or {})

    def argv(self, *arguments):
        repository = ["-r", self.repository] if self.repository else []
        return [command_path(), *map(str, arguments), *self._key, *repository]

    def __call__(self, *arguments, timeout=300, **options):
        """Runs to the end. Extra options go to subprocess.run (cwd, preexec_fn …)."""
        done = subprocess.run(self.argv(*arguments), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, check=False, **options)
        return Result(list(map(str, done.args)), done.returncode, done.stdout, done.stderr)

    def start(self, *arguments, **options):
        """Starts a run for interference, as the leader of its own process group; `finish` ends it."""
        return subprocess.Popen(self.argv(*arguments), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True, **options)


def finish(process, timeout=60):
    """The result of a started run; kills it by its id if it does not end in time."""
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        stderr += f"\n(killed by the test after {timeout} s)"
    return Result(list(map(str, process.args)), process.returncode, stdout, stderr)
