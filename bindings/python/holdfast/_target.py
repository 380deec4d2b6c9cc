"""What a backup can be restored into, and what it is read through."""

from __future__ import annotations

import abc
import io
from collections.abc import Callable

from ._values import Entry, Manifest, RestoreReport


class BackupView:
    """One source of one backup, to read from. Safe from many threads; keeps its repository's data open."""

    def __init__(self, opener: Callable[[str], io.BufferedReader], manifest: Manifest, source: int) -> None:
        self._opener = opener
        self.manifest = manifest
        self.source = source

    @property
    def entries(self) -> tuple[Entry, ...]:
        """This source's entries, in the order they were committed."""
        return tuple(entry for entry in self.manifest.entries if entry.source == self.source)

    def open(self, entry: str | Entry) -> io.BufferedReader:
        """Open an entry as a binary file. Every hash is checked on the way, at the latest when it ends."""
        return self._opener(entry if isinstance(entry, str) else entry.name)


class Target(abc.ABC):
    """Something a backup can be restored into. Derive from it and hand an instance to Repository.restore()."""

    def preflight(self, backup: BackupView) -> None:
        """Raise every reason why restore() would fail, before anything is touched."""

    @abc.abstractmethod
    def restore(self, backup: BackupView) -> RestoreReport:
        """Restore. Raise on the first failure."""
