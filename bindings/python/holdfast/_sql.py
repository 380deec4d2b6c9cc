"""SQL text of a PostgreSQL database without a repository."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import BinaryIO

from . import _core
from ._asynchronous import asynchronous
from ._operation import Progress, Settings, operation
from ._pipeline import _KeptOpen
from ._values import QueryResult


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlFailure:
    """One statement of an SQL text that did not succeed."""

    kind: str  #: "statement", "owner", "setting" or "outside"
    line: int  #: of its first word; from 1
    statement: str  #: its beginning, without texts and quoted names
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlLoadReport:
    """Result of load_sql()."""

    ok: bool  #: complete, and no statement of the kind "statement" failed
    complete: bool  #: the text ends with the mark of pg_dump
    statements: int  #: that succeeded
    rows: int  #: stored by COPY
    bytes: int
    failed: int
    failures: tuple[SqlFailure, ...] = ()  #: the first 100, of any kind


def load_sql(
    uri: str, file: BinaryIO, *, progress: Progress | None = None, cancel: _core.CancelToken | None = None, settings: Settings | None = None
) -> SqlLoadReport:
    """Run SQL text in a database, statement by statement; continue after a statement that fails.

    Runs none of psql's backslash commands, and nothing that concerns other databases, roles or files. The rest of the text is trusted
    with the rights of the role that connects.
    """
    report = json.loads(_core.load_sql(operation(settings or Settings(), progress, cancel), uri, _KeptOpen(file)))
    failures = tuple(SqlFailure(**each) for each in report.pop("failures"))
    return SqlLoadReport(**report, failures=failures)


aload_sql = asynchronous(load_sql)


def query_sql(uri: str, sql: str, *, cancel: _core.CancelToken | None = None, settings: Settings | None = None) -> tuple[QueryResult, ...]:
    """Run statements in one session. A statement that fails is a result."""
    results = json.loads(_core.query_sql(operation(settings or Settings(), None, cancel), uri, sql))
    return tuple(QueryResult(**each) for each in results)
