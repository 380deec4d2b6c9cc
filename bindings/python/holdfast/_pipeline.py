"""Pipelines: anything that can be read, through transforms, into anything that can be written."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from . import _core
from ._asynchronous import asynchronous
from ._errors import InvalidArgumentError
from ._operation import Progress, Settings, operation
from ._source import Source
from ._storage import ObjectWriter, buffered
from ._target import Target
from ._transform import EncodedWriter, Transform, for_core
from ._values import texts


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineReport:
    """Result of one run of a pipeline."""

    bytes_in: int  #: from its source
    bytes_out: int  #: to its sink


class PipelineEnd:
    """A beginning or an end of a pipeline: `Command("seq", "9") | compression("gzip") | StoredObject(storage, "x.gz")`."""

    def __or__(self, other: Any) -> Pipeline:
        return Pipeline()._from(self).__or__(other)

    def _as_source(self) -> tuple[Any, ...]:
        raise InvalidArgumentError(f"a pipeline can't begin with {type(self).__name__}")

    def _as_sink(self) -> tuple[Any, ...]:
        raise InvalidArgumentError(f"a pipeline can't end with {type(self).__name__}")


class Command(PipelineEnd):
    """A command without a shell: its standard output as a source, its standard input as a sink. A non-zero exit fails the run."""

    def __init__(self, *argv: str) -> None:
        if not argv or not all(isinstance(word, str) for word in argv):
            raise InvalidArgumentError("a command is a program and its arguments, each a str")
        self.argv = argv

    def _as_source(self) -> tuple[Any, ...]:
        return ("exec", list(self.argv))

    _as_sink = _as_source


class StoredObject(PipelineEnd):
    """An object of a storage: read as a source, or created as a sink."""

    def __init__(self, storage: object, name: str) -> None:
        self.storage, self.name = storage, name

    def _as_source(self) -> tuple[Any, ...]:
        return ("object", self.storage, self.name)

    _as_sink = _as_source


class SourceEntry(PipelineEnd):
    """One entry of a source: the source is read as a whole, its other entries are discarded.

    Args:
        source: A URI or a Source.
        entry: The name; empty = the only one.
        options: Options of the driver of a URI.
    """

    def __init__(self, source: str | Source, entry: str = "", *, options: Mapping[str, str] | None = None) -> None:
        self.source, self.entry, self.options = source, entry, texts(options, "options")

    def _as_source(self) -> tuple[Any, ...]:
        return ("source", self.source, self.entry, self.options)


class SqlDump(PipelineEnd):
    """A live PostgreSQL database as SQL text, by pg_dump."""

    def __init__(self, uri: str, *, bin_dir: str = "") -> None:
        self.uri, self.bin_dir = uri, bin_dir

    def _as_source(self) -> tuple[Any, ...]:
        return ("sql", self.uri, self.bin_dir)


class IntoTarget(PipelineEnd):
    """A target that takes one stream, as a sink: a URI or a Target."""

    def __init__(self, target: str | Target, *, options: Mapping[str, str] | None = None) -> None:
        self.target, self.options = target, texts(options, "options")

    def _as_sink(self) -> tuple[Any, ...]:
        return ("target", self.target, self.options)


class _KeptOpen:
    """Reads a caller's file, which the caller closes."""

    def __init__(self, file: Any) -> None:
        self.read = file.read


@dataclass(frozen=True, slots=True)
class _Ends:
    source: tuple[Any, ...] | None = None
    sink: tuple[Any, ...] | None = field(default=None)


class Pipeline:
    """Transforms, one after the other, and optionally a source and a sink. Immutable, so it can be shared.

    `source | transform | transform | sink` makes one. A source is a binary file for reading or a PipelineEnd; a sink is a binary file for
    writing (an entry of a session, an object of a storage, an opened file) or a PipelineEnd.
    """

    def __init__(self, *transforms: Transform) -> None:
        for each in transforms:
            if not isinstance(each, Transform):
                raise InvalidArgumentError(f"a stage is an instance of holdfast.Transform, not {type(each).__name__}")
        self.transforms = transforms
        self._ends = _Ends()

    def __repr__(self) -> str:
        return f"holdfast.Pipeline({', '.join(each.name for each in self.transforms)})"

    def __or__(self, other: Any) -> Pipeline:
        if self._ends.sink is not None:
            raise InvalidArgumentError("the pipeline has its end already")
        if isinstance(other, Pipeline):
            if other._ends.source is not None:
                raise InvalidArgumentError("only the first part of a pipeline has a source")
            return self._with(other.transforms, other._ends.sink)
        if isinstance(other, Transform):
            return self._with((other,), None)
        if isinstance(other, PipelineEnd):
            return self._with((), other._as_sink())
        if hasattr(other, "write"):
            return self._with((), ("file", other))
        return NotImplemented

    def __ror__(self, other: Any) -> Pipeline:
        if not hasattr(other, "read") or self._ends.source is not None:
            return NotImplemented
        return Pipeline()._from(other).__or__(self)

    @property
    def _stages(self) -> list[object]:
        return for_core(self.transforms)

    def _with(self, transforms: tuple[Transform, ...], sink: tuple[Any, ...] | None) -> Pipeline:
        made = Pipeline(*self.transforms, *transforms)
        made._ends = _Ends(self._ends.source, sink)
        return made

    def _from(self, source: Any) -> Pipeline:
        made = Pipeline(*self.transforms)
        made._ends = _Ends(source._as_source() if isinstance(source, PipelineEnd) else ("file", _KeptOpen(source)), None)
        return made

    def encode(self, out: BinaryIO | ObjectWriter) -> EncodedWriter:
        """Encode through the stages, first to last, into a binary file or an object of a storage."""
        return EncodedWriter(_core.encode(self._stages, out), out)

    def decode(self, source: BinaryIO | Any) -> io.BufferedReader:
        """Decode through the stages, last to first, from a binary file; closing the result closes the file."""
        return buffered(_core.decode(self._stages, source))

    def run(
        self, *, backwards: bool = False, progress: Progress | None = None, cancel: _core.CancelToken | None = None,
        settings: Settings | None = None,
    ) -> PipelineReport:
        """Move everything from the source through the stages to the sink, and commit it. After an error, nothing is committed.

        Args:
            backwards: Decode the source's bytes, last stage first.
        """
        if self._ends.source is None or self._ends.sink is None:
            raise InvalidArgumentError("a pipeline that runs has a source and a sink: source | transform | sink")
        context = operation(settings or Settings(), progress, cancel)
        done = _core.run_pipeline(context, self._ends.source, self._stages, self._ends.sink, backwards)
        return PipelineReport(bytes_in=done[0], bytes_out=done[1])


def split_source(
    source: str | Source, pipeline: Pipeline, storage: object, *, prefix: str = "", options: Mapping[str, str] | None = None,
    progress: Progress | None = None, cancel: _core.CancelToken | None = None, settings: Settings | None = None,
) -> PipelineReport:
    """Send each entry of a source through a pipeline into an object of its own: the prefix, the entry's name, the stages' suffixes.
    Attributes of entries are not kept. After an error, objects of complete entries remain.

    Args:
        source: A URI or a Source.
        options: Options of the driver of a URI.
    """
    context = operation(settings or Settings(), progress, cancel)
    done = _core.split_source(context, source, texts(options, "options"), pipeline._stages, storage, prefix)
    return PipelineReport(bytes_in=done[0], bytes_out=done[1])


asplit_source = asynchronous(split_source)
