"""What the tests of PostgreSQL's extensions and languages leave behind comes back whole and is proved. Only in a long run."""

import unittest

import harness
from contrib_databases import MAJOR, SETTINGS, Unavailable, contrib_databases
from whole_databases import WholeDatabases

FEWEST = 35  # modules; fewer means that the scripts were not read as they are meant


class Contrib(WholeDatabases):
    MAJOR = MAJOR
    SETTINGS = SETTINGS

    def test_each_database_comes_back_as_with_stock_programs(self):
        try:
            modules = contrib_databases()
        except Unavailable as error:
            raise unittest.SkipTest(str(error)) from error
        loaded = 0
        for module in modules:
            with self.subTest(module.name):
                if not module.load(self.server):
                    continue
                loaded += 1
                backup = self.back_up(module.database)
                self.assert_restores(backup, self.server, self.stock(module.database))
                self.assert_proved(backup)
            self.server.drop_db(module.database)
            self.server.drop_db("restored")
        print(f"{loaded} modules")
        self.assertGreaterEqual(loaded, FEWEST)


if __name__ == "__main__":
    harness.main()
