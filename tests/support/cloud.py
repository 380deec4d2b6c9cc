"""The example cloud job as a process, with a real PostgreSQL, a GCS server that asks for the token of a metadata server,
and the Cloud SQL Admin API. One set of servers serves all tests of a file; each test has a prefix of its own."""

import gzip
import json
import os
import subprocess
import time
import unittest
import urllib.parse

import gcs
import google
import harness
import pg
import servers
import services


class Run:
    """One ended run of the job: its exit status and the records that it logged."""

    def __init__(self, service, status):
        self.status, self.output = status, service.output
        self.records = [json.loads(line) for line in service.lines]

    def events(self, name):
        return [record for record in self.records if record.get("event") == name]

    @property
    def errors(self):
        return " | ".join(record["message"] for record in self.records if record["severity"] == "ERROR")


class CloudCase(unittest.TestCase):
    maxDiff = None

    server = None

    @classmethod
    def setUpClass(cls):
        if CloudCase.server is None:
            CloudCase.start_servers()

    @classmethod
    def start_servers(cls):
        harness.require_postgres()
        if not (services.PROGRAMS / "cloud_job").exists():
            raise unittest.SkipTest(f"no example cloud_job in {services.PROGRAMS}")
        try:
            cls.gcs = gcs.GcsServer("resumable")
        except servers.ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.gcs.open()
        unittest.addModuleCleanup(cls.gcs.close)
        cls.metadata = google.MetadataServer()
        unittest.addModuleCleanup(cls.metadata.close)
        for bucket in ("backups", "staging", "far"):
            google.make_bucket(cls.gcs.front, bucket)
        server = pg.PgServer(tcp=True)
        unittest.addModuleCleanup(server.stop)
        server.start()
        server.create_db("shop")
        server.psql(services.SHOP, db="shop")
        cls.sql = google.CloudSql(server, cls.gcs.front, cls.metadata)
        unittest.addModuleCleanup(cls.sql.close)
        cls.server = server

    def setUp(self):
        self.prefix = self.id().rsplit(".", maxsplit=1)[-1]
        self.bucket = f"gs://backups/{self.prefix}"
        self.refused, self.held = set(), set()  # methods of requests to the storage
        self.gcs.front.guard = self.guard
        self.metadata.absent = False
        self.sql.reset()

    def guard(self, method, headers):
        if not self.metadata.allows(headers):
            return 401
        while method in self.held:
            time.sleep(0.02)
        return 403 if method in self.refused else None

    # --- runs

    def command(self, steps, environment):  # pylint: disable=unused-argument
        """The words that start the job with these settings."""
        return [services.PROGRAMS / "cloud_job", *steps]

    def environment(self, **changes):
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")}
        access = f"endpoint={self.gcs.endpoint} metadata_host={self.metadata.endpoint} timeout=1 connect_timeout=1"
        settings = {"DATABASE_URL": self.server.uri("shop", tcp=True), "BACKUP_BUCKET": self.bucket, "HOLDFAST_GCS_OPTIONS": access,
                    "HOLDFAST_CLOUDSQL_OPTIONS": f"endpoint={self.sql.endpoint} storage_endpoint={self.gcs.endpoint} timeout=2 "
                                                 f"metadata_host={self.metadata.endpoint}"}
        settings.update(changes)
        return {**kept, **{name: str(value) for name, value in settings.items() if value is not None}}

    def start(self, *steps, **changes):
        environment = self.environment(**changes)
        service = services.Service(self.command(steps, environment), environment)
        self.addCleanup(service.process.stdout.close)
        self.addCleanup(lambda: service.process.poll() is None and service.kill())
        return service

    def run_job(self, *steps, status=0, said=(), **changes):
        """Runs the steps to their end, and checks the exit status, the errors and the form of each record."""
        service = self.start(*steps, **changes)
        run = Run(service, service.wait(60))
        self.assertEqual(run.status, status, run.output)
        for words in [said] if isinstance(said, str) else said:
            self.assertIn(words, run.errors)
        self.assert_well_logged(run)
        return run

    def assert_well_logged(self, run):
        for record in run.records:
            self.assertEqual(list(record)[:3], ["severity", "time", "message"])
            self.assertRegex(record["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertIn(record["severity"], ("INFO", "WARNING", "ERROR"))
        self.assertEqual(run.records[-1]["event"], "run_end")
        self.assertEqual(run.records[-1]["exit_code"], str(run.status))
        for secret in (self.server.password, "hunter2", *self.metadata.issued):
            self.assertNotIn(secret, run.output)

    # --- objects

    def objects(self, bucket="backups", prefix=None):
        """The names in a bucket, without the prefix of this test and without the storage's own."""
        prefix = self.prefix + "/" if prefix is None else prefix
        answer = self.gcs.front.ask("GET", f"/storage/v1/b/{bucket}/o?prefix={prefix}")[2]
        names = [item["name"].removeprefix(prefix) for item in json.loads(answer).get("items", [])]
        return sorted(name for name in names if not name.startswith(".tmp/"))

    def read(self, name, bucket="backups"):
        key = urllib.parse.quote(f"{self.prefix}/{name}", safe="")
        return self.gcs.front.ask("GET", f"/storage/v1/b/{bucket}/o/{key}?alt=media")[2]

    def put(self, name, content, bucket="backups"):
        key = urllib.parse.quote(f"{self.prefix}/{name}", safe="")
        self.assertEqual(self.gcs.front.ask("POST", f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={key}", content)[0], 200)

    def dump_of_stock_tools(self):
        return gzip.compress(self.server.run("pg_dump", "-d", self.server.uri("shop"), text=False))

    # --- databases

    def rows(self, database):
        return self.server.psql("SELECT * FROM customer ORDER BY 1; SELECT * FROM note ORDER BY 1; SELECT twice(21)", db=database)

    def new_database(self, name="restored"):
        self.server.drop_db(name)
        self.server.create_db(name)
        return self.server.uri(name, tcp=True)

    def restored_by_stock_tools(self, content):
        self.new_database("stock")
        sql = subprocess.run(["gunzip", "-c"], input=content, capture_output=True, check=True).stdout
        self.server.run("psql", "-XqAt", "-vON_ERROR_STOP=1", "-d", self.server.uri("stock"), input=sql, text=False)
        return self.rows("stock")

    def scratch_databases(self):
        return [name for name in self.server.databases() if name.startswith("validate_")]

    def assert_nothing_left(self):
        """No session of a job and no scratch database remains."""
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'"
        deadline = time.monotonic() + 10
        while self.server.psql(sessions) != "0" and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.server.psql(sessions), "0")
        self.assertEqual(self.scratch_databases(), [])
