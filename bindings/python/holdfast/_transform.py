"""Reversible steps on streams: those of the library, and those that are written in Python."""

from __future__ import annotations

import abc
import io
from typing import Any, BinaryIO, Protocol, runtime_checkable

from . import _core
from ._ending import WritableFile
from ._errors import InvalidArgumentError
from ._storage import ObjectWriter, buffered


@runtime_checkable
class Codec(Protocol):
    """One stream on its way through a transform."""

    def process(self, data: bytes, /) -> bytes:
        """Take bytes; return what is ready, which may be nothing."""

    def finish(self) -> bytes:
        """Return the rest. Called once, last. A decoder raises IntegrityError when the stream is not whole."""


class Transform(abc.ABC):
    """One reversible step on a byte stream. Derive from it; what decoding gives must be what was encoded, and damaged input must raise.

    Attributes:
        name: What it is called.
        suffix: Of stored names: ".zst".
    """

    name: str = ""
    suffix: str = ""

    @abc.abstractmethod
    def encoder(self) -> Codec:
        """Begin a stream. Any number may be open at once, each used by one thread at a time."""

    @abc.abstractmethod
    def decoder(self) -> Codec:
        """Begin the way back."""


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
    """Make a compressor: "zstd", "zstd:3", "gzip:6", "lz4". The streams are stock files."""
    return NativeTransform(_core.compression(text))


def aes256gcm(key: bytes, *, associated: str = "") -> Transform:
    """Encrypt in the layout of Tink's AES256-GCM-HKDF-1MB.

    Args:
        key: 32 bytes.
        associated: Binds the stream to its place: decoding with another text fails.
    """
    return NativeTransform(_core.aes256gcm(key, associated))


class EncodedWriter(WritableFile):
    """A binary file for writing that goes through a pipeline. close() and the end of its `with` block commit it, as those of an EntryWriter."""

    def __init__(self, core: _core.ObjectWriter, out: object) -> None:
        super().__init__()
        self._core = core
        self._out = out
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Append bytes; returns how many: all of them."""
        return self._core.write(data)

    def commit(self) -> None:
        """Write the rest, then commit() what it was opened on, if that has such a method."""
        self._core.commit()
        self._closed = True

    def abort(self) -> None:
        """Drop what was not committed, and abort() what it was opened on, if that has such a method. Harmless when called again."""
        self._give_up()
        if isinstance(self._out, WritableFile):
            self._out.abort()

    @property
    def closed(self) -> bool:
        """Whether it was committed, aborted or given up."""
        return self._closed

    def _give_up(self) -> None:
        self._closed = True
        self._core.abort()

    def _what_is_lost(self) -> str:
        return "an encoded stream was forgotten, neither committed nor aborted"


class Pipeline:
    """Transforms, one after the other. Use it as often as you like, from any thread."""

    def __init__(self, *transforms: Transform) -> None:
        for each in transforms:
            if not isinstance(each, Transform):
                raise InvalidArgumentError(f"a stage is an instance of holdfast.Transform, not {type(each).__name__}")
        self.transforms = transforms

    def __repr__(self) -> str:
        return f"holdfast.Pipeline({', '.join(each.name for each in self.transforms)})"

    @property
    def _stages(self) -> list[object]:
        return [each._core if isinstance(each, NativeTransform) else each for each in self.transforms]

    def encode(self, out: BinaryIO | ObjectWriter) -> EncodedWriter:
        """Push through the stages, first to last, into a binary file or an object of a storage."""
        return EncodedWriter(_core.encode(self._stages, out), out)

    def decode(self, source: BinaryIO | Any) -> io.BufferedReader:
        """Pull back through the stages, last to first, from a binary file; it is closed with what is returned."""
        return buffered(_core.decode(self._stages, source))
