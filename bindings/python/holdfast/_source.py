"""Sources written in Python, and the writers of their data."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from . import _core
from ._ending import WritableFile
from ._errors import InvalidArgumentError
from ._values import texts


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceInfo:
    """Description of a source before it is read.

    Attributes:
        name: Short, for people.
        uri: Where the data is, without secrets; backups of the same URIs, of sources without a note "host" or "identity", are one series.
        driver: The kind of source.
        size_estimate: Bytes, for progress; 0 = unknown.
        single_stream: It has exactly one entry.
        compression: Used if the caller names none, for example "gzip:6".
        notes: Metadata for the backup's record.
    """

    name: str
    uri: str = ""
    driver: str = "python"
    size_estimate: int = 0
    single_stream: bool = False
    compression: str = ""
    notes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidArgumentError("a source needs a name")
        if not self.uri:
            object.__setattr__(self, "uri", f"{self.driver}:{self.name}")
        object.__setattr__(self, "notes", texts(self.notes, "notes"))


class EntryWriter(WritableFile):
    """An unfinished entry: a binary file for writing. close() and the end of its `with` block commit it.

    An unfinished entry prevents the backup's commit: an entry that is closed while an exception is handled, whose
    `with` block an exception left, or that was forgotten. abort() omits an entry deliberately, also afterwards.
    """

    def __init__(self, core: _core.EntryWriter, name: str) -> None:
        super().__init__()
        self._core = core
        self.name = name

    def __repr__(self) -> str:
        return f"<holdfast.EntryWriter {self.name!r}{' closed' if self.closed else ''}>"

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]  # the base class takes any buffer
        """Append bytes; returns how many: all of them."""
        return self._core.write(data)

    def note(self, key: str, value: str) -> None:
        """Add an attribute that is known only after the bytes."""
        self._core.note(key, value)

    def commit(self) -> None:
        """Make the entry part of the backup. The backup itself exists only after its own commit."""
        self._core.commit()

    def abort(self) -> None:
        """Omit the entry from the backup deliberately. A second call is harmless."""
        self._core.abort()

    @property
    def closed(self) -> bool:
        """Whether it was committed, aborted or discarded."""
        return self._core.closed

    def _give_up(self) -> None:
        self._core.give_up()

    def _what_is_lost(self) -> str:
        return f"entry {self.name!r} was forgotten, neither committed nor aborted: the backup can't be committed"


class BackupWriter:
    """Writes the entries of one source into a backup. Safe from many threads. Each entry belongs to one thread."""

    def __init__(self, core: _core.SourceWriter) -> None:
        self._core = core

    def open(
        self, name: str, *, kind: str = "stream", attributes: Mapping[str, str] | None = None, restore_with: str = "", restore_order: int = 0
    ) -> EntryWriter:
        """Begin an entry.

        Args:
            name: Unique within the source, separated by "/".
            kind: Type of the bytes.
            attributes: Metadata of the entry.
            restore_with: A shell command for RESTORE.txt that restores the bytes from its standard input.
            restore_order: RESTORE.txt runs lower numbers first.
        """
        return EntryWriter(self._core.open(name, kind, texts(attributes, "attributes"), restore_with, restore_order), name)

    def note(self, key: str, value: str) -> None:
        """Add metadata to the source's record."""
        self._core.note(key, value)

    def set_instant(self, instant: datetime) -> None:
        """Set the snapshot time: the source's data is consistent as of it."""
        self._core.set_instant(instant)

    @property
    def encrypted(self) -> bool:
        """Whether the backup will be unreadable without a key."""
        return self._core.encrypted

    @property
    def cancelled(self) -> bool:
        """Whether the backup was asked to stop. Writing then raises Cancelled."""
        return self._core.cancelled


class Source(abc.ABC):
    """A source of backups. Derive from it and pass an instance to Repository.backup().

    Both methods are called on the thread that called backup(). Their exceptions leave backup() unchanged; there is then no backup.
    """

    @abc.abstractmethod
    def describe(self) -> SourceInfo:
        """Inspect the source without reading its data; raise errors that would occur later."""

    @abc.abstractmethod
    def backup(self, out: BackupWriter) -> None:
        """Write all entries, consistent as of one snapshot time. Any problem raises: there is no partial success."""


def describe(source: Source) -> SourceInfo:
    """Called by _core."""
    info = source.describe()
    if not isinstance(info, SourceInfo):
        raise TypeError(f"describe() of {type(source).__name__} returned {type(info).__name__}, not holdfast.SourceInfo")
    return info


def backup(source: Source, core: _core.SourceWriter) -> None:
    """Called by _core."""
    source.backup(BackupWriter(core))
