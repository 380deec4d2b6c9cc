"""What everything has in common that is committed, or is not."""

from __future__ import annotations

import abc
import sys
import warnings
from types import TracebackType
from typing import Any, Self


class Ending(abc.ABC):
    """Leaving its `with` block commits it; leaving by an exception does not."""

    @abc.abstractmethod
    def commit(self) -> object:
        """Make it count."""

    @abc.abstractmethod
    def close(self) -> None:
        """End it. Harmless when called again."""

    @property
    @abc.abstractmethod
    def closed(self) -> bool:
        """Whether it was ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and not self.closed:
                self.commit()
        finally:
            self.close()


class WritableFile(Ending):
    """A binary file for writing: close() commits it, as everything expects that writes through one, but never while something fails."""

    def __init__(self) -> None:
        self._handled = sys.exc_info()[1]  # where it is opened: no failure of whoever writes

    @abc.abstractmethod
    def abort(self) -> None:
        """Drop it on purpose. Harmless when called again."""

    @abc.abstractmethod
    def _give_up(self) -> None:
        """Close it because something failed, or because it was forgotten."""

    @abc.abstractmethod
    def _what_is_lost(self) -> str:
        """For the warning that it was forgotten."""

    def close(self) -> None:
        """Commit, unless an exception is being handled that came up since it was opened. Harmless when called again."""
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
        """True: it is a file for writing."""
        return True

    def readable(self) -> bool:
        """False."""
        return False

    def seekable(self) -> bool:
        """False."""
        return False

    def flush(self) -> None:
        """Do nothing: only a commit makes bytes durable."""

    def _dealloc_warn(self, source: object) -> None:
        """Files of the module io that stand on this one call it when they were forgotten unclosed, before they close it."""
        self.__del__()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if hasattr(self, "_core") and not self.closed:
            self._give_up()
            _warn(self._what_is_lost(), ResourceWarning, source=self)
