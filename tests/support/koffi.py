"""koffi, with which Node calls C: installed from npm at a pinned version, once, into build/servers (or
$HOLDFAST_TEST_SERVERS)."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = "2.16.2"
INSTALL_SECONDS = 300


class KoffiError(RuntimeError):
    """It is not available here; one message for people."""


def modules():
    """The folder for NODE_PATH. Raises KoffiError."""
    servers = pathlib.Path(os.environ.get("HOLDFAST_TEST_SERVERS") or ROOT / "build" / "servers")
    found = servers / f"koffi-{VERSION}" / "node_modules"
    if found.exists():
        return found
    if not shutil.which("npm"):
        raise KoffiError("no koffi: it is installed with npm, which is not here")
    servers.mkdir(parents=True, exist_ok=True)
    with open(servers / "koffi.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test installs, the others wait
        if not found.exists():
            with tempfile.TemporaryDirectory(dir=servers) as place:
                command = ["npm", "install", "--prefix", place, "--no-save", "--no-audit", "--no-fund", f"koffi@{VERSION}"]
                try:
                    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
                except subprocess.TimeoutExpired as error:
                    raise KoffiError(f"no koffi: installing it took more than {INSTALL_SECONDS} s") from error
                if done.returncode != 0:
                    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                    raise KoffiError(f"no koffi: installing it failed: {last}")
                found.parent.mkdir(exist_ok=True)
                os.replace(pathlib.Path(place) / "node_modules", found)
    return found
