"""A real Prometheus scrapes the metrics as OpenMetrics, judges the rules of the examples, and a real Alertmanager takes the alerts."""

import http.server
import pathlib
import shutil
import tempfile
import threading
import time
import unittest

import harness
import prometheus
import servers
from holdfast import FAILED, OK, ROOT, Holdfast, raw_key

EXAMPLES = ROOT / "examples" / "monitoring"
HOSTILE = "shop\"} 1\n</b>{{ $value }}\\"


class Scraped(http.server.BaseHTTPRequestHandler):
    """Serves the metrics as a host does."""

    metrics = ""

    def do_GET(self):  # noqa: N802
        self.send_response(200)
        self.send_header("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.metrics.encode())

    def log_message(self, *_):
        pass


class Alerts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfalerts."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.alertmanager = prometheus.Alertmanager(EXAMPLES / "alertmanager.yml")
            prometheus.program("prometheus")
        except servers.ServerError as error:
            self.skipTest(str(error))

    def metrics_of_failures(self):
        """The metrics of a series whose newest attempts failed and that was never proven."""
        holdfast = Holdfast(self.folder / "repository", key=raw_key())
        holdfast("init").expect(OK)
        holdfast("backup", "exec:seq 1 10", "--tag", f"series={HOSTILE}").expect(OK)
        for _ in range(3):
            holdfast("backup", "exec:false", "--tag", f"series={HOSTILE}").expect(FAILED)
        return holdfast("status", "--metrics", "-").expect(OK).stdout

    def test_alertmanager_has_the_alerts_of_the_rules_with_the_names_as_they_are(self):
        wanted = {"HoldfastBackupFailing", "HoldfastNotProven", "HoldfastNeedsAttention"}
        Scraped.metrics = self.metrics_of_failures()
        scraped = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scraped)
        threading.Thread(target=scraped.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.addCleanup(scraped.server_close)
        self.addCleanup(scraped.shutdown)
        with self.alertmanager, prometheus.Prometheus(f"127.0.0.1:{scraped.server_port}", EXAMPLES / "rules.yml", self.alertmanager) as server:
            alerts = {}
            deadline = time.monotonic() + 120
            while not wanted <= set(alerts) and time.monotonic() < deadline:
                time.sleep(0.2)
                alerts = {alert["labels"]["alertname"]: alert for alert in self.alertmanager.get("/api/v2/alerts")}
            self.assertLessEqual(wanted, set(alerts), server.get("/api/v1/targets"))
        failing = alerts["HoldfastBackupFailing"]
        self.assertEqual((failing["labels"]["series"], failing["labels"]["severity"]), (HOSTILE, "warning"))
        self.assertEqual(failing["annotations"]["summary"], f"3 attempts in a row to back up {HOSTILE} failed")
        self.assertEqual(alerts["HoldfastNeedsAttention"]["labels"]["kind"], "backups_failing")
        self.assertEqual(failing["receivers"], [{"name": "operators"}])


if __name__ == "__main__":
    harness.main()
