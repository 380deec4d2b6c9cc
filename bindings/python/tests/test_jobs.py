"""Jobs: a run with its steps, a dry run, the preflight, and hooks on their own."""

from datetime import UTC, datetime

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
