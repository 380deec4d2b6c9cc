"""Jobs: runs of job files, the check before a run, and hooks. docs/jobs.md describes them."""

from __future__ import annotations

import enum
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from . import _core
from ._asynchronous import asynchronous
from ._errors import InvalidArgumentError
from ._notify import Notice, Notifier
from ._operation import Progress, Settings, operation
from ._schedule import PlannedJob, Schedule
from ._values import OperationRecord, texts


class StepState(enum.StrEnum):
    """State of a step of a run, or of the whole run."""

    PLANNED = "planned"  #: a dry run: it would run
    SUCCEEDED = "succeeded"
    WARNINGS = "warnings"
    FAULTS = "faults"  #: a verification found faults
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  #: it did not run; the message says why


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFault:
    """One thing that is wrong in a job file. Line and column count from 1."""

    line: int
    column: int
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PreflightCheck:
    """One prerequisite of a run: `state` is "ok", "warning" or "missing"."""

    of: str
    what: str
    state: str
    detail: str
    advice: str  #: what to do; empty if it is ok


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """A program that runs before or after an operation. The options are those of the notifications guide: "moment", "on", "veto" …"""

    name: str
    command: str  #: the program and its arguments, split as a shell would
    options: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", texts(self.options, "options"))


@dataclass(frozen=True, kw_only=True, slots=True)
class HookResult:
    """Result of one hook."""

    hook: str
    moment: str
    state: str  #: "succeeded", "failed", "late" or "not_started"
    vetoed: bool  #: it forbids the operation
    status: int
    seconds: float
    output: str
    output_cut: bool
    why: str  #: one line, unless it succeeded


@dataclass(frozen=True, kw_only=True, slots=True)
class JobStep:
    """One step of a run."""

    step: str  #: "preflight", "before", "backup", "verify", "expire", "gc", "copy", "after", "notify" or "record"
    subject: str  #: of verify: its level; of copy: the repository's name
    state: StepState
    message: str
    error: str  #: the error's code; empty if there was none
    seconds: float
    backups: tuple[str, ...]  #: ids of what it made, verified or removed
    counts: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobReport:
    """Result of one run of a job."""

    id: str
    job: str
    repository: str
    sources: tuple[str, ...]
    dry_run: bool
    state: StepState
    message: str
    started: datetime
    ended: datetime
    seconds: float
    steps: tuple[JobStep, ...]
    preflight: tuple[PreflightCheck, ...]
    hooks: tuple[HookResult, ...]


def _checks(found: Iterable[Mapping[str, Any]]) -> tuple[PreflightCheck, ...]:
    return tuple(PreflightCheck(**{one.name: check[one.name] for one in fields(PreflightCheck)}) for check in found)


def _hook_results(found: Iterable[Mapping[str, Any]]) -> tuple[HookResult, ...]:
    return tuple(HookResult(**{one.name: result[one.name] for one in fields(HookResult)}) for result in found)


def _step(step: Mapping[str, Any]) -> JobStep:
    return JobStep(step=step["step"], subject=step["subject"], state=StepState(step["state"]), message=step["message"],
                   error=step["error"] or "", seconds=step["seconds"], backups=tuple(step["backups"]), counts=step["counts"])


def job_file_faults(file: str) -> tuple[JobFault, ...]:
    """Name all faults of a job file. Opens nothing.

    Args:
        file: The text of the file.
    """
    return tuple(JobFault(line=line, column=column, what=what) for line, column, what in _core.job_file_faults(file))


def run_job(
    file: str, job: str, *, dry_run: bool = False, only_verification: bool = False, variables: Mapping[str, str] | None = None,
    state: str | os.PathLike[str] = "", progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    settings: Settings | None = None,
) -> JobReport:
    """Run a job of a job file. A step that fails is part of the report, and so is a cancel; after-hooks, notifications and the record run
    in any case. Raises for a faulty file, an unknown job, and a state folder that can't be used.

    Args:
        file: The text of the job file.
        job: The job's name.
        dry_run: Only check what the job needs, and tell what each step would do.
        only_verification: Only verifications that have a schedule of their own and are due.
        variables: Values for secrets "env:NAME". The environment is not read.
        state: Folder for the outbox and for what a run leaves for the next one; empty: that of the file.
    """
    text = _core.run_job(operation(settings or Settings(), progress, cancel), file, job, dry_run, only_verification,
                         texts(variables or {}, "variables"), os.fspath(state))
    whole = json.loads(text)
    return JobReport(
        id=whole["id"], job=whole["job"], repository=whole["repository"], sources=tuple(whole["sources"]), dry_run=whole["dry_run"],
        state=StepState(whole["state"]), message=whole["message"], started=datetime.fromisoformat(whole["started"]),
        ended=datetime.fromisoformat(whole["ended"]), seconds=whole["seconds"], steps=tuple(_step(step) for step in whole["steps"]),
        preflight=_checks(whole["preflight"]), hooks=_hook_results(whole["hooks"]))


arun_job = asynchronous(run_job)


def preflight(
    file: str, job: str, *, variables: Mapping[str, str] | None = None, cancel: _core.CancelToken | None = None,
    settings: Settings | None = None,
) -> tuple[PreflightCheck, ...]:
    """Look whether a job could run now. Changes nothing.

    Args:
        file: The text of the job file.
        job: The job's name.
        variables: Values for secrets "env:NAME".
    """
    return _checks(json.loads(_core.preflight(operation(settings or Settings(), None, cancel), file, job, texts(variables or {}, "variables"))))


def tell_alerts(
    file: str, job: str, *, variables: Mapping[str, str] | None = None, state: str | os.PathLike[str] = "",
    progress: Progress | None = None, cancel: _core.CancelToken | None = None, settings: Settings | None = None,
) -> tuple[Notice, ...]:
    """Judge a job between its runs, and tell its notifications what changed about the alerts of its series and its repository.

    Call it every few minutes, also while the job runs: no run tells of a job that never runs. Each change is told once. A receiver that
    does not take it is a warning, and a later delivery tries again.

    Args:
        file: The text of the job file.
        job: The job's name.
        variables: Values for secrets "env:NAME".
        state: Folder to use instead of that of the file.

    Returns:
        What was told.
    """
    return _core.tell_alerts(operation(settings or Settings(), progress, cancel), file, job, texts(variables or {}, "variables"),
                             os.fspath(state))


atell_alerts = asynchronous(tell_alerts)


def last_start(file: str, job: str, *, state: str | os.PathLike[str] = "") -> datetime | None:
    """Return when the last run of a job began, for `Scheduler.add`; None if it never ran with this state folder. Writes nothing.

    Args:
        file: The text of the job file.
        job: The job's name.
        state: Folder to use instead of that of the file.
    """
    return _core.last_start(file, job, os.fspath(state))


def planned_jobs(
    file: str, *, variables: Mapping[str, str] | None = None, progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    settings: Settings | None = None,
) -> tuple[PlannedJob, ...]:
    """Return the jobs that have a schedule, with the durations of their runs from the histories of their repositories.

    Warns of a repository that can't be read: then none are known.

    Args:
        file: The text of the job file.
        variables: Values for secrets "env:NAME".
    """
    found = _core.planned_jobs(operation(settings or Settings(), progress, cancel), file, texts(variables or {}, "variables"))
    return tuple(PlannedJob(name=name, schedule=Schedule._of(native, expression, zone), server=server,
                            durations=tuple(timedelta(seconds=length) for length in lengths))
                 for name, native, expression, zone, server, lengths in found)


aplanned_jobs = asynchronous(planned_jobs)


def job_notifier(
    file: str, *, variables: Mapping[str, str] | None = None, state: str | os.PathLike[str] = "",
    cancel: _core.CancelToken | None = None, settings: Settings | None = None,
) -> Notifier:
    """Return a notifier with all channels of a job file and the outbox of its state folder.

    Args:
        file: The text of the job file.
        variables: Values for secrets "env:NAME".
        state: Folder to use instead of that of the file.
    """
    used = settings or Settings()
    return Notifier._of(_core.job_notifier(operation(used, None, cancel), file, texts(variables or {}, "variables"), os.fspath(state)), used)


def run_hooks(
    hooks: Iterable[Hook], moment: str, record: OperationRecord, *, cancel: _core.CancelToken | None = None,
    settings: Settings | None = None,
) -> tuple[HookResult, ...]:
    """Run the hooks of a moment that the record calls for. A hook that fails is part of the result; one that vetoed forbids the operation.

    Args:
        hooks: In their order.
        moment: "before" or "after".
        record: Of the operation, with the outcome "running" before it.
    """
    if moment not in ("before", "after"):
        raise InvalidArgumentError(f"a moment is \"before\" or \"after\", not {moment!r}")
    given = [(hook.name, {**hook.options, "command": hook.command}) for hook in hooks]
    return _hook_results(json.loads(_core.run_hooks(operation(settings or Settings(), None, cancel), given, moment == "before", record)))
