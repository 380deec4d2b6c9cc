"""Holdfast: back up databases and files, keep them encrypted and deduplicated, and prove that they can be restored.

    with holdfast.create("backups/", password=secret) as repo:
        backup = repo.backup("postgresql:///shop", progress=print)
        proof = repo.verify(backup, level="restore")
"""

from __future__ import annotations

import atexit as _atexit
import collections.abc as _abc
import json as _json
import os as _os
from typing import Any as _Any

from . import _core, _session
from ._asynchronous import AsyncOperation
from ._audit import Audit, AuditRecord, AuditReport
from ._composed import (
    ReplicaRepairReport,
    ReplicaState,
    ReplicaStatus,
    ReplicatedStorage,
    TieredStorage,
    TierReport,
    cached_storage,
    diagnose_storage,
    quota_storage,
    read_only_storage,
    replicated_storage,
    retrying_storage,
    throttled_storage,
    tiered_storage,
)
from ._core import CancelToken, __version__
from ._driver import CustomDriver, ProofRequest, scheme_of as _scheme_of
from ._envelope import Envelope, Fernet
from ._errors import (
    AlreadyExistsError,
    Cancelled,
    ConflictError,
    Error,
    ErrorCode,
    IntegrityError,
    InternalError,
    InvalidArgumentError,
    InvalidStateError,
    LimitError,
    NetworkError,
    NoSpaceError,
    NotFoundError,
    PermissionDeniedError,
    SourceError,
    StorageError,
    TargetError,
    TimeoutError,  # noqa: A004
    UnauthenticatedError,
    UnsupportedError,
    VerificationError,
    WrongKeyError,
)
from ._jobs import (
    Hook,
    HookResult,
    JobFault,
    JobReport,
    JobStep,
    PreflightCheck,
    StepState,
    aplanned_jobs,
    arun_job,
    atell_alerts,
    job_file_faults,
    job_notifier,
    last_start,
    planned_jobs,
    preflight,
    run_hooks,
    run_job,
    tell_alerts,
)
from ._notify import (
    Channel,
    ChannelKind,
    ChannelReport,
    DeliveryReport,
    GivenUp,
    Notice,
    NoticeKind,
    NoticeSeverity,
    Notifier,
    channel_kinds,
    notice_of,
    send_notice,
)
from ._operation import Settings, operation as _operation
from ._planning import plan_retention, plan_times
from ._recovery_key import new_recovery_key, recovery_key
from ._replication import Replicated, ReplicationReport
from ._repository import Repository, create, open_repository
from ._schedule import (
    CatchUp,
    Overlap,
    PlannedJob,
    RunDecision,
    Schedule,
    ScheduleConflict,
    ScheduledRun,
    Scheduler,
    find_conflicts,
)
from ._session import Session
from ._pipeline import Command, IntoTarget, Pipeline, PipelineEnd, PipelineReport, SourceEntry, SqlDump, StoredObject, asplit_source, split_source
from ._signer import AuditSigner
from ._source import BackupWriter, EntryWriter, Source, SourceInfo
from ._sql import SqlFailure, SqlLoadReport, aload_sql, load_sql, query_sql
from ._storage import LOCKED_FOR_GOOD, ObjectReader, ObjectWriter, Storage, memory_storage, open_storage
from ._target import BackupView, Target
from ._transform import Codec, EncodedWriter, Transform, aes256gcm, compression, throttle
from ._values import (
    Backup,
    BackupDiff,
    Driver,
    DriverOption,
    Entry,
    Event,
    EventKind,
    FailedProof,
    Fault,
    Finding,
    GarbageReport,
    KeySlot,
    Layout,
    KeptRows,
    LeftOut,
    MaskedColumn,
    Manifest,
    ObjectInfo,
    OperationRecord,
    Outcome,
    Overview,
    PlannedTime,
    Proof,
    ProofLevel,
    QueryResult,
    RepairReport,
    RepositoryInfo,
    RestoreReport,
    RetentionAction,
    RetentionDecision,
    RetentionPlan,
    RetentionPolicy,
    SourceRecord,
    StorageKind,
    VerifyLevel,
    VerifyReport,
)
from ._values import texts as _texts

# All interpreters share one loaded extension module, so it can't refuse by itself.
_core.require_main_interpreter()

open = open_repository  # noqa: A001 - holdfast.open() reads as what it does


def drivers(own: _abc.Iterable[CustomDriver] = ()) -> tuple[Driver, ...]:
    """Return the drivers of this build, with their options, then `own`."""
    built_in = tuple(
        Driver(name=name, schemes=tuple(schemes), options=options, counts=counts, formats=formats, consistent=consistent, selection=selection,
               proof=ProofLevel(proof))
        for name, schemes, options, counts, formats, consistent, selection, proof in _core.drivers())
    return built_in + tuple(
        Driver(name=each.name, schemes=(_scheme_of(each),), options=tuple(each.option_specs), consistent=True, proof=ProofLevel.CONTENT_EQUAL)
        for each in own)


def storages() -> tuple[StorageKind, ...]:
    """Tell which storages a URI can open, and the options of each. What every storage takes comes first."""
    return tuple(StorageKind(scheme=scheme, form=form, options=options) for scheme, form, options in _core.storages())


def catalog() -> _abc.Mapping[str, _Any]:
    """Return everything that this build has, as the object of `holdfast help --json`: drivers, storages, transforms, proof_levels."""
    found: dict[str, _Any] = _json.loads(_core.catalog())
    return found


def diagnose(
    driver: str = "", *, uri: str = "", options: _abc.Mapping[str, str] | None = None, settings: Settings | None = None
) -> tuple[Finding, ...]:
    """Report which prerequisites of a driver are present; with a URI also whether that server can be backed up.

    Args:
        options: Options of the driver.
    """
    if not driver and not uri:
        raise InvalidArgumentError("name a driver or a URI")
    return _core.diagnose(_operation(settings or Settings()), driver, uri, _texts(options, "options"))


__all__ = [
    "AlreadyExistsError", "AsyncOperation", "Audit", "AuditRecord", "AuditReport", "AuditSigner", "Backup", "BackupDiff", "BackupView",
    "BackupWriter", "CancelToken", "Cancelled", "CatchUp", "Channel", "ChannelKind", "ChannelReport", "Codec", "Command", "ConflictError",
    "CustomDriver", "DeliveryReport", "Driver", "DriverOption", "EncodedWriter", "Entry", "EntryWriter", "Envelope", "Error", "ErrorCode", "Event",
    "EventKind", "FailedProof", "Fault", "Fernet", "Finding", "GarbageReport", "GivenUp", "Hook", "HookResult", "IntegrityError", "InternalError",
    "IntoTarget", "InvalidArgumentError", "InvalidStateError", "JobFault", "JobReport", "JobStep", "KeptRows", "KeySlot", "LOCKED_FOR_GOOD", "Layout",
    "LeftOut", "LimitError", "Manifest", "MaskedColumn", "NetworkError", "NoSpaceError", "NotFoundError", "Notice", "NoticeKind", "NoticeSeverity",
    "Notifier", "ObjectInfo", "ObjectReader", "ObjectWriter", "OperationRecord", "Outcome", "Overlap", "Overview", "PermissionDeniedError",
    "Pipeline", "PipelineEnd", "PipelineReport", "PlannedJob", "PlannedTime", "PreflightCheck", "Proof", "ProofLevel", "ProofRequest", "QueryResult",
    "RepairReport", "ReplicaRepairReport", "ReplicaState", "ReplicaStatus", "Replicated", "ReplicatedStorage",
    "ReplicationReport", "Repository", "RepositoryInfo", "RestoreReport",
    "RetentionAction", "RetentionDecision", "RetentionPlan", "RetentionPolicy", "RunDecision", "Schedule", "ScheduleConflict", "ScheduledRun",
    "Scheduler", "Session", "Settings", "Source", "SourceEntry", "SourceError", "SourceInfo", "SourceRecord", "SqlDump", "SqlFailure",
    "SqlLoadReport", "StepState", "Storage", "StorageError", "StorageKind", "StoredObject", "Target", "TargetError", "TierReport", "TieredStorage",
    "TimeoutError", "Transform", "UnauthenticatedError", "UnsupportedError", "VerificationError", "VerifyLevel", "VerifyReport", "WrongKeyError",
    "__version__", "aes256gcm", "aload_sql", "aplanned_jobs", "arun_job", "asplit_source", "atell_alerts", "cached_storage", "catalog",
    "channel_kinds", "compression", "create", "diagnose", "diagnose_storage", "drivers", "find_conflicts", "job_file_faults", "job_notifier",
    "last_start", "load_sql", "memory_storage", "new_recovery_key", "notice_of", "open", "open_repository", "open_storage", "plan_retention",
    "plan_times", "planned_jobs", "preflight", "query_sql", "quota_storage", "read_only_storage", "recovery_key", "replicated_storage",
    "retrying_storage", "run_hooks", "run_job", "send_notice", "split_source", "storages", "tell_alerts", "throttle", "throttled_storage",
    "tiered_storage",
]

# Tracebacks and pickles use the public names.
for _name in __all__:
    if _name not in ("__version__", "LOCKED_FOR_GOOD"):
        globals()[_name].__module__ = __name__


_os.register_at_fork(after_in_child=_core.forked)
# First the sessions, whose threads may wait for Python; then every call that still runs in a daemon thread.
_atexit.register(_core.shut_down)
_atexit.register(_session.close_all)
