"""`holdfast job run`, `preflight`, `schedule run`, `next` and `check`, `notify deliver`: a job with every step on a real PostgreSQL and
a folder; each step fails in turn, and what depends on it is left out, and nothing else."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
import pg
from faults import wait_until
from holdfast import CANCELLED, FAILED, FAULT, OK, USAGE, WARNINGS, Holdfast, command_path

STEPS = ["preflight", "before", "backup", "verify quick", "verify restore", "expire", "gc", "copy far", "after", "notify", "record"]

SECRET = "5e" * 32  # a raw key

FILE = """
version: 1
state: {root}/state
repositories:
  main:
    uri: {root}/main
    key: env:SHOP_SECRET
  far:
    uri: {root}/far
    key: file:{root}/far.key
channels:
  ops:
    kind: command
    options:
      command: {root}/receive
jobs:
  shop:
    server: db1
    sources:
      - uri: {uri}
        name: database
        exclude: [public.left_out]
      - uri: dir://{root}/files
    repository: main
    copies: [far]
    tags:
      env: test
    schedule:
      at: "{at}"
    retention:
      keep_last: 2
    verification:
      - level: quick
      - level: {level}
    hooks:
      before:
        - run: [{root}/before]
      after:
        - run: [{root}/after]
          on_failure: continue
    notifications:
      - channel: ops
        events: [started, succeeded, warnings, failed, cancelled, verification_fault, first_success, recovered]
"""


def digest(folder):
    """Everything below a folder: names and bytes."""
    total = hashlib.sha256()
    for path in sorted(pathlib.Path(folder).rglob("*")):
        total.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
    return total.hexdigest()


class JobRunCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = pg.PgServer()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE goods AS SELECT i, md5(i::text) AS name FROM generate_series(1, 1000) i;"
                        "CREATE TABLE left_out AS SELECT 1", "shop")

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="hfjobrun."))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        (self.root / "files").mkdir()
        (self.root / "files" / "a.txt").write_text("a file\n")
        (self.root / "far.key").write_text("ab" * 32 + "\n")
        self.program("before", "cat > $0.json")
        self.program("after", "cat > $0.json")
        self.program("receive", "cat >> $0.jsonl; echo >> $0.jsonl")
        self.environment = {**os.environ, "SHOP_SECRET": SECRET}
        self.holdfast = Holdfast()
        self.init("main", "--key-file", self.text("main.key", SECRET))
        self.init("far", "--key-file", self.root / "far.key")
        self.file = self.root / "jobs.yaml"
        self.write()

    def write(self, change=lambda text: text, at="0 3 * * *", proof=False):
        self.level = 'restore\n        queries: ["SELECT count(*) FROM goods"]' if proof else "full"
        self.file.write_text(change(FILE.format(root=self.root, uri=self.server.uri("shop"), at=at, level=self.level)))

    def text(self, name, text):
        (self.root / name).write_text(text)
        return self.root / name

    def program(self, name, script):
        path = self.text(name, f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def init(self, name, *key):
        self.command("init", "-r", self.root / name, *key)

    def command(self, *arguments, expect=(OK,)):
        done = subprocess.run([command_path(), *map(str, arguments)], capture_output=True, text=True, env=self.environment, timeout=120)
        self.assertIn(done.returncode, expect, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def run_job(self, expect, *arguments):
        """Runs the job; returns its report and the states of the steps that did not succeed."""
        done = self.command("job", "run", self.file, "shop", "--json", *arguments, expect=(expect,))
        report = json.loads(done.stdout)
        states = {step["step"] + (" " + step["subject"] if step["subject"] else ""): step["state"] for step in report["steps"]}
        self.assertEqual(list(states), [step.replace("restore", self.level.split()[0]) for step in STEPS])
        return report, {name: state for name, state in states.items() if state not in ("succeeded", "warnings")}

    def notices(self):
        path = self.root / "receive.jsonl"
        told = [json.loads(line) for line in path.read_text().splitlines() if line] if path.exists() else []
        return [notice["event"] for message in told for notice in message["notices"]]

    def backups(self, name="main", key=None):
        key = key or ["--key-file", self.root / "main.key"]
        return json.loads(self.command("list", "-r", self.root / name, "--json", *key).stdout)["backups"]


class Run(JobRunCase):
    def test_all_steps_and_what_they_leave(self):
        self.write(proof=True)
        report, bad = self.run_job(OK)
        self.assertEqual((bad, report["state"], report["message"]), ({}, "succeeded", ""), report)
        backup, = self.backups()
        self.assertEqual((backup["series"], backup["tags"]["env"], backup["level"]), ("shop", "test", "content-equal"))
        self.assertEqual([source["name"] for source in backup["sources"]][0], "database")
        step = {step["step"]: step for step in report["steps"]}
        self.assertEqual(step["backup"]["backups"], [backup["id"]])
        self.assertEqual(len(self.backups("far", ["--key-file", self.root / "far.key"])), 1)
        self.assertEqual(self.notices(), ["started", "first_success"])
        before, after = (json.loads((self.root / f"{name}.json").read_text()) for name in ("before", "after"))
        self.assertEqual((before["operation"]["outcome"], after["operation"]["outcome"]), ("running", "succeeded"))
        self.assertEqual(after["operation"]["backups"], [backup["id"]])
        # Other backups of the repository are not the job's to expire.
        other = self.command("backup", f"dir://{self.root}/files", "-r", self.root / "main", "--key-file", self.root / "main.key", "--json")
        other = json.loads(other.stdout)["backup"]["id"]
        self.write()
        shutil.rmtree(self.root / "state")  # the history of the repository knows of the run before
        for _ in range(2):
            self.run_job(OK)
        self.assertEqual([event for event in self.notices() if event != "started"], ["first_success", "succeeded", "succeeded"])
        self.assertEqual([one["series"] == "shop" for one in self.backups()].count(True), 2)
        self.assertIn(other, [one["id"] for one in self.backups()])

    def test_each_step_fails_in_turn(self):
        after_backup = {name.replace("restore", "full"): "skipped" for name in STEPS[3:8]}
        failures = [
            ("preflight", lambda text: text.replace("/files", "/none"), {"before": "skipped", "backup": "skipped", **after_backup}),
            ("before", lambda text: text.replace("/before]", "/refuse]"), {"backup": "skipped", **after_backup}),
            ("backup", lambda text: text.replace(f"dir://{self.root}/files", "exec:false"), after_backup),
            ("verify restore", lambda text: text.replace("count(*) FROM goods", "1/0"), {"expire": "skipped", "gc": "skipped"}),
            ("copy far", lambda text: text.replace("copies: [far]", "copies: [far]  # as a file"), {}),
        ]
        self.program("refuse", "echo the shop is open >&2; exit 1")
        for name, change, skipped in failures:
            with self.subTest(name):
                self.write(change, proof=name == "verify restore")
                if name == "copy far":  # it can be opened, and not written
                    shutil.rmtree(self.root / "far" / "packs", ignore_errors=True)
                    self.text("far/packs", "no folder")
                state, code = ("faults", FAULT) if name.startswith("verify") else ("failed", FAILED)
                (self.root / "after.json").unlink(missing_ok=True)
                (self.root / "receive.jsonl").unlink(missing_ok=True)
                report, bad = self.run_job(code)
                self.assertEqual(bad, {name: state, **skipped}, report)
                self.assertTrue(report["message"].startswith(name + ": "), report["message"])
                self.assertTrue(all(step["message"] for step in report["steps"] if step["state"] == "skipped"))
                self.assertEqual(json.loads((self.root / "after.json").read_text())["operation"]["outcome"], state)
                self.assertIn("verification_fault" if state == "faults" else "failed", self.notices())
        self.assertIn("the shop is open", self.refused())

    def refused(self):
        self.write(lambda text: text.replace("/before]", "/refuse]"))
        return self.run_job(FAILED)[0]["message"]

    def test_a_failure_is_followed_by_a_recovery_even_if_the_repository_could_not_be_reached(self):
        self.run_job(OK)
        (self.root / "main").rename(self.root / "elsewhere")
        report, bad = self.run_job(FAILED)
        self.assertEqual(bad["preflight"], "failed")
        self.assertIn("repository main", report["message"])
        (self.root / "elsewhere").rename(self.root / "main")
        self.run_job(OK)
        self.assertEqual([event for event in self.notices() if event != "started"], ["first_success", "failed", "recovered"])

    def test_a_failing_after_hook_and_a_receiver_that_is_down_warn_only(self):
        self.program("after", "exit 3")
        self.program("receive", "exit 1")
        done = self.command("job", "run", self.file, "shop", "--json", expect=(WARNINGS,))
        report = json.loads(done.stdout)
        states = {step["step"]: step["state"] for step in report["steps"]}
        self.assertEqual((report["state"], states["after"], states["notify"], states["record"]), ("warnings", "warnings", "failed", "succeeded"))
        self.program("receive", "cat >> $0.jsonl; echo >> $0.jsonl")
        deadline = time.monotonic() + 60
        while "first_success" not in self.notices() and time.monotonic() < deadline:  # the second attempt is some seconds later
            self.command("notify", "deliver", self.file, expect=(OK, WARNINGS))
            time.sleep(0.5)
        self.assertEqual(self.notices(), ["started", "first_success"])

    def test_a_dry_run_changes_nothing(self):
        self.run_job(OK)
        before = digest(self.root)
        done = self.command("job", "run", self.file, "shop", "--dry-run", "--json")
        report = json.loads(done.stdout)
        self.assertEqual((report["state"], {step["state"] for step in report["steps"][1:]}), ("planned", {"planned"}), report)
        self.assertIn("ok", {check["state"] for check in report["preflight"]})
        self.assertEqual(digest(self.root), before)
        self.environment["SHOP_SECRET"] = "00" * 32
        report = json.loads(self.command("job", "run", self.file, "shop", "--dry-run", "--json", expect=(FAILED,)).stdout)
        self.assertNotIn(self.environment["SHOP_SECRET"], json.dumps(report))
        self.assertEqual(report["steps"][2]["state"], "skipped")
        self.assertEqual(digest(self.root), before)

    def test_secrets_are_named_and_never_shown(self):
        del self.environment["SHOP_SECRET"]
        report, _ = self.run_job(FAILED)
        self.assertIn("env:SHOP_SECRET: the variable is not set", report["message"])
        self.write(lambda text: text.replace("env:SHOP_SECRET", "command:printf " + SECRET))
        self.run_job(OK)

    def test_preflight_alone(self):
        self.write(proof=True)
        done = self.command("job", "preflight", self.file, "shop", "--json", expect=(OK, WARNINGS))
        checks = {(check["of"], check["what"]): check for check in json.loads(done.stdout)["checks"]}
        for key in [("source database", "readable"), ("repository main", "key"), ("repository main", "space"), ("repository far", "clock"),
                    ("scratch", "space"), ("channel ops", "options"), ("hook", "program")]:
            self.assertEqual(checks[key]["state"], "ok", checks[key])
        self.environment["SHOP_SECRET"] = "00" * 32
        done = self.command("job", "preflight", self.file, "shop", expect=(FAILED,))
        self.assertRegex(done.stdout, r"missing +repository main +key .*check the password or key")

    def test_preflight_says_what_a_storage_knows_of_its_room(self):
        quota = lambda size: lambda text: text.replace("key: env:SHOP_SECRET", f"key: env:SHOP_SECRET\n    options: {{quota: {size}}}")
        for size, state in ("1G", "ok"), ("10M", "missing"):
            self.write(quota(size))
            done = self.command("job", "preflight", self.file, "shop", "--json", expect=(OK, WARNINGS, FAILED))
            check, = (one for one in json.loads(done.stdout)["checks"] if (one["of"], one["what"]) == ("repository main", "space"))
            self.assertEqual(check["state"], state, check)
            self.assertRegex(check["detail"], r"^[0-9.]+ [kMG]B are free")

    def test_two_runs_of_one_job_follow_its_policy(self):
        self.program("before", "touch $0.began; while test ! -e $0.go; do sleep 0.05; done")
        first = subprocess.Popen([command_path(), "job", "run", self.file, "shop", "-q"], env=self.environment)
        self.addCleanup(first.wait)
        self.wait_for(self.root / "before.began")
        report = json.loads(self.command("job", "run", self.file, "shop", "--json", expect=(WARNINGS,)).stdout)
        self.assertEqual((report["state"], report["steps"]), ("skipped", []))
        self.text("before.go", "")
        self.assertEqual(first.wait(60), OK)
        self.assertEqual(len(self.backups()), 1)

    def test_runs_of_two_machines_at_once_are_both_whole(self):
        """Each has a state folder of its own: the lock of a job is one machine's."""
        files = []
        for machine in "ab":
            self.write(lambda text, machine=machine: text.replace("/state", f"/state-{machine}"))
            files.append(self.file.rename(self.root / f"{machine}.yaml"))
        for turn in (1, 2):
            # Both backups begin when both runs have come as far.
            self.program("before", f"touch $0.{turn}.$$; while test $(ls $0.{turn}.* | wc -l) -lt 2; do sleep 0.05; done")
            runs = [subprocess.Popen([command_path(), "job", "run", file, "shop", "--json"], env=self.environment, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True) for file in files]
            for run in runs:
                out, err = run.communicate(timeout=120)
                self.assertIn(run.returncode, (OK, WARNINGS), out + err)
                self.assertEqual([step["step"] for step in json.loads(out)["steps"] if step["state"] not in ("succeeded", "warnings")], [], out)
            for name, key in ("main", "main.key"), ("far", "far.key"):
                listed = self.backups(name, ["--key-file", self.root / key])
                self.assertEqual(len(listed), 2 if name == "main" else 2 * turn, (name, listed))
                self.command("verify", "-r", self.root / name, "--key-file", self.root / key, "--level", "full")

    def wait_for(self, path, patience=30):
        deadline = time.monotonic() + patience
        while not path.exists():
            self.assertLess(time.monotonic(), deadline, f"{path} did not appear")
            time.sleep(0.05)

    def test_a_cancel_ends_the_backup_and_still_runs_hooks_and_tells(self):
        self.write(lambda text: text.replace(f"dir://{self.root}/files", f"exec:{self.program('slow', 'touch $0.began; sleep 60')}"))
        running = subprocess.Popen([command_path(), "job", "run", self.file, "shop", "--json"], env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        self.wait_for(self.root / "slow.began")
        running.send_signal(signal.SIGTERM)
        report = json.loads(running.communicate(timeout=30)[0])
        self.assertEqual((running.returncode, report["state"]), (CANCELLED, "cancelled"))
        states = {step["step"]: step["state"] for step in report["steps"]}
        self.assertEqual((states["backup"], states["expire"], states["after"], states["notify"], states["record"]),
                         ("cancelled", "skipped", "succeeded", "succeeded", "succeeded"), report)
        self.assertEqual(json.loads((self.root / "after.json").read_text())["operation"]["outcome"], "cancelled")
        self.assertEqual(self.notices(), ["started", "cancelled"])
        self.assertEqual(self.backups(), [])


class Scheduled(JobRunCase):
    def loop(self, *arguments):
        return subprocess.Popen([command_path(), "schedule", "run", self.file, *arguments], env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def test_runs_are_started_when_they_are_due_and_a_stop_cancels_them(self):
        self.write(lambda text: re.sub(r"\[\{root\}/before\]", "", text), at="* * * * * *")
        self.program("before", "sleep 60")
        running = self.loop("--json")
        self.assertEqual(json.loads(running.stdout.readline())["event"], "waiting")
        time.sleep(2.5)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=30)
        self.assertEqual(running.returncode, OK, err)
        reports = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([report["state"] for report in reports if "state" in report], ["cancelled"], out)
        self.assertIn("overlap", [report.get("event") for report in reports])
        self.assertTrue((self.root / "after.json").exists())

    def test_a_stop_can_wait_for_what_runs(self):
        self.write(at="* * * * * *")
        running = self.loop("--json", "--on-stop", "finish")
        running.stdout.readline()
        deadline = time.monotonic() + 30
        while not (self.root / "before.json").exists():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=60)
        self.assertEqual(running.returncode, OK, err)
        states = [report["state"] for report in map(json.loads, out.splitlines()) if "state" in report]
        self.assertTrue(states and set(states) == {"succeeded"}, out + err)

    def test_a_job_that_never_runs_is_told_while_nothing_runs(self):
        due = time.gmtime(time.time() - 2 * 3600)
        self.write(lambda text: text.replace("first_success,", "overdue, first_success,"), at=f"{due.tm_min} {due.tm_hour} * * *")
        known = self.root / "state" / "jobs" / "shop" / f"{1:020}"  # as if this machine had known the job for long
        known.parent.mkdir(parents=True, mode=0o700)
        known.write_text('{"version":1,"known":"2020-01-01T00:00:00.000000Z","verified":{},"alerts":[]}')
        running = self.loop("--json", "--judge", "1s")
        self.assertEqual(json.loads(running.stdout.readline())["event"], "waiting")
        told = json.loads(running.stdout.readline())
        self.assertEqual((told["event"], told["name"], told["title"]), ("told", "shop", "backup overdue: shop"))
        self.assertTrue(wait_until((self.root / "receive.jsonl").exists))
        time.sleep(2.5)  # two more judges
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=30)
        self.assertEqual((running.returncode, out), (OK, ""), err)
        self.assertEqual(self.notices(), ["overdue"])

    def test_next_and_check_of_a_file(self):
        second = "  other:\n    server: db1\n    repository: main\n    sources:\n      - uri: exec:echo x\n    schedule:\n      at: '0 3 * * *'\n"
        self.write(lambda text: text + second)
        after = "--after=2026-11-20T00:00:00Z"
        times = json.loads(self.command("schedule", "next", "--jobs", self.file, after, "--count", 3, "--json").stdout)["times"]
        self.assertEqual([(one["job"], one["time"]) for one in times],
                         [("shop", "2026-11-20T03:00:00Z"), ("other", "2026-11-20T03:00:00Z"), ("shop", "2026-11-21T03:00:00Z")])
        self.assertEqual(json.loads(self.command("schedule", "check", "--jobs", self.file, "--json").stdout)["conflicts"], [])  # no run is known
        self.run_job(OK)
        self.command("job", "run", self.file, "other", "-q")
        found = json.loads(self.command("schedule", "check", "--jobs", self.file, "--json", expect=(WARNINGS,)).stdout)
        self.assertEqual([(one["kind"], one["first"], one["second"]) for one in found["conflicts"]], [("collision", "shop", "other")])
        self.assertEqual([one["runs"] for one in found["schedules"]], [1, 1])
        self.command("schedule", "next", expect=(USAGE,))


if __name__ == "__main__":
    harness.main()
