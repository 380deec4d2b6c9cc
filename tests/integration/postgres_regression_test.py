"""PostgreSQL's regression databases come back whole, in each way, and are proved. Only in a long run."""

import unittest

import harness
from regression_database import SETTINGS, RegressionDatabase, Unavailable
from whole_databases import WholeDatabases

FEWEST = {"tables": 500, "functions": 250, "functions in C": 15}  # a lower count means that the scripts were not read as they are meant
COUNT = """SELECT (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND oid >= 16384), (SELECT count(*) FROM pg_proc WHERE oid >= 16384),
  (SELECT count(*) FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE lanname = 'c' AND p.oid >= 16384)"""


class Regression17(WholeDatabases):
    MAJOR = 17
    SETTINGS = SETTINGS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.serve()
        try:
            RegressionDatabase(cls.MAJOR).load(cls.server, "regression")
        except Unavailable as error:
            raise unittest.SkipTest(str(error)) from error
        cls.made = cls.back_up("regression")
        cls.expected = cls.stock("regression")

    def test_the_scripts_made_what_they_should(self):
        counts = dict(zip(FEWEST, map(int, self.server.psql(COUNT, db="regression").split("|"))))
        print(f"PostgreSQL {self.MAJOR}: {counts}")
        self.assertEqual({name: max(count, FEWEST[name]) for name, count in counts.items()}, counts)

    def test_a_restore_on_the_same_server(self):
        self.assert_restores(self.made, self.server, self.expected, "--strict")

    def test_a_restore_on_a_server_that_has_none_of_its_roles(self):
        self.assert_restores(self.made, self.other, self.expected)

    def test_a_proof_in_a_scratch_server(self):
        self.assert_proved(self.made)

    def test_exports_through_stock_programs(self):
        self.run_holdfast("export", self.made, "-o", self.folder / "export.sql")
        self.run_holdfast("export", self.made, "-o", self.folder / "export.dump", "--format", "archive")
        for name, *words in (("sql", "psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-f", self.folder / "export.sql"),
                             ("archive", "pg_restore", "--exit-on-error", self.folder / "export.dump")):
            with self.subTest(name):
                self.server.create_db(name)
                self.server.run(*words, "-d", self.server.uri(name))
                self.assert_holds(self.server, name, self.expected)


class Regression15(Regression17):
    MAJOR = 15


if __name__ == "__main__":
    harness.main()
