"""S3 servers for tests: versitygw, which checks signatures, and gofakes3, of another family.

    with S3Server("versitygw", tls=True) as server:
        ... server.endpoint, server.access_key, server.secret_key, server.ca_file

Their programs are built from their Go modules at a pinned version, once, into build/servers (or $HOLDFAST_TEST_SERVERS).
As a program: `s3.py build` builds them; `s3.py serve KIND` starts one, prints its settings as one JSON line and serves until its
standard input ends.
"""

import argparse
import fcntl
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pg

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = {"versitygw": ("github.com/versity/versitygw/cmd/versitygw", "v1.8.0"),
           "gofakes3": ("github.com/johannesboyne/gofakes3/cmd/gofakes3", "v1.2.0")}
BUILD_SECONDS = 900


class S3Error(RuntimeError):
    """A server that can't be had here; one message for people."""


def program(kind):
    """The path of a server's program, built if it is not there yet. Raises S3Error."""
    module, version = MODULES[kind]
    servers = pathlib.Path(os.environ.get("HOLDFAST_TEST_SERVERS") or ROOT / "build" / "servers")
    path = servers / f"{kind}-{version}" / kind
    if path.exists():
        return path
    go = shutil.which("go")
    if not go:
        raise S3Error(f"no {kind}: it is built with Go, which is not here")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(servers / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test builds, the others wait
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=servers) as place:
                environment = dict(os.environ, GOBIN=place, CGO_ENABLED="0", GOFLAGS="-trimpath")
                try:
                    done = subprocess.run([go, "install", f"{module}@{version}"], env=environment, capture_output=True, text=True,
                                          timeout=BUILD_SECONDS, check=False)
                except subprocess.TimeoutExpired as error:
                    raise S3Error(f"no {kind}: building it took more than {BUILD_SECONDS} s") from error
                if done.returncode != 0:
                    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                    raise S3Error(f"no {kind}: building it failed: {last}")
                os.replace(pathlib.Path(place) / kind, path)
    return path


def self_signed(folder):
    """A certificate for 127.0.0.1 and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class S3Server:
    """One server on the loopback with a folder of its own; gone when the `with` block ends."""

    region = "us-east-1"

    def __init__(self, kind="versitygw", tls=False, versions=False):
        self.program = program(kind)
        self.kind = kind
        self.tls = tls
        self.versions = versions  # whether buckets can keep versions and lock objects (versitygw)
        self.access_key = "tester"
        self.secret_key = secrets.token_hex(16)
        self.ca_file = ""
        self.process = None

    def __enter__(self):
        return self.open()

    def open(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-s3-"))
        self.port = pg.free_port()
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def start(self):
        """Starts it; again on the same port and data after `stop`."""
        address = f"127.0.0.1:{self.port}"
        if self.kind == "versitygw":
            data = self.folder / "data"
            data.mkdir(exist_ok=True)
            argv = [self.program, "--access", self.access_key, "--secret", self.secret_key, "--port", address, "--region", self.region,
                    "--quiet"]
            if self.tls:
                certificate, key = self_signed(self.folder)
                self.ca_file = str(certificate)
                argv += ["--cert", certificate, "--key", key]
            argv += ["posix"]
            if self.versions:
                old = self.folder / "versions"
                old.mkdir(exist_ok=True)
                argv += ["--versioning-dir", old]
            argv += [data]
        else:
            argv = [self.program, "-backend", "memory", "-host", address, "-quiet"]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            preexec_fn=pg.die_with_parent)
        deadline = time.monotonic() + 30
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise S3Error(f"{self.kind} does not start: {(self.folder / 'log').read_text(errors='replace')[-300:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)

    @property
    def endpoint(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def data(self):
        """Where versitygw keeps the buckets, as folders."""
        return self.folder / "data"

    def stop(self):
        """Ends the server; its data stays."""
        pg.stop_process(self.process, signal.SIGTERM, patience=2)

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["build", "serve"])
    parser.add_argument("kind", nargs="?", choices=sorted(MODULES), default="versitygw")
    parser.add_argument("--tls", action="store_true")
    arguments = parser.parse_args()
    try:
        if arguments.command == "build":
            for kind in MODULES:
                print(program(kind))
            return
        with S3Server(arguments.kind, arguments.tls) as server:
            print(json.dumps({"port": server.port, "endpoint": server.endpoint, "access_key_id": server.access_key,
                              "secret_access_key": server.secret_key, "ca_file": server.ca_file}), flush=True)
            sys.stdin.read()
    except S3Error as error:
        print(f"SKIP: {error}", file=sys.stderr if arguments.command == "serve" else sys.stdout)
        sys.exit(77)


if __name__ == "__main__":
    main()
