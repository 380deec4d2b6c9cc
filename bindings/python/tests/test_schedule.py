"""Schedules, a scheduler under a fake clock, and conflicts."""

import os
from datetime import UTC, datetime, timedelta

import holdfast
import pytest

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_times_are_aware_and_strictly_after():
    nightly = holdfast.Schedule("30 2 * * *", zone="Europe/Berlin")
    assert nightly.next(NEW_YEAR) == datetime(2026, 1, 1, 1, 30, tzinfo=UTC)
    assert nightly.next_times(NEW_YEAR, 2) == (datetime(2026, 1, 1, 1, 30, tzinfo=UTC), datetime(2026, 1, 2, 1, 30, tzinfo=UTC))
    assert nightly.previous(NEW_YEAR) == datetime(2025, 12, 31, 1, 30, tzinfo=UTC)
    assert nightly.local_time(NEW_YEAR) == "2026-01-01 01:00:00 +01:00"
    assert next(nightly.times(NEW_YEAR)) == nightly.next(NEW_YEAR)
    assert nightly.next(datetime.max.replace(tzinfo=UTC)) is None and nightly.previous(datetime(1960, 1, 1, tzinfo=UTC)) is None
    assert repr(nightly) == "holdfast.Schedule('30 2 * * *', zone='Europe/Berlin')"


def test_options_move_runs():
    schedule = holdfast.Schedule("0 12 * * *", name="shop", jitter=HOUR, blackouts=["mon-fri 08:00-18:00"])
    assert schedule.next(datetime(2026, 11, 20, tzinfo=UTC)) == datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert timedelta(hours=12) <= schedule.next(datetime(2026, 11, 21, tzinfo=UTC)) - datetime(2026, 11, 21, tzinfo=UTC) <= timedelta(hours=13)


@pytest.mark.parametrize(("expression", "options", "part"), [
    ("61 * * * *", {}, "minute '61'"), ("@daily", {"zone": "Mars/Base"}, "'Mars/Base' is unknown"), ("@daily", {"jitter": HOUR}, "needs a name"),
    ("@daily", {"overlap": "maybe"}, "overlap 'maybe'"), ("@daily", {"catch_up": ""}, "catch_up ''"), ("@daily", {"blackouts": ["x"]}, "blackout 'x'"),
    ("@daily", {"start_within": -HOUR}, "start_within"), ("@daily", {"jitter": 5}, "timedelta")])
def test_wrong_values_are_refused(expression, options, part):
    with pytest.raises(holdfast.InvalidArgumentError, match=part):
        holdfast.Schedule(expression, **options)


def test_a_naive_time_is_refused():
    with pytest.raises(holdfast.InvalidArgumentError, match="no time zone"):
        holdfast.Schedule("@daily").next(datetime(2026, 1, 1))


def test_a_year_of_two_jobs_passes_by_a_fake_clock():
    scheduler, now, started = holdfast.Scheduler(), NEW_YEAR, []
    scheduler.add("hourly", holdfast.Schedule("17 * * * *", zone="Europe/Berlin"), now)
    scheduler.add("nightly", holdfast.Schedule("30 2 * * *", zone="Europe/Berlin"), now)
    while now < datetime(2027, 1, 1, tzinfo=UTC):
        for run in scheduler.step(now):
            assert (run.decision, run.due, run.merged) == (holdfast.RunDecision.START, now, 0)
            assert scheduler.running == 1
            scheduler.finished(run.name)
            started.append(run.name)
        now = scheduler.next_due
    assert (started.count("hourly"), started.count("nightly")) == (365 * 24, 365)


def test_a_host_runs_two_jobs_for_a_year_and_nothing_is_left_in_it(capfd):
    def footprint():
        return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))

    before = footprint()
    with holdfast.create(holdfast.memory_storage(), password="swordfish", layout="plain") as repo:
        schedules = {"nightly": holdfast.Schedule("17 1 * * *"), "monthly": holdfast.Schedule("30 2 1 * *")}
        scheduler, now, runs = holdfast.Scheduler(), NEW_YEAR, []
        for name, schedule in schedules.items():
            scheduler.add(name, schedule, now)
        while now < datetime(2027, 1, 1, tzinfo=UTC):
            for run in scheduler.step(now):
                with repo.begin(tags={"series": run.name}) as session, session.add_source("host").open("text") as entry:
                    entry.write(b"data")
                runs.append(run.name)
                scheduler.finished(run.name)
            now = scheduler.next_due
        assert (runs.count("nightly"), runs.count("monthly")) == (365, 12)
        overview = repo.overview(due={"monthly": schedules["monthly"].previous(now)}, next_runs={"monthly": schedules["monthly"].next(now)})
        series, = (one for one in overview.status["series"] if one["series"] == "monthly")
        assert len(repo.backups()) == 377 and series["next_run"].startswith("2027-")
        assert "holdfast_next_run_timestamp_seconds{" in overview.metrics
    assert footprint() == before
    assert capfd.readouterr() == ("", "")


def test_missed_and_overlapping_runs_follow_the_policies():
    scheduler = holdfast.Scheduler()
    scheduler.add("late", holdfast.Schedule("0 * * * *", catch_up="none"), NEW_YEAR)
    scheduler.add("queue", holdfast.Schedule("0 * * * *", overlap=holdfast.Overlap.QUEUE), NEW_YEAR)
    assert [(run.name, run.decision, run.merged) for run in scheduler.step(NEW_YEAR + 5.5 * HOUR)] == [("late", "missed", 4), ("queue", "start", 4)]
    assert [(run.name, run.decision) for run in scheduler.step(NEW_YEAR + 6 * HOUR)] == [("late", "start"), ("queue", "queued")]
    scheduler.finished("queue")
    assert scheduler.next_due == NEW_YEAR + 6 * HOUR
    assert [run.decision for run in scheduler.step(NEW_YEAR + 6 * HOUR)] == ["start"]
    with pytest.raises(holdfast.NotFoundError):
        scheduler.finished("other")
    with pytest.raises(holdfast.AlreadyExistsError):
        scheduler.add("late", holdfast.Schedule("@daily"), NEW_YEAR)
    scheduler.remove("late")
    scheduler.remove("queue")
    assert scheduler.next_due is None


def test_conflicts_come_with_a_shift():
    def job(name, expression):
        return holdfast.PlannedJob(name=name, schedule=holdfast.Schedule(expression), server="db1", durations=(HOUR,))

    conflict, = holdfast.find_conflicts([job("a", "0 2 * * *"), job("b", "30 2 * * *")], NEW_YEAR, NEW_YEAR + 48 * HOUR)
    assert (conflict.first, conflict.second, conflict.times, conflict.longest, conflict.shift) == ("a", "b", 2, HOUR / 2, HOUR / 2)
    too_long, = holdfast.find_conflicts([job("a", "*/30 * * * *")], NEW_YEAR, NEW_YEAR + HOUR * 2)
    assert (too_long.second, too_long.shift, too_long.longest) == (None, None, HOUR / 2)
