"""Notices, channels and the notifier from Python."""

import datetime
import http.server
import json
import threading

import holdfast
import pytest

NOW = datetime.datetime(2026, 11, 20, 18, 4, 11, 123456, datetime.UTC)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted, or answers with another status."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.status < 300:
            self.server.taken.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.taken, server.status = [], 204
    server.url = f"http://127.0.0.1:{server.server_port}/T0KEN"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def failure(title="backup of shop FAILED"):
    return holdfast.Notice(kind="failed", severity="critical", series="shop", time=NOW, title=title, facts={"error": "no_space"})


def test_what_is_put_is_delivered_once_and_in_order(receiver, tmp_path):
    channel = holdfast.Channel("ops", "webhook", {"url": receiver.url})
    notifier = holdfast.Notifier(tmp_path / "outbox", [channel])
    assert notifier.put(failure("a")) == 1
    assert notifier.put(failure("b")) == 1
    assert notifier.put(holdfast.Notice(kind="succeeded")) == 0
    assert [report.waiting for report in notifier.status().channels] == [2]
    report = holdfast.Notifier(tmp_path / "outbox", [channel]).deliver()
    assert report.ok
    assert report.next is None
    assert (report.channels[0].messages, report.channels[0].waiting) == (2, 0)
    assert [message["title"] for message in receiver.taken] == ["a", "b"]
    notice = receiver.taken[0]["notices"][0]
    assert (notice["event"], notice["time"], notice["facts"]) == ("failed", "2026-11-20T18:04:11.123456Z", {"error": "no_space"})
    assert notifier.deliver().channels[0].messages == 0


def test_what_a_receiver_does_not_take_waits_and_is_named_without_its_token(receiver, tmp_path):
    receiver.status = 503
    channel = holdfast.Channel("ops", "webhook", {"url": receiver.url})
    assert "T0KEN" not in repr(channel)
    notifier = holdfast.Notifier(tmp_path / "outbox", [channel])
    notifier.put(failure())
    report = notifier.deliver()
    assert not report.ok
    assert "status 503" in report.channels[0].error
    assert "T0KEN" not in repr(report)
    assert report.next > datetime.datetime.now(datetime.UTC)
    with pytest.raises(holdfast.NetworkError, match="status 503"):
        holdfast.send_notice(channel, failure())


def test_the_notice_of_an_operation_comes_from_its_record():
    record = holdfast.OperationRecord(id="1", operation="backup", repository="file:///r", repository_id="2", started=NOW, ended=NOW, outcome="failed",
                                      error="no_space", message="the disk is full", counts={"rows": 7})
    notice = holdfast.notice_of(record, series="shop", previous="succeeded")
    assert (notice.kind, notice.severity, notice.time) == (holdfast.NoticeKind.FAILED, holdfast.NoticeSeverity.CRITICAL, NOW)
    assert (notice.title, notice.message) == ("backup of shop FAILED", "the disk is full")
    assert (notice.facts["error"], notice.facts["count.rows"]) == ("no_space", "7")
    done = holdfast.OperationRecord(id="1", operation="backup", repository="", repository_id="", started=NOW, ended=NOW, outcome="succeeded")
    kinds = [holdfast.notice_of(done, previous=previous).kind for previous in (None, "failed", holdfast.Outcome.SUCCEEDED)]
    assert kinds == [holdfast.NoticeKind.FIRST_SUCCESS, holdfast.NoticeKind.RECOVERED, holdfast.NoticeKind.SUCCEEDED]


def test_mistakes_are_named(tmp_path):
    with pytest.raises(holdfast.InvalidArgumentError, match="webhook, slack"):
        holdfast.Notifier(tmp_path / "outbox", [holdfast.Channel("ops", "pager")])
    with pytest.raises(holdfast.InvalidArgumentError, match="option url"):
        holdfast.Notifier(tmp_path / "outbox", [holdfast.Channel("ops", "slack")])
    with pytest.raises(holdfast.InvalidArgumentError, match="facts"):
        holdfast.Notice(kind="failed", facts={"a": 1})
    with pytest.raises(ValueError, match="failure"):
        holdfast.Notice(kind="failure")
    assert [kind.name for kind in holdfast.channel_kinds()] == ["webhook", "slack", "discord", "teams", "email", "ping", "command"]
    options = {option.name: option for kind in holdfast.channel_kinds() for option in kind.options}
    assert options["signing_key"].secret


def test_the_kinds_and_severities_are_those_of_the_library(receiver, tmp_path):
    every = ",".join(holdfast.NoticeKind)
    notifier = holdfast.Notifier(tmp_path / "outbox", [holdfast.Channel("ops", "webhook", {"url": receiver.url, "events": every})])
    for kind in holdfast.NoticeKind:
        for severity in holdfast.NoticeSeverity:
            assert notifier.put(holdfast.Notice(kind=kind, severity=severity, time=NOW)) == 1
