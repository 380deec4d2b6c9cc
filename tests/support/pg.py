"""A throw-away PostgreSQL server: private directory, unix socket, gone when the `with` block ends.

    with PgServer() as pg:
        pg.create_db("shop")
        pg.psql("SELECT 1", db="shop")

As a program, `pg.py serve` starts one, prints its connection settings as one line of shell assignments and serves until its
standard input ends, so that a shell script's server cannot outlive the script, however that dies.
"""

import argparse
import ctypes
import os
import pathlib
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import pg_versions
import places

FAST_AND_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PR_SET_PDEATHSIG = 1


class PgError(RuntimeError):
    """A server that is not available or a statement that failed; one message for people."""


def _major(directory):
    """The major version of the binaries in a directory, or None."""
    try:
        said = subprocess.run([directory / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\) (\d+)", said)
    return int(found.group(1)) if found else None


def local_binaries(major=None):
    """The directory with the newest (or the given) PostgreSQL's server programs on this machine, or None."""
    candidates = list(pathlib.Path("/usr/lib/postgresql").glob("*/bin")) + list(pathlib.Path("/usr").glob("pgsql-*/bin"))
    if pg_config := shutil.which("pg_config"):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        candidates.append(pathlib.Path(said))
    found = {}
    for directory in candidates:
        if (directory / "initdb").exists() and (version := _major(directory)):
            found.setdefault(version, directory)
    return found.get(major or max(found, default=None))


def find_binaries(major=None):
    """Like local_binaries, but fetches a missing version. Raises PgError if there is none."""
    if local := local_binaries(major):
        return local
    if not major:
        raise PgError("no PostgreSQL server programs here; install the package postgresql")
    try:
        return pg_versions.binaries(major)
    except pg_versions.Unavailable as error:
        raise PgError(f"no PostgreSQL {major} here, and none can be fetched: {error}") from error


def unprivileged_user():
    """The user for a server if we are root: (uid, gid), or None if we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
        except KeyError:
            continue
    raise PgError("running as root and there is neither a user postgres nor nobody to run the server as")


def free_port():
    """A TCP port on the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop_process(process, gentle_signal, patience=30):
    """Ends a process that leads its own group, and the rest of that group. By its id only."""
    for sign, seconds in ((gentle_signal, patience), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if process.poll() is not None:
            break
        process.send_signal(sign)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class PgServer:
    """One server. Unix socket only, or with `tcp` also TCP on a loopback port with a password. With `standby_of`, a hot
    standby of another server, which must be running."""

    user = "postgres"

    def __init__(self, major=None, durable=False, tcp=False, settings=None, directory=None, standby_of=None):
        self.bin = find_binaries(major)  # of the server's programs
        self.tools = self.bin if (self.bin / "psql").exists() else find_binaries()  # of the clients': its version or a newer one
        self.major = _major(self.bin)
        self.tcp = tcp
        self.port = free_port() if tcp else 5432
        self.password = secrets.token_hex(12)
        self.settings = {} if durable else dict(FAST_AND_UNSAFE)
        self.settings.update(settings or {})
        self._parent = directory or (None if durable else places.memory_directory())
        self._primary = standby_of
        self._process = None
        self.directory = None

    # --- life

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        """Makes the directory and the cluster, starts the server and waits until it answers."""
        self._runas = unprivileged_user()
        # A socket path has at most 107 bytes: hence the short name.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="hfpg.", dir=self._parent))
        if self._runas:
            os.chown(self.directory, *self._runas)
        if self._primary:
            self._clone()
        else:
            self._initialise()
        self.restart()

    def _clone(self):
        copy = [self.bin / "pg_basebackup", "-D", self.data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        made = subprocess.run(copy, cwd=self.directory, env={**os.environ, **self._primary.environment()}, capture_output=True, text=True,
                              check=False, **self._as_user())
        if made.returncode != 0:
            raise PgError(f"pg_basebackup failed: {made.stderr.strip()}")

    def _initialise(self):
        secret = self.directory / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        if self._runas:
            os.chown(secret, *self._runas)
        initdb = [self.bin / "initdb", "-D", self.data, "-U", self.user, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
                  "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"]
        made = subprocess.run(initdb, cwd=self.directory, capture_output=True, text=True, check=False, **self._as_user())
        if made.returncode != 0:
            raise PgError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")

    def restart(self):
        """Starts the server on its cluster, stopping it first if it runs."""
        self.halt()
        settings = {"listen_addresses": "127.0.0.1" if self.tcp else "", "port": self.port,
                    "unix_socket_directories": self.directory, "unix_socket_permissions": "0700", **self.settings}
        argv = [self.bin / "postgres", "-D", self.data] + [f"--{name}={value}" for name, value in settings.items()]
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(argv, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True, preexec_fn=die_with_parent, **self._as_user())
        deadline = time.monotonic() + 60
        while self._ready() != 0:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise PgError(f"the server did not start: {self.log_tail()}")
            time.sleep(0.05)

    def halt(self, how=signal.SIGINT):
        """Stops the server and keeps its cluster. `how`: SIGINT like `pg_ctl stop -m fast`, SIGQUIT like a crash."""
        if self._process:
            stop_process(self._process, how)
            self._process = None

    def stop(self):
        """Stops the server and removes its directory. A second call is harmless."""
        self.halt()
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory = None

    def _ready(self):
        return subprocess.run([self.tools / "pg_isready", "-q", "-h", self.directory, "-p", str(self.port)], check=False).returncode

    def _as_user(self):
        if not self._runas:
            return {}
        return {"user": self._runas[0], "group": self._runas[1], "extra_groups": []}

    # --- facts

    @property
    def data(self):
        return self.directory / "data"

    @property
    def log(self):
        return self.directory / "log"

    @property
    def pid(self):
        """Process id of the postmaster."""
        return self._process.pid

    def log_tail(self, lines=5):
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else "no log"

    def uri(self, db="postgres", user=None, tcp=False):
        """A libpq URI of a database, over the socket, or over TCP with the superuser's password."""
        name = urllib.parse.quote(db, safe="")
        if tcp:
            return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{name}"
        host = urllib.parse.quote(str(self.directory), safe="/")
        return f"postgresql://{urllib.parse.quote(user or self.user, safe='')}@/{name}?host={host}&port={self.port}"

    def environment(self):
        """The PG* variables that make libpq programs use this server."""
        return {"PGHOST": str(self.directory), "PGPORT": str(self.port), "PGUSER": self.user}

    # --- work

    def run(self, program, *arguments, **options):
        """Runs a client program; returns its standard output, raises PgError with its errors."""
        options.setdefault("text", True)
        done = subprocess.run([self.tools / program, *map(str, arguments)], capture_output=True, check=False, **options)
        if done.returncode != 0:
            errors = done.stderr if isinstance(done.stderr, str) else done.stderr.decode(errors="replace")
            raise PgError(f"{program} exited with {done.returncode}: {errors.strip()}")
        return done.stdout

    def psql(self, sql, db="postgres", user=None, variables=None):
        """Runs SQL, stopping at the first error; returns the rows as text, columns split by '|', without a final newline."""
        flags = [f"-v{name}={value}" for name, value in (variables or {}).items()]
        return self.run("psql", "-XqAt", "-vON_ERROR_STOP=1", *flags, "-d", self.uri(db, user), input=sql).rstrip("\n")

    def create_db(self, name, template="template0"):
        """Creates a database, with any name."""
        self.psql(f"CREATE DATABASE {quote_ident(name)} TEMPLATE {quote_ident(template)}")

    def drop_db(self, name):
        """Drops a database, and ends the sessions in it."""
        self.psql(f"DROP DATABASE IF EXISTS {quote_ident(name)}{' WITH (FORCE)' if self.major >= 13 else ''}")

    def databases(self):
        """The names of the databases, except those of every cluster."""
        return self.psql("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1").splitlines()

    def dump_schema(self, db, *flags):
        """`pg_dump --schema-only` without the lines that differ from run to run."""
        text = self.run("pg_dump", "--schema-only", *flags, "-d", self.uri(db))
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(("\\restrict", "\\unrestrict")))


def quote_ident(name):
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def die_with_parent():
    """In the child, before it becomes the server: requests a fast shutdown when we are killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _serve(arguments):
    """Serves until standard input ends. Ctrl-C belongs to the script that started us, which ends our input when it is
    ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    settings = dict(pair.split("=", 1) for pair in arguments.set)
    with PgServer(arguments.major, durable=arguments.durable, settings=settings) as server:
        print(" ".join(f"{name}={shlex.quote(value)}" for name, value in
                       {**server.environment(), "PGBIN": str(server.bin)}.items()), flush=True)
        while os.read(0, 4096):
            pass


def _main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, dest="command")
    serve = commands.add_parser("serve", help="serve until standard input ends")
    serve.add_argument("--major", type=int)
    serve.add_argument("--durable", action="store_true")
    serve.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    try:
        _serve(arguments)
    except PgError as error:
        sys.exit(f"pg.py: {error}")


if __name__ == "__main__":
    _main()
