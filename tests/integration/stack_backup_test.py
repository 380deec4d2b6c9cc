"""examples/stack_backup keeps its contract: each row of the table in its README is a test named after it, with a real PostgreSQL, a
backend, an S3 server, an SSH server and rsync. The blocks of its quickstart and its runbook run as they are written."""

import gzip
import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import harness
import holdfast
import mail_server
import pg
import s3
import s3_raw
import servers
import sshd
from faults import wait_until
from stack import EXAMPLE, PACKAGE, StackCase, start_stack

CALLS = "SELECT count(*) FROM call"


def setUpModule():  # pylint: disable=invalid-name
    start_stack()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes webhooks."""

    def do_POST(self):  # pylint: disable=invalid-name
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class Backup(StackCase):
    def test_databases_and_volume_are_one_backup(self):
        output = self.run_stack("backup", said=("backup: succeeded", "verify full: succeeded", "expire: succeeded"))
        [backup] = self.backups()
        self.assertEqual([source["name"] for source in backup["sources"]], ["main", "functions", "volume"])
        self.assertEqual(backup["level"], "checksummed")
        self.assertRegex(output, "preflight: succeeded")
        self.assertIn(backup["id"], self.run_stack("list"))

    def test_export_has_the_files_of_the_storage_structure_for_stock_tools(self):
        self.run_stack("backup", BACKUP_EXPORT="yes")
        data = self.folder / "data"
        names = sorted(re.sub(r"\d{8}_\d{6}", "TIME", str(path.relative_to(data))) for path in data.rglob("*.*"))
        self.assertEqual(names, ["backup_TIME.meta", "backup_manifest_TIME.txt", "complete_backup_TIME.tar.gz", "dart_cloud_TIME.sql.gz",
                                 "full_backup_TIME.tar.gz", "functions_db_TIME.sql.gz", "volumes/functions_volume_TIME.tar.gz",
                                 "volumes/volume_backup_TIME.meta", "volumes/volumes_backup_TIME.tar.gz"])
        subprocess.run("sha256sum -c --quiet backup_manifest_*.txt", shell=True, cwd=data, check=True)
        self.assertEqual({path.stat().st_mode & 0o777 for path in data.rglob("*.*")}, {0o600})
        with tarfile.open(next(data.glob("complete_backup_*"))) as archive:
            self.assertEqual(len(archive.getnames()), 3)
        [dump] = data.glob("functions_db_*.sql.gz")
        self.server.create_db("stock")
        self.addCleanup(self.server.drop_db, "stock")
        self.server.run("psql", "-Xq", "-vON_ERROR_STOP=1", "-d", self.server.uri("stock"), input=gzip.decompress(dump.read_bytes()).decode())
        self.assertEqual(self.server.psql(CALLS, db="stock"), "2")
        [files] = (data / "volumes").glob("functions_volume_*")
        unpacked = self.folder / "unpacked"
        unpacked.mkdir()
        subprocess.run(["tar", "-xpf", files, "-C", unpacked], check=True)
        self.assertEqual((unpacked / "f1.py").read_bytes(), (self.volume / "f1.py").read_bytes())
        meta = next(data.glob("backup_*.meta")).read_text()
        self.assertIn(self.backups()[0]["id"], meta)
        self.assertIn(hashlib.sha256(dump.read_bytes()).hexdigest(), meta)

    def test_retention_is_7_4_12_and_exports_go_with_their_backups(self):
        settings = (EXAMPLE / "settings.py").read_text()
        self.assertIn('"KEEP_DAILY": "7", "KEEP_WEEKLY": "4", "KEEP_MONTHLY": "12"', settings)
        for _ in range(2):
            self.run_stack("backup", BACKUP_EXPORT="yes", BACKUP_VERIFY="quick")
            time.sleep(1.1)  # names of exports have seconds
        self.assertEqual(len(self.backups()), 1)
        self.assertEqual(len(list((self.folder / "data").glob("dart_cloud_*"))), 1)

    def test_checks_before_a_backup_name_what_is_missing(self):
        self.run_stack("check", said=("source main, readable", "repository main, space", "repository main, key", "backend: healthy"))
        for said, changes in (("source main, readable", {"MAIN_DATABASE_URL": "postgresql://postgres:hunter2@127.0.0.1:1/dart_cloud"}),
                              ("source volume, readable", {"FUNCTIONS_VOLUME": self.place / "absent"})):
            with self.subTest(said):
                output = self.run_stack("check", status=1, **changes)
                self.assertRegex(output, f"ERROR {said}")
                self.assertNotIn("hunter2", output)
        self.run_stack("backup", status=1, said="preflight: failed", **changes)
        self.run_stack("check", status=3, said="WARNING backend: not healthy", BACKEND_HEALTH="http://127.0.0.1:1/")
        self.assertEqual(self.backups(), [])

    def test_wrong_settings_exit_2_in_one_line(self):
        for said, changes in (("FUNCTIONS_VOLUME is not set", {"FUNCTIONS_VOLUME": ""}), ("is not a number", {"KEEP_DAILY": "many"}),
                              ("does not begin with postgresql://", {"MAIN_DATABASE_URL": "mysql://db"}),
                              ("has no key of 64 hex digits", {"BACKUP_KEY_FILE": "/nowhere"}), ("at", {"BACKUP_SCHEDULE": "often"})):
            with self.subTest(said):
                self.assertEqual(len(self.run_stack("backup", status=2, said=said, **changes).splitlines()), 1)
        (self.folder / "bad.conf").write_text("# mine\nCOLOUR=red\n")
        self.run_stack("--config", self.folder / "bad.conf", "check", status=2, said="line 2: there is no setting 'COLOUR'")

    def test_a_failure_and_the_recovery_are_told_by_webhook_and_command(self):
        receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        receiver.taken = []
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        told = {"WEBHOOK_URL": f"http://127.0.0.1:{receiver.server_port}/", "NOTIFY_COMMAND": f"tee -a {self.folder}/told"}
        self.run_stack("backup", status=1, FUNCTIONS_VOLUME=self.place / "absent", **told)
        self.run_stack("backup", **told)
        events = [notice["event"] for message in receiver.taken for notice in message["notices"]]
        self.assertEqual([events[0], events[-1]], ["failed", "recovered"])
        self.assertIn("recovered", (self.folder / "told").read_text())

    def test_a_failure_is_told_by_mail(self):
        with mail_server.MailServer(mode="none") as mails:
            self.run_stack("backup", status=1, FUNCTIONS_VOLUME=self.place / "absent", MAIL_HOST="127.0.0.1", MAIL_PORT=mails.port,
                           MAIL_FROM="stack@example.org", MAIL_TO="ops@example.org")
        self.assertEqual([mail["to"] for mail in mails.mails], [["<ops@example.org>"]])

    def test_a_failure_is_told_through_a_relay_with_a_password(self):
        authority, certificate = mail_server.make_certificate(self.folder)
        with mail_server.MailServer(certificate, "starttls", "s3cret") as mails:
            output = self.run_stack("backup", status=1, FUNCTIONS_VOLUME=self.place / "absent", MAIL_HOST="localhost", MAIL_PORT=mails.port,
                                    MAIL_FROM="stack@example.org", MAIL_TO="ops@example.org", MAIL_TLS="starttls", MAIL_CA_FILE=authority,
                                    MAIL_USER="stack", MAIL_PASSWORD="s3cret")
        self.assertEqual([(mail["encrypted"], mail["user"]) for mail in mails.mails], [(True, "stack")])
        self.assertNotIn("s3cret", output)
        self.run_stack("check", status=3, said="would send its password unencrypted", MAIL_TO="ops@example.org", MAIL_HOST="localhost", MAIL_FROM="stack@example.org",
                       MAIL_USER="stack", MAIL_PASSWORD="s3cret")

    def test_cron_runs_backups_when_they_are_due_until_sigterm(self):
        process = self.start("schedule", BACKUP_SCHEDULE="* * * * * *", BACKUP_VERIFY="quick")
        self.wait_for(process, "backup: succeeded")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)
        self.assertGreater(len(self.backups()), 0)

    def test_sigterm_and_kill_9_in_a_backup_leave_no_half_backup(self):
        for number, status in ((signal.SIGTERM, 1), (signal.SIGKILL, -9)):
            with self.subTest(number):
                session = self.locked()
                process = self.start("backup")
                waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                self.assertTrue(wait_until(lambda: self.server.psql(waits) != "0"))
                process.send_signal(number)
                self.assertEqual(process.wait(30), status)
                session.terminate()
                session.wait()
                self.assertEqual(self.backups(), [])
        self.run_stack("backup")

    def locked(self):
        """A session that holds a lock on a table."""
        session = subprocess.Popen([self.server.tools / "psql", "-Xq", self.server.uri("dart_cloud")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(session.stdin.close)
        self.addCleanup(session.stdout.close)
        session.stdin.write("BEGIN; LOCK TABLE function; SELECT 'locked';\n")
        session.stdin.flush()
        while "locked" not in session.stdout.readline():
            pass
        return session

    def test_only_one_backup_or_restore_runs_at_once(self):
        self.backed_up()
        session = self.locked()
        process = self.start("backup")
        self.assertTrue(wait_until(lambda: self.server.psql("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"))
        self.run_stack("restore", "--yes", status=1, said="another backup or restore")
        session.terminate()
        session.wait()
        self.assertEqual(process.wait(30), 0)


class Replication(StackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.s3 = s3.S3Server("versitygw")
            cls.sshd = sshd.Sshd()
        except (servers.ServerError, sshd.SshdError) as error:
            raise unittest.SkipTest(str(error)) from error
        for server in (cls.s3.open, cls.sshd.__enter__):
            server()
        cls.addClassCleanup(cls.s3.close)
        cls.addClassCleanup(cls.sshd.__exit__)
        assert s3_raw.RawS3(cls.s3).request("PUT", "bucket").status == 200
        cls.base = {**cls.base, "S3_ENDPOINT": cls.s3.endpoint, "S3_ACCESS_KEY_ID": cls.s3.access_key, "S3_SECRET_ACCESS_KEY": cls.s3.secret_key,
                    "REPLICATE_SSH": " ".join(["ssh", *cls.sshd.options()])}

    def destinations(self):
        found = {"local": str(self.folder / "local"), "sftp": self.sshd.uri(self.folder / "sftp"), "s3": f"s3://bucket/{self.folder.name}",
                 "custom": f"command:{holdfast.ROOT}/examples/command_storage/folder.sh {self.folder}/custom"}
        if shutil.which("rsync"):
            found["rsync"] = f"rsync:127.0.0.1:{self.folder}/rsync"
        return found

    def test_local_rsync_s3_sftp_and_custom_copies_are_complete_and_verified(self):
        found = self.destinations()
        if "rsync" not in found:
            print("SKIP: rsync is not installed")
        output = self.run_stack("backup", REPLICATE_TO=",".join(found.values()))
        self.assertEqual(output.count("1 copied and verified"), 4)
        again = self.run_stack("replicate", REPLICATE_TO=",".join(found.values()))
        self.assertEqual(again.count("0 copied and verified, 1 were there"), 4)
        if "rsync" in found:
            self.assertIn("0 changes, all checksums are equal", again)
        [backup] = self.backups()
        for name in found.keys() - {"rsync", "s3", "sftp"}:
            [copy] = self.backups(self.folder / name)
            self.assertEqual((copy["time"], copy["level"]), (backup["time"], "checksummed"))
        if "rsync" in found:
            self.assertEqual(self.backups(self.folder / "rsync")[0]["id"], backup["id"])

    def test_copies_need_the_key(self):
        self.backed_up()
        self.run_stack("replicate", REPLICATE_TO=f"{self.folder}/local")
        other = self.folder / "other"
        other.write_text(os.urandom(32).hex())
        for words in (("list",), ("restore", "--yes", "--from", f"{self.folder}/local")):
            self.run_stack(*words, status=1, said="key", BACKUP_KEY_FILE=other)
        for path in (self.folder / "local").rglob("*"):
            self.assertNotIn(b"print(1)", path.read_bytes() if path.is_file() else b"")

    def test_continuous_replication_follows_until_sigterm(self):
        found = {name: uri for name, uri in self.destinations().items() if name in ("local", "rsync")}
        self.backed_up()
        process = self.start("replicate", "--continuous", REPLICATE_TO=",".join(found.values()), REPLICATE_EVERY="1")
        self.run_stack("backup", BACKUP_VERIFY="quick")
        newest = self.backups()[0]["time"]
        for name in found:
            self.assertTrue(wait_until(lambda place=self.folder / name: newest in self.times(place)), name)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)

    def test_continuous_replication_expires_as_the_policy_says(self):
        keep = {"KEEP_DAILY": 1, "KEEP_WEEKLY": 0, "KEEP_MONTHLY": 0, "BACKUP_VERIFY": "quick"}
        self.backed_up()
        process = self.start("replicate", "--continuous", REPLICATE_TO=self.folder / "local", REPLICATE_EVERY="1", **keep)
        [first] = [backup["time"] for backup in self.backups()]
        self.assertTrue(wait_until(lambda: self.times(self.folder / "local") == [first]))
        self.run_stack("backup", **keep)  # it expires the first one here
        [second] = [backup["time"] for backup in self.backups()]
        self.assertTrue(wait_until(lambda: self.times(self.folder / "local") == [second]))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)

    def times(self, place):
        done = self.holdfast(place)("list", "--json")
        return [backup["time"] for backup in done.json["backups"]] if done.exit == 0 else []

    def test_a_destination_that_fails_is_told_stops_no_other_and_is_tried_again(self):
        blocked = self.folder / "blocked"
        blocked.write_text("no folder")
        places = f"{blocked},{self.folder}/local"
        output = self.run_stack("backup", status=1, REPLICATE_TO=places, NOTIFY_COMMAND=f"tee -a {self.folder}/told")
        self.assertRegex(output, f"ERROR replication to {blocked} failed")
        self.assertIn("replica_behind", (self.folder / "told").read_text())
        self.assertEqual(len(self.backups(self.folder / "local")), 1)
        blocked.unlink()
        self.run_stack("replicate", said="1 copied and verified", REPLICATE_TO=places)

    def test_a_transfer_that_damages_is_found(self):
        program = self.folder / "damaging.sh"
        real = f"{holdfast.ROOT}/examples/command_storage/folder.sh"
        program.write_text(f"""#!/bin/sh
"{real}" "$@" || exit $?
for file in $(find "$1/packs" -type f ! -name '*.ruined' 2>/dev/null); do
  [ -e "$1/ruined" ] && continue
  chmod u+w "$file"
  printf 'ruin' | dd of="$file" bs=1 seek=40 conv=notrunc status=none
  touch "$1/ruined"
done
""")
        program.chmod(0o755)
        self.backed_up()
        self.run_stack("replicate", status=1, said="is damaged", REPLICATE_TO=f"command:{program} {self.folder}/custom")

    def test_a_lost_machine_is_restored_from_a_copy(self):
        before = self.state()
        self.backed_up()
        self.run_stack("replicate", REPLICATE_TO=self.destinations()["s3"])
        shutil.rmtree(self.folder / "repository")
        self.spoil()
        for database in ("dart_cloud", "functions_db"):
            self.server.drop_db(database)
        self.run_stack("restore", "--yes", "--from", self.destinations()["s3"])
        self.assertEqual(self.state(), before)
        self.assert_nothing_left()


class Restore(StackCase):
    def test_restore_validates_stops_restores_compares_and_starts(self):
        before = self.state()
        self.backed_up()
        self.spoil()
        process = (self.place / "backend.pid").read_text()
        output = self.run_stack("restore", answer="restore\n")
        order = ["validating", "Type 'restore'", "stopping the backend", "restoring main", "main equals the backup", "restoring volume",
                 "volume equals the backup", "starting the backend", "the backend is healthy"]
        places = [output.index(words) for words in order]
        self.assertEqual(places, sorted(places), output)
        self.assertEqual(self.state(), before)
        self.assertNotEqual((self.place / "backend.pid").read_text(), process)
        self.assert_nothing_left()

    def test_any_other_answer_changes_nothing(self):
        self.backed_up()
        before, process = self.state(), (self.place / "backend.pid").read_text()
        for command, answer in (("restore", "yes\n"), ("restore", ""), ("drill", "restore\n")):
            self.run_stack(command, answer=answer, status=2, said="not confirmed")
        self.assertEqual((self.state(), (self.place / "backend.pid").read_text()), (before, process))
        self.assertEqual(len(self.backups()), 1)

    def test_selected_parts_are_restored_alone(self):
        before = self.state()
        self.backed_up()
        self.spoil()
        for part, kept in (("functions", [True, False, True]), ("main", [False, False, True]), ("volume", [False, False, False])):
            output = self.run_stack("restore", "--yes", "--only", part)
            self.assertEqual(re.findall(r"INFO (\w+) equals the backup", output), [part])
            after = self.state()
            spoiled = [after[0][0] != before[0][0], after[0][1] != before[0][1], after[1] != before[1]]
            self.assertEqual(spoiled, kept)

    def test_a_damaged_or_unknown_backup_is_refused_before_anything_is_touched(self):
        self.backed_up()
        before, process = self.state(), (self.place / "backend.pid").read_text()
        self.run_stack("restore", "nosuch", status=2)
        for pack in (self.folder / "repository" / "packs").rglob("*"):
            if pack.is_file():
                pack.chmod(0o600)
                pack.write_bytes(pack.read_bytes()[:-50])
        self.run_stack("restore", "--yes", status=4)
        self.assertEqual((self.state(), (self.place / "backend.pid").read_text()), (before, process))

    def test_a_restore_that_fails_leaves_the_stack_as_it_was(self):
        self.backed_up()
        self.spoil()
        before = self.state()
        (self.volume / ".stack-restore").write_text("in the way")
        self.addCleanup((self.volume / ".stack-restore").unlink, missing_ok=True)
        self.run_stack("restore", "--yes", status=1, said=("functions equals the backup", "Not a directory", "starting the backend with what it had"))
        (self.volume / ".stack-restore").unlink()
        self.assertEqual(self.state(), before)
        self.assert_nothing_left()
        self.run_stack("restore", "--yes")

    def test_kill_9_amid_a_restore_leaves_the_databases_and_the_next_one_completes(self):
        before = self.state()
        self.backed_up()
        self.spoil()
        spoiled = self.state()
        process = self.start("restore", "--yes")
        self.wait_for(process, "restoring volume")
        process.kill()
        process.wait()
        dumps, files = spoiled[0], {path.name: path for path in self.volume.iterdir()}
        self.assertEqual([self.state_of_databases(), "new" in files], [dumps, True])
        self.run_stack("restore", "--yes")
        self.assertEqual(self.state(), before)
        self.assert_nothing_left()

    def state_of_databases(self):
        return [self.server.psql(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT", db=database)
                for database, table in (("dart_cloud", "function"), ("functions_db", "call"))]

    def test_kill_9_in_the_exchange_forbids_backups_until_it_was_run_again(self):
        before = self.state()
        self.backed_up()
        (self.volume / ".stack-restore" / "old").mkdir(parents=True)  # what the exchange of the volume leaves in its middle
        for path in list(self.volume.glob("*.py")):
            path.rename(self.volume / ".stack-restore" / "old" / path.name)
        (self.folder / "state" / "restore-unfinished").write_text("main volume")
        self.run_stack("backup", status=1, said="run restore again")
        output = self.run_stack("restore", "--yes", "--only", "functions")
        self.assertEqual(re.findall(r"INFO (\w+) equals the backup", output), ["main", "functions", "volume"])
        self.assertEqual(self.state(), before)
        self.assert_nothing_left()


class Drill(StackCase):
    def test_drill_destroys_restores_and_prints_rto_and_rpo(self):
        before = self.state()
        first = self.run_stack("drill", "--yes", said=("destroying", "equal those before the disaster", "RPO: unknown"))
        self.assertRegex(first, r"RTO: \d+\.\d seconds, target 3600")
        self.run_stack("drill", "--yes", status=1, said="ERROR RTO", RTO_TARGET="0")
        self.assertEqual(self.state(), before)
        self.assert_nothing_left()

    def test_drill_destroys_nothing_if_its_backup_fails(self):
        before = self.state()
        self.run_stack("drill", "--yes", status=1, said="nothing was destroyed", BACKUP_SCHEDULE="@yearly", REPLICATE_TO="/proc/nowhere")
        self.run_stack("drill", "--yes", status=1, said="a drill needs a stack that works", BACKEND_HEALTH="http://127.0.0.1:1/")
        self.assertEqual(self.state(), before)
        self.assert_nothing_left()

    def test_monitor_page_shows_backups_copies_and_the_backend(self):
        self.backed_up()
        self.run_stack("replicate", REPLICATE_TO=self.folder / "copy")
        port = pg.free_port()
        process = self.start("monitor", MONITOR_ADDRESS=f"127.0.0.1:{port}", REPLICATE_TO=self.folder / "copy")

        def get(path):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as reply:
                    return reply.status, reply.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()
            except OSError:
                return None, ""

        self.assertTrue(wait_until(lambda: get("/healthz")[0] == 200))
        self.assertIn("in sync", get("/")[1])
        self.assertIn("stack_replication_lag_seconds{", get("/metrics")[1])
        self.assertTrue(get("/metrics")[1].endswith("# EOF\n"))
        status = json.loads(get("/status.json")[1])
        self.assertEqual((status["backend"], list(status["copies"].values())), (True, ["in sync"]))
        self.run_stack("backup")
        self.assertIn("1 backups are missing", get("/")[1])
        self.backend("stop")
        self.assertEqual(get("/healthz")[0], 503)
        self.backend("start")
        self.assertEqual(get("/nothing")[0], 404)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)


class Documents(StackCase):
    def blocks(self, name):
        return "\n".join(re.findall(r"(?ms)^```sh\n(.*?)^```$", (EXAMPLE / name).read_text()))

    def run_blocks(self, name, **changes):
        work = self.folder / "work"
        work.mkdir()
        (work / "examples").symlink_to(holdfast.ROOT / "examples")
        if name == "RUNBOOK.md":
            shutil.copy(EXAMPLE / "stack.conf.example", work / "stack.conf")
        done = subprocess.run(["bash", "-euxc", self.blocks(name)], cwd=work, env=self.environment(**changes), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_quickstart_runs_as_written(self):
        before = self.state()
        self.assertIn("RTO: ", self.run_blocks("QUICKSTART.md"))
        self.assertEqual(self.state(), before)

    def test_runbook_runs_as_written(self):
        before = self.state()
        copy = str(self.folder / "copy")
        self.backed_up()
        self.run_stack("replicate", REPLICATE_TO=copy)
        self.spoil()
        self.assertIn("RPO: ", self.run_blocks("RUNBOOK.md", COPY=copy, REPLICATE_TO=copy))
        self.assertEqual(self.state(), before)

    def test_every_line_of_the_contract_names_a_test_that_exists(self):
        tests = pathlib.Path(__file__).read_text() + (holdfast.ROOT / "tests" / "integration" / "services_deploy_test.py").read_text()
        named = set(re.findall(r"`(\w{12,})`", (EXAMPLE / "README.md").read_text().split("## Contract")[1]))
        self.assertEqual([each for each in named if f"def test_{each}(" not in tests], [])
        self.assertGreater(len(named), 15)

    def test_every_setting_is_in_the_readme(self):
        text = (EXAMPLE / "README.md").read_text()
        for name in re.findall(r'"([A-Z0-9]+(?:_[A-Z0-9]+)+)"', (EXAMPLE / "settings.py").read_text().split("class ")[0]):
            self.assertIn(f"`{name}`", text)

    def test_run_shows_one_cycle_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            done = subprocess.run([EXAMPLE / "run"], env={**os.environ, "HOLDFAST_PYTHON": str(PACKAGE), "TMPDIR": folder},
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("RTO: ", done.stdout)
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    harness.main()
