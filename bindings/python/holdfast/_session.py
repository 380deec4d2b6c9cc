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
    """An unfinished backup, from Repository.begin(). Leaving its `with` block commits it; leaving by an exception, or closing it, discards
    it, and then it never existed. Safe from many threads, except commit()."""

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
        """Begin a source, by name or with a full description; returns the writer of its entries."""
        return BackupWriter(self._core.add_source(source if isinstance(source, SourceInfo) else SourceInfo(name=source)))

    def commit(self) -> Backup:
        """Commit. After the return, the backup survives any crash."""
        self._backup = self._core.commit()
        return self._backup

    def close(self) -> None:
        """Discard the backup unless it was committed. A second call is harmless."""
        self._core.close()

    @property
    def closed(self) -> bool:
        """Whether it was committed or discarded."""
        return self._core.closed

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if hasattr(self, "_core") and not self.closed:
            _warn(f"backup {self.id} was neither committed nor closed: it does not exist", ResourceWarning, source=self)
            self.close()


def close_all() -> None:
    """Discard every open session at the interpreter's end, so that none of their threads continues."""
    for session in list(_open):
        session.close()
