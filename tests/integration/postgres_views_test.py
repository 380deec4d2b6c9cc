"""Materialized views are filled while foreign keys are still checked. They get the rows that they had all the same: those
of tables that only a function's text names, values of sequences, and not more than a policy lets their owner see."""

import harness
from holdfast import OK
from postgres_case import PostgresCase

ROWS = """
CREATE TABLE item (id int PRIMARY KEY, name text, padding text DEFAULT repeat('x', 400));
CREATE TABLE sold (id serial PRIMARY KEY, item int NOT NULL REFERENCES item);
INSERT INTO item SELECT n, 'item ' || n FROM generate_series(1, 20000) n;
INSERT INTO sold (item) SELECT 1 + n % 1000 FROM generate_series(1, 20000) n;
CREATE SEQUENCE tickets; SELECT setval('tickets', 4711);
"""
# Nothing in the catalog tells what the function reads.
FUNCTION = """
CREATE FUNCTION rows_of(name text) RETURNS bigint LANGUAGE plpgsql STABLE AS
  'DECLARE n bigint; BEGIN EXECUTE format(''SELECT count(*) FROM public.%I'', name) INTO n; RETURN n; END';
CREATE MATERIALIZED VIEW counts AS SELECT rows_of('item') AS items, rows_of('sold') AS sold, last_value AS tickets FROM tickets;
CREATE VIEW between AS SELECT items + sold AS sum FROM counts;
CREATE MATERIALIZED VIEW sums AS SELECT sum, 2 * sum AS twice FROM between;
CREATE INDEX ON sums (sum);
CREATE MATERIALIZED VIEW later AS SELECT * FROM item WITH NO DATA;
"""
POLICY = """
CREATE POLICY cheap ON item USING (id <= 10); ALTER TABLE item ENABLE ROW LEVEL SECURITY; ALTER TABLE item FORCE ROW LEVEL SECURITY;
CREATE MATERIALIZED VIEW seen AS SELECT id FROM item;
"""
# Its query is valid only once the key is there, which follows the rows.
KEY = """
CREATE MATERIALIZED VIEW best AS SELECT item.id, name, count(*) FROM item JOIN sold ON sold.item = item.id GROUP BY item.id;
"""
# pg_dump writes such a view as an empty one, whose rule follows the rows.
RULE = """
CREATE VIEW grouped AS SELECT item.id, name, count(*) FROM item JOIN sold ON sold.item = item.id GROUP BY item.id;
CREATE MATERIALIZED VIEW kept AS SELECT id, name, count FROM grouped;
"""


class Views(PostgresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.psql("CREATE ROLE app LOGIN")

    def setUp(self):
        self.addCleanup(lambda: [self.server.drop_db(name) for name in self.server.databases()])

    def restored(self, *scripts):
        self.server.create_db("origin")
        self.server.psql("ALTER DATABASE origin OWNER TO app; GRANT CREATE ON SCHEMA public TO app", db="origin")
        self.server.psql("SET ROLE app;" + "".join(scripts), db="origin")
        made = self.holdfast("backup", self.server.uri("origin"), "--json").expect(OK).json["backup"]["id"]
        self.holdfast("restore", made, self.server.uri("again"), "-j", "4").expect(OK)
        self.holdfast("verify", made, "--level", "restore", "--restored", self.server.uri("again")).expect(OK)

    def rows(self, db, view):
        return self.server.psql(f"SELECT * FROM {view} ORDER BY 1", db=db)

    def assert_same(self, *views):
        for view in views:
            with self.subTest(view):
                self.assertEqual(self.rows("again", view), self.rows("origin", view))

    def test_a_view_gets_what_functions_sequences_and_other_views_give_it(self):
        self.restored(ROWS, FUNCTION)
        self.assertEqual(self.rows("again", "counts"), "20000|20000|4711")
        self.assert_same("sums")
        self.assertEqual(self.server.psql("SELECT relispopulated FROM pg_class WHERE relname = 'later'", db="again"), "f")

    def test_a_view_over_a_table_with_a_policy_gets_what_its_owner_sees(self):
        self.restored(ROWS, POLICY)
        self.assertEqual(self.rows("again", "seen").splitlines(), [str(n) for n in range(1, 11)])

    def test_a_view_that_needs_a_key(self):
        self.restored(ROWS, FUNCTION, KEY)
        self.assert_same("counts", "sums", "best")

    def test_a_view_over_a_view_that_is_complete_only_after_the_rows(self):
        self.restored(ROWS, RULE)
        self.assertEqual(len(self.rows("again", "kept").splitlines()), 1000)
        self.assert_same("kept")


if __name__ == "__main__":
    harness.main()
