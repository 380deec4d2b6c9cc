"""examples/backup_service keeps its contract: each row of the tables in its README is a test named after it."""

import gzip
import http.server
import json
import os
import signal
import subprocess
import threading
import time

import harness
import services
from faults import Session

STOP = (signal.SIGTERM, signal.SIGINT)
CYCLE = ["STARTUP", "IDLE", "BACKING_UP", "UPLOADING", "CLEANING", "IDLE", "EXIT"]


class BackupService(services.ServiceCase):
    def start_backup(self, *args, **changes):
        return self.start("backup_service", *args, **changes)

    def refused(self, *words, **changes):
        self.fails_to_start("backup_service", *words, **changes)

    def restored_by_stock_tools(self, name):
        """Restores a backup with gunzip and psql into a new database; returns its rows."""
        self.server.drop_db("restored")
        self.server.create_db("restored")
        sql = subprocess.run(["gunzip", "-c", self.objects / name], capture_output=True, check=True).stdout
        self.server.run("psql", "-XqAt", "-vON_ERROR_STOP=1", "-d", self.server.uri("restored"), input=sql, text=False)
        return self.rows("restored")

    def rows(self, database):
        return self.server.psql("SELECT * FROM customer ORDER BY 1; SELECT * FROM note ORDER BY 1; SELECT twice(21)", db=database)

    # --- configuration: exit code 1

    def test_required_variables_each_exit_1(self):
        for name in ("DATABASE_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"):
            with self.subTest(name):
                self.refused(f"{name} is not set", **{name: None})
        self.refused("S3_BUCKET is not set", S3_BUCKET="")

    def test_invalid_database_url_exits_1(self):
        for wrong in ("shop", "mysql://root:hunter2@db/shop", "postgresql://me:hunter2@db:port/shop", "postgresql://me:hunter2@db/%zz"):
            with self.subTest(wrong):
                self.refused("DATABASE_URL is invalid", DATABASE_URL=wrong)

    def test_bounds_of_the_optional_variables_exit_1(self):
        for name, wrong in (("BACKUP_INTERVAL", "0"), ("BACKUP_INTERVAL", "1h"), ("BACKUP_RETENTION_DAYS", "0"), ("BACKUP_RETENTION_DAYS", "-7"),
                            ("COMPRESSION_LEVEL", "0"), ("COMPRESSION_LEVEL", "10"), ("COMPRESSION_LEVEL", "6.5"),
                            ("HOLDFAST_METRICS", "maybe"), ("HOLDFAST_HEALTH", "8080"), ("S3_ENDPOINT", "s3.example.com")):
            with self.subTest(f"{name}={wrong}"):
                self.refused(f"{name}={wrong}", **{name: wrong})
        self.refused("HOLDFAST_PASSWORD", HOLDFAST_REPOSITORY="s3://bucket/repository")

    def test_all_problems_are_in_one_line(self):
        self.refused("S3_BUCKET is not set", "COMPRESSION_LEVEL=77", S3_BUCKET=None, COMPRESSION_LEVEL=77)

    # --- one cycle

    def test_cycle_states_log_object_and_health(self):
        service = self.start_backup(DATABASE_URL=self.server.uri("shop", tcp=True))
        service.wait_for("next backup at ")
        status, text = service.get()
        health = json.loads(text)
        self.assertEqual((status, health["state"], health["healthy"], health["runs"], health["last_error"]), (200, "IDLE", True, 1, None))
        self.assertTrue(health["next"] and health["last_success"])
        self.assertEqual(service.get("/metrics")[0], 404)  # off by default
        self.assertEqual(service.stop(), 0)
        self.assertEqual(service.states(), CYCLE)
        self.assertRegex(service.output, "interval 3600 s, endpoint http://127.0.0.1:[0-9]+, region us-east-1")
        self.assert_well_logged(service)
        [name] = self.backups()
        self.assertRegex(name, r"^backup_\d{8}_\d{6}\.sql\.gz$")
        self.assertIn(f"uploaded s3://bucket/{self.prefix}/{name}: {(self.objects / name).stat().st_size} bytes", service.output)
        self.assertEqual(self.restored_by_stock_tools(name), self.rows("shop"))
        self.assert_nothing_left()

    def test_default_prefix_is_postgres_backups(self):
        service = self.start_backup(BACKUP_PREFIX=None, COMPRESSION_LEVEL=9)
        service.wait_for("uploaded s3://bucket/postgres-backups/backup_")
        service.stop()

    def test_interval_repeats_the_cycle(self):
        service = self.start_backup(BACKUP_INTERVAL=1)
        service.wait_for("next backup at ", times=2)
        self.assertEqual(service.stop(), 0)
        self.assertEqual(service.states(), CYCLE[:-2] + CYCLE[1:])
        self.assertEqual(len(self.backups()), 2)

    def test_healthcheck_script(self):
        service = self.start_backup()
        service.wait_for("next backup at ")
        self.assert_health_script_works(service, "postgres-backup")

    # --- errors: log, skip, continue

    def fails_then_recovers(self, service, *words, repair):
        """A run fails with these words, the service continues, and a later run succeeds."""
        line = service.wait_for(" ERROR backup failed in state ")
        for word in words:
            self.assertIn(word, line)
        self.assertEqual(service.get()[0], 503)
        self.assertEqual(self.backups(), [])
        repair()
        service.wait_for(" INFO uploaded ")
        service.wait_for("next backup at ", times=2)
        self.assertEqual(service.get()[0], 200)
        self.assertEqual(service.stop(), 0)
        self.assert_well_logged(service)

    def test_database_unreachable_skips_and_continues(self):
        self.server.halt()
        try:
            service = self.start_backup(BACKUP_INTERVAL=1)
            service.wait_for("ERROR health check: database unreachable")
            self.fails_then_recovers(service, "database unreachable", repair=self.server.restart)
        finally:
            self.server.restart()

    def test_pg_dump_failure_skips_and_continues(self):
        self.server.psql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'hunter2'")
        uri = self.server.uri("shop", tcp=True).replace(f"postgres:{self.server.password}", "reader:hunter2")
        service = self.start_backup(BACKUP_INTERVAL=1, DATABASE_URL=uri)
        self.fails_then_recovers(service, "pg_dump failed", "permission denied",
                                 repair=lambda: self.server.psql("GRANT pg_read_all_data TO reader"))
        self.server.psql("DROP ROLE reader")

    def test_empty_backup_skips_the_upload_and_continues(self):
        silent = self.folder / "pg_dump"
        silent.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.0"\nexit 0\n')
        silent.chmod(0o755)

        def repair():
            silent.unlink()
            silent.symlink_to(self.server.bin / "pg_dump")
        service = self.start_backup(BACKUP_INTERVAL=1, HOLDFAST_PG_BIN=self.folder)
        self.fails_then_recovers(service, "in state BACKING_UP", "is empty", repair=repair)

    def test_missing_pg_dump_is_no_upload_failure(self):
        service = self.start_backup(HOLDFAST_PG_BIN=self.folder)
        line = service.wait_for(" ERROR backup failed in state BACKING_UP")
        self.assertIn("pg_dump failed: no pg_dump found in ", line)
        self.assertEqual(service.stop(), 0)
        self.assertEqual(self.backups(), [])

    def test_s3_upload_failure_skips_and_continues(self):
        self.gate.refused.add("PUT")
        service = self.start_backup(BACKUP_INTERVAL=1)
        self.fails_then_recovers(service, "the upload of backup_", repair=self.gate.refused.clear)
        self.assertEqual([name for name in os.listdir(self.objects) if not name.startswith(".")], self.backups())

    def test_s3_provider_outage_queues_nothing_locally(self):
        self.s3.stop()
        service = self.start_backup(BACKUP_INTERVAL=1, TMPDIR=self.folder)
        service.wait_for("ERROR health check: S3 unreachable")
        service.wait_for(" ERROR backup failed in state ")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.s3.start()
        service.wait_for(" INFO uploaded ")
        self.assertEqual(service.stop(), 0)

    # --- retention

    def test_retention_removes_by_days_and_only_backups(self):
        day = 24 * 3600
        for name, age in (("old", 8 * day), ("young", 6 * day)):
            self.put(time.strftime("backup_%Y%m%d_%H%M%S.sql.gz", time.gmtime(time.time() - age)), name.encode())
        self.put("backup_20200101_000000.sql.gz", b"")  # no backup, so not counted
        self.put("backup_20200101_000000.sql.gz.txt", b"mine")
        self.put("notes.txt", b"mine")
        service = self.start_backup()
        service.wait_for("retention: 1 removed, 3 kept")
        self.assertEqual(service.stop(), 0)
        left = {name: (self.objects / name).read_bytes() for name in os.listdir(self.objects) if not name.startswith(".")}
        self.assertEqual(sorted(content for content in left.values() if content in (b"old", b"young", b"mine")), [b"mine", b"mine", b"young"])
        self.assertIn("is empty", service.output)

    def test_retention_never_removes_the_last_good_one(self):
        self.put("backup_20200101_000000.sql.gz", self.dump_of_stock_tools())
        self.gate.refused.add("PUT")
        service = self.start_backup(BACKUP_INTERVAL=1, BACKUP_RETENTION_DAYS=1)
        service.wait_for(" ERROR backup failed in state ", times=2)
        self.assertEqual(service.stop(), 0)
        self.assertEqual(self.restored_by_stock_tools("backup_20200101_000000.sql.gz"), self.rows("shop"))

    def test_retention_failure_is_a_warning(self):
        self.put("backup_20200101_000000.sql.gz", b"old")
        self.gate.refused.add("DELETE")
        service = self.start_backup()
        service.wait_for(" WARNING retention failed")
        service.wait_for("next backup at ")
        self.assertEqual(service.get()[0], 200)
        self.assertEqual(service.stop(), 0)
        self.assertEqual(len(self.backups()), 2)

    # --- signals

    def in_state(self, state):
        """A service that stays in a state, and how to let it continue."""
        if state == "BACKING_UP":
            session = Session(self.server, "BEGIN", "LOCK TABLE customer")
            self.addCleanup(session.process.stdout.close)
            self.addCleanup(session.close)
            release = session.close
        else:
            method = {"UPLOADING": "PUT", "CLEANING": "DELETE"}[state]
            self.put("backup_20200101_000000.sql.gz", b"old")
            service = self.start_backup()  # it tests the server's abilities once
            service.wait_for("next backup at ")
            service.kill()
            self.put("backup_20200101_000000.sql.gz", b"old")
            self.gate.held.add(method)
            release = self.gate.held.clear
        self.addCleanup(self.gate.held.clear)
        service = self.start_backup()
        service.wait_for(f"state .* -> {state}$")
        return service, release

    def test_sigterm_and_sigint_in_idle_end_at_once(self):
        for number in STOP:
            service = self.start_backup()
            service.wait_for("next backup at ")
            self.assertEqual(service.stop(number), 0)
            self.assertEqual(service.states()[-1], "EXIT")

    def test_sigterm_finishes_the_current_operation(self):
        for state in ("BACKING_UP", "UPLOADING", "CLEANING"):
            with self.subTest(state):
                service, release = self.in_state(state)
                service.send()
                service.wait_for("finishing the current operation")
                self.assertEqual(service.states()[-1], state)
                release()
                self.assertEqual(service.wait(), 0)
                self.assertEqual(service.states()[-3:], ["CLEANING", "IDLE", "EXIT"])
                newest = self.backups()[-1]
                self.assertEqual(self.restored_by_stock_tools(newest), self.rows("shop"))
                self.assert_nothing_left()

    def test_second_sigterm_cancels_without_a_half_backup(self):
        service, release = self.in_state("BACKING_UP")
        service.send()
        service.wait_for("finishing the current operation")
        service.send()
        self.assertEqual(service.wait(), 0)
        self.assertEqual(self.backups(), [])
        release()
        self.assert_nothing_left()
        self.assert_well_logged(service)

    def test_kill_9_in_each_state_leaves_nothing(self):
        for state in ("BACKING_UP", "UPLOADING", "CLEANING"):
            with self.subTest(state):
                service, release = self.in_state(state)
                service.kill()
                release()
                self.assert_nothing_left()
                self.assertEqual(list(self.folder.iterdir()), [])
                for name in self.backups():
                    content = (self.objects / name).read_bytes()
                    if content != b"old":
                        self.assertIn(b"PostgreSQL database dump complete", gzip.decompress(content)[-200:])
                self.gate.held.clear()
                again = self.start_backup()
                again.wait_for(" INFO uploaded ")
                self.assertEqual(again.stop(), 0)

    # --- beyond the contract

    def test_extras_repository_and_metrics(self):
        service = self.start_backup(HOLDFAST_REPOSITORY=f"s3://bucket/{self.prefix}/packed", HOLDFAST_PASSWORD="hunter2 hunter2", HOLDFAST_METRICS="true")
        service.wait_for("repository backup ")
        service.wait_for("next backup at ")
        status, text = service.get("/metrics")
        self.assertEqual(status, 200)
        self.assertIn("holdfast_service_healthy 1", text)
        self.assertTrue(text.endswith("# EOF\n"), text[-200:])
        self.assertEqual(service.stop(), 0)
        self.assertTrue((self.objects / "packed" / "format").exists())
        self.assert_well_logged(service)

    def test_extras_notification_of_a_failure_and_the_recovery(self):
        heard = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            self.gate.refused.add("PUT")
            service = self.start_backup(BACKUP_INTERVAL=1, HOLDFAST_NOTIFY_URL=f"http://127.0.0.1:{server.server_port}/hunter2")
            service.wait_for(" ERROR backup failed in state ")
            self.gate.refused.clear()
            service.wait_for(" INFO uploaded ")
            service.wait_for("next backup at ", times=2)
            self.assertEqual(service.stop(), 0)
            server.shutdown()
        self.assertIn("failed", json.dumps(heard[0]))
        self.assertIn("recovered", json.dumps(heard[-1]))
        self.assertNotIn(self.s3.secret_key, json.dumps(heard))
        self.assert_well_logged(service)

    def test_occupied_health_port_is_a_warning(self):
        first = self.start_backup()
        first.wait_for("next backup at ")
        second = self.start_backup(HOLDFAST_HEALTH=first.environment["HOLDFAST_HEALTH"])
        second.wait_for(" WARNING no health endpoint")
        second.wait_for(" INFO uploaded ")
        self.assertEqual((first.stop(), second.stop()), (0, 0))


if __name__ == "__main__":
    harness.main()
