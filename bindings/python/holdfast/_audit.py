"""The audit trail of a repository: signed records of who did what, when and from where."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from . import _core
from ._errors import VerificationError
from ._notify import Channel
from ._storage import Storage, for_core
from ._values import Fault

AuditPolicy = Literal["off", "best_effort", "required"]


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """One record of the trail.

    Attributes:
        number: From 1; a number may be left out.
        action: "backup", "restore" …; docs/audit.md lists them.
        outcome: "running": the operation begins here; another record with the same `operation` says how it ended.
        principal: Who: `Settings.principal`.
        host: From where: the name of the machine.
        where: The restore target, the other repository of a copy, the key slot.
        error: Code of the error; empty = none.
        policy: The policy in force from this record on.
        previous: Number of the record before it; 0 = this is the first.
        kept_from: In records of expire(): older records than this were removed on purpose; 0 = no such record.
    """

    number: int
    time: datetime
    action: str
    outcome: str
    principal: str
    host: str
    operation: str
    sources: tuple[str, ...]
    backups: tuple[str, ...]
    where: str
    error: str
    message: str
    policy: str
    previous: int
    previous_sha256: str
    sha256: str
    public_key: str
    written_by: str
    kept_from: int = 0


@dataclass(frozen=True, kw_only=True)
class AuditReport:
    """Result of a check of the audit trail.

    Attributes:
        records: How many belong to the chain.
        first: Number of the oldest of them; 0 = there are none.
        last: Number of the newest.
        expired: Records that expire() removed and that are still there, for example locked ones.
        sha256: Hash of the newest.
        public_key: The key that all records must be signed with.
        key_known: If not, only the records themselves name that key; give it to be sure.
        anchored: If not, nobody can tell whether newer records were removed.
    """

    records: int
    first: int
    last: int
    expired: int
    sha256: str
    public_key: str
    key_known: bool
    anchored: bool
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether no fault was found."""
        return not self.faults


def _record(line: str) -> AuditRecord:
    fields = json.loads(line)
    fields["time"] = datetime.fromisoformat(fields["time"])
    for name in ("sources", "backups"):
        fields[name] = tuple(fields[name])
    return AuditRecord(**fields)


class Audit:
    """The audit trail of a repository: `repository.audit`.

    `Settings.principal` says who calls; `Settings.audit_key` or `Settings.audit_signer` signs instead of the repository's own key.
    """

    def __init__(self, core: _core.Repository, operation: Callable[[], _core.Operation]) -> None:
        self._core = core
        self._operation = operation

    @property
    def policy(self) -> str:
        """What operations owe to the trail: "off", "best_effort" or "required"."""
        return _core.audit_policy(self._core, self._operation())

    def set_policy(self, policy: AuditPolicy) -> None:
        """Record the new policy, which then applies to every host.

        Args:
            policy: "best_effort": a record after each operation, or a warning. "required": also one before it; without
                them the operation fails.

        Raises:
            InvalidStateError: A repository without encryption needs `Settings.audit_key` or `Settings.audit_signer`.
            WrongKeyError: The records are signed with another key.
        """
        _core.set_audit_policy(self._core, self._operation(), policy)

    def records(self) -> list[AuditRecord]:
        """Return all records that open, oldest first. Warns of each object that does not."""
        return [_record(line) for line in self.export("jsonl").splitlines()]

    def export(self, format: Literal["jsonl", "csv", "cef"] = "jsonl") -> str:
        """Return the records as JSON Lines, CSV (RFC 4180) or ArcSight CEF."""
        return _core.export_audit(self._core, self._operation(), format)

    def verify(self, *, anchor: str = "", public_key: str = "", check: bool = True) -> AuditReport:
        """Find records that were edited, removed, reordered, replayed or forked.

        Args:
            anchor: Texts from anchor(), one after another: also finds that the newest records were removed.
            public_key: The key that all records must be signed with: 64 hex digits.
            check: Raise if a fault is found.

        Raises:
            VerificationError: There is a fault; `report` has them all. Not with `check=False`.
        """
        fields = json.loads(_core.verify_audit(self._core, self._operation(), anchor, public_key))
        ok = fields.pop("ok")
        report = AuditReport(**fields | {"faults": tuple(Fault(**fault) for fault in fields["faults"])})
        if check and not ok:
            raise VerificationError(f"the audit trail has faults: {report.faults[0].what}", report=report)
        return report

    def anchor(self) -> str:
        """Return a text that names the newest record, to keep elsewhere.

        Raises:
            NotFoundError: There is no record.
        """
        return _core.audit_anchor(self._core, self._operation())

    def send_anchor(self, channel: Channel) -> str:
        """Send that text over a channel, in one attempt, and return it.

        A webhook posts JSON with the anchor's parts, signed as notices are.

        Raises:
            Error: The receiver did not accept it.
        """
        return _core.send_audit_anchor(self._core, self._operation(), channel)

    def put_anchor(self, storage: Storage) -> str:
        """Put that text on a storage other than the repository's, as an object that is never overwritten, and return it.

        Raises:
            ConflictError: An anchor of another record with that number is there: somebody set the repository back.
        """
        return _core.put_audit_anchor(self._core, self._operation(), for_core(storage))

    def kept_anchors(self, storage: Storage) -> str:
        """Return all anchors of this repository on such a storage, oldest first, for verify()."""
        return _core.read_audit_anchors(self._core, self._operation(), for_core(storage))

    def expire(self, before: datetime) -> int:
        """Remove the records from before that time, and record that. Returns their number; locked ones stay.

        Raises:
            IntegrityError: The trail has faults; nothing is removed.
        """
        return _core.expire_audit(self._core, self._operation(), before)
