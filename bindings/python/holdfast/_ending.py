"""What everything has in common that is committed or dropped."""

from __future__ import annotations

import abc
from types import TracebackType
from typing import Self


class Ending(abc.ABC):
    """Leaving its `with` block commits it; leaving by an exception drops it."""

    @abc.abstractmethod
    def commit(self) -> object:
        """Make it count."""

    @abc.abstractmethod
    def close(self) -> None:
        """Drop it unless it was committed. Harmless when called again."""

    @property
    @abc.abstractmethod
    def closed(self) -> bool:
        """Whether it was committed or dropped."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and not self.closed:
                self.commit()
        finally:
            self.close()
