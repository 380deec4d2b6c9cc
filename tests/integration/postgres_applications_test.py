"""The databases of real applications, with rows made for them, come back: restored with nothing left out, proved, and the
same as what a stock restore makes. Roles with fewer rights restore all that needs no more rights, and name the rest.

A few small ones run always, all of them with HOLDFAST_TESTS_LONG. HOLDFAST_APPLICATIONS names some, by commas.
"""

import os
import unittest

import application_schemas
import django_schemas
import harness
from budget import LONG
from catalog_rows import CatalogRows
from dump_entries import entries_of
from holdfast import OK, WARNINGS, Holdfast
from pg import PgServer
from postgres_case import PostgresCase

NAMED = [name for name in os.environ.get("HOLDFAST_APPLICATIONS", "").split(",") if name]
CHOSEN = [each for each in application_schemas.APPLICATIONS + django_schemas.APPLICATIONS if (each.name in NAMED if NAMED else LONG or each.small)]
ROWS = 30 if LONG else 10
# What a role without special rights may not make, as a restore names it.
NEEDS_SUPERUSER = """
SELECT 'EXTENSION ' || e.extname FROM pg_extension e JOIN pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion
  WHERE v.superuser AND NOT v.trusted AND e.extname <> 'plpgsql'
UNION ALL SELECT 'EVENT TRIGGER ' || evtname FROM pg_event_trigger
UNION ALL SELECT 'PUBLICATION ' || pubname FROM pg_publication WHERE puballtables
UNION ALL SELECT 'FUNCTION public.' || p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  WHERE p.oid >= 16384 AND (p.proleakproof OR NOT l.lanpltrusted) AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
ORDER BY 1"""
SUPERUSERS = """CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100);
CREATE EXTENSION pg_trgm; CREATE EXTENSION pg_stat_statements;
CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION watch();
CREATE PUBLICATION everything FOR ALL TABLES; CREATE PUBLICATION some_tables FOR TABLE t;
CREATE FUNCTION public.tight(int) RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT $1';
CREATE FUNCTION public.foreign_code() RETURNS int LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
ALTER TABLE t OWNER TO {user}; ALTER PUBLICATION some_tables OWNER TO {user};
ALTER FUNCTION tight(int) OWNER TO {user}; ALTER FUNCTION foreign_code() OWNER TO {user}; ALTER FUNCTION watch() OWNER TO {user}"""


class ApplicationCase(PostgresCase):
    SETTINGS = {"max_locks_per_transaction": 256, "shared_preload_libraries": "pg_stat_statements"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target = PgServer(settings=cls.SETTINGS)  # another server, which knows none of the roles
        cls.addClassCleanup(cls.target.stop)
        cls.target.start()

    def for_each(self, applications, check):
        """Calls `check` with each application, whose database has its name and owner."""
        for application in applications:
            with self.subTest(application.name):
                name = application.name
                self.server.psql(f"CREATE ROLE {name} LOGIN")
                self.server.psql(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0")
                try:
                    self.load(application)
                    check(application, self.holdfast("backup", self.server.uri(name), "--json").expect(OK).json["backup"]["id"])
                finally:
                    for database in (name, f"{name}_stock"):
                        self.server.drop_db(database)
                    self.target.drop_db(name)
                    for server in (self.server, self.target):
                        server.psql(f"DROP ROLE IF EXISTS {name}")

    def load(self, application):
        name = application.name
        try:
            application.load(self.server, name, user=name)
        except application_schemas.Unavailable as error:
            raise unittest.SkipTest(str(error)) from error
        with_rows, tables = CatalogRows(self.server, name).fill(ROWS)
        self.assertGreaterEqual(tables, application.tables, "the package's SQL made too few tables")
        self.assertGreaterEqual(with_rows, 0.9 * tables, "too few tables have rows")
        print(f"{name}: {tables} tables, {with_rows} with rows")

    def dump(self, server, database, name, *options):
        return entries_of(server.run("pg_dump", "--create", *options, "-d", server.uri(database)).replace(database, name))

    def stock(self, name, *options):
        """What pg_dump writes after psql ran pg_dump's text: each restore has the server read and print definitions anew."""
        stock = f"{name}_stock"
        self.server.psql(f"CREATE DATABASE {stock} OWNER {name} TEMPLATE template0")
        self.server.run("psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-d", self.server.uri(stock), input=self.server.run("pg_dump", "-d", self.server.uri(name)))
        return self.dump(self.server, stock, name, *options)


class Whole(ApplicationCase):
    def test_each_comes_back_whole_and_proved_and_as_a_stock_restore_makes_it(self):
        def check(application, backup):
            target = self.target.uri(application.name)
            restored = self.holdfast("restore", backup, target, "--strict", "--json").expect(OK).json["restore"]
            self.assertEqual((restored["left_out"], restored["warnings"]), ([], []))
            proof = self.holdfast("verify", backup, "--level", "restore", "--restored", target, "--json").expect(OK).json["reports"][0]["proof"]
            self.assertEqual((proof["level"], proof["warnings"], proof["faults"]), ("content-equal", [], []))
            self.assertEqual(self.dump(self.target, application.name, application.name), self.stock(application.name))

        self.for_each(CHOSEN, check)


class SuperusersObjects:
    """No application: a database with what only a superuser may make."""

    name, tables, small = "superusers_objects", 1, True

    @staticmethod
    def load(server, database, user):
        server.psql(SUPERUSERS.format(user=user), db=database)


class Rights(ApplicationCase):
    """What roles that are no superusers restore of each application, on a server that has none of its roles."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target.psql("CREATE ROLE maker LOGIN CREATEDB; CREATE ROLE administrator LOGIN CREATEDB CREATEROLE")

    def assert_restores(self, user, options, without):
        """All but what needs a superuser comes, with all rows; nothing comes as something less."""
        def check(application, backup):
            name = application.name
            needed = self.server.psql(NEEDS_SUPERUSER, db=name).splitlines()
            result = self.holdfast("restore", backup, self.target.uri(name, user=user), "--json", *options).expect(WARNINGS if needed else OK).json["restore"]
            self.assertEqual(sorted((item["object"], item["instead"]) for item in result["left_out"]), [(thing, "") for thing in needed])
            print(f"{user}: {name}: left out {', '.join(needed) or 'nothing'}; warnings: {result['warnings']}")
            made, stock = self.dump(self.target, name, name, *without), self.stock(name, *without)
            self.assertEqual([entry for entry in made if entry not in stock], [])
            missing = [entry for entry in stock if entry not in made]
            self.assertEqual([entry for entry in missing if not any(thing.split()[-1].split(".")[-1] in entry for thing in needed)], [])

        self.for_each([SuperusersObjects, *(CHOSEN if LONG or NAMED else CHOSEN[:1])], check)

    def test_createdb_restores_all_but_owners_and_what_needs_a_superuser(self):
        self.assert_restores("maker", ["--no-owner"], ["--no-owner"])

    def test_createdb_and_createrole_restore_all_but_what_needs_a_superuser(self):
        self.assert_restores("administrator", [], [])


if __name__ == "__main__":
    harness.main()
