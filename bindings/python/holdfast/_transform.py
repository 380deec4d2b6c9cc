"""Reversible steps on streams: those of the library, and those written in Python."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from . import _core
from ._ending import WritableFile
from ._errors import InvalidArgumentError

if TYPE_CHECKING:
    from ._pipeline import Pipeline


@runtime_checkable
class Codec(Protocol):
    """One stream on its way through a transform."""

    def process(self, data: bytes, /) -> bytes:
        """Accept bytes; return the bytes that are ready, possibly none."""

    def finish(self) -> bytes:
        """Return the rest. Called once, last. A decoder raises IntegrityError if the stream is incomplete."""


class Transform(abc.ABC):
    """One reversible step on a byte stream. Derive from it. Decoding must return exactly the encoded bytes, and damaged input must raise.

    Attributes:
        name: The name of the transform.
        suffix: Added to stored names: ".zst".
        version: Version of the encoding, from 1. A repository that the transform is lent to records it with the name: a transform
            whose encoding changes gets the next number.
    """

    name: str = ""
    suffix: str = ""
    version: int = 1

    @abc.abstractmethod
    def encoder(self) -> Codec:
        """Begin a stream. Any number may be open at once, each used by one thread at a time."""

    @abc.abstractmethod
    def decoder(self) -> Codec:
        """Begin a stream that decodes."""

    def __or__(self, other: Any) -> Pipeline:
        from ._pipeline import Pipeline

        return Pipeline(self).__or__(other)

    def __ror__(self, other: Any) -> Pipeline:
        from ._pipeline import Pipeline

        return Pipeline(self).__ror__(other)


def for_core(transforms: Iterable[Transform]) -> list[object]:
    """Return transforms as the core takes them."""
    found = list(transforms)
    for each in found:
        if not isinstance(each, Transform):
            raise InvalidArgumentError(f"a transform is an instance of holdfast.Transform, not {type(each).__name__}")
    return [each._core if isinstance(each, NativeTransform) else each for each in found]


def recorded_names(transforms: Iterable[str | Transform]) -> list[str]:
    """Return how entries record these transforms: "NAME@VERSION"."""
    if isinstance(transforms, str):
        raise InvalidArgumentError("transforms is a sequence, not one text")
    names = [f"{each.name}@{each.version}" if isinstance(each, Transform) else each for each in transforms]
    for name in names:
        if not isinstance(name, str):
            raise InvalidArgumentError(f'a transform is an instance of holdfast.Transform or a text such as "name@1", not {type(name).__name__}')
    return names


class NativeTransform(Transform):
    """A transform of the library. Made by compression() and aes256gcm()."""

    def __init__(self, core: _core.NativeTransform) -> None:
        self._core = core
        self.name = core.name
        self.suffix = core.suffix

    def encoder(self) -> Codec:
        raise InvalidArgumentError(f"{self.name} works in a Pipeline")

    def decoder(self) -> Codec:
        raise InvalidArgumentError(f"{self.name} works in a Pipeline")


def compression(text: str) -> Transform:
    """Make a compressor: "zstd", "zstd:3", "gzip:6", "lz4". The streams are standard files."""
    return NativeTransform(_core.compression(text))


def throttle(bytes_per_second: int) -> Transform:
    """Limit the bytes per second that pass, of all streams together."""
    if bytes_per_second < 1:
        raise InvalidArgumentError("bytes_per_second is 1 at least")
    return NativeTransform(_core.throttle(bytes_per_second))


def aes256gcm(key: bytes, *, associated: str = "") -> Transform:
    """Encrypt in the format of Tink's AES256-GCM-HKDF-1MB.

    Args:
        key: 32 bytes.
        associated: Binds the stream to its place: decoding with another text fails.
    """
    return NativeTransform(_core.aes256gcm(key, associated))


class EncodedWriter(WritableFile):
    """A binary file for writing through a pipeline. close() and the end of its `with` block commit it, as for an EntryWriter."""

    def __init__(self, core: _core.ObjectWriter, out: object) -> None:
        super().__init__()
        self._core = core
        self._out = out
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]  # the base class takes any buffer
        """Append bytes; returns how many: all of them."""
        return self._core.write(data)

    def commit(self) -> None:
        """Write the rest, then commit() the underlying object, if it has such a method."""
        self._core.commit()
        self._closed = True

    def abort(self) -> None:
        """Discard uncommitted bytes, and abort() the underlying object, if it has such a method. A second call is harmless."""
        self._give_up()
        if isinstance(self._out, WritableFile):
            self._out.abort()

    @property
    def closed(self) -> bool:
        """Whether it was committed, aborted or discarded."""
        return self._closed

    def _give_up(self) -> None:
        self._closed = True
        self._core.abort()

    def _what_is_lost(self) -> str:
        return "an encoded stream was forgotten, neither committed nor aborted"
