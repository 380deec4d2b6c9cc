"""Repositories, and every operation on them."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, BinaryIO, Literal, TypeAlias

from . import _core, _driver, _storage
from ._arguments import backup_options_of, checked, designation_of, patterns_of, policy_of
from ._asynchronous import asynchronous
from ._audit import Audit
from ._errors import InvalidArgumentError, InvalidStateError, NotFoundError, UnsupportedError
from ._operation import Progress, Settings, operation
from ._replication import ReplicationReport
from ._session import Session
from ._source import Source
from ._target import BackupView, Target
from ._transform import Transform, for_core
from ._values import (
    Backup,
    BackupDiff,
    Entry,
    Fault,
    GarbageReport,
    KeySlot,
    Layout,
    Manifest,
    Overview,
    ProofLevel,
    RepairReport,
    RepositoryInfo,
    RestoreReport,
    RetentionPlan,
    RetentionPolicy,
    VerifyLevel,
    VerifyReport,
    micros,
    seconds,
    texts,
)

Place: TypeAlias = str | os.PathLike[str] | _storage.Storage
AnySource: TypeAlias = str | Source
Secret: TypeAlias = str | bytes
Password: TypeAlias = Secret | Callable[[str], Secret]


def _private(path: str, flags: int) -> int:
    """Opener for open(): content that was secret in the repository is readable only by its owner."""
    return os.open(path, flags, 0o600)


class Repository:
    """A repository of backups, from create() or open(). Safe from many threads. Several processes may use one repository at once.

    Every call that takes a backup accepts a Backup, its id, a unique prefix of it, or "latest". Every call that may take long accepts
    `progress`, which is called with each Event on the calling thread, and `cancel`, a CancelToken. Ctrl-C cancels, too. Such a call also
    has a form for asyncio, an AsyncOperation: `await repo.abackup(...)`.
    """

    def __init__(self, core: _core.Repository, settings: Settings, drivers: Sequence[_driver.CustomDriver] = ()) -> None:
        self._core = core
        self._drivers = drivers
        self._uri = core.info().uri  # the core answers no more at the interpreter's end
        self.settings = settings

    # --- life

    def close(self) -> None:
        """Close it. Objects opened through it stay readable. A second call is harmless."""
        self._core.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._core.closed

    def __enter__(self) -> Repository:
        if self.closed:
            raise InvalidStateError("this repository is closed")
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if hasattr(self, "_core") and not self.closed:
            _warn(f"unclosed {self!r}", ResourceWarning, source=self)

    def __repr__(self) -> str:
        return "<holdfast.Repository closed>" if self.closed else f"<holdfast.Repository {self._uri}>"

    @property
    def info(self) -> RepositoryInfo:
        """What this repository is."""
        return self._core.info()

    @property
    def audit(self) -> Audit:
        """The audit trail: signed records of who did what."""
        return Audit(self._core, lambda: operation(self.settings))

    # --- backups

    def backups(self) -> list[Backup]:
        """List every backup, newest first; damaged ones are included and marked."""
        return list(self._core.backups(operation(self.settings)))

    def __iter__(self) -> Iterator[Backup]:
        return iter(self.backups())

    def find(self, backup: str | Backup) -> Backup:
        """Find a backup by id, by a unique prefix of an id, or the "latest".

        Raises:
            NotFoundError: There is none.
            IntegrityError: It is damaged.
        """
        return self._core.find(operation(self.settings), str(backup))

    def manifest(self, backup: str | Backup) -> Manifest:
        """Return the description of a backup: all its entries."""
        return self._core.manifest(operation(self.settings), self._id(backup))

    def view(self, backup: str | Backup, *, source: int = 0) -> BackupView:
        """Return one source of a backup, for reading."""
        manifest = self.manifest(backup)
        if not 0 <= source < len(manifest.sources):
            raise NotFoundError(f"backup {manifest.id} has {len(manifest.sources)} sources, none with number {source}")
        return BackupView(functools.partial(self.open_entry, manifest.id, source=source), manifest, source)

    def open_entry(self, backup: str | Backup, entry: str | Entry, *, source: int | None = None) -> io.BufferedReader:
        """Open an entry as a binary file. Every hash is checked during the read, at the latest at the end.

        Args:
            backup: Which backup.
            entry: Which of its entries.
            source: Index of the source, for an entry given by name; default: the first.
        """
        name, number = (entry, source or 0) if isinstance(entry, str) else (entry.name, entry.source)
        return _storage.buffered(self._core.open_entry(operation(self.settings), self._id(backup), number, name))

    def remove(self, backup: str | Backup) -> None:
        """Remove a backup from the listing. In a packed repository undo_remove() brings it back until it is collected."""
        self._core.remove(operation(self.settings), self._id(backup))

    def undo_remove(self, backup: str | Backup) -> None:
        """Bring a removed backup back, by its full id.

        Raises:
            NotFoundError: It was not removed.
            ConflictError: It is too late.
            UnsupportedError: The repository is plain.
        """
        self._core.undo_remove(operation(self.settings), str(backup))

    def collect_garbage(
        self, *, grace: timedelta = timedelta(hours=24), dry_run: bool = False, progress: Progress | None = None,
        cancel: _core.CancelToken | None = None,
    ) -> GarbageReport:
        """Free what no backup needs. Safe during running backups and at any time.

        Args:
            grace: How long removed backups can be brought back, and how long data that readers may still use is kept.
            dry_run: Only count.
        """
        if seconds(grace) < 0:
            raise InvalidArgumentError("grace can't be negative")
        return self._core.collect_garbage(operation(self.settings, progress, cancel), seconds(grace), dry_run)

    # --- backup and restore

    def backup(
        self, *sources: AnySource, tags: Mapping[str, str] | None = None, compression: str = "", decode_check: bool = True,
        include: Sequence[str] = (), exclude: Sequence[str] = (), options: Mapping[str, str] | None = None,
        transforms: Sequence[str | Transform] = (), progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> Backup:
        """Back sources up into one backup: one commit for all of them.

        Args:
            sources: URIs, and instances of Source.
            tags: Metadata for finding it and for retention.
            compression: "zstd:1", "gzip:6", "lz4", "none"; default: the source's preference, else zstd.
            decode_check: Decode each compressed block before it is stored.
            include: Patterns to include, "schema.table"; default: everything.
            exclude: Patterns to exclude.
            options: Options of the sources' drivers.
            transforms: Transforms that each entry goes through first, of those that the repository was opened with; or their names
                "NAME@VERSION". They are recorded, and whoever reads the backup needs them.

        Returns:
            The backup. After an exception there is none, unless it was committed before a Ctrl-C or a failing `progress` was noticed.
        """
        given = backup_options_of(tags, compression, decode_check, include, exclude, options, transforms)
        for source in sources:
            if not isinstance(source, (str, Source)):
                raise InvalidArgumentError(f"a source is a URI or an instance of holdfast.Source, not {type(source).__name__}")
            if isinstance(source, Source) and (include or exclude or options):
                raise UnsupportedError("an instance of holdfast.Source is read as a whole: leave out include, exclude and options")
        opened = [self._opened(source, include or exclude, given["driver_options"]) for source in sources]
        return self._core.backup(operation(self.settings, progress, cancel), opened, given)

    def begin(
        self, *, tags: Mapping[str, str] | None = None, compression: str = "", decode_check: bool = True,
        transforms: Sequence[str | Transform] = (), progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> Session:
        """Begin a backup that the caller fills, in a `with` block. It is committed only if every begun entry was finished."""
        given = backup_options_of(tags, compression, decode_check, (), (), None, transforms)
        return Session(self._core.begin(operation(self.settings, progress, cancel), given))

    def restore(
        self, backup: str | Backup, target: str | Target, *, source: int | str | None = None, include: Sequence[str] = (),
        exclude: Sequence[str] = (), owner: bool = True, privileges: bool = True,
        role_map: Mapping[str, str] | None = None, untrusted: bool = False, strict: bool = False, resume: bool = False,
        mask: str | None = None, mask_key: str | bytes | None = None,
        options: Mapping[str, str] | None = None, progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> RestoreReport:
        """Restore a backup. The target is checked before anything is changed.

        Args:
            backup: Which backup.
            target: A URI, or an instance of Target.
            source: Number, name or URI of the backup's source; default: the only one of the URI's driver, and the first for a target
                written in Python.
            include: Patterns to include; default: everything. Not for a target written in Python.
            exclude: Patterns to exclude. Not for a target written in Python.
            owner: Restore ownership and grants. Not for a target written in Python.
            privileges: Restore grants; `owner=False` leaves them out as well. Not for a target written in Python.
            role_map: Names that roles of the backup have at the target, where they must exist. Not for a target written in Python.
            untrusted: Fail if code of the backup would get more privileges than its owner had. Not for a target written in Python.
            resume: Resume an interrupted restore of the same backup, which left its mark in the target.
            strict: Fail if any object must be left out; otherwise the report names them.
            mask: Text of rules that replace values on their way (docs/masking.md). Not for a target written in Python.
            mask_key: Key of those rules, at least 16 bytes.
            options: Options of the target's driver.
        """
        if not isinstance(target, (str, Target)):
            raise InvalidArgumentError(f"a target is a URI or an instance of holdfast.Target, not {type(target).__name__}")
        driver_options = texts(options, "options")
        driver = _driver.for_uri(self._drivers, target) if isinstance(target, str) else None
        if driver is not None and isinstance(target, str):
            target, driver_options = driver.open_target(target, _driver.options_for(driver, "restore", driver_options)), {}
        given = {"source": designation_of(source), "include": patterns_of(include), "exclude": patterns_of(exclude), "owner": owner,
                 "privileges": privileges, "role_map": texts(role_map, "role_map"), "untrusted": untrusted, "strict": strict, "resume": resume,
                 "mask": mask, "mask_key": secret(mask_key), "driver_options": driver_options}
        return self._core.restore(operation(self.settings, progress, cancel), self._id(backup), target, given)

    def export(
        self, backup: str | Backup, to: str | os.PathLike[str] | BinaryIO, *, format: str = "",
        source: int = 0, include: Sequence[str] = (), exclude: Sequence[str] = (), mask: str | None = None,
        mask_key: str | bytes | None = None, options: Mapping[str, str] | None = None,
        progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> None:
        """Write one source of a backup in a format that standard tools read, into a new file or an open binary file.

        Args:
            format: One of the driver's formats, such as "sql" or "archive"; empty = its first. drivers() lists them.
            mask: Text of rules that replace values on their way (docs/masking.md).
            mask_key: Key of those rules, at least 16 bytes.
            options: Options of the source's driver.
        """
        call = operation(self.settings, progress, cancel)
        arguments = (self._id(backup), source, str(format), patterns_of(include), patterns_of(exclude), mask, secret(mask_key), texts(options, "options"))
        if not isinstance(to, (str, os.PathLike)):
            self._core.export(call, *arguments, to)
            return
        with open(to, "xb", opener=_private) as file:
            try:
                self._core.export(call, *arguments, file)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(to)
                raise

    def check_mask(
        self, backup: str | Backup, mask: str, *, mask_key: str | bytes | None = None, strict: bool = False, source: int = 0,
    ) -> tuple[Fault, ...]:
        """Compare rules of masking with one source of a backup, without restoring it.

        Args:
            mask: Text of the rules (docs/masking.md).
            mask_key: Key of the rules, at least 16 bytes.
            strict: A column that no rule names is a fault.

        Returns:
            Everything that would make a restore fail before it writes anything.
        """
        return self._core.check_mask(operation(self.settings), self._id(backup), source, mask, secret(mask_key), strict)

    def suggest_mask(self, backup: str | Backup, *, source: int = 0) -> str:
        """Propose rules of masking for one source of a backup, by names, types and samples of rows. A person has to read them."""
        return self._core.suggest_mask(operation(self.settings), self._id(backup), source)

    def copy(
        self, backup: str | Backup, destination: Repository, *, tags: Mapping[str, str] | None = None, compression: str = "",
        progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> Backup:
        """Copy a backup with all its sources into another repository. The copy keeps time and tags and gets a new id.

        Entries that went through transforms of a host are copied as these left them.
        """
        given = backup_options_of(tags, compression, True, (), (), None)
        return self._core.copy(operation(self.settings, progress, cancel), self._id(backup), destination._core, given)

    def replicate(
        self, destination: Repository, *, every: timedelta | None = None, verify: VerifyLevel | Literal["quick", "full", "restore"] | None = None,
        progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> ReplicationReport:
        """Copy all backups that another repository does not have, oldest first. A backup that can't be copied stops no other.

        Args:
            destination: The other repository.
            every: Do it again and again, with whole seconds between two rounds, until `cancel`; then the report is that of the last
                round. Events tell of each copy. Default: one round.
            verify: Verify each copy where it is to this level. A copy with a fault is a failure until it is proven or removed there.

        Raises:
            Cancelled: One round was cancelled.
        """
        seconds = 0 if every is None else every // timedelta(seconds=1)
        if every is not None and seconds < 1:
            raise InvalidArgumentError(f"at least a second is between two rounds, not {every}")
        level = None if verify is None else str(verify)
        return self._core.replicate(operation(self.settings, progress, cancel), destination._core, seconds, level)

    def diff(self, first: str | Backup, second: str | Backup) -> BackupDiff:
        """Compare the entries of two backups."""
        return self._core.diff(operation(self.settings), self._id(first), self._id(second))

    # --- verification

    def verify(
        self, backup: str | Backup = "latest", *, level: VerifyLevel | Literal["quick", "full", "restore"] = "quick",
        source: int | str | None = None, target: str = "", restored: str = "", queries: Sequence[str] = (), untrusted: bool = False,
        mask: str | None = None, mask_key: str | bytes | None = None, options: Mapping[str, str] | None = None, check: bool = True, progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> VerifyReport:
        """Check a backup for damage. A good result at levels full and restore is recorded in the repository.

        Args:
            backup: Which backup.
            level: "quick": every object exists, with its size; "full": every byte is read and compared; "restore": it is restored and
                compared with what was read at backup time: the proof.
            source: Level restore: number, name or URI of the only source to prove; the result is then not recorded, unless the
                backup has no other. Default: all.
            target: A server to restore into instead of a scratch one.
            restored: A database that was restored earlier: compare it, only reading it, instead of restoring.
            queries: SQL to run on the restored database.
            untrusted: Level restore: fail if code of the backup would get more privileges than its owner had.
            mask: Level restore: text of rules to restore with, or that the restored database was made with. All that should be equal
                is compared, masked values are counted. Nothing is recorded, and the level is at most "restored".
            mask_key: Key of those rules, at least 16 bytes.
            options: Level restore: options of the drivers of the backup's sources.
            check: Raise if a fault is found.

        Raises:
            VerificationError: A fault was found; `report` has them all. Not with `check=False`.
        """
        call = operation(self.settings, progress, cancel)
        given = texts(options, "options")
        which, rules = designation_of(source), (mask, secret(mask_key))
        where = (which, target, restored, patterns_of(queries), untrusted)
        return checked(self._core.verify(call, self._id(backup), str(level), *where, *rules, given), check)

    def verify_repository(
        self, *, level: VerifyLevel | Literal["quick", "full"] = "quick", check: bool = True, progress: Progress | None = None,
        cancel: _core.CancelToken | None = None,
    ) -> VerifyReport:
        """Check the objects that belong to no backup for damage: format, keys, proof records."""
        return checked(self._core.verify_repository(operation(self.settings, progress, cancel), str(level)), check)

    def verify_all(
        self, *, level: VerifyLevel | Literal["quick", "full"] = "quick", check: bool = True, progress: Progress | None = None,
        cancel: _core.CancelToken | None = None,
    ) -> list[VerifyReport]:
        """Check the repository itself and all backups for damage in one pass, which reads shared data once.

        Args:
            level: "quick" or "full"; backups are restored to prove them one by one.
            check: Raise if a fault is found.

        Returns:
            The report of the repository's own objects, then those of the backups, newest first. Shared data is counted in the
            oldest backup's report; its faults are in all of them.

        Raises:
            VerificationError: A fault was found; `report` is the first with one. Not with `check=False`, which returns all.
        """
        reports = list(self._core.verify_all(operation(self.settings, progress, cancel), str(level)))
        for report in reports:
            checked(report, check)
        return reports

    def overview(
        self, *, measure: bool = False, due: Mapping[str, datetime] | None = None, next_runs: Mapping[str, datetime] | None = None,
        told: Sequence[str] = (),
    ) -> Overview:
        """Return status, alerts, metrics and history. The monitoring guide describes them.

        Args:
            measure: Also list all objects of the storage, to count them and their bytes.
            due: By series, when the newest run of the schedule was due. Without it, twice the usual time between backups counts.
            next_runs: By series, when the schedule runs next.
            told: That of the overview before, for `notices`: only what changed since then.
        """
        was_due, next_due = ({series: micros(time) for series, time in (given or {}).items()} for given in (due, next_runs))
        status, page, metrics, history, notices, told_now = self._core.overview(operation(self.settings), measure, was_due, next_due, list(told))
        return Overview(status=json.loads(status), page=page, metrics=metrics, history=history, notices=notices, told=told_now)

    def anchor(self) -> str:
        """Return a text that names the newest backups. Keep it out of reach of anyone who may remove objects from the storage.

        Check the old anchor before you replace it: a new one does not name missing backups.
        """
        return self._core.anchor(operation(self.settings))

    def check_anchor(self, anchor: str, *, check: bool = True) -> VerifyReport:
        """Check for the backups that an anchor names. Detects their removal, and a storage that was set back.

        A recorded removal is no fault. A plain repository records no removals: make a new anchor after removing
        and expiring.

        Args:
            anchor: The text from anchor().
            check: Raise if a fault is found.

        Raises:
            InvalidArgumentError: The text is no anchor, was cut off, or belongs to another repository.
            VerificationError: A backup is missing or changed; `report` has them all. Not with `check=False`.
        """
        return checked(self._core.check_anchor(operation(self.settings), anchor), check)

    # --- retention

    def plan(
        self, policy: RetentionPolicy | None = None, *, keep_last: int = 0, keep_within: timedelta = timedelta(0), keep_hourly: int = 0,
        keep_daily: int = 0, keep_weekly: int = 0, keep_monthly: int = 0, keep_yearly: int = 0, keep_tags: Sequence[str] = (),
        minimum: int = 1, minimum_level: ProofLevel | str = ProofLevel.STORED, utc_offset: timedelta = timedelta(0),
        per_series: bool = True, progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> RetentionPlan:
        """Decide what a policy would remove, and why. Give a policy, or its rules."""
        rules = dict(locals())
        del rules["self"], rules["policy"], rules["progress"], rules["cancel"]
        return self._core.plan(operation(self.settings, progress, cancel), policy_of(policy, rules))

    def expire(
        self, policy: RetentionPolicy | None = None, *, keep_last: int = 0, keep_within: timedelta = timedelta(0), keep_hourly: int = 0,
        keep_daily: int = 0, keep_weekly: int = 0, keep_monthly: int = 0, keep_yearly: int = 0, keep_tags: Sequence[str] = (),
        minimum: int = 1, minimum_level: ProofLevel | str = ProofLevel.STORED, utc_offset: timedelta = timedelta(0),
        per_series: bool = True, progress: Progress | None = None, cancel: _core.CancelToken | None = None,
    ) -> RetentionPlan:
        """Remove the backups that a policy does not keep; returns the plan. Nothing is removed if the plan can't be made."""
        rules = dict(locals())
        del rules["self"], rules["policy"], rules["progress"], rules["cancel"]
        return self._core.expire(operation(self.settings, progress, cancel), policy_of(policy, rules))

    def repair(self, *, progress: Progress | None = None, cancel: _core.CancelToken | None = None) -> RepairReport:
        """Rebuild lost or damaged parts of a packed repository's index. Safe at any time, and safe to repeat."""
        return RepairReport(**json.loads(self._core.repair(operation(self.settings, progress, cancel))))

    # --- asyncio

    abackup = asynchronous(backup)
    arestore = asynchronous(restore)
    averify = asynchronous(verify)
    averify_repository = asynchronous(verify_repository)
    averify_all = asynchronous(verify_all)
    aexport = asynchronous(export)
    acopy = asynchronous(copy)
    areplicate = asynchronous(replicate)
    aplan = asynchronous(plan)
    aexpire = asynchronous(expire)
    arepair = asynchronous(repair)
    acollect_garbage = asynchronous(collect_garbage)

    # --- keys

    def keys(self) -> list[KeySlot]:
        """List the keys that open this repository."""
        return list(self._core.keys(operation(self.settings)))

    def add_key(self, *, password: Secret | None = None, key: bytes | None = None) -> str:
        """Add a password or a raw key of 32 bytes; returns its id after it was read back and opened."""
        return self._core.add_key(operation(self.settings), secret(password), key)

    def remove_key(self, key: str | KeySlot) -> None:
        """Remove a key. Refuses to remove the key that opened this repository."""
        self._core.remove_key(operation(self.settings), key if isinstance(key, str) else key.id)

    def rotate_data_key(self) -> None:
        """Make a new data key. Repositories opened from now on write with it; open handles keep reading both keys."""
        self._core.rotate_data_key(operation(self.settings))

    def _opened(self, source: AnySource, selected: Sequence[str], options: Mapping[str, str]) -> AnySource:
        driver = _driver.for_uri(self._drivers, source) if isinstance(source, str) else None
        if driver is None or not isinstance(source, str):
            return source
        if selected:
            raise UnsupportedError(f"driver {driver.name} takes whole sources: leave out include and exclude")
        return driver.open_source(source, _driver.options_for(driver, "backup", options))

    def _id(self, backup: str | Backup) -> str:
        return backup.id if isinstance(backup, Backup) else self._core.resolve(operation(self.settings), backup)


def create(
    place: Place, *, password: Password | None = None, key: bytes | None = None, encrypted: bool = True,
    layout: Layout | Literal["packed", "plain"] = "packed", storage_options: Mapping[str, str] | None = None,
    drivers: Sequence[_driver.CustomDriver] = (), transforms: Sequence[Transform] = (), settings: Settings | None = None,
) -> Repository:
    """Create a repository.

    Args:
        place: A path, the URI of a storage, or a Storage.
        password: The password, or a function that takes the place's name and returns it.
        key: A raw key of 32 bytes instead of a password.
        encrypted: False, without password and key: anyone who can read the storage can read every backup.
        layout: "packed" (deduplicated) or "plain" (a standard file for each stream).
        storage_options: Options of the storage.
        drivers: Drivers of your own.
        transforms: Transforms that backups may name and entries may need. Called on several threads at once.
        settings: Limits of the operations on it.

    Raises:
        AlreadyExistsError: The repository already exists.
    """
    if encrypted is True and password is None and key is None:
        raise InvalidArgumentError("no password and no key: give one, or say encrypted=False")
    if encrypted is not True and (password is not None or key is not None):
        raise InvalidArgumentError("both a password or key and encrypted=False are given: leave out one")
    if not isinstance(encrypted, bool):
        raise InvalidArgumentError(f"encrypted is True or False, not {type(encrypted).__name__}")
    settings = settings or Settings()
    known = _driver.checked(drivers)
    core = _core.create(
        operation(settings), _storage.for_core(place), secret(password, place), key, encrypted, str(layout),
        texts(storage_options, "storage_options"), known,
        for_core(transforms))
    return Repository(core, settings, known)


def open_repository(
    place: Place, *, password: Password | None = None, key: bytes | None = None, storage_options: Mapping[str, str] | None = None,
    drivers: Sequence[_driver.CustomDriver] = (), transforms: Sequence[Transform] = (), settings: Settings | None = None,
) -> Repository:
    """Open a repository.

    Args:
        place: A path, the URI of a storage, or a Storage.
        password: The password, or a function that takes the place's name and returns it.
        key: A raw key of 32 bytes instead of a password.
        storage_options: Options of the storage.
        drivers: Drivers of your own.
        transforms: Transforms that backups may name and entries may need. Called on several threads at once.
        settings: Limits of the operations on it.

    Raises:
        NotFoundError: There is no repository.
        WrongKeyError: The password or key does not open it.
    """
    settings = settings or Settings()
    known = _driver.checked(drivers)
    core = _core.open(
        operation(settings), _storage.for_core(place), secret(password, place), key, texts(storage_options, "storage_options"), known,
        for_core(transforms))
    return Repository(core, settings, known)


def secret(given: Password | None, place: Place = "") -> bytes | None:
    """Return a password as bytes. Returns None only if None was given: a function that is asked for a password must
    return one."""
    asked = callable(given)
    if callable(given):
        given = given(place.uri if isinstance(place, _storage.Storage) else os.fspath(place))
    if given is None and not asked:
        return None
    if not isinstance(given, (str, bytes)):
        what = "the function that was given as password returned" if asked else "the password is"
        raise InvalidArgumentError(f"{what} {type(given).__name__}, neither text nor bytes")
    return given.encode() if isinstance(given, str) else given
