"""Databases that the tests of PostgreSQL's own extensions and procedural languages leave behind.

    for module in contrib_databases():          # or Unavailable
        if module.load(server):                 # a server of MAJOR with SETTINGS
            ...module.database...

Nothing of them is copied into the project: the scripts are in Debian's source package, and are kept in build/packages.
"""

import pathlib
import re
import shutil
import tempfile

from application_schemas import Unavailable, packages
from regression_database import run_script, unpack_source

MAJOR = 15
SETTINGS = {"shared_preload_libraries": "pg_stat_statements,auto_explain", "max_prepared_transactions": 5, "wal_level": "logical",
            "track_commit_timestamp": "on"}
SHARED_DATABASE = "contrib_regression"  # their scripts connect to a database of this name
CONNECT_TO_IT = ("dblink", "postgres_fdw")

__all__ = ["MAJOR", "SETTINGS", "Module", "Unavailable", "contrib_databases"]


class Module:
    """One module: a folder with scripts in `sql`, and a makefile that has their order and the extensions they need."""

    def __init__(self, folder):
        self.folder = folder
        self.name = folder.parent.name if folder.name == "src" else folder.name
        self.database = SHARED_DATABASE if self.name in CONNECT_TO_IT else f"contrib {self.name}"
        self._makefile = next(folder.glob("*akefile")).read_text(encoding="utf-8").replace("\\\n", " ")

    def _scripts(self):
        named = [word for line in re.findall(r"^REGRESS\s*[+:]?=(.*)$", self._makefile, re.MULTILINE) for word in line.split()]
        scripts = [self.folder / "sql" / f"{name}.sql" for name in named]
        return [path for path in scripts if path.exists()] or sorted((self.folder / "sql").glob("*.sql"))

    def load(self, server):
        """Makes the database. Returns whether the server has the extensions. The scripts provoke errors, so none is looked at."""
        extensions = re.findall(r"--load-extension=(\w+)", self._makefile)
        available = server.psql("SELECT name FROM pg_available_extensions").split()
        if not set(extensions) <= set(available):
            return False
        server.create_db(self.database)
        for name in extensions:
            server.psql(f"CREATE EXTENSION {name} CASCADE", db=self.database)
        with tempfile.TemporaryDirectory(prefix="hfcontrib.") as place:
            work = pathlib.Path(shutil.copytree(self.folder, pathlib.Path(place) / "work"))
            (work / "results").mkdir(exist_ok=True)
            for each in (pathlib.Path(place), work, *work.rglob("*")):
                each.chmod(0o777)  # the server reads and writes here too
            places = {"PG_ABS_SRCDIR": work, "PG_ABS_BUILDDIR": work, "PG_LIBDIR": server.bin.parent / "lib"}
            for script in self._scripts():
                run_script(server, self.database, script, work, places)
        return True


def contrib_databases():
    """All modules; their scripts are fetched if they are missing. Raises Unavailable."""
    place = packages() / f"contrib-{MAJOR}"
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            made = pathlib.Path(folder) / "made"
            unpack_source(made, "/contrib/", "/src/pl/")
            made.rename(place)
    return [Module(scripts.parent) for scripts in sorted(place.rglob("sql"))]
