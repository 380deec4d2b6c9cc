"""The zoo database (zoo.sql) in a throw-away server, and the complete comparison of two databases."""

import os
import pathlib
import subprocess

import pg

SUPPORT = pathlib.Path(__file__).resolve().parent


def stock_environment(server, **more):
    """A shell's environment with the server's own programs first in the path, and without settings of a database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "HOLDFAST_"))}
    return {**kept, "PATH": f"{server.tools}:{kept.get('PATH', '/usr/bin:/bin')}", "LC_ALL": "C.UTF-8", **more}


def run_restore_text(server, backup, target):
    """Carries out the RESTORE.txt in the folder of a backup, with the server's own programs only. Returns the finished process."""
    return subprocess.run(["sh", backup / "RESTORE.txt"], env=stock_environment(server, TARGET=target), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=300, check=False)


def load(server, db, large=False):
    """Makes a database and fills it with the zoo, or with its row of 100 MB."""
    server.create_db(db)
    script = "zoo_large.sql" if large else "zoo.sql"
    server.run("psql", "-Xq", "-vON_ERROR_STOP=1", "-d", server.uri(db), "-f", SUPPORT / script)


def differences(server, expected, actual, known=None):
    """The differences that zoo_compare.sh finds between two databases (URIs): empty if they are equal. The folder `known`
    keeps what an `expected` that does not change has, for the next call."""
    more = {"ZOO_KNOWN": str(known)} if known else {}
    done = subprocess.run([SUPPORT / "zoo_compare.sh", expected, actual], env=stock_environment(server, **more), capture_output=True, text=True,
                          errors="replace", timeout=300, check=False)
    if done.returncode not in (0, 1):
        raise pg.PgError(f"zoo_compare.sh could not compare: {done.stderr or done.stdout}")
    return done.stdout if done.returncode else ""
