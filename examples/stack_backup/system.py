"""The stack as its backup sees it: its databases, its volume, its backend, and the repository."""

import contextlib
import datetime
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

import holdfast

import settings as stack_settings

PARTS = ("main", "functions", "volume")
TABLES = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"


class Failed(RuntimeError):
    """One line for people, and the exit status of the command."""

    def __init__(self, why, status=1):
        super().__init__(why)
        self.status = status


def log(text, level="INFO"):
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ} {level} {text}", flush=True)


class Stack:
    def __init__(self, settings):
        self.settings = settings
        self.job_file = stack_settings.job_file(settings)
        self.staging = settings.volume / ".stack-restore"
        self.unfinished = settings.folder / "state" / "restore-unfinished"
        faults = holdfast.job_file_faults(self.job_file)
        if faults:
            raise stack_settings.WrongSettings("; ".join(fault.what for fault in faults))

    # --- the repository

    def prepare(self):
        """Makes the folders and the repository, if they are not there."""
        (self.settings.folder / "state").mkdir(parents=True, exist_ok=True, mode=0o700)
        self.open(create=True).close()

    def open(self, place="", create=False):
        """Opens the repository, or a copy of it. With `create` it makes one where there is none."""
        options = {}
        if place.startswith("s3://"):
            names = ("S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
            options = {name.removeprefix("S3_").lower(): self.settings[name] for name in names if self.settings[name]}
        place = place or str(self.settings.repository)
        try:
            return holdfast.open(place, key=self.settings.key, storage_options=options)
        except holdfast.NotFoundError:
            if not create:
                raise
            return holdfast.create(place, key=self.settings.key, storage_options=options)

    @contextlib.contextmanager
    def alone(self):
        """Neither a backup nor a restore of this stack runs beside this one."""
        self.prepare()
        with open(self.settings.folder / "state" / "lock", "w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Failed("another backup or restore of this stack is running") from None
            if not self.unfinished.exists():
                shutil.rmtree(self.staging, ignore_errors=True)  # of a restore that was killed before it exchanged anything
            yield

    def interrupted(self):
        """The parts that a killed restore was exchanging."""
        return self.unfinished.read_text(encoding="utf-8").split() if self.unfinished.exists() else []

    # --- the databases

    def url(self, part, database=None):
        """The URL of a part's database, or of another one on its server."""
        url = urllib.parse.urlsplit(self.settings.database(part))
        return url.geturl() if database is None else url._replace(path=f"/{urllib.parse.quote(database)}").geturl()

    def name(self, part):
        return urllib.parse.unquote(urllib.parse.urlsplit(self.settings.database(part)).path.removeprefix("/"))

    def sql(self, part, text, database="postgres"):
        """The rows of the last statement. Raises Failed at the first one that fails."""
        results = holdfast.query_sql(self.url(part, database), text)
        for result in results:
            if not result.ok:
                raise Failed(f"the server of {part} refused {result.statement}: {result.result}")
        return results[-1].result.splitlines()[1:]

    def wait_for_databases(self, seconds=60):
        deadline = time.monotonic() + seconds
        for part in ("main", "functions"):
            while True:
                try:
                    self.sql(part, "SELECT 1")
                    break
                except holdfast.Error as error:
                    if time.monotonic() > deadline:
                        raise Failed(f"the server of {part} does not answer: {error}") from None
                    time.sleep(0.5)

    # --- the backend

    def stop_backend(self):
        self._command("BACKEND_STOP")

    def start_backend(self, seconds=60):
        """Starts it, and waits until it is healthy."""
        self._command("BACKEND_START")
        deadline = time.monotonic() + seconds
        while not self.backend_is_healthy():
            if time.monotonic() > deadline:
                raise Failed(f"the backend is not healthy {seconds} seconds after its start: see its log")
            time.sleep(0.1)

    def _command(self, setting):
        if not self.settings[setting]:
            return
        done = subprocess.run(self.settings[setting], shell=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S602 - the operator's own line
        if done.returncode != 0:
            raise Failed(f"{setting} ended with exit status {done.returncode}")

    def backend_is_healthy(self):
        if not self.settings["BACKEND_HEALTH"]:
            return True
        try:
            with urllib.request.urlopen(self.settings["BACKEND_HEALTH"], timeout=5) as reply:
                return reply.status == 200
        except OSError:
            return False

    # --- what is in it

    def fingerprint(self):
        """The content of all parts, read without the backups: rows by table, bytes by file."""
        found = {}
        for part in ("main", "functions"):
            for table in self.sql(part, TABLES, self.name(part)):
                rows = f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {table} t"
                found[f"{part} {table}"] = self.sql(part, rows, self.name(part))[0]
        for file in sorted(path for path in self.settings.volume.rglob("*") if path.is_file()):
            found[f"volume {file.relative_to(self.settings.volume)}"] = sha256(file)
        return found

    def tell(self, kind, severity, title, message=""):
        """Sends a notice to all channels; one that does not take it gets it later."""
        notifier = holdfast.job_notifier(self.job_file, variables=self.settings.variables)
        notifier.put(holdfast.Notice(kind=kind, severity=severity, series=stack_settings.JOB, title=title, message=message))
        notifier.deliver()


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def empty(folder: pathlib.Path):
    """Removes everything in a folder."""
    for each in folder.iterdir():
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else os.unlink(each)
