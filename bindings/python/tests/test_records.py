"""Records of operations, for metrics, audit and notifications."""

import time
from datetime import datetime, timedelta, timezone

import holdfast
import pytest
from helpers import Texts


def records(events):
    begun, ended = ([event.record for event in events if event.kind is kind] for kind in (holdfast.EventKind.BEGUN, holdfast.EventKind.ENDED))
    assert len(begun) == len(ended) == 1 and {event.operation for event in events} == {ended[0].id}
    return begun[0], ended[0]


def test_an_operation_tells_when_it_begins_and_how_it_ends(repo):
    events = []
    made = repo.backup(Texts(a=b"text"), progress=events.append)
    begun, ended = records(events)
    assert (begun.operation, begun.outcome, begun.ended) == ("backup", holdfast.Outcome.RUNNING, None)
    assert (ended.id, ended.outcome, ended.backups) == (begun.id, holdfast.Outcome.SUCCEEDED, (made.id,))
    assert (ended.counts["entries"], ended.counts["plain_bytes"]) == (1, 4)
    assert ended.repository_id == repo.info.id and ended.ended >= ended.started
    assert str(events[0]) == "backup begins" and str(events[-1]) == "backup succeeded"


def test_progress_that_waits_comes_before_the_end(repo):
    kinds = []

    def hear(event):
        kinds.append(event.kind)
        if event.kind is holdfast.EventKind.BEGUN:
            time.sleep(0.5)  # until all others wait

    repo.backup("exec:head -c 20000000 /dev/zero", progress=hear)
    assert kinds[-2:] == [holdfast.EventKind.PROGRESS, holdfast.EventKind.ENDED]


def test_a_failure_is_recorded_with_its_code(repo):
    events = []
    with pytest.raises(holdfast.SourceError):
        repo.backup("exec:sh -c 'exit 3'", progress=events.append)
    _, ended = records(events)
    assert (ended.outcome, ended.error) == (holdfast.Outcome.FAILED, "source")
    assert "exit" in ended.message or "3" in ended.message


def test_an_overview_has_history_status_page_and_metrics(repo):
    made = repo.backup(Texts(a=b"text"), tags={"series": "shop"})
    with pytest.raises(holdfast.SourceError):
        repo.backup("exec:sh -c 'exit 3'", tags={"series": "shop"})
    due = datetime.now(timezone.utc) - timedelta(hours=2)
    seen = repo.overview(measure=True, due={"nightly": due}, next_runs={"nightly": due + timedelta(days=1)})
    assert [(record.operation, record.series, record.outcome) for record in seen.history] == [
        ("backup", "shop", holdfast.Outcome.SUCCEEDED), ("backup", "shop", holdfast.Outcome.FAILED)]
    series = {one["series"]: one for one in seen.status["series"]}
    assert series["shop"]["newest"]["backup"] == made.id and series["shop"]["failures"] == 1
    assert ("backup_overdue", "nightly") in {(alert["kind"], alert["series"]) for alert in seen.status["alerts"]}
    assert seen.page.startswith("<!DOCTYPE html>") and "\nholdfast_repository_objects{" in seen.metrics
    assert repo.overview().status["storage"] is None
