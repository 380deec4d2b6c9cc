"""Definitions that the server prints differently from the text that made them: equal after one more round through the
server, so a perfect restore is proven; a real change is still a fault."""


import harness
from holdfast import FAULT, OK
from postgres_case import PostgresCase

# Each kind of definition that contains an expression, with the list over varchar whose casts the server moves.
REWRITTEN = {
    "check": "CREATE TABLE t (s varchar(20) CHECK (s IN ('new', 'paid')))",
    "domain": "CREATE DOMAIN d AS varchar(20) CHECK (value IN ('new', 'paid')); CREATE TABLE t (s d)",
    "view": "CREATE TABLE t (s varchar(20)); CREATE VIEW v AS SELECT * FROM t WHERE s IN ('new', 'paid')",
    "materialized_view": "CREATE TABLE t (s varchar(20)); CREATE MATERIALIZED VIEW v AS SELECT * FROM t WHERE s IN ('new', 'paid')",
    "partial_index": "CREATE TABLE t (s varchar(20)); CREATE INDEX i ON t (s) WHERE s IN ('new', 'paid')",
    "index_expression": "CREATE TABLE t (s varchar(20)); CREATE INDEX i ON t ((s IN ('new', 'paid')))",
    "policy": "CREATE TABLE t (s varchar(20)); CREATE POLICY p ON t USING (s IN ('new', 'paid'))",
    "rule": "CREATE TABLE t (s varchar(20)); CREATE RULE r AS ON UPDATE TO t WHERE new.s IN ('new', 'paid') DO NOTHING",
    "trigger": """CREATE TABLE t (s varchar(20)); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
      CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW WHEN (new.s IN ('new', 'paid')) EXECUTE FUNCTION f()""",
    "exclusion": "CREATE TABLE t (s varchar(20), r int4range, EXCLUDE USING gist (r WITH &&) WHERE (s IN ('new', 'paid')))",
    "generated": "CREATE TABLE t (s varchar(20), g bool GENERATED ALWAYS AS (s IN ('new', 'paid')) STORED)",
    "default": "CREATE TABLE t (s varchar(20), b bool DEFAULT ('a'::varchar(20) IN ('new', 'paid')))",
    "statistics": "CREATE TABLE t (s varchar(20)); CREATE STATISTICS x ON (s IN ('new', 'paid')), s FROM t",
    "sql_body": "CREATE FUNCTION f(s varchar(20)) RETURNS bool LANGUAGE sql RETURN s IN ('new', 'paid'); CREATE TABLE t (s varchar(20))",
    "partition": """CREATE TABLE t (s varchar(20), n int, CHECK (s IN ('new', 'paid'))) PARTITION BY LIST (n);
      CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)""",
    # The server sorts them by the roles' OIDs, and the reference's server makes the roles in another order.
    "default_privileges": """CREATE ROLE zz; CREATE ROLE aa; CREATE TABLE t (s varchar(20));
      ALTER DEFAULT PRIVILEGES IN SCHEMA default_privileges GRANT SELECT ON TABLES TO zz, aa""",
}
# A column that the parent got later comes last in the source, and before the child's own in what pg_dump writes.
LATER_COLUMN = """CREATE TABLE a (x int); CREATE TABLE c (z int) INHERITS (a); INSERT INTO c VALUES (1, 2);
  ALTER TABLE a ADD COLUMN w text; UPDATE c SET w = 'w'"""


class Rewritten(PostgresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One schema for each kind: one backup has all of them.
        cls.server.create_db("all")
        for kind, sql in REWRITTEN.items():
            if kind in ("statistics", "sql_body") and cls.server.major < 14:
                continue
            cls.server.psql(f'CREATE SCHEMA "{kind}"; SET search_path = "{kind}"; {sql}', db="all")
        cls.server.psql(LATER_COLUMN, db="all")
        cls.made = cls.holdfast("backup", cls.server.uri("all"), "--json").expect(OK).json["backup"]["id"]

    def verify(self, *arguments):
        return self.holdfast("verify", self.made, "--level", "restore", *arguments)

    def test_each_kind_is_proven_in_a_scratch_server(self):
        self.assertIn("PROVED", self.verify().expect(OK).stdout)

    def test_each_kind_is_proven_on_a_server_that_is_named(self):
        self.assertIn("PROVED", self.verify("--target", self.server.uri()).expect(OK).stdout)
        self.assertEqual([name for name in self.server.databases() if name.startswith("verify_")], [])

    def test_a_restored_database_is_equal_until_somebody_changes_it(self):
        self.addCleanup(self.server.drop_db, "copy")
        self.holdfast("restore", self.made, self.server.uri("copy")).expect(OK)
        self.assertIn("PROVED", self.verify("--restored", self.server.uri("copy")).expect(OK).stdout)
        changes = {
            'ALTER TABLE "check".t DROP CONSTRAINT t_s_check': "check",
            """CREATE OR REPLACE VIEW "view".v AS SELECT * FROM "view".t WHERE s IN ('new', 'paid', 'lost')""": "view",
            "DROP INDEX partial_index.i": "partial_index.i",
            'ALTER TABLE "trigger".t DISABLE TRIGGER g': "trigger",
            "ALTER POLICY p ON policy.t USING (true)": "policy",
            "ALTER TABLE rule.t RENAME TO u": "rule",
        }
        for change, object_name in changes.items():
            with self.subTest(change):
                self.server.drop_db("changed")
                self.server.create_db("changed", template="copy")
                self.server.psql(change, db="changed")
                faults = self.verify("--restored", self.server.uri("changed")).expect(FAULT).stdout
                self.assertIn("FAULT", faults)
                self.assertIn(object_name, faults)
        self.server.drop_db("changed")


if __name__ == "__main__":
    harness.main()
