"""Tests that whole databases come back: each is restored, proved, and compared with what stock programs make of it."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from budget import LONG
from dump_entries import entries_of
from holdfast import OK, Holdfast
from pg import PgServer

SECONDS = 1800


class WholeDatabases(unittest.TestCase):
    """Only in a long run. MAJOR is the server's version, SETTINGS its settings."""

    MAJOR = None
    SETTINGS = {}
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not LONG:
            raise unittest.SkipTest("tests/run --long runs it")
        harness.require_postgres(cls.MAJOR)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfwhole."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = cls.serve()
        programs = [str(folder) for folder in (cls.server.bin, cls.server.tools)]
        cls.holdfast = Holdfast(cls.folder / "repository", environment={"PATH": ":".join([*programs, "/usr/local/bin", "/usr/bin", "/bin"])})
        cls.holdfast("init", "--no-encryption").expect(OK)

    @classmethod
    def serve(cls):
        server = PgServer(cls.MAJOR, settings=cls.SETTINGS)
        cls.addClassCleanup(server.stop)
        server.start()
        return server

    @classmethod
    def run_holdfast(cls, *arguments):
        return cls.holdfast(*arguments, "--json", timeout=SECONDS).expect(OK).json

    @classmethod
    def back_up(cls, database):
        return cls.run_holdfast("backup", cls.server.uri(database))["backup"]["id"]

    @classmethod
    def stock(cls, database):
        """What pg_dump writes after pg_restore read pg_dump's archive."""
        archive, copy = cls.folder / "stock.dump", f"stock of {database}"
        cls.server.run("pg_dump", "-Fc", "-f", archive, "-d", cls.server.uri(database))
        cls.server.create_db(copy)
        cls.server.run("pg_restore", "--exit-on-error", "-d", cls.server.uri(copy), archive)
        dump = cls.dump(cls.server, copy)
        cls.server.drop_db(copy)
        return dump

    @staticmethod
    def dump(server, database):
        return entries_of(server.run("pg_dump", "-d", server.uri(database)))

    def assert_holds(self, server, database, expected):
        """Whether a database is what stock() made."""
        made = self.dump(server, database)
        self.assertEqual([entry for entry in expected if entry not in made], [], "lost or changed")
        self.assertEqual([entry for entry in made if entry not in expected], [], "added or changed")

    def assert_proved(self, backup, *where):
        proof = self.run_holdfast("verify", backup, "--level", "restore", *where)["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["warnings"], proof["faults"]), ("content-equal", [], []))

    def assert_restores(self, backup, server, expected, *options):
        self.addCleanup(server.drop_db, "restored")
        restored = self.run_holdfast("restore", backup, server.uri("restored"), *options)["restore"]
        self.assertEqual((restored["left_out"], restored["warnings"]), ([], []))
        self.assert_holds(server, "restored", expected)
        self.assert_proved(backup, "--restored", server.uri("restored"))
