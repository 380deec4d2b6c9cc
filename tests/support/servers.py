"""The common parts of the tests' storage servers: programs installed once at a pinned version, servers on the loopback,
and `main`.

A script for one protocol (such as s3.py) has a `Server` and ends in `main`. As a program, `build` installs what it
needs; `serve KIND` starts one, prints its settings as one JSON line and serves until its standard input ends. Programs
are kept in build/servers (or $HOLDFAST_TEST_SERVERS).
"""

import argparse
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pg

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSTALL_SECONDS = 900


class ServerError(RuntimeError):
    """A server that is not available here; one message for people."""


def installed(name, version, tool, recipe):
    """The folder of a program. If it is missing, `recipe(path of the tool, folder)` returns the command and the changes
    of the environment that make it. Raises ServerError."""
    servers = pathlib.Path(os.environ.get("HOLDFAST_TEST_SERVERS") or ROOT / "build" / "servers")
    folder = servers / f"{name}-{version}"
    if folder.exists():
        return folder
    path = shutil.which(tool)
    if not path:
        raise ServerError(f"no {name}: it is installed with {tool}, which is not here")
    servers.mkdir(parents=True, exist_ok=True)
    with open(servers / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test installs, the others wait
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=servers) as place:
                made = pathlib.Path(place) / "made"
                made.mkdir()
                argv, changes = recipe(path, made)
                try:
                    done = subprocess.run(argv, env=dict(os.environ, **changes), capture_output=True, text=True, timeout=INSTALL_SECONDS,
                                          check=False)
                except subprocess.TimeoutExpired as error:
                    raise ServerError(f"no {name}: installing it took more than {INSTALL_SECONDS} s") from error
                if done.returncode != 0:
                    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                    raise ServerError(f"no {name}: installing it failed: {last}")
                os.replace(made, folder)
    return folder


def go_program(module, version):
    """The program of a Go module, named by the last part of its path. Built for a quick build: nothing inlined, no
    collection of garbage in the compiler."""
    name = module.rsplit("/", 1)[-1]
    return installed(name, version, "go", lambda go, folder: (
        [go, "install", f"{module}@{version}"], {"GOBIN": str(folder), "CGO_ENABLED": "0", "GOGC": "off", "GOFLAGS": "-trimpath -gcflags=all=-l -ldflags=-w"})) / name


def python_package(name, version):
    """The folder of a package of PyPI with what it needs, for PYTHONPATH."""
    return installed(name, version, "python3", lambda python, folder: (
        [python, "-m", "pip", "install", "-q", "--target", str(folder), f"{name}=={version}"], {}))


def self_signed(folder):
    """A certificate for 127.0.0.1 and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


def listens(port, group):
    """Whether a process of the group listens on the TCP port; another test's server may have taken it first."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) == group and any(os.readlink(file) in inodes for file in (process / "fd").iterdir()):
                return True
        except OSError:  # it has ended
            continue
    return False


class Server:
    """One server on the loopback with a folder of its own; gone when the `with` block ends. Its constructor finds the
    program, so that its absence is reported early."""

    kind = ""
    scheme = ""
    tls = False
    process = None
    program_port = None  # where the program listens, if that is not `port`

    def command(self):
        """The command that starts it: on `self.port`, with its data below `self.folder`."""
        raise NotImplementedError

    def options(self):
        """The storage options for it."""
        return {"endpoint": self.endpoint}

    def __enter__(self):
        return self.open()

    def open(self):
        for tries_left in (2, 1, 0):
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-server-"))
            self.port = pg.free_port()
            try:
                self.start()
                return self
            except (ServerError, OSError):  # the port may have gone to somebody else
                self.close()
                if tries_left == 0:
                    raise
            except BaseException:
                self.close()
                raise

    def start(self):
        """Starts it; after `stop`, again on the same port and data."""
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            preexec_fn=pg.die_with_parent)
        deadline = time.monotonic() + 120  # a server that is a script starts slowly on a busy machine
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{self.kind} does not start: {(self.folder / 'log').read_text(errors='replace')[-300:]}")
            try:
                socket.create_connection(("127.0.0.1", self.program_port or self.port), timeout=1).close()
                if listens(self.program_port or self.port, self.process.pid):
                    return
            except OSError:
                pass
            time.sleep(0.02)

    @property
    def endpoint(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def stop(self):
        """Ends the server; its data stays."""
        pg.stop_process(self.process, signal.SIGTERM, patience=2)

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def main(kinds, build, server):
    """The main program of a script for one protocol: `build(kind)` returns the path of a program, `server(kind, tls)`
    the Server."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["build", "serve"])
    parser.add_argument("kind", nargs="?", choices=list(kinds), default=next(iter(kinds)))
    parser.add_argument("--tls", action="store_true")
    arguments = parser.parse_args()
    try:
        if arguments.command == "build":
            for kind in kinds:
                print(build(kind))
            return
        with server(arguments.kind, arguments.tls) as running:
            print(json.dumps({"port": running.port, "scheme": running.scheme, "options": running.options()}), flush=True)
            sys.stdin.read()
    except ServerError as error:
        print(f"SKIP: {error}", file=sys.stderr if arguments.command == "serve" else sys.stdout)
        sys.exit(77)
