"""Targets of restores, and the view through which they read a backup."""

from __future__ import annotations

import abc
import io
from collections.abc import Callable

from . import _core
from ._storage import buffered
from ._values import Entry, Manifest, RestoreReport


class BackupView:
    """One source of one backup, for reading. Safe from many threads; keeps its repository's data open."""

    def __init__(
        self, opener: Callable[[str], io.BufferedReader], manifest: Manifest, source: int, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        self._opener = opener
        self._cancelled = cancelled
        self.manifest = manifest
        self.source = source

    @property
    def entries(self) -> tuple[Entry, ...]:
        """This source's entries, in the order they were committed."""
        return tuple(entry for entry in self.manifest.entries if entry.source == self.source)

    @property
    def cancelled(self) -> bool:
        """Whether its restore was asked to stop. Reading then raises Cancelled."""
        return self._cancelled()

    def open(self, entry: str | Entry) -> io.BufferedReader:
        """Open an entry as a binary file. Every hash is checked during the read, at the latest at the end."""
        return self._opener(entry if isinstance(entry, str) else entry.name)


class Target(abc.ABC):
    """A target of restores. Derive from it and pass an instance to Repository.restore().

    Both methods are called on the thread that called restore(). Their reads count as its progress; their exceptions leave restore()
    unchanged. A target processes whole sources: restore() refuses include, exclude and owner for it.
    """

    def preflight(self, backup: BackupView) -> None:
        """Raise every reason why restore() would fail, before anything is changed."""

    @abc.abstractmethod
    def restore(self, backup: BackupView) -> RestoreReport:
        """Restore. Raise on the first failure."""


def _view(reader: _core.ViewReader, manifest: Manifest, source: int) -> BackupView:
    return BackupView(lambda entry: buffered(reader.open(entry)), manifest, source, lambda: reader.cancelled)


def preflight(target: Target, reader: _core.ViewReader, manifest: Manifest, source: int) -> None:
    """Called by _core."""
    target.preflight(_view(reader, manifest, source))


def restore(target: Target, reader: _core.ViewReader, manifest: Manifest, source: int) -> RestoreReport:
    """Called by _core."""
    report = target.restore(_view(reader, manifest, source))
    if not isinstance(report, RestoreReport):
        raise TypeError(f"restore() of {type(target).__name__} returned {type(report).__name__}, not holdfast.RestoreReport")
    return report
