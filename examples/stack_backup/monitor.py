"""The monitor page: the library's status page, with the lag of each copy, and the same as metrics and JSON."""

import datetime
import html
import http.server
import json
import threading

import holdfast

import replication
from settings import JOB


def look(stack):
    """(page, metrics, status): everything that the monitor shows."""
    now = datetime.datetime.now(datetime.UTC)
    schedule = holdfast.Schedule(stack.settings["BACKUP_SCHEDULE"], zone=stack.settings["BACKUP_ZONE"])
    with stack.open() as repo:
        due, following = schedule.previous(now), schedule.next(now)
        began = min((backup.time for backup in repo.backups() if backup.time), default=now)
        due = {JOB: due} if due and due > began else {}
        overview = repo.overview(measure=True, due=due, next_runs={JOB: following} if following else {})
        copies = {each: _lag(stack, repo, each, now) for each in replication.destinations(stack)}
    rows = "".join(f"<tr><td>{html.escape(each)}</td><td>{html.escape(text)}</td></tr>" for each, (_, text) in copies.items())
    table = f"<h2>Copies</h2><table>{rows}</table>" if copies else ""
    lags = [f'stack_replication_lag_seconds{{destination={json.dumps(each)}}} {seconds}\n' for each, (seconds, _) in copies.items()]
    metrics = overview.metrics.replace("# EOF", "# TYPE stack_replication_lag_seconds gauge\n" + "".join(lags) + "# EOF")
    status = {**overview.status, "copies": {each: text for each, (_, text) in copies.items()}, "backend": stack.backend_is_healthy()}
    return overview.page.replace("</body>", table + "</body>"), metrics, status


def _lag(stack, repo, destination, now):
    """(seconds, text): the age of the oldest backup that is not there."""
    try:
        times = replication.missing(stack, repo, destination)
    except Exception as error:  # noqa: BLE001 - a copy that can't be read is shown as such
        return "NaN", f"unknown: {error}"
    return ((now - min(times)).total_seconds(), f"{len(times)} backups are missing") if times else (0, "in sync")


def is_well(status):
    return status["backend"] and not any(alert["severity"] == "critical" for alert in status["alerts"])


class Handler(http.server.BaseHTTPRequestHandler):
    stack = None

    def do_GET(self):  # noqa: N802
        try:
            page, metrics, status = look(self.stack)
        except Exception as error:  # noqa: BLE001 - the page tells what is wrong
            self.answer(503, "text/plain", f"{error}\n")
            return
        kinds = {"/": ("text/html", page), "/metrics": ("application/openmetrics-text; version=1.0.0", metrics),
                 "/status.json": ("application/json", json.dumps(status)), "/healthz": ("text/plain", "ok\n" if is_well(status) else "alert\n")}
        kind, text = kinds.get(self.path, ("text/plain", "there is no such page\n"))
        self.answer(404 if self.path not in kinds else 503 if self.path == "/healthz" and not is_well(status) else 200, kind, text)

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Nothing: the monitor is asked every few seconds."""


def serve(stack, cancel):
    Handler.stack = stack
    host, _, port = stack.settings["MONITOR_ADDRESS"].rpartition(":")
    with http.server.ThreadingHTTPServer((host, int(port)), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        while not cancel.cancelled:
            thread.join(0.2)
        server.shutdown()
        thread.join()
