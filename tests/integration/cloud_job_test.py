"""examples/cloud_job keeps its contract: each row of the tables in its README is a test named after it."""

import gzip
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import cloud
import harness
import holdfast
import pg
import servers
from faults import Session, wait_until

CONFIGURATION, DATABASE, STORAGE, BAD_BACKUP = 1, 2, 3, 4
NAME = r"^backup_\d{8}_\d{6}\.sql\.gz$"
MANAGED = "cloudsql://shop-project/main/shop"


class Backup(cloud.CloudCase):
    def test_backup_with_the_identity_of_the_metadata_server(self):
        run = self.run_job()
        [name] = self.objects()
        self.assertRegex(name, NAME)
        self.assertEqual(run.events("uploaded")[0]["backup"], name)
        self.assertEqual(int(run.events("uploaded")[0]["bytes"]), len(self.read(name)))
        self.assertEqual(self.restored_by_stock_tools(self.read(name)), self.rows("shop"))
        self.assert_nothing_left()

    def test_configuration_errors_exit_1_in_one_line(self):
        for said, changes in ((["BACKUP_BUCKET is not set"], {"BACKUP_BUCKET": None}), (["DATABASE_URL is not set"], {"DATABASE_URL": None}),
                              (["does not begin with gs://"], {"BACKUP_BUCKET": "s3://bucket"}),
                              (["DATABASE_URL is invalid"], {"DATABASE_URL": "mysql://me:hunter2@db/shop"}),
                              (["COMPRESSION_LEVEL=10"], {"COMPRESSION_LEVEL": "10"}), (["LOG_FORMAT=xml"], {"LOG_FORMAT": "xml"}),
                              (["STAGING_BUCKET is not set"], {"DATABASE_URL": MANAGED}),
                              (["without '='"], {"HOLDFAST_GCS_OPTIONS": "timeout"}),
                              (["no option 'colour'"], {"HOLDFAST_GCS_OPTIONS": "colour=red"})):
            with self.subTest(said):
                self.run_job(status=CONFIGURATION, said=said, **changes)
        self.run_job("backup", "dance", status=CONFIGURATION, said="'dance' is no step")
        for step, name in (("validate", "VALIDATE_DATABASE_URL"), ("copy", "COPY_BUCKET"), ("restore", "RESTORE_DATABASE_URL")):
            self.run_job(step, status=CONFIGURATION, said=f"{name} is not set")
        self.assertEqual(self.objects(), [])

    def test_database_unreachable_exits_2(self):
        self.run_job(status=DATABASE, said="the dump failed", DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/shop")
        self.assertEqual(self.objects(), [])

    def test_pg_dump_failure_exits_2(self):
        self.server.psql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'hunter2'")
        uri = self.server.uri("shop", tcp=True).replace(f"postgres:{self.server.password}", "reader:hunter2")
        self.run_job(status=DATABASE, said=("the dump failed", "permission denied"), DATABASE_URL=uri)
        self.assertEqual(self.objects(), [])

    def test_storage_refusal_exits_3(self):
        self.refused.update(("POST", "PUT"))
        self.run_job(status=STORAGE, said="this account may not do this")
        self.run_job(status=STORAGE, said="the bucket does not exist", BACKUP_BUCKET="gs://nobody/here")
        self.run_job(status=STORAGE, HOLDFAST_GCS_OPTIONS="endpoint=http://127.0.0.1:1 timeout=1 credentials=anonymous")

    def test_missing_identity_exits_3(self):
        self.metadata.absent = True
        self.run_job(status=STORAGE, said="no credentials for Google Cloud Storage")

    def test_text_logs_on_request(self):
        service = self.start(LOG_FORMAT="text")
        self.assertEqual(service.wait(60), 0)
        self.assertRegex(service.lines[-1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO run succeeded$")

    def in_dump(self):
        session = Session(self.server, "BEGIN", "LOCK TABLE customer")
        self.addCleanup(session.process.stdout.close)
        self.addCleanup(session.close)
        service = self.start()
        service.wait_for("backup begins")
        deadline = time.monotonic() + 30
        while self.server.psql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0" and time.monotonic() < deadline:
            time.sleep(0.02)
        return service, session

    def test_sigterm_and_sigint_cancel_without_a_half_backup(self):
        for number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(number):
                service, session = self.in_dump()
                run = cloud.Run(service, service.stop(number))
                self.assertEqual(run.status, status, run.output)
                self.assert_well_logged(run)
                self.assertEqual(self.objects(), [])
                session.close()
                self.assert_nothing_left()

    def test_kill_9_in_the_dump_and_the_upload_leaves_nothing(self):
        service, session = self.in_dump()
        service.kill()
        session.close()
        self.assertEqual(self.objects(), [])
        self.assert_nothing_left()
        self.held.update(("POST", "PUT"))
        service = self.start()
        service.wait_for("the dump is complete|backup begins")
        time.sleep(0.2)
        service.kill()
        self.held.clear()
        self.assert_nothing_left()
        for name in self.objects():
            self.assertIn(b"PostgreSQL database dump complete", gzip.decompress(self.read(name))[-200:])
        self.run_job()


class Restore(cloud.CloudCase):
    def test_restore_picks_the_newest_validates_imports_and_verifies(self):
        self.put("backup_20200101_000000.sql.gz", b"old")
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        self.put("backup_20990101_000000.sql.gz", b"of a wrong clock")
        self.put("notes.txt", b"mine")
        uri = self.new_database()
        run = self.run_job("restore", RESTORE_DATABASE_URL=uri)
        self.assertEqual([record["event"] for record in run.records if "event" in record],
                         ["step", "picked", "whole", "restored", "run_end"])
        self.assertEqual(run.events("picked")[0]["backup"], "backup_20260101_000000.sql.gz")
        self.assertEqual(self.rows("restored"), self.rows("shop"))
        self.assertIn('query "tables": 2', run.output.replace("\\", ""))

    def test_restore_of_a_named_backup(self):
        self.put("backup_20200101_000000.sql.gz", self.dump_of_stock_tools())
        self.put("backup_20260101_000000.sql.gz", b"newer")
        for name in ("backup_20200101_000000.sql.gz", f"{self.bucket}/backup_20200101_000000.sql.gz"):
            self.run_job("restore", RESTORE_DATABASE_URL=self.new_database(), BACKUP=name)
        self.run_job("restore", status=CONFIGURATION, said="there is no such backup", RESTORE_DATABASE_URL=self.new_database(), BACKUP="absent")

    def test_bad_backups_exit_4_and_touch_nothing(self):
        whole = self.dump_of_stock_tools()
        cut = gzip.compress(gzip.decompress(whole)[:-200])
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 0xFF
        uri = self.new_database()
        for name, content in (("cut file", whole[:-100]), ("cut text", cut), ("changed", bytes(changed)), ("no gzip", b"backup"), ("empty", b"")):
            with self.subTest(name):
                self.put("backup_20260101_000000.sql.gz", content)
                self.run_job("restore", status=BAD_BACKUP, RESTORE_DATABASE_URL=uri)
                self.assertEqual(self.server.psql("SELECT count(*) FROM pg_class WHERE relname = 'customer'", db="restored"), "0")

    def test_no_backup_exits_4(self):
        self.run_job("restore", status=BAD_BACKUP, said="there is no backup", RESTORE_DATABASE_URL=self.new_database())

    def test_restore_refuses_a_database_that_is_not_empty(self):
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        uri = self.new_database()
        self.server.psql("CREATE TABLE mine (id int)", db="restored")
        self.run_job("restore", status=CONFIGURATION, said="is not empty", RESTORE_DATABASE_URL=uri)
        self.assertEqual(self.server.psql("SELECT count(*) FROM mine", db="restored"), "0")

    def test_an_interrupted_restore_is_not_taken_for_a_whole_one(self):
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        uri = self.new_database()
        self.server.psql("CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); END';"
                         "CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION slow()", db="restored")
        service = self.start("restore", RESTORE_DATABASE_URL=uri)
        service.wait_for("is whole")
        deadline = time.monotonic() + 20
        while self.server.psql("SELECT count(*) FROM pg_class WHERE relname = 'customer'", db="restored") == "0" and time.monotonic() < deadline:
            time.sleep(0.05)
        run = cloud.Run(service, service.stop())
        self.assertEqual((run.status, run.events("restored")), (143, []), run.output)
        self.assert_nothing_left()
        self.run_job("restore", status=CONFIGURATION, said="is not empty", RESTORE_DATABASE_URL=uri)

    def test_restore_target_unreachable_exits_2(self):
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        self.run_job("restore", status=DATABASE, RESTORE_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/shop")


class SecondEnvironment(cloud.CloudCase):
    def validate(self, **changes):
        return self.run_job("validate", VALIDATE_DATABASE_URL=self.server.uri("postgres", tcp=True), **changes)

    def queries(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False) as file:
            file.write(text)
        self.addCleanup(os.unlink, file.name)
        return file.name

    def test_validation_in_a_second_environment(self):
        self.run_job()
        run = self.validate(HOLDFAST_TEST_QUERIES=self.queries("SELECT count(*) FROM customer"))
        self.assertEqual(len(run.events("validated")), 1)
        self.assertIn(": 500", run.output)
        self.assert_nothing_left()

    def test_steps_of_one_run_fail_fast(self):
        run = self.run_job("backup", "validate", "copy", status=DATABASE, VALIDATE_DATABASE_URL="postgresql://127.0.0.1:1/x", COPY_BUCKET="gs://far")
        self.assertEqual([record["step"] for record in run.events("step")], ["backup", "validate"])
        self.assertEqual(len(self.objects()), 1)

    def test_a_backup_that_does_not_restore_exits_4(self):
        self.put("backup_20260101_000000.sql.gz", gzip.compress(b"SELECT no_such_function();\n-- PostgreSQL database dump complete\n"))
        self.validate(status=BAD_BACKUP, said="the server refused 1 statements")
        self.assert_nothing_left()
        self.put("backup_20260101_000001.sql.gz", self.dump_of_stock_tools()[:-50])
        self.validate(status=BAD_BACKUP)
        self.assert_nothing_left()

    def test_a_failed_query_exits_4(self):
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        self.validate(status=BAD_BACKUP, said="1 queries of", HOLDFAST_TEST_QUERIES=self.queries("SELECT count(*) FROM absent"))
        self.assert_nothing_left()

    def test_kill_9_leaves_a_database_that_the_next_run_drops(self):
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        slow = self.queries("SELECT pg_sleep(60)")
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(number):
                service = self.start("validate", VALIDATE_DATABASE_URL=self.server.uri("postgres", tcp=True), HOLDFAST_TEST_QUERIES=slow)
                service.wait_for("bytes of SQL")
                service.stop(number)
                self.assertEqual(len(self.scratch_databases()), 1 if number == signal.SIGKILL else 0)
                if number == signal.SIGKILL:
                    self.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'validate_%'")
                    self.validate()
        self.assert_nothing_left()


class Copies(cloud.CloudCase):
    def test_cross_region_copies_are_complete_and_not_repeated(self):
        dump = self.dump_of_stock_tools()
        for day in (1, 2):
            self.put(f"backup_2026010{day}_000000.sql.gz", dump)
        far = f"gs://far/{self.prefix}"
        self.assertEqual(self.run_job("copy", COPY_BUCKET=far).events("copied")[0]["copies"], "2")
        self.put("backup_20260103_000000.sql.gz", dump)
        self.assertEqual(self.run_job("copy", COPY_BUCKET=far).events("copied")[0]["copies"], "1")
        self.assertEqual(self.objects("far"), self.objects())
        self.assertEqual(self.read("backup_20260103_000000.sql.gz", "far"), dump)

    def test_sigterm_and_kill_9_in_a_copy_leave_no_half_copy(self):
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        far = f"gs://far/{self.prefix}"
        for number, status in ((signal.SIGTERM, 143), (signal.SIGKILL, -9)):
            with self.subTest(number):
                self.held.update(("POST", "PUT"))
                service = self.start("copy", COPY_BUCKET=far)
                service.wait_for("copy begins")
                time.sleep(0.3)
                self.assertEqual(service.stop(number), status, service.output)
                self.assertEqual(self.objects("far"), [])
                self.held.clear()
        self.run_job("copy", COPY_BUCKET=far)
        self.assertEqual(self.objects("far"), self.objects())

    def test_a_copy_that_differs_exits_4(self):
        self.put("backup_20260101_000000.sql.gz", self.dump_of_stock_tools())
        self.put("backup_20260101_000000.sql.gz", b"other", "far")
        self.run_job("copy", status=BAD_BACKUP, said="has", COPY_BUCKET=f"gs://far/{self.prefix}")

    def test_list_names_each_backup(self):
        self.put("backup_20260101_000000.sql.gz", b"12345")
        self.put("notes.txt", b"mine")
        run = self.run_job("list", DATABASE_URL=None)
        self.assertEqual([(record["backup"], record["bytes"]) for record in run.events("listed")], [("backup_20260101_000000.sql.gz", "5")])


class Application(cloud.CloudCase):
    def start_app(self, uri):
        port = pg.free_port()
        try:
            packages = str(servers.python_package("psycopg2-binary", "2.9.10"))
        except servers.ServerError as error:
            self.skipTest(str(error))
        environment = {**os.environ, "DATABASE_URL": uri, "PORT": str(port), "PYTHONPATH": packages}
        app = subprocess.Popen([sys.executable, holdfast.ROOT / "examples" / "cloud_job" / "app" / "main.py"], env=environment,
                               stderr=subprocess.DEVNULL, preexec_fn=pg.die_with_parent)
        self.addCleanup(app.wait)
        self.addCleanup(app.kill)
        return port

    def ask(self, port, method, path, body=None):
        deadline = time.monotonic() + 20
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                connection.request(method, path, body)
                reply = connection.getresponse()
                return reply.status, json.loads(reply.read()).get("result")
            except ConnectionRefusedError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            finally:
                connection.close()

    def test_application_takes_orders_and_survives_a_restore(self):
        uri = self.new_database("orders")
        port = self.start_app(uri)
        self.assertEqual(self.ask(port, "POST", "/orders", "tea"), (200, 1))
        self.assertEqual(self.ask(port, "GET", "/healthz"), (200, "ok"))
        self.run_job(DATABASE_URL=uri)
        self.server.drop_db("orders")
        self.assertEqual(self.ask(port, "GET", "/healthz")[0], 503)
        self.run_job("restore", RESTORE_DATABASE_URL=self.new_database("orders"))
        self.assertEqual(self.ask(port, "GET", "/orders"), (200, 1))
        self.assertEqual(self.ask(port, "POST", "/orders", "cups"), (200, 2))


class Managed(cloud.CloudCase):
    def setUp(self):
        super().setUp()
        self.managed = {"DATABASE_URL": MANAGED, "STAGING_BUCKET": f"gs://staging/{self.prefix}"}

    def options(self):
        return [word for name, value in (("staging", self.managed["STAGING_BUCKET"]), ("endpoint", self.sql.endpoint), ("credentials", "metadata"),
                                         ("metadata_host", self.metadata.endpoint), ("storage_endpoint", self.gcs.endpoint))
                for word in ("-o", f"{name}={value}")]

    def command_with_backup(self, folder):
        command = holdfast.Holdfast(f"{folder}/repo", None, {"HOME": folder}, holdfast.raw_key())
        command("init").expect(holdfast.OK)
        made = command("backup", MANAGED, *self.options(), "--json").expect(holdfast.OK).json["backup"]
        self.assertEqual(made["sources"][0]["notes"]["server_version"], "POSTGRES_15")
        return command

    def assert_no_staging(self):
        self.assertEqual(self.objects("staging"), [])

    def test_server_side_export(self):
        self.run_job(**self.managed)
        [name] = self.objects()
        self.assertEqual(self.restored_by_stock_tools(self.read(name)), self.rows("shop"))
        self.assertEqual(self.sql.operations[-1].context["databases"], ["shop"])
        self.assert_no_staging()

    def test_each_operation_error_exits_2_in_the_instances_words(self):
        for code, message in (("ERROR_RDBMS", "system failure for pg_dump: exit status 1"), ("ERROR", "File already exists."),
                              ("NO_BUCKET_ACCESS", "The service account does not have the required permissions for the bucket.")):
            with self.subTest(code):
                self.sql.fails = (code, message)
                self.run_job(status=DATABASE, said=("the instance could not export", f"{code}: {message}"), **self.managed)
                self.assert_no_staging()
        self.assertEqual(self.objects(), [])

    def test_refusals_of_the_api(self):
        for refused, said in (((403, "notAuthorized", "The client is not authorized to make this request."), "cloudsql.instances.get"),
                              ((404, "instanceDoesNotExist", "The Cloud SQL instance does not exist."), "names of the project"),
                              ((503, "backendError", "Service unavailable."), "answers 503")):
            with self.subTest(refused[0]):
                self.sql.refused = refused
                self.run_job(status=DATABASE, said=said, **self.managed)
        self.sql.refused = None
        for name, value, said in (("state", "SUSPENDED", "not RUNNABLE"), ("version", "MYSQL_8_0", "only PostgreSQL")):
            self.sql.reset()
            setattr(self.sql, name, value)
            self.run_job(status=DATABASE, said=said, **self.managed)
        self.run_job(status=CONFIGURATION, said="cloudsql://PROJECT/INSTANCE/DATABASE", **{**self.managed, "DATABASE_URL": "cloudsql://main/shop"})

    def test_a_lost_answer_does_not_export_twice(self):
        before = len(self.sql.operations)
        self.sql.lost_answers = 1
        self.run_job(**self.managed)
        self.assertEqual(len(self.sql.operations), before + 1)

    def test_an_instance_that_is_busy_is_waited_for(self):
        self.sql.busy = 2
        self.run_job(**self.managed)

    def test_an_export_without_its_end_exits_2(self):
        self.sql.cut = True
        self.run_job(status=DATABASE, said="the export of cloudsql://shop-project/main/shop is cut", **self.managed)
        self.assertEqual(self.objects(), [])
        self.assert_no_staging()

    def test_sigterm_cancels_the_operation(self):
        self.sql.held.clear()
        service = self.start(**self.managed)
        before = len(self.sql.operations)
        deadline = time.monotonic() + 20
        while len(self.sql.operations) == before and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(service.stop(), 143, service.output)
        self.assertTrue(self.sql.operations[-1].cancelled)
        self.assertEqual(self.objects(), [])
        self.assert_no_staging()

    def test_command_backs_up_and_restores_with_the_driver(self):
        options = self.options()
        with tempfile.TemporaryDirectory() as folder:
            command = self.command_with_backup(folder)
            command("doctor", MANAGED, *options).expect(holdfast.OK)
            self.new_database()
            command("restore", "latest", "cloudsql://shop-project/main/restored", *options).expect(holdfast.OK)
            self.assertEqual(self.rows("restored"), self.rows("shop"))
            said = command("restore", "latest", "cloudsql://shop-project/main/restored", *options).expect(holdfast.FAILED).error_line
            self.assertIn("already exists", said)
        self.assert_no_staging()

    def test_what_a_killed_run_left_in_the_staging_area_is_removed(self):
        self.put("holdfast-20260101T000000Z-killed.sql.gz", b"left", "staging")
        self.put("mine.sql.gz", b"mine", "staging")
        begun = time.monotonic()
        self.run_job(**self.managed)
        self.assertEqual(len(self.objects("staging")), 2)  # its operation may still run
        time.sleep(max(0, 4.1 - (time.monotonic() - begun)))
        options = f"endpoint={self.sql.endpoint} storage_endpoint={self.gcs.endpoint} metadata_host={self.metadata.endpoint} operation_timeout=4s"
        self.run_job(HOLDFAST_CLOUDSQL_OPTIONS=options, **self.managed)
        self.assertEqual(self.objects("staging"), ["mine.sql.gz"])

    def kill_in_operation(self, begun):
        """Kills a run once `begun` holds of its operation."""
        before = len(self.sql.operations)
        service = self.start(**self.managed)
        self.assertTrue(wait_until(lambda: len(self.sql.operations) > before and begun(self.sql.operations[-1])), service.output)
        service.kill()
        return self.sql.operations[-1]

    def run_after(self, operation):
        """The next run says that the operation goes on, waits for it, and exports anew."""
        service = self.start(**self.managed)
        service.wait_for(f"operation {operation.name}, an export to .* still runs on the instance")
        self.assertEqual(self.sql.operations[-1], operation)
        self.sql.held.set()
        self.assertEqual(service.wait(60), 0, service.output)
        self.assertEqual(len(self.objects()), 1)
        self.assertNotEqual(self.sql.operations[-1], operation)

    def test_kill_9_while_the_export_runs_is_found_by_the_next_run(self):
        self.sql.held.clear()
        self.run_after(self.kill_in_operation(lambda operation: operation.status == "RUNNING"))
        self.assertEqual(len(self.objects("staging")), 1)  # of the killed run, until it is old

    def test_kill_9_before_the_answer_to_the_start_is_found_by_the_next_run(self):
        self.sql.held.clear()
        self.sql.unanswered = True
        operation = self.kill_in_operation(lambda operation: True)
        self.sql.unanswered = False
        self.run_after(operation)

    def test_kill_9_after_the_export_is_named_and_does_not_disturb_the_next_run(self):
        def ended_and_unread(operation):
            self.held.add("GET")
            self.sql.held.set()
            return operation.status == "DONE"

        self.sql.held.clear()
        self.kill_in_operation(ended_and_unread)
        self.held.clear()
        [left] = self.objects("staging")
        with tempfile.TemporaryDirectory() as folder:
            done = self.command_with_backup(folder)("backup", "-v", MANAGED, *self.options()).expect(holdfast.OK)
        self.assertIn(left + " is of another process, or of one that was killed", done.stderr)
        self.assertEqual(self.objects("staging"), [left])

    def test_kill_9_while_the_import_runs_is_found_by_the_next_run(self):
        restore = ("restore", "latest", "cloudsql://shop-project/main/restored", *self.options())
        with tempfile.TemporaryDirectory() as folder:
            command = self.command_with_backup(folder)
            self.new_database()
            self.sql.held.clear()
            before = len(self.sql.operations)
            process = command.start(*restore)
            running = wait_until(lambda: len(self.sql.operations) > before and self.sql.operations[-1].status == "RUNNING")
            process.kill()
            self.assertTrue(running, process.communicate()[1])
            killed = self.sql.operations[-1]
            process = command.start(*restore)
            self.assertIn(f"operation {killed.name}, an import of ", process.stderr.readline())
            self.assertEqual(self.sql.operations[-1], killed)
            self.sql.held.set()
            self.assertIn("already exists", process.communicate(timeout=60)[1])  # the import that was waited for has made them
            self.assertEqual(process.returncode, holdfast.FAILED)
        self.assertEqual(self.rows("restored"), self.rows("shop"))
        self.assertEqual(len(self.objects("staging")), 1)  # of the killed run, until it is old

    def test_an_export_is_proved_by_a_load_and_a_changed_one_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            command = self.command_with_backup(folder)
            queries = f"{folder}/queries.sql"
            with open(queries, "w", encoding="utf-8") as file:
                file.write("SELECT count(*) FROM customer")
            for target in ((), ("--target", self.server.uri("postgres", tcp=True))):
                done = command("verify", "latest", "--level", "restore", "--queries", queries, *target).expect(holdfast.OK)
                self.assertIn("PROVED level restored", done.stdout)
                self.assertIn("500", done.stdout)
                self.assertNotIn(self.server.password, done.stdout + done.stderr)
            self.assertEqual([name for name in self.server.databases() if name.startswith("verify_")], [])
            self.assertIn("no record", command("verify", "latest", "--level", "restore", "--restored", self.server.uri("shop")).expect(holdfast.FAILED).error_line)
            self.sql.extra = b"SELECT no_such_function();\n"
            command("backup", MANAGED, *self.options()).expect(holdfast.OK)
            self.assertIn("no_such_function", command("verify", "latest", "--level", "restore").expect(holdfast.FAULT).stdout)

    def test_operation_timeout_cancels(self):
        self.sql.held.clear()
        options = f"endpoint={self.sql.endpoint} storage_endpoint={self.gcs.endpoint} metadata_host={self.metadata.endpoint} operation_timeout=1s"
        self.run_job(status=DATABASE, said="did not export", HOLDFAST_CLOUDSQL_OPTIONS=options, **self.managed)
        self.assertTrue(self.sql.operations[-1].cancelled)
        self.assert_no_staging()


if __name__ == "__main__":
    harness.main()
