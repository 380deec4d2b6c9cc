"""Calls for asyncio: they run on a thread of their own, and cancelling their task cancels them."""

from __future__ import annotations

import asyncio
import collections
import contextvars
import functools
import inspect
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

from . import _core
from ._errors import InvalidStateError
from ._operation import Progress
from ._values import Event, EventKind

P = ParamSpec("P")
T = TypeVar("T")

_MAX_EVENTS = 4096


class _Run(Generic[T]):
    """A call on its thread, which refers to this object only, so that an AsyncOperation that was dropped can be noticed."""

    def __init__(self, call: Callable[..., T], progress: Progress | None, cancel: _core.CancelToken | None, listening: bool) -> None:
        self._call = call
        self._progress = progress
        self.token = _core.CancelToken(cancel)
        self.listening = listening
        self.heard: collections.deque[Event] = collections.deque()  # the loop's thread only
        self.news, self.ended = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._arrived: list[Event] = []
        self._over = False
        self._failure: BaseException | None = None
        self._refusal: BaseException | None = None  # of `progress`
        threading.Thread(target=contextvars.copy_context().run, args=(self._work,), name="holdfast", daemon=True).start()

    def _work(self) -> None:
        try:
            wanted = self.listening or self._progress is not None
            self._value = self._call(progress=self._hear if wanted else None, cancel=self.token)
        except BaseException as failure:
            self._failure = failure
        self._over = True
        self._wake()

    def _hear(self, event: Event) -> None:
        """Never waits for the loop: as in the library, events that do not fit are dropped, except warnings."""
        with self._lock:
            first = not self._arrived
            if len(self._arrived) < _MAX_EVENTS or event.kind is EventKind.WARNING:
                self._arrived.append(event)
        if first:
            self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._arrive)
        except RuntimeError:  # the loop is closed: nobody can wait any more
            self.token.cancel()

    def _arrive(self) -> None:
        over = self._over
        with self._lock:
            arrived, self._arrived = self._arrived, []
        for event in arrived:
            self._pass_on(event)
        if over:
            self.ended.set()
        self.news.set()

    def _pass_on(self, event: Event) -> None:
        if self.listening and (len(self.heard) < _MAX_EVENTS or event.kind is EventKind.WARNING):
            self.heard.append(event)
        if self._progress is None:
            return
        try:
            self._progress(event)
        except BaseException as refusal:
            self._progress, self._refusal = None, refusal
            self.token.cancel()

    async def until(self, event: asyncio.Event) -> None:
        """Wait. Cancelling the task cancels the work, and then its end is waited for."""
        cancelled: asyncio.CancelledError | None = None
        while True:
            try:
                await event.wait()
                break
            except asyncio.CancelledError as error:
                cancelled = cancelled or error
                self.token.cancel()
                event = self.ended
        if cancelled is not None:
            raise cancelled

    def result(self) -> T:
        failure = self._failure if self._refusal is None else self._refusal
        if failure is not None:
            raise failure
        return self._value


class AsyncOperation(Coroutine[Any, Any, T], AsyncIterator[Event]):
    """A call that runs beside the event loop of asyncio, from a method such as Repository.abackup(). Await it for the result.

    `async for` gives its events up to its end, and raises what made it fail; the result can be awaited afterwards. The work begins with
    the first `await`. Cancelling the task that waits cancels the work and waits for its end, and so does leaving its `async with` block.
    A `progress` of the call is called on the loop's thread.
    """

    def __init__(self, name: str, call: Callable[..., T], progress: Progress | None = None, cancel: _core.CancelToken | None = None) -> None:
        self._name = name
        self._make: Callable[[bool], _Run[T]] | None = lambda listening: _Run(call, progress, cancel, listening)
        self._run: _Run[T] | None = None
        self._coroutine: Coroutine[Any, Any, T] | None = None

    def __repr__(self) -> str:
        state = "not begun" if self._run is None else "ended" if self._run.ended.is_set() else "running"
        return f"<holdfast.AsyncOperation {self._name} {state}>"

    def _begun(self, *, listening: bool = False) -> _Run[T]:
        if self._run is None:
            if self._make is None:
                raise InvalidStateError(f"{self._name} was closed before it began")
            self._run, self._make = self._make(listening), None
        return self._run

    # --- the result

    async def _result(self) -> T:
        run = self._begun()
        run.listening = False
        await run.until(run.ended)
        return run.result()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._result().__await__()

    def _driven(self) -> Coroutine[Any, Any, T]:
        if self._coroutine is None:
            self._coroutine = self._result()
        return self._coroutine

    def send(self, value: Any, /) -> Any:
        """Part of the protocol of coroutines, so that asyncio.create_task() takes it."""
        return self._driven().send(value)

    def throw(self, *error: Any) -> Any:
        """Part of the protocol of coroutines."""
        self._make = self._make if self._run else None
        return self._driven().throw(*error)

    def close(self) -> None:
        """Part of the protocol of coroutines. Does not end work that has begun: leave the `async with` block, or cancel the task."""
        self._make = None
        if self._coroutine is not None:
            self._coroutine.close()

    # --- the events

    async def __anext__(self) -> Event:
        run = self._begun(listening=True)
        while not run.heard:
            if run.ended.is_set():
                run.result()
                raise StopAsyncIteration
            run.news.clear()
            await run.until(run.news)
        return run.heard.popleft()

    # --- its end

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._make = None
        if self._run is not None and not self._run.ended.is_set():
            self._run.token.cancel()
            await self._run.until(self._run.ended)

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if getattr(self, "_make", None) is not None:
            _warn(f"{self._name} was never awaited", RuntimeWarning, source=self)
        elif self._run is not None and not self._run.ended.is_set():
            self._run.token.cancel()
            _warn(f"{self._name} was left while it ran: it is cancelled", ResourceWarning, source=self)


def asynchronous(call: Callable[P, T]) -> Callable[P, AsyncOperation[T]]:
    """Return the form for asyncio of a function or method that takes `progress` and `cancel`."""
    name = f"a{call.__name__}"

    @functools.wraps(call)
    def begin(*args: P.args, **kwargs: P.kwargs) -> AsyncOperation[T]:
        progress: Any = kwargs.pop("progress", None)
        cancel: Any = kwargs.pop("cancel", None)
        return AsyncOperation(name, functools.partial(call, *args, **kwargs), progress, cancel)

    begin.__name__, begin.__qualname__ = name, name.join(call.__qualname__.rsplit(call.__name__, 1))
    begin.__doc__ = f"Return an AsyncOperation of {call.__name__}(), with the same arguments."
    signature = inspect.signature(call)
    setattr(begin, "__signature__", signature.replace(return_annotation=f"AsyncOperation[{signature.return_annotation}]"))  # noqa: B010
    return begin
