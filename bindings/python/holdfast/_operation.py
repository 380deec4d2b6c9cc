"""The environment of a call: its limits, its progress, its cancellation."""

from __future__ import annotations

import inspect
import logging
import os
import pathlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from . import _core
from ._errors import InvalidArgumentError
from ._signer import AuditSigner
from ._values import Event, EventKind, bounded, seconds

_log = logging.getLogger("holdfast")
_log.addHandler(logging.NullHandler())  # where to log is the host's choice
_LEVELS = {
    EventKind.WARNING: logging.WARNING, EventKind.LOG: logging.INFO, EventKind.BEGUN: logging.INFO, EventKind.ENDED: logging.INFO,
    EventKind.PHASE: logging.DEBUG, EventKind.ENTRY_STARTED: logging.DEBUG, EventKind.ENTRY_FINISHED: logging.DEBUG,
}
_MOST = {"jobs": 2**31 - 1, "bandwidth": 2**63 - 1}

Progress = Callable[[Event], object]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Limits of operations, and their environment. The defaults are those of the process at construction.

    Attributes:
        jobs: Parallel streams; 0 = cores plus one, at most 8.
        bandwidth: Bytes per second written to storage; 0 = no limit.
        connect_timeout: Limit for connecting to a server.
        stall_timeout: Longest time without data from a server or program.
        lock_timeout: Longest wait for a database lock.
        pass_environment: Names of variables that commands (`exec:`) inherit, besides PATH, HOME, language and the like.
        program_path: Folders searched for pg_dump and the like, before the usual places.
        temp_directory: For scratch servers only; backed-up data never passes through it.
        principal: On whose behalf the host calls: the "who" of audit records.
        audit_key: Ed25519 private key, 32 bytes or PEM, that signs audit records; empty = the repository's own key does.
        audit_signer: Signs audit records instead of such a key.
    """

    jobs: int = 0
    bandwidth: int = 0
    connect_timeout: timedelta = timedelta(seconds=30)
    stall_timeout: timedelta = timedelta(seconds=300)
    lock_timeout: timedelta = timedelta(seconds=60)
    pass_environment: Sequence[str] = ()
    program_path: Sequence[str | os.PathLike[str]] = field(default_factory=os.get_exec_path)
    temp_directory: str | os.PathLike[str] = field(default_factory=lambda: pathlib.Path(tempfile.gettempdir()))
    principal: str = ""
    audit_key: bytes = field(default=b"", repr=False)
    audit_signer: AuditSigner | None = None

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            bounded(name, getattr(self, name), most)
        for name in ("program_path", "pass_environment"):
            if isinstance(getattr(self, name), (str, bytes, os.PathLike)):
                raise InvalidArgumentError(f"{name} is a sequence of texts, not one text")
        if min(self.connect_timeout, self.stall_timeout, self.lock_timeout) < timedelta(seconds=1):
            raise InvalidArgumentError("a timeout must be a second at least")
        if self.audit_key and self.audit_signer is not None:
            raise InvalidArgumentError("audit_key and audit_signer are both given: leave one out")
        for path in (*self.program_path, self.temp_directory):
            if "\0" in os.fspath(path):
                raise InvalidArgumentError("a path can't have a NUL")


def _for_core(settings: Settings) -> dict[str, Any]:
    return {
        "jobs": settings.jobs,
        "bandwidth": settings.bandwidth,
        "connect_timeout": seconds(settings.connect_timeout),
        "stall_timeout": seconds(settings.stall_timeout),
        "lock_timeout": seconds(settings.lock_timeout),
        "pass_environment": list(settings.pass_environment),
        "program_path": [os.fspath(directory) for directory in settings.program_path if os.fspath(directory)],
        "temp_directory": os.fspath(settings.temp_directory),
        "principal": settings.principal,
        "audit_key": bytes(settings.audit_key),
        "audit_signer": settings.audit_signer,
    }


def operation(settings: Settings, progress: Progress | None = None, cancel: _core.CancelToken | None = None) -> _core.Operation:
    """Make the context of one call. Its events also go to the logger "holdfast": warnings always, because a backup that
    differs from the request must not be silent, the others if the logger takes them."""
    if progress is not None and (not callable(progress) or inspect.iscoroutinefunction(progress)):
        raise InvalidArgumentError("progress must be callable with one event, and no coroutine function")
    if cancel is not None and not isinstance(cancel, _core.CancelToken):
        raise InvalidArgumentError(f"cancel is a holdfast.CancelToken, not {type(cancel).__name__}")

    def hear(event: Event) -> None:
        level = _LEVELS.get(event.kind)
        if level is not None:
            _log.log(level, "%s", event, extra={"event": event})
        if progress is not None:
            progress(event)

    return _core.Operation(_for_core(settings), hear, progress is not None or _log.isEnabledFor(logging.INFO), cancel)
