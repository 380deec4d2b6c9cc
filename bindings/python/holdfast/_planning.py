"""The retention planner: pure decisions, from the times that are given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from . import _core
from ._values import Backup, PlannedTime, RetentionPlan, RetentionPolicy, micros


def plan_retention(backups: Iterable[Backup], policy: RetentionPolicy, now: datetime) -> RetentionPlan:
    """Decide what a policy would remove, only from these backups and this time."""
    return _core.plan_retention(backups, policy, now)


def plan_times(times: Iterable[datetime], policy: RetentionPolicy, now: datetime) -> tuple[PlannedTime, ...]:
    """Decide which of these times to keep, as if a good backup of one series had been made at each; newest first."""
    given = list(times)
    made = _core.plan_times([micros(time) for time in given], policy, now)
    return tuple(PlannedTime(time=given[index], keep=keep, reasons=reasons) for index, keep, reasons in made)
