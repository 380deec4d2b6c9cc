"""examples/verify_service keeps its contract: each row of the tables in its README is a test named after it."""

import gzip
import signal
import time

import harness
import services
from faults import wait_until

STOP = (signal.SIGTERM, signal.SIGINT)
CYCLE = ["STARTUP", "IDLE", "DOWNLOADING", "CREATING_TEMP_DB", "RESTORING", "VERIFYING", "CLEANUP", "IDLE", "EXIT"]
FIRST, SECOND = "backup_20260101_000000.sql.gz", "backup_20260102_000000.sql.gz"
SLEEP = "SELECT 'a' || pg_sleep(60)"
SLOW_PROOF = """CREATE FUNCTION nap(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN
  IF current_database() ~ '^verify_.*_.*_' THEN PERFORM pg_catalog.pg_sleep(60); END IF;
  RETURN n;
END$$;
CREATE TABLE bed (n int);
INSERT INTO bed VALUES (1);
CREATE INDEX ON bed (nap(n));
"""


class VerifyService(services.ServiceCase):
    def start_verify(self, database="postgres", **changes):
        return self.start("verify_service", database, HOLDFAST_TEST_QUERIES=self.folder / "test-queries.sql", **changes)

    def refused(self, *words, **changes):
        self.fails_to_start("verify_service", *words, **changes)

    def put_dump(self, name=FIRST, before="", after=""):
        """A backup of the seed's own pipeline, with more SQL."""
        sql = self.server.run("pg_dump", "-d", self.server.uri("shop"))
        end = "--\n-- PostgreSQL database dump complete\n"
        self.assertIn(end, sql)
        self.put(name, gzip.compress((before + sql.replace(end, after + end)).encode()))

    def queries(self, sql):
        (self.folder / "test-queries.sql").write_text(sql)

    def role(self, attributes=""):
        """A role for one test; returns the URI with which it connects."""
        self.server.psql(f"DROP ROLE IF EXISTS verifier; CREATE ROLE verifier LOGIN PASSWORD 'hunter2' {attributes}")
        self.addCleanup(self.server.psql, "DROP ROLE verifier")
        return self.server.uri("postgres", tcp=True).replace(f"postgres:{self.server.password}", "verifier:hunter2")

    def succeeds(self, service):
        service.wait_for("verification of .*: SUCCESS")
        self.ends_clean(service)

    def fails(self, service, *words):
        line = service.wait_for(" ERROR verification failed in state ")
        for word in words:
            self.assertIn(word, line)
        service.wait_for("next verification at ")
        self.assertEqual(service.get()[0], 503)
        self.ends_clean(service)

    def ends_clean(self, service):
        service.wait_for("next verification at ")
        self.assertEqual(service.stop(), 0)
        self.assert_well_logged(service)
        self.assert_nothing_left()

    # --- configuration: exit code 1

    def test_required_variables_each_exit_1(self):
        for name in ("DATABASE_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"):
            with self.subTest(name):
                self.refused(f"{name} is not set", **{name: None})

    def test_invalid_database_url_exits_1(self):
        self.refused("DATABASE_URL is invalid", DATABASE_URL="http://me:hunter2@db/shop")

    def test_bounds_of_the_optional_variables_exit_1(self):
        self.refused("VERIFY_INTERVAL=0", VERIFY_INTERVAL=0)
        self.refused("VERIFY_INTERVAL=daily", VERIFY_INTERVAL="daily")
        self.refused("VERIFY_LATEST=no", VERIFY_LATEST="no")
        self.refused("VERIFY_LATEST=false needs VERIFY_BACKUP_FILE", VERIFY_LATEST="false")

    # --- one cycle

    def test_cycle_states_log_queries_and_health(self):
        self.put_dump()
        self.queries("-- of the shop\nSELECT count(*) FROM customer;\nSELECT nonsense;\nSELECT sum(id) FROM customer;")
        service = self.start_verify()
        service.wait_for("next verification at ")
        health = service.health()
        self.assertEqual((health["service"], health["state"], health["healthy"], health["failures"]), ("postgres-verify", "IDLE", True, 0))
        self.assertEqual(service.stop(), 0)
        self.assertEqual(service.states(), CYCLE)
        for line in ("interval 86400 s", r"created database verify_\d{8}_\d{6}$", "600 rows", 'query "tables": 2$', "count.*: 500$", "sum.*: 125250$",
                     "WARNING query .*nonsense", r"dropped database verify_\d{8}_\d{6}$", f"verification of {FIRST}: SUCCESS"):
            self.assertRegex(service.output, f"(?m){line}")
        self.assert_well_logged(service)
        self.assert_nothing_left()

    def test_verify_latest_takes_the_newest_name(self):
        self.put(FIRST, b"damaged")
        self.put_dump(SECOND)
        self.put("zzz.txt", b"no backup")
        service = self.start_verify(VERIFY_LATEST="true")
        service.wait_for(f"verification of {SECOND}: SUCCESS")
        self.ends_clean(service)

    def test_verify_latest_skips_a_backup_that_a_wrong_clock_dated_in_the_future(self):
        self.put_dump(FIRST)
        self.put("backup_20990101_000000.sql.gz", b"damaged")
        service = self.start_verify()
        service.wait_for("WARNING backup_20990101_000000.sql.gz: is dated in the future, and skipped")
        service.wait_for(f"verification of {FIRST}: SUCCESS")
        self.ends_clean(service)

    def test_verify_latest_takes_one_of_the_future_if_there_are_no_others(self):
        self.put_dump("backup_20990101_000000.sql.gz")
        service = self.start_verify()
        service.wait_for("WARNING backup_20990101_000000.sql.gz: is dated in the future, as are all backups")
        self.succeeds(service)

    def test_verify_backup_file_takes_that_one(self):
        self.put_dump(FIRST)
        self.put(SECOND, b"damaged")
        for name in (FIRST, f"{self.prefix}/{FIRST}", f"s3://bucket/{self.prefix}/{FIRST}"):
            service = self.start_verify(VERIFY_LATEST="false", VERIFY_BACKUP_FILE=name)
            service.wait_for(f"verification of {FIRST}: SUCCESS")
            service.kill()
        service = self.start_verify(VERIFY_LATEST="true", VERIFY_BACKUP_FILE=FIRST)
        service.wait_for("WARNING VERIFY_BACKUP_FILE has no effect")
        self.fails(service, "the restore failed")

    def test_backup_of_the_backup_service_is_verified(self):
        backup = self.start("backup_service")
        backup.wait_for("next backup at ")
        backup.stop()
        self.succeeds(self.start_verify())

    def test_backups_of_every_stock_form_are_verified(self):
        for flags in (("--inserts",), ("--no-owner", "--no-privileges"), ("--create", "--clean", "--if-exists")):
            with self.subTest(flags):
                self.put(FIRST, self.dump_of_stock_tools(*flags))
                self.succeeds(self.start_verify())
        self.assertIn("shop", self.server.databases())  # --clean --create would have dropped it

    # --- errors: log, skip, continue

    def test_no_backups_skips_and_continues(self):
        service = self.start_verify(VERIFY_INTERVAL=1)
        self.assertIn("no backups in", service.wait_for(" ERROR verification failed in state "))
        self.put_dump()
        self.succeeds(service)

    def test_download_failure_skips_and_continues(self):
        self.fails(self.start_verify(VERIFY_LATEST="false", VERIFY_BACKUP_FILE="backup_20260303_000000.sql.gz"), "verification skipped",
                   "there is no backup")
        self.put(FIRST, b"")
        self.fails(self.start_verify(), "verification skipped", "is empty")
        self.put_dump()
        self.gate.refused.add("GET")
        self.fails(self.start_verify(), "in state DOWNLOADING")

    def test_database_unreachable_skips_and_continues(self):
        self.put_dump()
        service = self.start_verify(DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/postgres")
        service.wait_for("ERROR health check: database unreachable")
        self.fails(service, "can't connect")

    def test_cannot_create_db_skips_and_continues(self):
        self.put_dump()
        self.fails(self.start_verify(DATABASE_URL=self.role()), "in state CREATING_TEMP_DB", "permission denied to create database")

    def test_database_permission_createdb_is_enough(self):
        self.put_dump()
        service = self.start_verify(DATABASE_URL=self.role("CREATEDB"))
        service.wait_for("WARNING line .*owner")
        self.succeeds(service)

    def test_restore_failure_is_a_failed_verification(self):
        whole = self.dump_of_stock_tools()
        sql = gzip.decompress(whole)
        middle = len(sql) // 2
        damaged = bytearray(whole)
        damaged[len(damaged) // 2] ^= 0x20
        for name, content in (("damaged", bytes(damaged)), ("cut", whole[:-20]), ("cut in the rows", gzip.compress(sql[:middle])),
                              ("cut between statements", gzip.compress(sql[:sql.rindex(b";") + 1])),
                              ("a missing table", gzip.compress(sql.replace(b"CREATE TABLE public.note", b"CREATE TABEL public.note")))):
            with self.subTest(name):
                self.put(FIRST, content)
                service = self.start_verify()
                service.wait_for(f"ERROR verification of {FIRST}: FAILURE")
                self.fails(service, "the restore failed")

    def test_verification_query_failure_is_a_warning(self):
        self.put_dump()
        self.queries("SELECT 1/0; SELECT 'still here'")
        service = self.start_verify()
        service.wait_for("WARNING query .*division by zero")
        service.wait_for("INFO query .*still here")
        self.succeeds(service)

    def test_cleanup_failure_is_a_warning(self):
        self.put_dump()
        self.queries("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database()); END $$")
        service = self.start_verify()
        service.wait_for("WARNING database verify_.* could not be dropped")
        service.wait_for("next verification at ")
        self.assertEqual(service.get()[0], 200)
        self.assertEqual(service.stop(), 0)
        for name in self.server.psql("SELECT datname FROM pg_database WHERE datname ~ '^verify_'").splitlines():
            self.server.psql(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        self.queries("")
        again = self.start_verify()
        again.wait_for("which a killed verification left")
        self.succeeds(again)

    def test_dump_reaches_nothing_outside_of_its_database(self):
        mark = self.folder / "mark"
        self.put_dump(before=f"\\! touch {mark}\nDROP DATABASE IF EXISTS shop;\nCREATE ROLE intruder SUPERUSER;\n"
                             f"COPY (SELECT 1) TO PROGRAM 'touch {mark}';\nALTER SYSTEM SET work_mem = '1GB';\n")
        service = self.start_verify()
        service.wait_for("WARNING line 1 .outside.: ")
        self.succeeds(service)
        self.assertFalse(mark.exists())
        self.assertEqual(self.server.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'intruder'"), "0")
        self.assertIn("shop", self.server.databases())

    # --- signals

    def in_state(self, state):
        """A service that stays in a state."""
        self.put_dump(after=f"{SLEEP};\n" if state == "RESTORING" else "")
        self.queries(SLEEP if state == "VERIFYING" else "")
        if state == "DOWNLOADING":
            self.gate.held.add("GET")
        service = self.start_verify() if state != "DOWNLOADING" else self.start_verify(VERIFY_BACKUP_FILE=FIRST)
        if state == "DOWNLOADING":  # the health check's listing comes first
            self.gate.held.clear()
            service.wait_for("S3 answers")
        service.wait_for(f"state .* -> {state}$")
        if state in ("RESTORING", "VERIFYING"):
            deadline = time.monotonic() + 20
            while self.server.psql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()") == "0":
                self.assertLess(time.monotonic(), deadline, service.output)
                time.sleep(0.02)
        return service

    def test_sigterm_and_sigint_in_each_state_clean_up(self):
        for number, state in ((signal.SIGTERM, "RESTORING"), (signal.SIGINT, "VERIFYING"), (signal.SIGTERM, "IDLE"), (signal.SIGINT, "CLEANUP")):
            with self.subTest(state):
                service = self.in_state(state)
                self.assertEqual(service.stop(number), 0)
                self.assertEqual(service.states()[-1], "EXIT")
                self.assert_nothing_left()
                self.assert_well_logged(service)

    def test_kill_9_in_each_state_leaves_nothing_after_the_next_start(self):
        for state in ("DOWNLOADING", "CREATING_TEMP_DB", "RESTORING", "VERIFYING", "CLEANUP"):
            with self.subTest(state):
                service = self.in_state(state)
                service.kill()
                self.put_dump()
                self.queries("")
                # The killed process's session notices within two seconds.
                deadline = time.monotonic() + 15
                while self.server.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'") != "0":
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.05)
                self.succeeds(self.start_verify())
                self.assertEqual(list(self.folder.glob("backup*")), [])

    def test_kill_9_in_a_proof_leaves_nothing_after_the_next_run(self):
        settings = {"HOLDFAST_REPOSITORY": f"s3://bucket/{self.prefix}/packed", "HOLDFAST_PASSWORD": "hunter2 hunter2"}
        self.server.create_db("slow")
        self.addCleanup(self.server.drop_db, "slow")
        self.server.psql(SLOW_PROOF, db="slow")
        backup = self.start("backup_service", "slow", **settings)
        backup.wait_for("next backup at ")
        backup.stop()
        service = self.start_verify(**settings)
        self.assertTrue(wait_until(self.databases_of_proofs), service.output)
        [name] = self.databases_of_proofs()
        other = self.start_verify(VERIFY_INTERVAL=1)
        other.wait_for(": SUCCESS", times=2)
        self.assertEqual(self.databases_of_proofs(), [name])
        service.kill()
        other.wait_for(f"dropped database {name}, which a killed verification left")
        self.assertEqual(other.stop(), 0)
        self.assert_nothing_left()

    def databases_of_proofs(self):
        return [name for name in self.scratch_databases() if len(name) > len("verify_00000000_000000")]

    def test_two_services_on_one_server_leave_each_other_alone(self):
        first = self.in_state("VERIFYING")
        self.queries("")
        self.put_dump()
        second = self.start_verify()
        second.wait_for("verification of .*: SUCCESS")
        self.assertEqual(len(self.scratch_databases()), 1)
        self.assertEqual((second.stop(), first.stop()), (0, 0))
        self.assert_nothing_left()

    # --- beyond the contract

    def test_extras_proof_of_the_repository(self):
        self.put_dump()
        settings = {"HOLDFAST_REPOSITORY": f"s3://bucket/{self.prefix}/packed", "HOLDFAST_PASSWORD": "hunter2 hunter2"}
        backup = self.start("backup_service", **settings)
        backup.wait_for("next backup at ")
        backup.stop()
        service = self.start_verify(**settings)
        service.wait_for("PROVED repository backup .*, level content-equal: 2 tables, 600 rows")
        self.ends_clean(service)

    def test_healthcheck_script(self):
        self.put_dump()
        service = self.start_verify()
        service.wait_for("next verification at ")
        self.assert_health_script_works(service, "postgres-verify")


if __name__ == "__main__":
    harness.main()
