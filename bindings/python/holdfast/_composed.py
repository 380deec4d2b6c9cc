"""Storages made of others. docs/storage.md says what each promises."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from . import _core
from ._errors import InvalidArgumentError
from ._operation import Progress, Settings, operation
from ._storage import NativeStorage, Storage, for_core
from ._values import Finding, ObjectInfo, texts

_MILLISECOND = timedelta(milliseconds=1)
_HOUR = timedelta(hours=1)


class ReplicaState(enum.StrEnum):
    """State of a replica compared with the others."""

    IN_SYNC = "in sync"  #: has everything
    BEHIND = "behind"  #: lacks something, or keeps what was removed: gets nothing more until it is repaired
    UNREACHABLE = "unreachable"  #: can't be asked, or failed since: it may be fine
    MISSING = "missing"  #: belongs to the set but was not named
    UNKNOWN = "not a copy yet"  #: was named but does not belong to the set: a repair adds it


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicaStatus:
    """Status of one of the storages that hold the same objects."""

    state: ReplicaState
    id: str = ""  #: 32 hex digits; empty if it can't be told
    uri: str = ""
    why: str = ""  #: empty when in sync

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", ReplicaState(self.state))


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicaRepairReport:
    """Result of a repair of replicas."""

    copied_objects: int = 0
    copied_bytes: int = 0
    removed_objects: int = 0  #: that a storage had missed the removal of
    replaced_objects: int = 0  #: whose bytes were not those of the others
    problems: tuple[str, ...] = ()  #: what could not be decided or done
    copies: tuple[ReplicaStatus, ...] = ()  #: as they are now


@dataclass(frozen=True, kw_only=True, slots=True)
class TierReport:
    """Result of a move from the hot storage to the cold one."""

    moved_objects: int = 0
    moved_bytes: int = 0


class ReplicatedStorage(NativeStorage):
    """N storages that hold the same objects, from replicated_storage(). Each stored object is on a quorum of them when the call returns."""

    def replicas(self) -> tuple[ReplicaStatus, ...]:
        """Return the status of each replica."""
        return _core.replicas(self._core)

    def repair(
        self, *, every_byte: bool = False, forget: Sequence[str] = (), progress: Progress | None = None,
        cancel: _core.CancelToken | None = None, settings: Settings | None = None,
    ) -> ReplicaRepairReport:
        """Make the reachable replicas identical. Safe during writes.

        Args:
            every_byte: Read and compare all objects, not only their names and sizes.
            forget: Ids of replicas that are permanently lost.
        """
        return _core.repair_replicas(self._core, operation(settings or Settings(), progress, cancel), every_byte, list(forget))


class TieredStorage(NativeStorage):
    """Two storages as one, from tiered_storage(): new objects are put on the hot one, and old objects are moved to the cold one."""

    def move_old(
        self, *, age: timedelta = timedelta(days=30), prefixes: Sequence[str] = ("packs/",), progress: Progress | None = None,
        cancel: _core.CancelToken | None = None, settings: Settings | None = None,
    ) -> TierReport:
        """Move the objects that are old enough, oldest first. Safe during reads and writes; may be killed at any point.

        Args:
            age: By the hot storage's clock, in whole hours.
            prefixes: Prefixes of the names to move.
        """
        return _core.move_old(self._core, operation(settings or Settings(), progress, cancel), age // _HOUR, list(prefixes))

    def cold_objects(self, prefix: str = "") -> tuple[ObjectInfo, ...]:
        """List the objects that are only on the cold storage."""
        return _core.cold_objects(self._core, prefix)


def retrying_storage(
    inner: Storage, *, first_delay: timedelta = timedelta(milliseconds=100), longest_delay: timedelta = timedelta(seconds=10),
    deadline: timedelta = timedelta(minutes=15), replay_bytes: int = 1 << 20, cancel: _core.CancelToken | None = None,
) -> Storage:
    """Retry operations that fail with a retryable error.

    Args:
        inner: The storage to wrap.
        first_delay: The longest wait before the first retry; doubles with each further one.
        longest_delay: The longest wait before any retry.
        deadline: No retry of an operation begins later.
        replay_bytes: A stream up to this size is kept until its commit and can be sent again.
        cancel: Ends the waits.
    """
    first, longest, last = (length // _MILLISECOND for length in (first_delay, longest_delay, deadline))
    if min(first, longest, last) < 1 or replay_bytes < 0:
        raise InvalidArgumentError("a delay must be a millisecond at least, and replay_bytes can't be negative")
    return NativeStorage(_core.retrying_storage(for_core(inner), first, longest, last, replay_bytes, cancel))


def throttled_storage(inner: Storage, *, up: int = 0, down: int = 0, cancel: _core.CancelToken | None = None) -> Storage:
    """Limit the bytes per second, over all threads together; 0 = no limit. `cancel` ends the waits."""
    if min(up, down) < 0:
        raise InvalidArgumentError("up and down can't be negative")
    return NativeStorage(_core.throttled_storage(for_core(inner), up, down, cancel))


def cached_storage(inner: Storage, cache: Storage, prefix: str) -> Storage:
    """Keep copies of the objects under `prefix` in `cache`, if their names end in the SHA-256 of their bytes."""
    return NativeStorage(_core.cached_storage(for_core(inner), for_core(cache), prefix))


def read_only_storage(inner: Storage) -> Storage:
    """Refuse every change with PermissionDeniedError."""
    return NativeStorage(_core.read_only_storage(for_core(inner)))


def quota_storage(inner: Storage, limit: int, *, warn_at: float = 0.9, warn: Callable[[int, int], object] | None = None) -> Storage:
    """Refuse what would not fit, before it is sent, with NoSpaceError.

    Args:
        inner: The storage to limit.
        limit: Bytes.
        warn_at: Fraction of the limit.
        warn: Called once with the bytes used and the limit, when that fraction is exceeded, on the thread that stores. Its exceptions go to
            sys.unraisablehook.
    """
    if limit < 1 or not 0 <= warn_at <= 1:
        raise InvalidArgumentError("limit is a number of bytes, and warn_at a share from 0 to 1")
    return NativeStorage(_core.quota_storage(for_core(inner), limit, warn_at, warn))


def replicated_storage(
    storages: Sequence[Storage] | Sequence[str | os.PathLike[str]], *, quorum: int = 0, use: Literal["open", "create", "repair"] = "open",
    options: Mapping[str, str] | None = None,
) -> ReplicatedStorage:
    """Hold the same objects on several storages.

    Args:
        storages: Storages, or the URIs of all: then a storage that can't be opened counts as unreachable.
        quorum: How many must have each stored object; 0 = a majority, the minimum.
        use: "open" the set as it is; "create" a set of empty storages if they are none yet; "repair", which also accepts new storages.
        options: Options of the storages that are opened by URI.
    """
    if quorum < 0:
        raise InvalidArgumentError("quorum can't be negative")
    uris = [os.fspath(each) for each in storages if isinstance(each, (str, os.PathLike))]
    if uris and len(uris) == len(storages):
        return ReplicatedStorage(_core.open_replicated(uris, quorum, use, texts(options, "options")))
    if uris or options:
        raise InvalidArgumentError("name all storages by URI, or give open ones, which take no options")
    return ReplicatedStorage(_core.replicated_storage([for_core(each) for each in storages], quorum, use))


def tiered_storage(hot: Storage, cold: Storage) -> TieredStorage:
    """Put new objects on `hot`; move_old() moves old objects to `cold`."""
    return TieredStorage(_core.tiered_storage(for_core(hot), for_core(cold)))


def diagnose_storage(storage: Storage, *, settings: Settings | None = None) -> tuple[Finding, ...]:
    """Test whether a storage keeps its contract. Removes its test objects, if it may remove."""
    return _core.diagnose_storage(operation(settings or Settings()), for_core(storage))
