"""A restore that lost its connection stays half restored, says so, and can be resumed."""

import threading

import harness
from faults import wait_until
from holdfast import FAILED, NO_SUCH, OK
from pg import PgError
from postgres_case import PostgresCase

TABLES = 12
SCHEMA = """
CREATE ROLE ann; CREATE SCHEMA app AUTHORIZATION ann; CREATE TYPE app.mood AS ENUM ('ok', 'sad');
CREATE FUNCTION app.slow(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  IF current_database() = 'copy' AND v = 1 THEN PERFORM pg_sleep(1.5); END IF; RETURN v; END $$;
CREATE TABLE app.root (id int GENERATED ALWAYS AS IDENTITY, m app.mood DEFAULT 'ok', n int, PRIMARY KEY (id, n)) PARTITION BY LIST (n);
CREATE TABLE app.one PARTITION OF app.root FOR VALUES IN (1); CREATE TABLE app.two PARTITION OF app.root FOR VALUES IN (2);
INSERT INTO app.root (n) SELECT 1 + n % 2 FROM generate_series(1, 500) n;
CREATE VIEW app.seen AS SELECT * FROM app.root; CREATE MATERIALIZED VIEW app.kept AS SELECT count(*) FROM app.root;
CREATE TABLE app.parent (id int PRIMARY KEY, text text); INSERT INTO app.parent SELECT n, repeat('x', 500) FROM generate_series(1, 3000) n;
CREATE TABLE app.checked (v int CHECK (app.slow(v) = v)); INSERT INTO app.checked VALUES (1), (2); ALTER TABLE app.checked OWNER TO ann;
CREATE TABLE app.child (parent int REFERENCES app.parent, v int); INSERT INTO app.child SELECT 1 + n % 3000, n FROM generate_series(2, 4000) n;
INSERT INTO app.child VALUES (1, 1); CREATE INDEX slowly ON app.child (app.slow(v)); CREATE TRIGGER t AFTER DELETE ON app.child FOR EACH ROW
  EXECUTE FUNCTION suppress_redundant_updates_trigger(); GRANT SELECT ON app.child TO ann; COMMENT ON TABLE app.child IS 'c';
SELECT lo_from_bytea(0, 'large'); CREATE EXTENSION pg_trgm; ALTER TABLE app.child ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON app.child USING (true);
""" + "".join(f"CREATE TABLE app.t{n} AS SELECT n FROM generate_series(1, {n * 10}) n;" for n in range(1, TABLES))


class Resume(PostgresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_db("shop")
        cls.server.psql(SCHEMA, db="shop")
        cls.other, cls.made = (cls.holdfast("backup", cls.server.uri("shop"), "--json").expect(OK).json["backup"]["id"] for _ in range(2))

    def tearDown(self):
        self.server.drop_db("copy")

    def restore(self, *options, backup=None):
        return self.holdfast("restore", backup or self.made, self.server.uri("copy"), *options)

    def end_session_that(self, runs):
        """Ends the session of the restore that runs a statement, as soon as there is one."""
        find = (f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'copy' AND state = 'active' "
                f"AND query LIKE '{runs}%'")

        def ended():
            try:
                return self.server.psql(find) != "0"
            except PgError:
                return False

        thread = threading.Thread(target=wait_until, args=(ended, 30, 0.02))
        thread.start()
        return thread

    def interrupted_at(self, statement):
        thread = self.end_session_that(statement)
        result = self.restore("-j", "2").expect(FAILED)
        thread.join()
        self.assertIn('database "copy" is half restored: resume the restore, or drop it', result.error_line)

    def proved(self):
        self.holdfast("verify", self.made, "--level", "restore", "--restored", self.server.uri("copy")).expect(OK)
        self.assertEqual(self.server.psql("SELECT to_regnamespace('holdfast_restore_incomplete') IS NULL", db="copy"), "t")
        self.assertEqual(self.server.psql("SELECT count(*) FROM pg_roles WHERE rolname ~ '^holdfast'"), "0")

    def test_a_restore_that_lost_a_session_while_rows_came_resumes(self):
        self.interrupted_at("COPY \"app\".\"checked\"")
        loaded = self.server.psql("SELECT count(*) FROM holdfast_restore_incomplete.loaded", db="copy")
        self.assertGreater(int(loaded), 0)
        self.restore("--resume").expect(OK)
        self.proved()

    def test_a_restore_that_lost_a_session_while_indexes_were_built_resumes(self):
        self.interrupted_at("CREATE INDEX slowly")
        self.restore("--resume").expect(OK)
        self.proved()

    def test_a_table_that_was_loaded_but_not_recorded_is_loaded_anew(self):
        self.interrupted_at("CREATE INDEX slowly")
        self.server.psql("DELETE FROM holdfast_restore_incomplete.loaded WHERE entry ~ '(child|parent|one)'", db="copy")
        self.restore("--resume").expect(OK)
        self.proved()

    def test_a_restore_may_be_resumed_more_than_once(self):
        self.interrupted_at("COPY \"app\".\"checked\"")
        thread = self.end_session_that("CREATE INDEX slowly")
        self.restore("--resume").expect(FAILED)
        thread.join()
        self.restore("--resume").expect(OK)
        self.proved()

    def test_what_cannot_be_resumed_is_refused_and_unchanged(self):
        self.restore("--resume").expect(NO_SUCH, FAILED)
        self.server.create_db("copy")
        self.assertIn("nothing to resume", self.restore("--resume").expect(FAILED).error_line)
        self.server.drop_db("copy")
        self.interrupted_at("COPY \"app\".\"checked\"")
        self.assertIn("is half restored from another backup", self.restore("--resume", backup=self.other).expect(FAILED).error_line)
        self.assertIn("resume that restore", self.restore().expect(FAILED).error_line)
        self.restore("--resume").expect(OK)

    def test_a_restore_that_still_runs_is_not_resumed(self):
        first = threading.Thread(target=lambda: self.restore("-j", "1").expect(OK))
        first.start()
        self.assertTrue(wait_until(lambda: self.server.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'copy' AND query LIKE "
                                                            "'COPY \"app\".\"checked\"%'") != "0", pause=0.02))
        self.assertIn("another restore", self.restore("--resume").expect(FAILED).error_line)
        first.join()
        self.proved()


if __name__ == "__main__":
    harness.main()
