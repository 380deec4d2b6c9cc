"""Extensions in their own ways: libraries that must be preloaded, scripts that name roles, tables with foreign keys of
their own, and rows of every type that an installed extension brings. All are proved in a scratch server."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import extensions
import harness
from holdfast import OK, Holdfast
from pg import PgServer

PRELOADED = {"pgaudit": "pgaudit", "pg_cron": "pg_cron", "pglogical": "pglogical", "pg_stat_statements": "pg_stat_statements"}
# An extension of two files. Its script names a role that owns nothing and has no grant elsewhere.
OWN_SCRIPT = "CREATE TABLE @extschema@.audit (t text); GRANT SELECT ON @extschema@.audit TO hf_auditor;"


class Extensions(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfext."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.holdfast = Holdfast(cls.folder / "repository")
        cls.holdfast("init", "--no-encryption").expect(OK)
        with PgServer() as plain:
            cls.installed = set(plain.psql("SELECT name FROM pg_available_extensions").splitlines())
        libraries = [library for name, library in PRELOADED.items() if name in cls.installed]
        settings = {"shared_preload_libraries": ",".join(libraries), "wal_level": "logical", "max_worker_processes": "16"}
        if "pg_cron" in cls.installed:
            settings["cron.database_name"] = "preloaded"
        cls.server = PgServer(settings=settings)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def prove(self, db):
        made = self.holdfast("backup", self.server.uri(db), "--json").expect(OK).json["backup"]["id"]
        self.assertIn("level content-equal", self.holdfast("verify", made, "--level", "restore").expect(OK).stdout)
        return made

    def test_libraries_that_must_be_preloaded_are_in_the_scratch_server(self):
        names = [name for name in PRELOADED if name in self.installed]
        self.assertIn("pg_stat_statements", names)
        self.server.create_db("preloaded")
        for name in names:
            self.server.psql(f"CREATE EXTENSION {name}", db="preloaded")
        self.server.psql("CREATE TABLE t AS SELECT generate_series(1, 100) n", db="preloaded")
        if "pg_cron" in names:
            self.server.psql("SELECT cron.schedule('nightly', '0 3 * * *', 'VACUUM')", db="preloaded")
        self.prove("preloaded")

    def test_roles_that_only_a_script_names_are_in_the_scratch_server(self):
        folder = pathlib.Path(subprocess.run([self.server.bin / "pg_config", "--sharedir"], capture_output=True, text=True,
                                             check=True).stdout.strip()) / "extension"
        files = {"hf_audit.control": "default_version = '1'\nrelocatable = false\n", "hf_audit--1.sql": OWN_SCRIPT}
        for name, text in files.items():
            try:
                (folder / name).write_text(text)
            except OSError as error:
                raise unittest.SkipTest(f"no extension can be installed here: {error}") from error
            self.addCleanup((folder / name).unlink)
        self.server.psql("CREATE ROLE hf_auditor")
        self.server.create_db("scripted")
        self.server.psql("CREATE EXTENSION hf_audit; CREATE TABLE t AS SELECT 1 AS n", db="scripted")
        self.prove("scripted")

    def test_rows_of_the_types_of_all_installed_extensions(self):
        made = [name for name in extensions.WITH_ROWS if name in self.installed]
        self.assertGreaterEqual(len(made), 15, self.installed)
        self.server.create_db("typed")
        self.server.psql("ALTER DATABASE typed SET client_min_messages = warning")
        for name in made:
            schema = extensions.SCHEMA_OF.get(name, f"x_{name}".replace("-", "_"))
            with self.subTest(name):
                where = "" if name in extensions.UNPLACED else f'SCHEMA "{schema}"'
                self.server.psql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"; CREATE EXTENSION "{name}" {where} CASCADE; '
                                 f'SET search_path = "{schema}", public; {extensions.WITH_ROWS[name]}', db="typed")
        self.prove("typed")
        print(f"{len(made)} extensions with rows: {', '.join(made)}")


if __name__ == "__main__":
    harness.main()
