"""The common base of objects that are committed or discarded."""

from __future__ import annotations

import abc
import io
import sys
import warnings
from types import TracebackType
from typing import Any, Self

from ._errors import InvalidStateError


class Ending(abc.ABC):
    """An object whose `with` block commits it. An exception in the block discards it."""

    @abc.abstractmethod
    def commit(self) -> object:
        """Commit it."""

    @abc.abstractmethod
    def close(self) -> None:
        """End it. A second call is harmless."""

    @property
    @abc.abstractmethod
    def closed(self) -> bool:
        """Whether it has ended."""

    def __enter__(self) -> Self:
        if self.closed:
            raise InvalidStateError(f"{self!r} is closed")
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and not self.closed:
                self.commit()
        finally:
            self.close()


class WritableFile(Ending, io.BufferedIOBase):
    """A binary file for writing. close() commits it, as code that writes to files expects, but not while an exception
    is handled."""

    def __init__(self) -> None:
        self._handled = sys.exc_info()[1]  # handled already when the file is opened, so not a failure of its user

    @abc.abstractmethod
    def abort(self) -> None:
        """Discard it deliberately. A second call is harmless."""

    @abc.abstractmethod
    def _give_up(self) -> None:
        """Close it because of a failure, or because it was forgotten."""

    @abc.abstractmethod
    def _what_is_lost(self) -> str:
        """Return the text for the warning that it was forgotten."""

    def close(self) -> None:
        """Commit, unless an exception is being handled that is newer than this file. A second call is harmless."""
        if self.closed:
            return
        if sys.exc_info()[1] is self._handled:
            self._commit_or_give_up()
        else:
            self._give_up()

    def _commit_or_give_up(self) -> None:
        try:
            self.commit()
        finally:
            if not self.closed:
                self._give_up()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self.closed:
            return
        if kind is None:
            self._commit_or_give_up()
        else:
            self._give_up()

    def writable(self) -> bool:
        """Return True: it is a file for writing."""
        return True

    def readable(self) -> bool:
        """Return False."""
        return False

    def seekable(self) -> bool:
        """Return False."""
        return False

    def flush(self) -> None:
        """Do nothing: only a commit makes bytes durable."""

    def _dealloc_warn(self, source: object) -> None:
        """Files of the module io on top of this one call it when they were forgotten unclosed, before they close it."""
        self.__del__()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if hasattr(self, "_core") and not self.closed:
            self._give_up()
            _warn(self._what_is_lost(), ResourceWarning, source=self)
