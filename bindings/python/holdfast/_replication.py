"""Results of a replication."""

from __future__ import annotations

from dataclasses import dataclass

from ._values import Backup


@dataclass(frozen=True, kw_only=True, slots=True)
class Replicated:
    """What a replication did for one backup: it copied it, or it failed."""

    backup: str  #: id of the original; empty: one of the two repositories could not be read
    copy: Backup | None = None  #: if it is there
    error: str = ""  #: one line; empty: it was copied, and verified if that was asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicationReport:
    """Result of one round of a replication: each missing backup was tried once."""

    copied: tuple[Replicated, ...] = ()
    failed: tuple[Replicated, ...] = ()  #: the next round tries them again
    present: int = 0  #: backups that were there before
