"""PostgreSQL's regression databases come back whole, in each way, and are proved. Only in a long run."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from budget import LONG
from dump_entries import entries_of
from holdfast import OK, Holdfast
from pg import PgServer
from regression_database import SETTINGS, RegressionDatabase, Unavailable

SECONDS = 1800
FEWEST = {"tables": 500, "functions": 250, "functions in C": 15}  # a lower count means that the scripts were not read as they are meant
COUNT = """SELECT (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND oid >= 16384), (SELECT count(*) FROM pg_proc WHERE oid >= 16384),
  (SELECT count(*) FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE lanname = 'c' AND p.oid >= 16384)"""


class Regression17(unittest.TestCase):
    MAJOR = 17
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not LONG:
            raise unittest.SkipTest("tests/run --long runs it")
        harness.require_postgres(cls.MAJOR)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfregression."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server, cls.other = (cls.serve() for _ in range(2))
        try:
            RegressionDatabase(cls.MAJOR).load(cls.server, "regression")
        except Unavailable as error:
            raise unittest.SkipTest(str(error)) from error
        programs = [str(folder) for folder in (cls.server.bin, cls.server.tools)]
        cls.holdfast = Holdfast(cls.folder / "repository", environment={"PATH": ":".join([*programs, "/usr/local/bin", "/usr/bin", "/bin"])})
        cls.holdfast("init", "--no-encryption").expect(OK)
        cls.made = cls.run_holdfast("backup", cls.server.uri("regression"))["backup"]["id"]
        cls.expected = cls.stock()

    @classmethod
    def serve(cls):
        server = PgServer(cls.MAJOR, settings=SETTINGS)
        cls.addClassCleanup(server.stop)
        server.start()
        return server

    @classmethod
    def run_holdfast(cls, *arguments):
        return cls.holdfast(*arguments, "--json", timeout=SECONDS).expect(OK).json

    @classmethod
    def stock(cls):
        """What pg_dump writes after pg_restore read pg_dump's archive."""
        cls.server.run("pg_dump", "-Fc", "-f", cls.folder / "stock.dump", "-d", cls.server.uri("regression"))
        cls.server.create_db("stock")
        cls.server.run("pg_restore", "--exit-on-error", "-d", cls.server.uri("stock"), cls.folder / "stock.dump")
        return cls.dump(cls.server, "stock")

    @staticmethod
    def dump(server, database):
        return entries_of(server.run("pg_dump", "-d", server.uri(database)))

    def assert_as_stock(self, server, database):
        made = self.dump(server, database)
        self.assertEqual([entry for entry in self.expected if entry not in made], [], "lost or changed")
        self.assertEqual([entry for entry in made if entry not in self.expected], [], "added or changed")

    def assert_proved(self, *where):
        proof = self.run_holdfast("verify", self.made, "--level", "restore", *where)["reports"][0]["proof"]
        self.assertEqual((proof["level"], proof["warnings"], proof["faults"]), ("content-equal", [], []))

    def assert_restores(self, server, *options):
        restored = self.run_holdfast("restore", self.made, server.uri("restored"), *options)["restore"]
        self.assertEqual((restored["left_out"], restored["warnings"]), ([], []))
        self.assert_as_stock(server, "restored")
        self.assert_proved("--restored", server.uri("restored"))

    def test_the_scripts_made_what_they_should(self):
        counts = dict(zip(FEWEST, map(int, self.server.psql(COUNT, db="regression").split("|"))))
        print(f"PostgreSQL {self.MAJOR}: {counts}")
        self.assertEqual({name: max(count, FEWEST[name]) for name, count in counts.items()}, counts)

    def test_a_restore_on_the_same_server(self):
        self.assert_restores(self.server, "--strict")

    def test_a_restore_on_a_server_that_has_none_of_its_roles(self):
        self.assert_restores(self.other)

    def test_a_proof_in_a_scratch_server(self):
        self.assert_proved()

    def test_exports_through_stock_programs(self):
        self.run_holdfast("export", self.made, "-o", self.folder / "export.sql")
        self.run_holdfast("export", self.made, "-o", self.folder / "export.dump", "--format", "archive")
        for name, *words in (("sql", "psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-f", self.folder / "export.sql"),
                             ("archive", "pg_restore", "--exit-on-error", self.folder / "export.dump")):
            with self.subTest(name):
                self.server.create_db(name)
                self.server.run(*words, "-d", self.server.uri(name))
                self.assert_as_stock(self.server, name)


class Regression15(Regression17):
    MAJOR = 15


if __name__ == "__main__":
    harness.main()
