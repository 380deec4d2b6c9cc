"""Notices of what happened, and the channels over which people get them. docs/notifications.md describes both."""

from __future__ import annotations

import enum
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from . import _core
from ._asynchronous import asynchronous
from ._operation import Progress, Settings, operation
from ._values import DriverOption, OperationRecord, Outcome, texts


class NoticeKind(enum.StrEnum):
    """What happened."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    WARNINGS = "warnings"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FIRST_SUCCESS = "first_success"
    RECOVERED = "recovered"  #: a success after a failure, or the end of an alert
    VERIFICATION_FAULT = "verification_fault"
    CONSECUTIVE_FAILURES = "consecutive_failures"
    OVERDUE = "overdue"
    PROOF_TOO_OLD = "proof_too_old"
    ABNORMAL = "abnormal"
    STORAGE_WARNING = "storage_warning"
    REPLICA_BEHIND = "replica_behind"
    KEY_EXPIRING = "key_expiring"
    TEST = "test"


class NoticeSeverity(enum.StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something that people should know. It must contain no secret. Channels show all its texts as plain text."""

    kind: NoticeKind
    severity: NoticeSeverity = NoticeSeverity.INFO
    series: str = ""  #: what it is about, for filters: a job, a series of backups, a storage
    time: datetime = field(default_factory=lambda: datetime.now(UTC))  #: when it happened
    title: str = ""  #: one line
    message: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)  #: further facts

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", NoticeKind(self.kind))
        object.__setattr__(self, "severity", NoticeSeverity(self.severity))
        object.__setattr__(self, "facts", texts(self.facts, "facts"))


def notice_of(record: OperationRecord, *, series: str = "", previous: Outcome | str | None = None) -> Notice:
    """Return the notice of an operation that began or ended.

    Args:
        record: Of the events that begin and end an operation.
        series: The host's name for what was backed up.
        previous: Outcome of the operation before it in the same series: it tells a recovery and a first success from an ordinary
            success. None if there was none.
    """
    return _core.notice_of(record, series, None if previous is None else str(Outcome(previous)))


@dataclass(frozen=True, slots=True)
class Channel:
    """One receiver of notices. The options are those of `channel_kinds()`; their values may be secret."""

    name: str  #: of lower-case letters, digits, "-" and "_"
    kind: str  #: "webhook", "slack", "discord", "teams", "email", "ping" or "command"
    options: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", texts(self.options, "options"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelKind:
    """One kind of channel, with its options."""

    name: str
    help: str
    options: tuple[DriverOption, ...]


def channel_kinds() -> tuple[ChannelKind, ...]:
    """Return the kinds of channels."""
    return tuple(ChannelKind(name=name, help=text, options=options) for name, text, options in _core.channel_kinds())


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenUp:
    """A notice that no longer waits and was not delivered."""

    id: str
    title: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelReport:
    """State of one channel after a delivery."""

    channel: str
    configured: bool  #: False: notices wait for a channel that no longer exists
    busy: bool  #: another process delivers to it at this moment
    messages: int  #: sent by this call
    delivered: int  #: notices in them
    waiting: int  #: notices
    undelivered: int  #: notices that were given up, ever, and are still kept for a look
    given_up: tuple[GivenUp, ...]  #: by this call
    error: str  #: why the last attempt failed; empty if it did not
    next: datetime | None  #: time of the next attempt; None if nothing waits


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReport:
    """State of all channels after a delivery."""

    ok: bool  #: no error, nothing given up, nothing without a channel
    channels: tuple[ChannelReport, ...]

    @property
    def next(self) -> datetime | None:
        """Time of the next attempt of any channel; None if nothing waits."""
        return min((channel.next for channel in self.channels if channel.next is not None), default=None)


_REPORTED = ("channel", "configured", "busy", "messages", "delivered", "waiting", "undelivered", "error")


def _report(text: str) -> DeliveryReport:
    whole = json.loads(text)
    return DeliveryReport(ok=whole["ok"], channels=tuple(
        ChannelReport(given_up=tuple(GivenUp(id=gone["id"], title=gone["title"], why=gone["why"]) for gone in channel["given_up"]),
                      next=None if channel["next"] is None else datetime.fromisoformat(channel["next"]),
                      **{name: channel[name] for name in _REPORTED})
        for channel in whole["channels"]))


class Notifier:
    """Tells people about notices, through channels.

    Each notice is first stored in the outbox, a folder of this machine; `deliver()` sends what is due, also what another process stored.
    Several threads and processes may use one outbox at once.

    Args:
        outbox: The folder. It is made, for its owner only, unless it exists.
        channels: The receivers.
    """

    def __init__(self, outbox: str | os.PathLike[str], channels: Iterable[Channel] = (), *, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._core = _core.NativeNotifier(os.fspath(outbox), list(channels))

    @classmethod
    def _of(cls, core: _core.NativeNotifier, settings: Settings) -> Notifier:
        made = cls.__new__(cls)
        made._core, made._settings = core, settings
        return made

    def put(self, notice: Notice) -> int:
        """Store a notice durably for each channel that takes it, and return their number. Talks to no receiver."""
        return self._core.put(operation(self._settings), notice)

    def deliver(self, *, progress: Progress | None = None, cancel: _core.CancelToken | None = None) -> DeliveryReport:
        """Send what is due, in order, each message once. What a receiver does not take is part of the report, and is tried again by a later
        call. Warns of each notice that is given up."""
        return _report(self._core.deliver(operation(self._settings, progress, cancel)))

    adeliver = asynchronous(deliver)

    def status(self) -> DeliveryReport:
        """Report what waits, without sending."""
        return _report(self._core.status(operation(self._settings)))


def send_notice(channel: Channel, notice: Notice, *, cancel: _core.CancelToken | None = None, settings: Settings | None = None) -> None:
    """Send a notice at once, in one attempt and without an outbox, whatever the channel's filter."""
    _core.send_notice(operation(settings or Settings(), None, cancel), channel, notice)
