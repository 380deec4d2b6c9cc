"""A backup that the host fills itself."""

from __future__ import annotations

import warnings
import weakref
from typing import Any

from . import _core
from ._ending import Ending
from ._source import BackupWriter, SourceInfo
from ._values import Backup

_open: weakref.WeakSet[Session] = weakref.WeakSet()


class Session(Ending):
    """A backup in the making. Made by Repository.begin(). Leaving its `with` block commits it; leaving by an exception, or closing it, gives it
    up, and then it never existed. Safe from many threads, except commit()."""

    def __init__(self, core: _core.Session) -> None:
        self._core = core
        self._backup: Backup | None = None
        _open.add(self)

    def __repr__(self) -> str:
        return f"<holdfast.Session {self.id}{' closed' if self.closed else ''}>"

    @property
    def id(self) -> str:
        """The id the backup will have."""
        return self._core.id

    @property
    def backup(self) -> Backup | None:
        """The backup, once it is committed."""
        return self._backup

    def add_source(self, source: str | SourceInfo) -> BackupWriter:
        """Begin a source, by name or with all that is to be said of it; returns what takes its entries."""
        return BackupWriter(self._core.add_source(source if isinstance(source, SourceInfo) else SourceInfo(name=source)))

    def commit(self) -> Backup:
        """Commit: when it returns, the backup survives a crash of anything."""
        self._backup = self._core.commit()
        return self._backup

    def close(self) -> None:
        """Give the backup up unless it was committed. Harmless when called again."""
        self._core.close()

    @property
    def closed(self) -> bool:
        """Whether it was committed or given up."""
        return self._core.closed

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if hasattr(self, "_core") and not self.closed:
            _warn(f"backup {self.id} was neither committed nor closed: it does not exist", ResourceWarning, source=self)
            self.close()


def close_all() -> None:
    """At the interpreter's end: gives up every open session, so that none of their threads runs on."""
    for session in list(_open):
        session.close()
