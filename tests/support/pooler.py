"""A PgBouncer in front of a throw-away server, on a unix socket; gone when the `with` block ends."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import pg

PROGRAMS = ("/usr/sbin", "/sbin")


class Pooler:
    """One pooler. `mode`: session, transaction or statement. Skips the test if there is no PgBouncer."""

    def __init__(self, server, mode, pool_size=20):
        self.program = shutil.which("pgbouncer", path=":".join([os.environ.get("PATH", ""), *PROGRAMS]))
        if not self.program:
            raise unittest.SkipTest("no pgbouncer here; install the package pgbouncer")
        self.server, self.mode, self.pool_size = server, mode, pool_size

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfpb."))
        runas = pg.unprivileged_user()
        (self.folder / "users").write_text(f'"{self.server.user}" ""\n')
        (self.folder / "ini").write_text(f"""[databases]
* = user={self.server.user} host={self.server.directory} port={self.server.port}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {self.folder}
auth_type = any
auth_file = {self.folder}/users
pool_mode = {self.mode}
default_pool_size = {self.pool_size}
ignore_startup_parameters = extra_float_digits
""")
        options = {}
        if runas:
            for path in (self.folder, self.folder / "users", self.folder / "ini"):
                os.chown(path, *runas)
            options = {"user": runas[0], "group": runas[1], "extra_groups": []}
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen([self.program, "-q", self.folder / "ini"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=pg.die_with_parent, **options)
        deadline = time.monotonic() + 30
        while not (self.folder / ".s.PGSQL.6432").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "log").read_text(errors="replace")[-300:]
                self.__exit__()
                raise pg.PgError(f"pgbouncer does not start: {said}")
            time.sleep(0.02)
        return self

    def uri(self, db):
        return f"postgresql://{self.server.user}@/{urllib.parse.quote(db, safe='')}?host={self.folder}&port=6432"

    def __exit__(self, *_):
        pg.stop_process(self.process, signal.SIGTERM, patience=2)
        shutil.rmtree(self.folder, ignore_errors=True)
