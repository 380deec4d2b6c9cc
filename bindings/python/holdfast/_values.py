"""The values that the library returns: frozen, with aware times. Tags, notes and other mappings in them are plain
dictionaries; do not change them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ._errors import InvalidArgumentError

if TYPE_CHECKING:
    from ._notify import Notice

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """Return a time of the library as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def micros(time: datetime) -> int:
    """Return an aware datetime as the library's microseconds since 1970 in UTC."""
    if not isinstance(time, datetime):
        raise InvalidArgumentError(f"a datetime is needed, not {type(time).__name__}")
    if time.utcoffset() is None:
        raise InvalidArgumentError(f"{time.isoformat()} has no time zone: give it one, for example datetime.UTC")
    return (time - _EPOCH) // _MICROSECOND


def seconds(length: timedelta) -> int:
    """Return a timedelta as whole seconds."""
    if not isinstance(length, timedelta):
        raise InvalidArgumentError(f"a timedelta is needed, not {type(length).__name__}")
    return length // timedelta(seconds=1)


def bounded(name: str, number: object, most: int) -> None:
    """Check that a number is whole, not negative and not too large for the library."""
    if not isinstance(number, int):
        raise InvalidArgumentError(f"{name} is a whole number, not {type(number).__name__}")
    if number < 0:
        raise InvalidArgumentError(f"{name} is negative")
    if number > most:
        raise InvalidArgumentError(f"{name} is at most {most}")


def texts(given: Mapping[str, str] | None, what: str) -> dict[str, str]:
    """Check a mapping of texts to texts, and return a copy."""
    copied = dict(given or {})
    for key, value in copied.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise InvalidArgumentError(f"{what} map texts to texts: not {key!r} to {value!r}")
    return copied


def megabytes(count: int) -> str:
    """Return a number of bytes as text for people."""
    return f"{count / 1e6:,.1f} MB"


class Layout(enum.StrEnum):
    """How backups are stored."""

    PACKED = "packed"  #: deduplicated
    PLAIN = "plain"  #: one stock file for each stream


class VerifyLevel(enum.StrEnum):
    """Levels of verification."""

    QUICK = "quick"  #: every object is there, with its size
    FULL = "full"  #: every byte is read, decoded and compared with its hashes
    RESTORE = "restore"  #: restored into a scratch target and compared: the proof


class ProofLevel(enum.StrEnum):
    """Proof levels of a backup. Each level includes the levels before it, and they compare in that order."""

    STORED = "stored"
    CHECKSUMMED = "checksummed"
    RESTORED = "restored"
    CONTENT_EQUAL = "content-equal"

    @property
    def rank(self) -> int:
        """0 for the first."""
        return list(ProofLevel).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < ProofLevel(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= ProofLevel(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > ProofLevel(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= ProofLevel(other).rank


class EventKind(enum.StrEnum):
    """Kinds of events."""

    PHASE = "phase"
    PROGRESS = "progress"
    ENTRY_STARTED = "entry_started"
    ENTRY_FINISHED = "entry_finished"
    WARNING = "warning"
    LOG = "log"
    BEGUN = "begun"
    ENDED = "ended"


class Outcome(enum.StrEnum):
    """Outcome of an operation, or `running`."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WARNINGS = "warnings"  #: it did its work, and warned
    FAULTS = "faults"  #: a verification found faults
    FAILED = "failed"
    CANCELLED = "cancelled"


class RetentionAction(enum.StrEnum):
    """Keep a backup, or remove it."""

    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationRecord:
    """Record of one run of one operation, for metrics, audit and notifications. Contains no secret. It is emitted twice, with the events
    that begin and end the run; the second has everything. The embedding guide lists the operations and their counts."""

    id: str  #: both records and all events of the run have it
    operation: str  #: "backup", "restore", "verify" …
    repository: str  #: its URI
    repository_id: str
    sources: tuple[str, ...] = ()  #: URIs of what was backed up or restored
    series: str = ""  #: series of a backup, as soon as it is known
    backups: tuple[str, ...] = ()  #: ids of the backups that were made, read or removed
    where: str = ""  #: what was restored into, or the repository that was copied to; for people
    started: datetime
    ended: datetime | None = None
    seconds: float = 0.0
    outcome: Outcome = Outcome.RUNNING
    error: str = ""  #: the error's code, as in `HoldfastError.code`
    message: str = ""  #: the error's, one line
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", Outcome(self.outcome))


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """Status, alerts, metrics and history of a repository at one moment."""

    status: Mapping[str, Any] = field(hash=False)  #: the object that `holdfast status --json` prints
    page: str  #: the status as one HTML page
    metrics: str  #: OpenMetrics text
    history: tuple[OperationRecord, ...]  #: records of past operations, oldest end first
    notices: tuple[Notice, ...]  #: about alerts that began, changed or ended since those that were told
    told: tuple[str, ...]  #: keep it, and pass it to the next overview


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event of a running operation. `str()` gives a line for people."""

    kind: EventKind
    message: str = ""
    object: str = ""  #: the entry, table or stored object it is about
    bytes_done: int = 0  #: plain bytes read or written so far
    bytes_total: int = 0  #: an estimate; 0 = unknown
    bytes_stored: int = 0  #: bytes put on storage so far
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    operation: str = ""  #: `OperationRecord.id` of the operation that it belongs to
    record: OperationRecord | None = None  #: of begun and ended

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", EventKind(self.kind))

    def __str__(self) -> str:
        if self.kind is EventKind.PROGRESS:
            share = f" of about {megabytes(self.bytes_total)}" if self.bytes_total else ""
            return f"{megabytes(self.bytes_done)}{share} done, {megabytes(self.bytes_stored)} stored"
        if self.record is not None:
            return f"{self.message} {'begins' if self.kind is EventKind.BEGUN else self.record.outcome}"
        text = ": ".join(part for part in (self.object, self.message) if part)
        return f"warning: {text}" if self.kind is EventKind.WARNING else text


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRecord:
    """What was read, from where, and the snapshot time."""

    uri: str  #: without secrets
    driver: str
    name: str
    instant: datetime | None = None  #: the data is consistent as of this moment
    notes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One named stream of a backup."""

    name: str
    kind: str
    source: int = 0  #: number of its source in the backup
    plain_bytes: int = 0
    stored_bytes: int = 0  #: 0 in a packed repository, whose entries share what is stored
    content_hash: str = ""  #: XXH3-128 of the plain bytes, hex
    transforms: tuple[str, ...] = ()
    object: str = ""  #: the stored object in a plain repository
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)
    restore_with: str = ""
    restore_order: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedProof:
    """A verification that found faults."""

    time: datetime
    level: ProofLevel  #: not reached: stored (quick), checksummed (full), restored (restore)
    faults: int
    first: tuple[str, ...] = ()  #: the first 20 faults, shortened: "object: what is wrong with it"

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", ProofLevel(self.level))


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """One restorable point, as a listing shows it. `str()` is its id."""

    id: str
    time: datetime | None = None  #: when it was begun; None for a damaged one
    finished: datetime | None = None
    sources: tuple[SourceRecord, ...] = ()
    series: str = ""  #: backups of the same sources: the tag "series", else their hosts and places
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    entries: int = 0
    plain_bytes: int = 0
    stored_bytes: int = 0
    level: ProofLevel = ProofLevel.STORED  #: the best proof on record
    proven: datetime | None = None  #: when that proof was made
    failed: FailedProof | None = None  #: the newest verification with faults, unless a later one of its level found none
    damage: str = ""  #: not empty: its manifest can't be read, and why; then only the id is known

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", ProofLevel(self.level))

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The description of one backup: all its entries."""

    id: str
    started: datetime
    finished: datetime
    written_by: str
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    sources: tuple[SourceRecord, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RepositoryInfo:
    """Description of a repository."""

    uri: str
    id: str
    layout: Layout
    version: int
    encrypted: bool
    created: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "layout", Layout(self.layout))


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """An object that a restore could not bring back as it was. It cost no other object."""

    object: str  #: "INDEX app.place_by_position", "rows of app.post"
    statement: str = ""  #: the statement that failed; empty for rows, and where it may contain a secret
    reason: str = ""  #: the target's own words
    instead: str = ""  #: what was restored in its place: "NOT VALID"; empty = nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedColumn:
    """One column that was masked."""

    table: str  #: "public.customers"
    column: str
    rule: str  #: "email"
    values: int = 0  #: replaced; without those that are null


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptRows:
    """One table of which a rule of a mask keeps some rows."""

    table: str  #: "public.customers"
    chosen: int = 0  #: rows that came, chosen by the rule
    referred: int = 0  #: other rows that came, because rows that came refer to them


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoreReport:
    """Result of a restore."""

    entries: int = 0
    bytes: int = 0
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)  #: the driver's, by name: a database's tables and rows
    where: str = ""
    warnings: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    masked: tuple[MaskedColumn, ...] = ()
    dropped_rows: Mapping[str, int] = field(default_factory=dict, hash=False)  #: left out by rules of a mask, by table
    kept_rows: tuple[KeptRows, ...] = ()

    @property
    def tables(self) -> int:
        """Tables restored; 0 if there are none."""
        return self.counts.get("tables", 0)

    @property
    def rows(self) -> int:
        """Rows restored; 0 if there are none."""
        return self.counts.get("rows", 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault: the stored object or restored table concerned, and what is wrong with it."""

    object: str
    what: str

    def __str__(self) -> str:
        return f"{self.object}: {self.what}" if self.object else self.what


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryResult:
    """One of the caller's statements on the restored copy, and its result."""

    statement: str
    ok: bool
    result: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Result of a proof: a driver restored and compared."""

    level: ProofLevel
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)  #: of what was compared, by name: a database's tables and rows
    where: str = ""
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    queries: tuple[QueryResult, ...] = ()
    masked: tuple[MaskedColumn, ...] = ()  #: only counted
    dropped_rows: Mapping[str, int] = field(default_factory=dict, hash=False)  #: left out by rules of a mask, by table
    kept_rows: tuple[KeptRows, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", ProofLevel(self.level))


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyReport:
    """Result of a verification."""

    id: str  #: of the backup; empty: the repository itself
    level: VerifyLevel
    objects: int = 0
    bytes: int = 0  #: stored bytes read
    seconds: float = field(default=0.0, compare=False)
    faults: tuple[Fault, ...] = ()
    proof: Proof | None = None  #: level restore only

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", VerifyLevel(self.level))

    @property
    def ok(self) -> bool:
        """Whether there was no fault, and every query of the caller succeeded."""
        return not self.all_faults

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """The faults of the stored objects, of the restored copy and of the caller's queries."""
        if self.proof is None:
            return self.faults
        queries = tuple(Fault(object=query.statement, what=query.result) for query in self.proof.queries if not query.ok)
        return self.faults + self.proof.faults + queries

    @property
    def counts(self) -> Mapping[str, int]:
        """What the proof compared, by the driver's names; empty without a restore."""
        return self.proof.counts if self.proof else {}

    @property
    def tables(self) -> int:
        """Tables compared with what was read; 0 without a restore."""
        return self.counts.get("tables", 0)

    @property
    def rows(self) -> int:
        """Rows compared with what was read; 0 without a restore."""
        return self.counts.get("rows", 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPolicy:
    """Rules that decide which backups to keep: those that any rule asks for. A policy without a rule has no plan.

    Calendar periods use `utc_offset`; weeks are ISO weeks.
    """

    keep_last: int = 0
    keep_within: timedelta = timedelta(0)
    keep_hourly: int = 0
    keep_daily: int = 0
    keep_weekly: int = 0
    keep_monthly: int = 0
    keep_yearly: int = 0
    keep_tags: tuple[str, ...] = ()  #: "key" or "key=value"
    minimum: int = 1  #: never fewer readable backups than this of each series
    minimum_level: ProofLevel = ProofLevel.STORED  #: and those proven so far at least
    utc_offset: timedelta = timedelta(0)
    per_series: bool = True  #: judge the backups of each series on their own

    def __post_init__(self) -> None:
        if isinstance(self.keep_tags, str):
            raise InvalidArgumentError("keep_tags is a sequence of texts, not one text")
        for name in ("keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly", "minimum"):
            bounded(name, getattr(self, name), 2**31 - 1)
        if self.keep_within < timedelta(0):
            raise InvalidArgumentError("keep_within is negative")
        object.__setattr__(self, "keep_tags", tuple(self.keep_tags))
        object.__setattr__(self, "minimum_level", ProofLevel(self.minimum_level))


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionDecision:
    """The decision on one backup, and its reasons."""

    backup: Backup
    action: RetentionAction
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "action", RetentionAction(self.action))


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPlan:
    """A decision for every backup, newest first."""

    decisions: tuple[RetentionDecision, ...] = ()

    @property
    def kept(self) -> tuple[Backup, ...]:
        """The backups that are kept."""
        return tuple(each.backup for each in self.decisions if each.action is RetentionAction.KEEP)

    @property
    def removed(self) -> tuple[Backup, ...]:
        """The backups that are removed."""
        return tuple(each.backup for each in self.decisions if each.action is RetentionAction.REMOVE)


@dataclass(frozen=True, kw_only=True, slots=True)
class GarbageReport:
    """Result of a garbage collection, or of its dry run."""

    backups: int = 0  #: removed ones that can't be brought back any more
    marked_packs: int = 0
    marked_bytes: int = 0
    removed_packs: int = 0
    removed_bytes: int = 0
    copied_chunks: int = 0
    leftovers: int = 0
    waiting: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairReport:
    """Result of a repair."""

    indexed_packs: int = 0  #: packs without a readable index segment; they have one now
    removed_segments: int = 0  #: damaged index segments that are no longer needed
    unreadable_packs: int = 0  #: packs that can't be read; a warning names each


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedTime:
    """The decision on one time."""

    time: datetime
    keep: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupDiff:
    """Differences of two backups. Entries are matched by source and name."""

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[Entry, ...] = ()  #: as in the second
    unchanged: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySlot:
    """One key of a repository, as visible without that key."""

    id: str
    kind: str
    damage: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectInfo:
    """An object on a storage."""

    name: str
    size: int
    modified: datetime  #: the storage's own time


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One prerequisite of a driver: `state` is "ok", "warning" or "missing"."""

    state: str
    what: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverOption:
    """One declared option of a driver or a storage."""

    name: str
    type: str = "string"  #: or "integer", "boolean", "size", "duration", "choice" or "list"; the value is given as a text whatever it is
    default: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()  #: of a choice
    calls: tuple[str, ...] = ()  #: of a driver: those of "backup", "restore", "verify", "export" and "doctor" that take it
    minimum: int = 0  #: of an integer, a size (bytes) and a duration (seconds)
    maximum: int | None = None  #: None: no bound
    secret: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Driver:
    """One kind of data that can be backed up by URI."""

    name: str
    schemes: tuple[str, ...]
    options: tuple[DriverOption, ...]
    counts: tuple[str, ...] = ()  #: names of what it counts, in display order
    formats: tuple[str, ...] = ()  #: for export(), the usual one first
    consistent: bool = False  #: a backup shows its source as of one moment
    selection: bool = False  #: takes parts of a source
    proof: ProofLevel = ProofLevel.CHECKSUMMED  #: the highest level that verify() reaches


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageKind:
    """One kind of storage that a URI opens, with its options."""

    scheme: str  #: "s3"; empty for the options that every storage takes
    form: str  #: for people: "s3://BUCKET/PREFIX"
    options: tuple[DriverOption, ...]
