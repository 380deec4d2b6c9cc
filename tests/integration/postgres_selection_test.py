"""Choosing tables with --include and --exclude, at backup and at restore: selected objects come with everything they
need, and nothing is lost silently."""

import contextlib
import json

import harness
import zoo
from faults import Session
from holdfast import FAILED, OK, USAGE, WARNINGS
from postgres_case import PostgresCase

SCHEMA = """
CREATE SCHEMA sales; CREATE SCHEMA "Odd.Name"; CREATE SCHEMA hr;
CREATE TYPE sales.state AS ENUM ('new', 'paid', 'sent');
CREATE SEQUENCE sales.numbers START 100;
CREATE TABLE sales.customers (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE sales.orders (id int PRIMARY KEY DEFAULT nextval('sales.numbers'), customer int REFERENCES sales.customers, state sales.state);
CREATE INDEX orders_by_state ON sales.orders (state);
COMMENT ON TABLE sales.orders IS 'of customers';
CREATE VIEW sales.paid AS SELECT * FROM sales.orders WHERE state = 'paid';
CREATE TABLE sales.orders_old (LIKE sales.orders);
CREATE TABLE "Odd.Name"."a.b" (id int); CREATE TABLE "Odd.Name"."Say ""hi"" you" (id int); CREATE TABLE "Odd.Name"."star*" (id int);
CREATE TABLE hr.people (id int, boss int); CREATE TABLE hr.secrets (id serial, t text);
CREATE TABLE sales.log (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE sales.log_1 PARTITION OF sales.log FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE sales.log_2 PARTITION OF sales.log FOR VALUES FROM ('2002-01-01') TO ('2003-01-01') PARTITION BY LIST (n);
CREATE TABLE hr.log_2_1 PARTITION OF sales.log_2 FOR VALUES IN (1);
CREATE TABLE sales.moods (k sales.state, n int) PARTITION BY HASH (k);
CREATE TABLE sales.moods_0 PARTITION OF sales.moods FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE sales.moods_1 PARTITION OF sales.moods FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE sales.moods_2 PARTITION OF sales.moods FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO sales.customers (name) SELECT 'c' || n FROM generate_series(1, 50) n;
INSERT INTO sales.orders (customer, state) SELECT n, 'paid' FROM generate_series(1, 50) n;
INSERT INTO sales.orders_old SELECT * FROM sales.orders;
INSERT INTO "Odd.Name"."a.b" VALUES (1); INSERT INTO "Odd.Name"."Say ""hi"" you" VALUES (2); INSERT INTO "Odd.Name"."star*" VALUES (3);
INSERT INTO hr.people VALUES (1, NULL); INSERT INTO hr.secrets (t) VALUES ('s');
INSERT INTO sales.log VALUES ('2001-05-05', 1), ('2002-05-05', 1);
INSERT INTO sales.moods SELECT k, n FROM unnest(enum_range(NULL::sales.state)) k, generate_series(1, 4) n;
SELECT lo_from_bytea(4711, 'a large object');
"""
TABLES = ("SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
          "WHERE relkind IN ('r', 'p') AND nspname !~ '^(pg_|inf)'")


class SelectionCase(PostgresCase):
    """One server and database for all cases, restored into a new database for each."""

    INIT = ("--layout", "plain", "--no-encryption")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_db("shop")
        cls.server.psql(SCHEMA, db="shop")
        cls.tables = set(cls.server.psql(TABLES, db="shop").splitlines())
        cls.whole = cls.backup().json["backup"]["id"]
        cls.count = 0

    @classmethod
    def backup(cls, *arguments, expect=(OK,)):
        return cls.holdfast("backup", cls.server.uri("shop"), *arguments, "--json").expect(*expect)

    def restore(self, *arguments, backup=None, expect=(OK,)):
        """Restores into a new database, whose name is in self.db afterwards."""
        type(self).count += 1
        self.db = f"restored {self.count}"
        return self.holdfast("restore", backup or self.whole, self.server.uri(self.db), *arguments, "--json").expect(*expect)

    def restored(self):
        return set(self.server.psql(TABLES, db=self.db).splitlines())

    def rows(self, table, db=None):
        return self.server.psql(f"SELECT x FROM {table} x ORDER BY 1", db=db or self.db)

    def both_ways(self, *arguments, expect=(OK,)):
        """(database, report) of a restore from a selective backup, then of a selective restore. Proves the backup, too.
        """
        made = self.backup(*arguments).json["backup"]
        self.assertEqual(made["sources"][0]["notes"]["partial"], "true")
        proof = self.holdfast("verify", made["id"], "--level", "restore", "--target", self.server.uri("postgres"), "--json").expect(*expect).json
        self.assertEqual(proof["reports"][0]["proof"]["level"], "content-equal")
        for words in ({"backup": made["id"]}, {}):
            report = self.restore(*([] if words else arguments), **words, expect=expect).json["restore"]
            yield report


class Including(SelectionCase):
    def test_a_schema_or_a_wildcard_or_a_bare_name_brings_what_it_matches(self):
        for arguments, wanted in ((["hr.people"], {"hr.people"}), (["customers"], {"sales.customers"}),
                                  (["sales.orders*", "sales.customers"], {"sales.orders", "sales.orders_old", "sales.customers"}),
                                  (["hr.*"], {"hr.people", "hr.secrets", "hr.log_2_1", "sales.log", "sales.log_2"}),
                                  (["sales.customer?"], {"sales.customers"})):
            for _ in self.both_ways(*(word for name in arguments for word in ("--include", name))):
                self.assertEqual(self.restored(), wanted)

    def test_quoted_names_are_taken_literally(self):
        for pattern, wanted in (('"Odd.Name"."a.b"', '"Odd.Name"."a.b"'), ('"Odd.Name"."Say ""hi"" you"', '"Odd.Name"."Say ""hi"" you"'),
                                ('"Odd.Name"."star*"', '"Odd.Name"."star*"')):
            for _ in self.both_ways("--include", pattern):
                self.assertEqual(self.restored(), {wanted})
                self.assertEqual(self.rows(wanted), self.rows(wanted, "shop"))

    def test_a_table_brings_its_types_sequences_indexes_and_comments(self):
        for _ in self.both_ways("--include", "sales.orders", "--include", "sales.customers"):
            for sql in ("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'sales' AND tablename IN ('orders', 'customers') ORDER BY 1",
                        "SELECT obj_description('sales.orders'::regclass)", "SELECT enum_range(NULL::sales.state)",
                        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'sales.orders'::regclass ORDER BY 1",
                        "SELECT last_value, is_called FROM sales.numbers", "SELECT last_value, is_called FROM sales.customers_id_seq"):
                self.assertEqual(self.server.psql(sql, db=self.db), self.server.psql(sql, db="shop"))
            self.assertEqual(self.rows("sales.orders"), self.rows("sales.orders", "shop"))
            self.assertEqual(self.server.psql("SELECT count(*) FROM pg_largeobject_metadata", db=self.db), "0")

    def test_a_foreign_key_to_a_table_left_out_is_reported_and_the_rows_come(self):
        for report in self.both_ways("--include", "sales.orders", expect=(WARNINGS,)):
            self.assertEqual(len(report["warnings"]), 1, report)
            self.assertRegex(report["warnings"][0], r"^FK CONSTRAINT sales\.orders orders_customer_fkey: needs TABLE sales\.customers$")
            self.assertEqual(self.rows("sales.orders"), self.rows("sales.orders", "shop"))

    def test_a_partitioned_table_brings_its_partitions_wherever_they_stand(self):
        for _ in self.both_ways("--include", "sales.log"):
            self.assertEqual(self.restored(), {"sales.log", "sales.log_1", "sales.log_2", "hr.log_2_1"})
            self.assertEqual(self.rows("sales.log"), self.rows("sales.log", "shop"))
        for _ in self.both_ways("--include", "log_2"):
            self.assertEqual(self.server.psql("SELECT tableoid::regclass, * FROM sales.log", db=self.db), "hr.log_2_1|2002-05-05|1")

    def test_one_partition_by_the_hash_of_an_enum_comes_though_its_rows_move(self):
        one = self.server.psql("SELECT min(tableoid::regclass::text) FROM sales.moods", db="shop")
        for _ in self.both_ways("--include", one):
            self.assertEqual(self.rows("sales.moods"), self.rows(one, "shop"))
            self.assertEqual(self.restored(), {"sales.moods", "sales.moods_0", "sales.moods_1", "sales.moods_2"})

    def test_a_pattern_that_matches_nothing_is_an_error_and_makes_nothing(self):
        for pattern in ("sales.nothing", "nowhere.*", "Sales.orders"):
            before = self.holdfast("list", "--json").json
            for chosen in ([pattern], ["sales.orders", pattern]):
                words = [word for name in chosen for word in ("--include", name)]
                error = self.backup(*words, expect=(FAILED,)).json["error"]
                self.assertEqual(error["code"], "not_found")
                self.assertIn(f"'{pattern}'", error["message"])
                error = self.restore(*words, expect=(FAILED,)).json["error"]
                self.assertEqual(error["code"], "not_found")
                self.assertIn(f"'{pattern}'", error["message"])
                self.assertNotIn(self.db, self.server.databases())
            self.assertEqual(self.holdfast("list", "--json").json, before)
        for pattern in ("", "a.b.c", '"open', "a..b"):
            self.backup("--include", pattern, expect=(USAGE,))

    def test_a_role_that_may_read_one_table_backs_up_just_that(self):
        self.server.psql("CREATE ROLE clerk LOGIN; GRANT USAGE ON SCHEMA hr TO clerk; GRANT SELECT ON hr.people TO clerk;", db="shop")
        uri = self.server.uri("shop", user="clerk")
        error = self.holdfast("backup", uri, "--json").expect(FAILED).json["error"]
        self.assertEqual(error["code"], "permission_denied")
        self.assertRegex(error["message"], r'no privilege to read "\w+(\.\w+)?"\.".*grant SELECT')
        made = self.holdfast("backup", uri, "--include", "hr.people", "--json").expect(OK).json["backup"]
        self.restore(backup=made["id"])
        self.assertEqual(self.restored(), {"hr.people"})
        self.assertEqual(self.rows("hr.people"), self.rows("hr.people", "shop"))
        self.holdfast("verify", made["id"], "--level", "restore").expect(OK)

    def test_a_selection_into_a_database_in_use_touches_nothing_else(self):
        self.server.create_db("in use")
        self.server.psql("CREATE TABLE mine AS SELECT 1 AS a; SELECT lo_create(1)", db="in use")
        for _ in range(2):
            result = self.holdfast("restore", self.whole, self.server.uri("in use"), "--include", "hr.people", "--json")
            self.db = "in use"
            self.assertEqual(self.restored(), {"mine", "hr.people"})
        self.assertEqual(result.exit, FAILED)
        self.assertEqual(result.json["error"]["code"], "invalid_state")
        self.assertIn('"hr"."people" is already in database', result.json["error"]["message"])

    def test_an_index_whose_function_calls_what_was_not_chosen_is_left_out_and_the_rows_come(self):
        self.server.create_db("calls")
        self.server.psql("CREATE SCHEMA lib; CREATE FUNCTION lib.inner_fn(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select upper($1)';"
                         "CREATE FUNCTION lib.idx(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select lib.inner_fn($1)';"
                         "CREATE TABLE t (x text); CREATE INDEX by_x ON t (lib.idx(x)); INSERT INTO t VALUES ('a'), ('b')", db="calls")
        made = self.holdfast("backup", self.server.uri("calls"), "--json").expect(OK).json["backup"]["id"]
        result = self.holdfast("restore", made, self.server.uri("calls_r"), "--include", "public.t", "--json").expect(WARNINGS)
        self.assertEqual([each["object"] for each in result.json["restore"]["left_out"]], ["INDEX public.by_x"])
        self.assertEqual(self.server.psql("SELECT string_agg(x, '' ORDER BY x) FROM t", db="calls_r"), "ab")

    def test_a_lock_on_a_table_that_is_not_needed_delays_nothing(self):
        for table, chosen in (("hr.secrets", "hr.people"), ('"Odd.Name"."Say ""hi"" you"', '"Odd.Name"."star*"'),
                              ('"Odd.Name"."star*"', '"Odd.Name"."a.b"'), ("sales.log", "hr.people"),
                              ("sales.orders", "sales.customers")):  # a view shows sales.orders
            with self.subTest(table), contextlib.closing(Session(self.server, "BEGIN", f"LOCK TABLE {table}")):
                made = self.backup("--include", chosen, "--lock-timeout", "3").json["backup"]["id"]
                self.restore(backup=made)
                self.assertEqual(self.rows(chosen), self.rows(chosen, "shop"))

    def test_a_backup_of_one_table_has_all_its_definitions_that_a_whole_backup_has(self):
        zoo.load(self.server, "zoo")
        uri = self.server.uri("zoo")
        whole = self.holdfast("backup", uri, "--json").expect(OK, WARNINGS).json["backup"]["id"]
        quoted = """'"' || replace(nspname, '"', '""') || '"."' || replace(relname, '"', '""') || '"'"""
        tables = self.server.psql(f"SELECT {quoted} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'p') "
                                  "AND relpersistence <> 't' AND nspname !~ '^(pg_|inf)' AND nspname || relname !~ E'[\\n\\r]' "
                                  "ORDER BY 1", db="zoo").splitlines()
        self.assertGreater(len(tables), 30)
        for table in tables[::4]:
            with self.subTest(table):
                part = self.holdfast("backup", uri, "--include", table, "--json").expect(OK, WARNINGS)
                self.assertEqual(self.exported(part.json["backup"]["id"]), self.exported(whole, "--include", table))

    def exported(self, backup, *arguments):
        """The script of a backup and the warnings."""
        done = self.holdfast("export", backup, "-o", "-", *arguments).expect(OK, WARNINGS)
        script = done.stdout.replace(backup, "")
        return [line for line in script.splitlines() if "restrict " not in line], done.stderr.replace(backup, "")

    def test_exports_and_the_restore_text_of_a_selection_load_with_stock_tools(self):
        self.holdfast("export", self.whole, "-o", self.folder / "part.sql", "--include", "sales.orders").expect(OK, WARNINGS)
        self.server.create_db("part sql")
        self.server.run("psql", "-Xq", "-vON_ERROR_STOP=1", "-o", "/dev/null", "-d", self.server.uri("part sql"), "-f", self.folder / "part.sql")
        self.holdfast("export", self.whole, "-o", self.folder / "part.dump", "--format", "archive", "--include", "sales.orders").expect(OK, WARNINGS)
        self.server.create_db("part archive")
        self.server.run("pg_restore", "--exit-on-error", "-d", self.server.uri("part archive"), self.folder / "part.dump")
        made = self.backup("--include", "sales.orders").json["backup"]["id"]
        self.server.create_db("part text")
        done, nowhere = (zoo.run_restore_text(self.server, self.folder / "repository" / made, self.server.uri(db)) for db in ("part text", "nowhere"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("left out", done.stderr)
        self.assertNotEqual(nowhere.returncode, 0)
        self.assertIn('"nowhere" does not exist', nowhere.stderr)
        for db in ("part sql", "part archive", "part text"):
            self.assertEqual(self.rows("sales.orders", db), self.rows("sales.orders", "shop"))


class Excluding(SelectionCase):
    def test_everything_else_stays_with_its_sequences_and_large_objects(self):
        for report in self.both_ways("--exclude", "hr.secrets", "--exclude", "sales.log_1"):
            self.assertEqual(report["warnings"], [])
            self.assertEqual(self.restored(), self.tables - {"hr.secrets", "sales.log_1"})
            for sql in ("SELECT last_value FROM sales.numbers", "SELECT loid, data FROM pg_largeobject", "SELECT count(*) FROM sales.paid"):
                self.assertEqual(self.server.psql(sql, db=self.db), self.server.psql(sql, db="shop"))
            moved = {name for name in self.tables if name.startswith("sales.moods_")}
            for table in self.tables - moved - {"hr.secrets", "sales.log_1", "sales.log"}:
                self.assertEqual(self.rows(table), self.rows(table, "shop"))

    def test_what_needs_a_table_left_out_is_reported(self):
        for report in self.both_ways("--exclude", "sales.customers", expect=(WARNINGS,)):
            self.assertIn("orders_customer_fkey", json.dumps(report["warnings"]))
            self.assertEqual(self.restored(), self.tables - {"sales.customers"})
        for report in self.both_ways("--exclude", "sales.orders", expect=(WARNINGS,)):
            self.assertIn("VIEW paid", json.dumps(report["warnings"]))

    def test_a_partitioned_table_goes_with_its_partitions(self):
        for _ in self.both_ways("--exclude", "sales.log"):
            self.assertEqual(self.restored(), self.tables - {"sales.log", "sales.log_1", "sales.log_2", "hr.log_2_1"})

    def test_one_partition_by_the_hash_of_an_enum_goes_and_the_others_rows_stay(self):
        one = self.server.psql("SELECT min(tableoid::regclass::text) FROM sales.moods", db="shop")
        rows = self.server.psql(f"SELECT x FROM sales.moods x WHERE tableoid <> '{one}'::regclass ORDER BY 1", db="shop")
        for _ in self.both_ways("--exclude", one):
            self.assertEqual(self.rows("sales.moods"), rows)

    def test_an_exclusion_takes_from_what_is_included(self):
        for _ in self.both_ways("--include", "sales.*", "--exclude", "sales.orders*", "--exclude", "moods", "--exclude", "log"):
            self.assertEqual(self.restored(), {"sales.customers"})

    def test_a_lock_on_a_table_that_is_excluded_delays_nothing(self):
        for table in ("hr.secrets", "sales.log"):  # the second one with its partitions
            with self.subTest(table), contextlib.closing(Session(self.server, "BEGIN", f"LOCK TABLE {table}")):
                made = self.backup("--exclude", table, "--lock-timeout", "3").json["backup"]["id"]
                self.assertEqual(self.restore(backup=made).json["restore"]["warnings"], [])
                self.assertEqual(self.rows("hr.people"), self.rows("hr.people", "shop"))

    def test_a_function_or_view_that_needs_an_excluded_table_is_still_named(self):
        self.server.create_db("users")
        self.addCleanup(self.server.drop_db, "users")
        self.server.psql("CREATE TABLE gone (i int); CREATE TABLE kept AS SELECT 1 AS i; CREATE FUNCTION first(gone) RETURNS int LANGUAGE sql AS 'SELECT $1.i';"
                         "CREATE VIEW seen AS SELECT i FROM gone", db="users")
        made = self.holdfast("backup", self.server.uri("users"), "--exclude", "gone", "--json").expect(OK).json["backup"]["id"]
        report = self.restore(backup=made, expect=(WARNINGS,)).json["restore"]
        self.assertIn("VIEW seen", json.dumps(report["warnings"]))
        self.assertEqual(self.server.psql("SELECT i FROM kept", db=self.db), "1")

    def test_a_role_excludes_what_it_may_not_read(self):
        self.server.psql("CREATE ROLE auditor LOGIN; GRANT USAGE ON SCHEMA hr, sales, \"Odd.Name\" TO auditor;"
                         "GRANT SELECT ON ALL TABLES IN SCHEMA sales, \"Odd.Name\", hr TO auditor; REVOKE SELECT ON hr.secrets FROM auditor;"
                         "GRANT SELECT ON ALL SEQUENCES IN SCHEMA sales TO auditor; GRANT SELECT ON LARGE OBJECT 4711 TO auditor", db="shop")
        uri = self.server.uri("shop", user="auditor")
        made = self.holdfast("backup", uri, "--exclude", "hr.secrets", "--json").expect(OK).json["backup"]["id"]
        self.restore(backup=made)
        self.assertEqual(self.restored(), self.tables - {"hr.secrets"})
        self.holdfast("verify", made, "--level", "restore").expect(OK)


if __name__ == "__main__":
    harness.main()
