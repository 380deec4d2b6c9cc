"""`holdfast status`: the history that every operation leaves in the repository, shown as a table, JSON, a page and metrics."""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

import harness
import prometheus
import servers
from holdfast import FAILED, OK, ROOT, USAGE, WARNINGS, Holdfast, raw_key

EXAMPLES = ROOT / "examples" / "monitoring"
KEY = raw_key()
HOSTILE = "</bdi><script>alert(1)</script>\"\\{}' \u202e"


class StatusCase(unittest.TestCase):
    """A repository with a proven backup, a newer one, two failures and a hostile series; the tests only read it."""

    layout = "packed"

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfstatus."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.holdfast = Holdfast(cls.folder / "repository", key=raw_key())
        cls.holdfast("init", "--layout", cls.layout).expect(OK)

    @classmethod
    def backup(cls, source="exec:seq 1 1000", series="shop"):
        return cls.holdfast("backup", source, "--tag", f"series={series}", "--json")

    @classmethod
    def status(cls):
        return cls.holdfast("status", "--json").expect(OK).json

    @classmethod
    def text(cls, option, *arguments):
        return cls.holdfast("status", option, "-", *arguments).expect(OK).stdout


class Empty(StatusCase):
    def test_an_empty_repository_has_a_status_in_every_form(self):
        self.assertEqual(self.status()["series"], [])
        self.assertIn("no backups yet", self.holdfast("status").expect(OK).stdout)
        self.assertIn("There are no backups yet", self.text("--html"))
        self.assertTrue(self.text("--metrics").endswith("# EOF\n"))


class Packed(StatusCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proven = cls.backup().expect(OK).json["backup"]["id"]
        cls.holdfast("verify", cls.proven, "--level", "restore", "--target", "exec:cat").expect(OK)
        cls.newest = cls.backup().expect(OK).json["backup"]["id"]
        for _ in range(2):
            cls.backup("exec:false").expect(FAILED)
        cls.backup(series=HOSTILE).expect(OK)
        cls.metrics = cls.text("--metrics", "--measure")
        cls.page = cls.text("--html")

    def test_any_client_sees_attempts_failures_and_the_last_proven_point(self):
        shop = next(one for one in self.status()["series"] if one["series"] == "shop")
        self.assertEqual((shop["failures"], shop["attempt"]["outcome"], shop["backups"]), (2, "failed", 2))
        self.assertEqual((shop["proven"]["backup"], shop["newest"]["backup"]), (self.proven, self.newest))
        self.assertRegex(self.holdfast("status").expect(OK).stdout, r"(?m)^warning  .* 2 attempts in a row failed")
        self.assertIn("2 attempts in a row failed", self.page)
        self.assertRegex(self.metrics, r'(?m)^holdfast_consecutive_failures\{.*series="shop"\} 2$')

    def test_hostile_names_do_not_change_the_form_of_the_page_which_needs_no_network(self):
        self.assertNotIn("<script", self.page)
        self.assertNotIn("\u202e", self.page)
        self.assertNotRegex(self.page.replace("http-equiv", ""), "http|src=|url[(]|@import")

    def test_files_are_replaced_and_readable_by_others(self):
        page, metrics = self.folder / "page.html", self.folder / "holdfast.prom"
        page.write_text("old")
        self.assertEqual(self.holdfast("status", "--html", page, "--metrics", metrics).expect(OK).stdout, "")
        self.assertTrue(page.read_text().startswith("<!DOCTYPE html>"))
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(stat.S_IMODE(metrics.stat().st_mode), 0o644 & ~mask)

    def test_wrong_arguments_are_usage_errors(self):
        self.holdfast("status", "--html", "-", "--metrics", "-").expect(USAGE)
        self.holdfast("status", "--proof-age", "soon").expect(USAGE)

    def test_the_document_lists_every_metric(self):
        metrics = (ROOT / "docs/monitoring.md").read_text().split("## Metrics")[1].split("[examples")[0]
        written = set(re.findall(r"(?m)^# TYPE (holdfast_\w+) gauge$", self.metrics))
        from_hosts = {"holdfast_next_run_timestamp_seconds", "holdfast_replica_in_sync",
                      "holdfast_replica_lag_backups", "holdfast_replica_lag_seconds", "holdfast_log_position_bytes"}
        self.assertEqual(set(re.findall(r"`(holdfast_\w+)`", metrics)) - from_hosts, written)

    def test_the_examples_use_only_metrics_that_exist(self):
        listed = set(re.findall(r"`(holdfast_\w+)`", (ROOT / "docs/monitoring.md").read_text()))
        for name in ("rules.yml", "rules_test.yml", "dashboard.json"):
            used = set(re.findall(r"\bholdfast_\w+", (EXAMPLES / name).read_text()))
            self.assertEqual(used - listed, set(), name)

    def test_promtool_accepts_metrics_and_rules(self):
        try:
            promtool = prometheus.program("promtool")
        except servers.ServerError as error:
            self.skipTest(str(error))
        for arguments, given in (["check", "metrics"], self.metrics), (["check", "rules", "rules.yml"], ""), (["test", "rules", "rules_test.yml"], ""):
            done = subprocess.run([promtool, *arguments], input=given, cwd=EXAMPLES, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Replicas(unittest.TestCase):
    """Two replicas of one repository, of which one misses a backup."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfstatus."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def holdfast(self, *arguments):
        return Holdfast(None, key=KEY)(*arguments, *(word for name in "abc" for word in ("-r", self.folder / name)))

    def figures(self, text):
        """The lag of replica c in the metrics: backups and seconds."""
        return [float(re.search(rf'(?m)^holdfast_replica_lag_{unit}{{.*/c"}} (.*)$', text)[1]) for unit in ("backups", "seconds")]

    def test_a_replica_that_was_away_is_behind_by_backups_and_seconds_until_it_is_repaired(self):
        self.holdfast("init").expect(OK)
        self.holdfast("backup", "exec:seq 1 10").expect(OK)
        self.assertEqual(self.figures(self.holdfast("status", "--metrics", "-").stdout), [0, 0])
        (self.folder / "c").rename(self.folder / "away")
        for number in (20, 30):
            self.holdfast("backup", f"exec:seq 1 {number}").expect(WARNINGS)
        (self.folder / "away").rename(self.folder / "c")
        backups, age = self.figures(self.holdfast("status", "--metrics", "-").stdout)
        self.assertEqual(backups, 2)
        self.assertGreater(age, 0)
        said = self.holdfast("status", "--json").json
        behind = next(replica for replica in said["replicas"] if replica["uri"].endswith("/c"))
        self.assertEqual((behind["state"], behind["backups_behind"]), ("behind", 2))
        self.assertEqual([alert["facts"]["backups"] for alert in said["alerts"] if alert["kind"] == "replica_behind"], ["2"])
        self.holdfast("repair").expect(OK)
        self.assertEqual(self.figures(self.holdfast("status", "--metrics", "-").stdout), [0, 0])


class Plain(StatusCase):
    layout = "plain"

    def test_the_plain_layout_keeps_the_history_too_and_a_record_that_cannot_be_put_is_a_warning(self):
        self.backup().expect(OK)
        self.backup("exec:false").expect(FAILED)
        self.holdfast("verify", "--level", "full").expect(OK)
        self.assertEqual(self.status()["series"][0]["failures"], 1)
        history = self.folder / "repository" / "history"
        shutil.rmtree(history, ignore_errors=True)
        history.write_text("in the way")
        self.assertIn("has no record in the history", self.backup().expect(WARNINGS).stderr)
        self.assertEqual(len(self.holdfast("list", "--json").expect(OK).json["backups"]), 2)


if __name__ == "__main__":
    harness.main()
