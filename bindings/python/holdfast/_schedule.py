"""Schedules: when something is due, which runs start when, and which jobs collide."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import _core
from ._values import seconds as _seconds


class CatchUp(enum.StrEnum):
    """What becomes of runs that were due while nothing could start them."""

    NONE = "none"  #: they are left out
    ONCE = "once"  #: one run makes up for all of them


class Overlap(enum.StrEnum):
    """What becomes of a run that is due while an earlier run of the same schedule is not finished."""

    SKIP = "skip"  #: it is left out
    QUEUE = "queue"  #: it starts as soon as the earlier one has finished; at most one waits
    ALLOW = "allow"  #: it starts at once


class Schedule:
    """The times at which something is due. Reads no clock; does not change; safe from any thread.

    docs/schedules.md describes expressions and what happens when a clock changes.
    """

    def __init__(
        self, expression: str, *, zone: str = "UTC", name: str = "", jitter: timedelta = timedelta(0), blackouts: Iterable[str] = (),
        catch_up: CatchUp | str = CatchUp.ONCE, overlap: Overlap | str = Overlap.SKIP, start_within: timedelta = timedelta(minutes=5),
    ) -> None:
        """Read "30 2 * * mon-fri", "@daily" or "every 6h".

        Args:
            zone: The IANA name of the time zone whose clock is meant.
            name: Decides the delay that `jitter` gives.
            jitter: Each run is late by the same part of this.
            blackouts: Windows in which no run is due: "mon-fri 08:00-18:00", "22:00-06:00", "2026-12-24..2026-12-26".
            start_within: A run that can't start within this time after it is due is missed.
        """
        self._native = _core.NativeSchedule(
            expression, zone, name, _seconds(jitter), list(blackouts), str(catch_up), str(overlap), _seconds(start_within))
        self.expression = expression
        self.zone = zone

    @classmethod
    def _of(cls, native: _core.NativeSchedule, expression: str, zone: str) -> Schedule:
        made = cls.__new__(cls)
        made._native, made.expression, made.zone = native, expression, zone
        return made

    def __repr__(self) -> str:
        return f"holdfast.Schedule({self.expression!r}, zone={self.zone!r})"

    def next(self, after: datetime) -> datetime | None:
        """Return the first due time after `after`; None if that is beyond 2399."""
        return self._native.next(after)

    def next_times(self, after: datetime, count: int) -> tuple[datetime, ...]:
        """Return the first due times after `after`."""
        return self._native.next_times(after, count)

    def times(self, after: datetime) -> Iterator[datetime]:
        """Iterate over all due times after `after`."""
        due = self.next(after)
        while due is not None:
            yield due
            due = self.next(due)

    def previous(self, at: datetime) -> datetime | None:
        """Return the last due time that is not after `at`; None if that is before 1970."""
        return self._native.previous(at)

    def local_time(self, time: datetime) -> str:
        """Return a time on the clock of the schedule's zone: "2026-03-29 03:00:00 +02:00"."""
        return self._native.local_time(time)


class RunDecision(enum.StrEnum):
    """What a scheduler decided about a run that was due."""

    START = "start"  #: start it now, and call `finished` when it has ended
    QUEUED = "queued"  #: an earlier run is not finished; it starts after that, with a decision of its own
    OVERLAP = "overlap"  #: left out: an earlier run is not finished, and none more may wait
    MISSED = "missed"  #: left out: it is too late, and the schedule does not catch up


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledRun:
    """A decision about a run.

    Attributes:
        name: The schedule's name.
        merged: Runs that were due before this one and are part of this decision; it counts up to 1000.
    """

    name: str
    due: datetime
    decision: RunDecision
    merged: int


class Scheduler:
    """Decides which runs of many schedules start when. Has no thread and no clock. Safe from any thread.

    A clock that jumps loses no run and doubles none.
    """

    def __init__(self) -> None:
        self._native = _core.NativeScheduler()

    def add(self, name: str, schedule: Schedule, since: datetime) -> None:
        """Add a schedule.

        Args:
            since: The due time of the last run that was started, by this process or an earlier one, or the present.
        """
        self._native.add(name, schedule._native, since)

    def remove(self, name: str) -> None:
        """Forget a schedule."""
        self._native.remove(name)

    def step(self, now: datetime) -> tuple[ScheduledRun, ...]:
        """Decide about all runs that are due, those first that have been due longest.

        Call it at the times of `next_due` and, to notice a clock that goes back, every minute.
        """
        return tuple(ScheduledRun(name=name, due=due, decision=RunDecision(decision), merged=merged)
                     for name, due, decision, merged in self._native.step(now))

    def finished(self, name: str) -> None:
        """Tell that a started run has ended."""
        self._native.finished(name)

    @property
    def next_due(self) -> datetime | None:
        """When `step` will decide something next; None if that is never, or after a run has finished."""
        return self._native.next_due()

    @property
    def running(self) -> int:
        """The number of started runs that have not finished."""
        return self._native.running


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob:
    """A job whose load matters.

    Attributes:
        server: What it loads; jobs of different servers never collide.
        durations: Of earlier runs; none: no claim about it.
    """

    name: str
    schedule: Schedule
    server: str = ""
    durations: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConflict:
    """Two jobs that run at once, or a run that is not finished when the next one is due.

    Attributes:
        second: The other job; None if a job is in its own way.
        at: The first time.
        times: How often.
        longest: For how long the two run at once, or by how much a run is longer than its interval.
        shift: The least delay of `second` with which it collides with no job; None if there is none below its interval.
        text: All this in one line.
    """

    first: str
    second: str | None
    at: datetime
    times: int
    longest: timedelta
    shift: timedelta | None
    text: str


def find_conflicts(jobs: Iterable[PlannedJob], start: datetime, end: datetime) -> tuple[ScheduleConflict, ...]:
    """Look at all runs from `start` until before `end`, and return what is wrong."""
    planned = [(job.name, job.schedule._native, job.server, [_seconds(length) for length in job.durations]) for job in jobs]
    return tuple(
        ScheduleConflict(first=first, second=second, at=at, times=times, longest=timedelta(seconds=longest),
                         shift=None if shift is None else timedelta(seconds=shift), text=text)
        for first, second, at, times, longest, shift, text in _core.find_conflicts(planned, start, end))
