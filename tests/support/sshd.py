"""A throw-away OpenSSH server on loopback with keys of its own, gone when the `with` block ends.

    with Sshd() as sshd:
        sshd.uri("/some/folder")        # sftp://…, with the options that make ssh know the server
"""

import getpass
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time
import urllib.parse

from pg import free_port

PROGRAM = shutil.which("sshd") or "/usr/sbin/sshd"
SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server")


class SshdError(RuntimeError):
    """No server is available here; one message for people."""


def find_programs():
    """The paths of sshd and sftp-server. Raises SshdError if they are missing."""
    server = next((path for path in SFTP_SERVERS if os.path.exists(path)), None)
    if not os.path.exists(PROGRAM) or not server or not shutil.which("ssh"):
        raise SshdError("no OpenSSH server here; install the packages openssh-server and openssh-client")
    return PROGRAM, server


class Sshd:
    """`subsystem` replaces the SFTP server; its arguments may disable extensions, as in "-P hardlink@openssh.com"."""

    def __init__(self, arguments=""):
        self.program, self.server = find_programs()
        self.arguments = arguments
        self.folder = self.process = self.port = None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfsshd."))
        for name in ("host", "other", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        shutil.copy(self.folder / "user.pub", self.folder / "authorized")
        os.makedirs("/run/sshd", exist_ok=True) if os.geteuid() == 0 else None
        for _ in range(5):
            self.port = free_port()
            self._configure()
            self.start()
            if self.process:
                return self
        raise SshdError("sshd does not start: " + (self.folder / "log").read_text(errors="replace")[-500:])

    def __exit__(self, *exc_info):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self):
        self.known_hosts("host")
        (self.folder / "sshd_config").write_text(f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder}/host
AuthorizedKeysFile {self.folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
KexAlgorithms curve25519-sha256
Subsystem sftp {self.server} {self.arguments}
""")

    def known_hosts(self, key):
        """Sets which of our keys clients accept as the server's."""
        words = (self.folder / f"{key}.pub").read_text().split()[:2]
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {' '.join(words)}\n")

    def start(self):
        """Starts it (again); `process` is None if it ended at once."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.program, "-D", "-e", "-f", self.folder / "sshd_config"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(100):
            if self.process.poll() is not None:
                self.process = None
                return
            if b"Server listening" in (self.folder / "log").read_bytes():
                return
            time.sleep(0.05)

    def stop(self):
        """Kills the listener and, by their parent, the sessions that it started."""
        if not self.process:
            return
        for pid in [*_children(self.process.pid), self.process.pid]:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None
        (self.folder / "log").write_bytes(b"")

    def options(self):
        """The words of ssh's command line."""
        return ["-p", str(self.port), "-i", str(self.folder / "user"), "-o", f"UserKnownHostsFile={self.folder}/known_hosts", "-F", "none"]

    def uri(self, path, **more):
        """The URI of a holdfast storage."""
        options = {"identity_file": self.folder / "user", "known_hosts": self.folder / "known_hosts", "config": "none", **more}
        return (f"sftp://{getpass.getuser()}@127.0.0.1:{self.port}{urllib.parse.quote(str(path))}?" +
                "&".join(f"{key}={urllib.parse.quote(str(value), safe='')}" for key, value in options.items()))


def _children(pid):
    """All processes below one, by /proc."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                pass
    found, level = [], [pid]
    while level:
        level = [child for child, parent in parents.items() if parent in level]
        found += level
    return found


if __name__ == "__main__":  # serves until standard input ends; the first line is the URI of "/" with its options
    import sys

    try:
        with Sshd(" ".join(map(shlex.quote, sys.argv[1:]))) as served:
            print(served.uri("/"), flush=True)
            while os.read(0, 4096):
                pass
    except SshdError as error:
        sys.exit(f"sshd.py: {error}")
