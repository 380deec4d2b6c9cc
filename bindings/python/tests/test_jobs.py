"""Jobs: a run with its steps, a dry run, the preflight, and hooks on their own."""

from datetime import UTC, datetime, timedelta

import pytest

import holdfast


@pytest.fixture
def file(tmp_path):
    holdfast.create(tmp_path / "main", password="swordfish").close()
    return (f"version: 1\nstate: {tmp_path}/state\nrepositories:\n  main:\n    uri: {tmp_path}/main\n    password: env:SECRET\n"
            "jobs:\n  shop:\n    repository: main\n    sources:\n      - uri: 'exec:echo goods'\n    verification:\n      - level: full\n")


VARIABLES = {"SECRET": "swordfish"}


def test_a_job_runs_and_reports_each_step(file, tmp_path):
    events = []
    report = holdfast.run_job(file, "shop", variables=VARIABLES, progress=events.append)
    assert report.state is holdfast.StepState.SUCCEEDED and report.message == ""
    assert [step.step for step in report.steps] == ["preflight", "backup", "verify", "record"]
    with holdfast.open(tmp_path / "main", password="swordfish") as repo:
        backup, = repo.backups()
        assert report.steps[1].backups == (backup.id,) and backup.tags["series"] == "shop"
        records = [record for record in repo.overview().history if record.operation == "job"]
        assert [(record.id, record.series) for record in records] == [(report.id, "shop")]
    assert [event.record.id for event in events if event.record is not None and event.record.operation == "job"] == [report.id] * 2


def test_a_dry_run_and_the_preflight_say_what_is_missing(file, tmp_path):
    report = holdfast.run_job(file, "shop", dry_run=True, variables=VARIABLES)
    assert report.dry_run and report.state == "planned" and not (tmp_path / "state").exists()
    assert all(check.state == "ok" for check in holdfast.preflight(file, "shop", variables=VARIABLES) if check.what == "key")
    missing = [check for check in holdfast.preflight(file, "shop") if check.state == "missing"]
    assert "env:SECRET" in missing[0].detail and missing[0].advice
    failed = holdfast.run_job(file, "shop")
    assert (failed.state, failed.steps[1].state) == ("failed", "skipped")
    with pytest.raises(holdfast.NotFoundError):
        holdfast.run_job(file, "none")
    assert [fault.line for fault in holdfast.job_file_faults("version: 2")] == [1, 1, 1]


def test_a_cancelled_run_says_so(file):
    cancel = holdfast.CancelToken()
    cancel.cancel()
    report = holdfast.run_job(file, "shop", variables=VARIABLES, cancel=cancel)
    assert report.state == "cancelled" and report.steps[-1].step == "record"


def test_hooks_run_on_their_own():
    record = holdfast.OperationRecord(id="1" * 12, operation="backup", repository="", repository_id="", started=datetime.now(UTC))
    result, = holdfast.run_hooks([holdfast.Hook(name="open", command="sh -c 'exit 3'"), holdfast.Hook(name="never", command="true")], "before", record)
    assert (result.vetoed, result.status, result.state) == (True, 3, "failed") and "open" in result.why
    with pytest.raises(holdfast.InvalidArgumentError):
        holdfast.run_hooks([], "during", record)


SCHEDULED = ("    schedule:\n      at: '0 3 * * *'\n      zone: Europe/Berlin\n    notifications:\n      - channel: ops\n        events: [overdue]\n"
             "channels:\n  ops:\n    kind: command\n    options:\n      command: 'true'\n")


def test_a_host_runs_the_jobs_of_a_file_by_a_scheduler_of_its_own(file, tmp_path):
    file += SCHEDULED
    assert holdfast.last_start(file, "shop") is None
    report = holdfast.run_job(file, "shop", variables=VARIABLES)
    started = holdfast.last_start(file, "shop")
    assert started == report.started
    planned, = holdfast.planned_jobs(file, variables=VARIABLES)
    assert (planned.name, planned.server, len(planned.durations)) == ("shop", "job shop", 1)
    assert planned.schedule.zone == "Europe/Berlin" and planned.schedule.next(started) > started
    scheduler = holdfast.Scheduler()
    scheduler.add(planned.name, planned.schedule, started)
    assert scheduler.next_due == planned.schedule.next(started)
    assert holdfast.find_conflicts([planned], started, started + timedelta(days=3)) == ()
    notifier = holdfast.job_notifier(file, variables=VARIABLES)
    assert [(channel.channel, channel.waiting) for channel in notifier.status().channels] == [("ops", 0)]


def test_a_job_that_never_runs_is_told_once(file, tmp_path):
    due = datetime.now(UTC) - timedelta(hours=2)
    file += SCHEDULED.replace("0 3 * * *", f"{due.minute} {due.hour} * * *").replace("Europe/Berlin", "UTC")
    known = tmp_path / "state" / "jobs" / "shop" / f"{1:020}"  # as if an earlier process had known the job for a week
    known.parent.mkdir(parents=True, mode=0o700)
    since = (due - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    known.write_text(f'{{"version":1,"known":"{since}","verified":{{}},"alerts":[]}}')
    notice, = holdfast.tell_alerts(file, "shop", variables=VARIABLES)
    assert (notice.kind, notice.series) == (holdfast.NoticeKind.OVERDUE, "shop")
    assert holdfast.tell_alerts(file, "shop", variables=VARIABLES) == ()


def test_an_overview_makes_notices_of_what_changed(tmp_path):
    with holdfast.create(tmp_path / "main", password="swordfish") as repo:
        late = {"nightly": datetime(2026, 1, 1, tzinfo=UTC)}
        first = repo.overview(due=late)
        assert [(notice.kind, notice.series) for notice in first.notices] == [("overdue", "nightly")]
        second = repo.overview(due=late, told=first.told)
        assert second.notices == () and second.told == first.told
        assert [notice.kind for notice in repo.overview(told=second.told).notices] == ["recovered"]
