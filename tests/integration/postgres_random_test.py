"""A database at random is restored whole, and one object that cannot be restored costs no other.

HOLDFAST_SEED is the first seed, HOLDFAST_SEEDS their number.
"""

import os
import pathlib
import random
import shutil
import tempfile
import unittest

import harness
import random_breaks
from budget import LONG
from dump_entries import entries_of, names_of
from holdfast import OK, WARNINGS, Holdfast
from pg import PgServer, quote_ident
from random_schema import RandomSchema
from random_types import quote

FIRST = int(os.environ.get("HOLDFAST_SEED") or random.SystemRandom().randrange(1_000_000))
SEEDS = int(os.environ.get("HOLDFAST_SEEDS") or (2000 if LONG else 3))
# A query for each table and materialized view: all its columns, also those that the server makes. Partitions are read
# through their table, because the hash of an enum differs.
CONTENT = """
SELECT format('SELECT %L, md5(string_agg(r, '','' ORDER BY r COLLATE "C")) FROM (SELECT ROW(%s)::text AS r FROM %s %I.%I) rows',
  n.nspname || '.' || c.relname, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) FROM pg_attribute
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), CASE WHEN c.relkind = 'p' THEN '' ELSE 'ONLY' END, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND c.relispopulated AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)'
ORDER BY n.nspname, c.relname \\gexec"""


def is_about(name, entry):
    """Whether the entry mentions a name, quoted or not; in comments pg_dump writes it on one line."""
    return name is not None and any(name in text or name.replace("\n", " ") in text for text in (entry, random_breaks.plain(entry)))


class RandomDatabases(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfrandom."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = PgServer(settings={"max_locks_per_transaction": 256})
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        print(f"seeds {FIRST} to {FIRST + SEEDS - 1}")

    def for_each_seed(self, check):
        """Calls `check` with the generator of each seed, and removes afterwards what it made on the server."""
        for seed in range(FIRST, FIRST + SEEDS):
            schema = RandomSchema(seed, f"random {seed}")
            with self.subTest(seed=seed):
                try:
                    self.holdfast = Holdfast(self.folder / "repository")
                    self.holdfast("init", "--layout", "plain", "--no-encryption").expect(OK)
                    check(schema, f"copy {seed}")
                finally:
                    shutil.rmtree(self.folder / "repository", ignore_errors=True)
                    self.remove(schema.plain_name, f"copy {seed}", f"stock {seed}")
                    self.server.psql("".join(f"DROP ROLE IF EXISTS {quote_ident(role)};" for role in schema.roles))

    def remove(self, *databases):
        for database in databases:
            self.server.drop_db(database)

    def back_up(self, schema):
        return self.holdfast("backup", self.server.uri(schema.plain_name), "--json").expect(OK).json["backup"]["id"]

    def dump(self, database, name):
        """The entries of a database, as if its name were another."""
        text = self.server.run("pg_dump", "--create", "--load-via-partition-root", "-d", self.server.uri(database))
        return entries_of(text.replace(database, name))

    def stock_restore(self, schema, name):
        """The entries of what psql makes of pg_dump's text: it moves columns of children, and spells casts anew."""
        path = ", ".join(schema.path + [each for each in schema.schemas if each not in schema.path])
        text = self.server.run("pg_dump", "-d", self.server.uri(schema.plain_name))
        text = text.replace("set_config('search_path', '', false)", f"set_config('search_path', {quote(path)}, false)")
        stock = f"stock {schema.seed}"
        self.server.create_db(stock)
        self.server.run("psql", "-Xq", "-o", "/dev/null", "-d", self.server.uri(stock), input=text)  # it stops at no error
        return self.dump(stock, name)

    def differences(self, schema, copy, about=None):
        """The entries of the copy that neither the source has, nor a stock restore of it; and the names of those that it
        lacks. Not what is about a given object."""
        expected, actual = self.dump(schema.plain_name, schema.plain_name), self.dump(copy, schema.plain_name)
        other = [entry for entry in actual if entry not in expected and not is_about(about, entry)]
        lost = [f"- {name}" for name in names_of(expected) - names_of(actual) if not is_about(about, name)]
        if not other:
            return lost
        stock = self.stock_restore(schema, schema.plain_name)
        refused = names_of(expected) - names_of(stock)  # by psql, so that nothing tells how these are spelt
        return lost + [f"+ {entry}" for entry in other if entry not in stock and entry.partition("\n")[0] not in refused]

    def content(self, database):
        return self.server.psql(CONTENT, db=database).splitlines()

    def test_a_random_database_is_restored_whole(self):
        counts = {"taken": 0, "refused": 0}

        def check(schema, copy):
            taken, refused = schema.load(self.server)
            counts["taken"] += len(taken)
            counts["refused"] += len(refused)
            backup = self.back_up(schema)
            jobs = ("-j", schema.pick(["1", "2"]))
            result = self.holdfast("restore", backup, self.server.uri(copy), "--strict", "--json", *jobs).expect(OK)
            self.assertEqual((result.json["restore"]["left_out"], result.json["restore"]["warnings"]), ([], []))
            verified = self.holdfast("verify", backup, "--level", "restore", "--restored", self.server.uri(copy), "--json").expect(OK)
            proof = verified.json["reports"][0]["proof"]
            self.assertEqual((proof["level"], proof["warnings"], proof["faults"]), ("content-equal", [], []))
            self.assertEqual(self.differences(schema, copy), [])
            self.assertEqual(self.content(copy), self.content(schema.plain_name))

        self.for_each_seed(check)
        self.assertLess(counts["refused"], counts["taken"], "the server refuses too much for the test to mean something")

    def test_one_object_that_cannot_be_restored_costs_no_other(self):
        def check(schema, copy):
            schema.load(self.server)
            broken = random_breaks.Breaks(schema).any()
            self.server.psql(";\n".join(broken.sql), db=schema.plain_name)
            backup = self.back_up(schema)
            result = self.holdfast("restore", backup, self.server.uri(copy), "--json", "-j", schema.pick(["1", "2"])).expect(WARNINGS)
            left_out = result.json["restore"]["left_out"]
            self.assertEqual([(item["object"], item["instead"]) for item in left_out], [(broken.object, broken.instead)], left_out)
            self.assertEqual(self.differences(schema, copy, random_breaks.plain(broken.name)), [])

        self.for_each_seed(check)


if __name__ == "__main__":
    harness.main()
