"""Storages for repositories: those of the library, and those written in Python."""

from __future__ import annotations

import abc
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

from . import _core
from ._errors import UnsupportedError
from ._values import ObjectInfo, micros, texts

#: What Storage.locked_until() returns of a lock that ends when somebody lifts it ("legal hold").
LOCKED_FOR_GOOD = datetime.max.replace(tzinfo=UTC)
_EPOCH = datetime.fromtimestamp(0, UTC)


@runtime_checkable
class ObjectWriter(Protocol):
    """A new object that is being written. Without commit or abort it must leave nothing."""

    def write(self, data: bytes, /) -> int | None:
        """Write bytes; return how many, or None for all of them."""

    def commit(self) -> None:
        """Make the object durable and visible, or raise AlreadyExistsError. Called once, last."""

    def abort(self) -> None:
        """Discard the written bytes. Called instead of commit()."""


@runtime_checkable
class ObjectReader(Protocol):
    """An object that is being read."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, at least one, or b"" at the end."""

    def close(self) -> None:
        """Called once, last."""


class Storage(abc.ABC):
    """A flat set of write-once objects. Derive from it for a new kind of storage.

    An object is visible completely or not at all, is durable before the call that creates it returns, and is never overwritten. All methods
    are called from many threads at once. They raise exceptions of this package, best NotFoundError, AlreadyExistsError and StorageError with
    the object's name in the message. Each exception leaves the call that led to it unchanged.

    Attributes:
        atomic_create: Of two writers of one name exactly one wins.
        durable: A committed object survives a power loss.
    """

    atomic_create: bool = False
    durable: bool = False

    @property
    @abc.abstractmethod
    def uri(self) -> str:
        """Name of this storage, for people; without credentials."""

    @abc.abstractmethod
    def put_new(self, name: str, data: bytes, /) -> bool:
        """Store a whole object. Return False, and change nothing, if the name is taken."""

    @abc.abstractmethod
    def open_writer(self, name: str, /) -> ObjectWriter:
        """Begin a new object."""

    @abc.abstractmethod
    def open_reader(self, name: str, offset: int = 0, length: int | None = None, /) -> ObjectReader:
        """Read `length` bytes (None = all) from `offset`, clipped to the end. Raise NotFoundError."""

    @abc.abstractmethod
    def stat(self, name: str, /) -> ObjectInfo | None:
        """Return the description of an object, or None if there is none."""

    @abc.abstractmethod
    def list(self, prefix: str = "", /) -> Iterable[ObjectInfo]:
        """Return each object whose name begins with `prefix`, in byte order of their names. An incomplete listing must raise."""

    @abc.abstractmethod
    def remove(self, name: str, /) -> None:
        """Remove an object, durably. Raise NotFoundError if there is none."""

    @property
    def locks(self) -> bool:
        """Whether it locks its objects against removal ("object lock"). One that forwards calls to a locking storage forwards this and the
        two below as well: otherwise repositories on it are refused, where that is detected."""
        return False

    def locked_until(self, name: str, /) -> datetime | None:
        """Return until when it refuses to remove an object, by its own clock, LOCKED_FOR_GOOD, or None: now. Raise NotFoundError."""
        raise UnsupportedError(f"{type(self).__name__} locks, and has no locked_until()")

    def renew_lock(self, name: str, /) -> None:
        """Extend an object's lock to the full period for new objects, counted from now. Raise NotFoundError."""
        raise UnsupportedError(f"{type(self).__name__} locks, and has no renew_lock()")


class _RawStream(io.RawIOBase):
    """A stream of the library as a Python stream."""

    def __init__(self, stream: _core.StreamReader) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    # The type of the base class's parameter is not public.
    def readinto(self, buffer, /) -> int:  # type: ignore[no-untyped-def]
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._stream.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


_BUFFER_SIZE = 1 << 18


def buffered(stream: _core.StreamReader) -> io.BufferedReader:
    """Return a stream of the library as a binary file for reading."""
    return io.BufferedReader(_RawStream(stream), _BUFFER_SIZE)


class NativeStorage(Storage):
    """A storage of the library. Made by open_storage() and memory_storage()."""

    def __init__(self, core: _core.NativeStorage) -> None:
        self._core = core
        self.atomic_create = core.atomic_create
        self.durable = core.durable

    def __repr__(self) -> str:
        return f"<holdfast.Storage {self.uri}>"

    @property
    def uri(self) -> str:
        return self._core.uri

    def put_new(self, name: str, data: bytes, /) -> bool:
        return self._core.put_new(name, bytes(data))

    def open_writer(self, name: str, /) -> ObjectWriter:
        return self._core.open_writer(name)

    def open_reader(self, name: str, offset: int = 0, length: int | None = None, /) -> io.BufferedReader:
        return buffered(self._core.open_reader(name, offset, length))

    def stat(self, name: str, /) -> ObjectInfo | None:
        return self._core.stat(name)

    def list(self, prefix: str = "", /) -> Iterator[ObjectInfo]:
        return iter(self._core.list(prefix))

    def remove(self, name: str, /) -> None:
        self._core.remove(name)

    @property
    def locks(self) -> bool:
        return self._core.locks

    def locked_until(self, name: str, /) -> datetime | None:
        until = self._core.locked_until(name)
        if until is None:
            return None
        return LOCKED_FOR_GOOD if until >= micros(LOCKED_FOR_GOOD) else _EPOCH + timedelta(microseconds=until)

    def renew_lock(self, name: str, /) -> None:
        self._core.renew_lock(name)


def open_storage(uri: str | os.PathLike[str], *, create: bool = False, options: Mapping[str, str] | None = None) -> Storage:
    """Open a storage of the library.

    Args:
        uri: "file:///var/backups", a plain path, "memory:".
        create: Create the place if it is missing.
        options: Options of the storage.

    Raises:
        NotFoundError: The place is missing.
        InvalidArgumentError: An unknown scheme or option.
    """
    return NativeStorage(_core.open_storage(os.fspath(uri), texts(options, "options"), create))


def memory_storage() -> Storage:
    """Make a storage in the memory of this process, for tests and scratch data. It is not durable."""
    return NativeStorage(_core.memory_storage())


def for_core(place: str | os.PathLike[str] | Storage) -> object:
    """Return the place of a repository in the form for _core: a URI or a storage."""
    if isinstance(place, NativeStorage):
        return place._core
    if isinstance(place, (str, os.PathLike)):
        return os.fspath(place)
    return place
