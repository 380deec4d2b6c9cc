"""The exceptions: one tree under `Error`, each also the built-in exception that fits."""

from __future__ import annotations

import builtins
import enum
import errno
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ._audit import AuditReport
    from ._values import VerifyReport


class ErrorCode(enum.StrEnum):
    """What kind of failure it was. Each asks something else of the caller."""

    INVALID_ARGUMENT = "invalid_argument"
    INVALID_STATE = "invalid_state"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    PERMISSION_DENIED = "permission_denied"
    UNAUTHENTICATED = "unauthenticated"
    WRONG_KEY = "wrong_key"
    UNSUPPORTED = "unsupported"
    IO = "io"
    NETWORK = "network"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    CORRUPT = "corrupt"
    CONFLICT = "conflict"
    NO_SPACE = "no_space"
    LIMIT = "limit"
    SOURCE = "source"
    TARGET = "target"
    INTERNAL = "internal"


class Error(Exception):
    """Base of every exception of this package.

    The message is one line: what failed, on which object, why, and what to do. It holds no secret.

    Attributes:
        code: What kind of failure it was.
        message: The line.
        retryable: Whether trying again may help.
    """

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL

    def __init__(self, message: str = "", *, retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable

    def __str__(self) -> str:
        return self.message


class InvalidArgumentError(Error, ValueError):
    """A wrong option, URI or call; nothing was done."""

    code = ErrorCode.INVALID_ARGUMENT


class InvalidStateError(Error, ValueError):
    """The object can't do this now: it is closed, finished, not empty."""

    code = ErrorCode.INVALID_STATE


class NotFoundError(Error, FileNotFoundError):
    """No such repository, backup, object, database or program."""

    code = ErrorCode.NOT_FOUND


class AlreadyExistsError(Error, FileExistsError):
    """The name is taken; nothing was overwritten."""

    code = ErrorCode.ALREADY_EXISTS


class PermissionDeniedError(Error, PermissionError):
    """The other side refused the request."""

    code = ErrorCode.PERMISSION_DENIED


class UnauthenticatedError(Error, PermissionError):
    """Wrong or missing credentials for a server or storage."""

    code = ErrorCode.UNAUTHENTICATED


class WrongKeyError(Error, PermissionError):
    """The password or key does not open this repository; its data may be fine."""

    code = ErrorCode.WRONG_KEY


class UnsupportedError(Error, NotImplementedError):
    """This version, server or storage cannot do it."""

    code = ErrorCode.UNSUPPORTED


class StorageError(Error, OSError):
    """A local read or write failed."""

    code = ErrorCode.IO


class NetworkError(Error, ConnectionError):
    """The connection failed or broke."""

    code = ErrorCode.NETWORK


class TimeoutError(Error, builtins.TimeoutError):  # noqa: A001 - the name people look for
    """A deadline passed."""

    code = ErrorCode.TIMEOUT


class Cancelled(Error):
    """The host asked to stop."""

    code = ErrorCode.CANCELLED


class IntegrityError(Error):
    """Stored bytes are not what was written."""

    code = ErrorCode.CORRUPT


class VerificationError(IntegrityError):
    """A verification found a fault.

    Attributes:
        report: What was looked at, and every fault.
    """

    def __init__(self, message: str = "", *, report: VerifyReport | AuditReport | None = None) -> None:
        super().__init__(message)
        self.report = report


class ConflictError(Error):
    """Somebody else holds or changed it: a lock, a concurrent writer."""

    code = ErrorCode.CONFLICT


class NoSpaceError(Error, OSError):
    """A disk, quota or inode limit was reached."""

    code = ErrorCode.NO_SPACE


class LimitError(Error, ValueError):
    """A limit of the library or of the format was exceeded."""

    code = ErrorCode.LIMIT


class SourceError(Error):
    """The source failed during reading."""

    code = ErrorCode.SOURCE


class TargetError(Error):
    """The target failed during writing."""

    code = ErrorCode.TARGET


class InternalError(Error):
    """A bug in Holdfast."""

    code = ErrorCode.INTERNAL


_CLASSES: dict[ErrorCode, type[Error]] = {
    kind.code: kind
    for kind in (
        InvalidArgumentError, InvalidStateError, NotFoundError, AlreadyExistsError, PermissionDeniedError, UnauthenticatedError,
        WrongKeyError, UnsupportedError, StorageError, NetworkError, TimeoutError, Cancelled, IntegrityError, ConflictError,
        NoSpaceError, LimitError, SourceError, TargetError, InternalError,
    )
}
# An error's number in the library is its position in the enumeration, from 1.
_NUMBERS = {code: number for number, code in enumerate(ErrorCode, start=1)}
_BUILTINS: tuple[tuple[type[BaseException], ErrorCode], ...] = (
    (FileNotFoundError, ErrorCode.NOT_FOUND),
    (FileExistsError, ErrorCode.ALREADY_EXISTS),
    (PermissionError, ErrorCode.PERMISSION_DENIED),
    (builtins.TimeoutError, ErrorCode.TIMEOUT),
    (ConnectionError, ErrorCode.NETWORK),
    (NotImplementedError, ErrorCode.UNSUPPORTED),
    (KeyboardInterrupt, ErrorCode.CANCELLED),
    (SystemExit, ErrorCode.CANCELLED),
)


def make(code: str, message: str, retryable: bool) -> Error:
    """Return the exception for an error of the library."""
    return _CLASSES[ErrorCode(code)](message, retryable=retryable)


def number_of(exception: BaseException) -> int | None:
    """Return the library's number for an exception of a callback, or None if its kind is unknown."""
    if isinstance(exception, Error):
        return _NUMBERS[exception.code]
    if isinstance(exception, OSError) and exception.errno in (errno.ENOSPC, errno.EDQUOT):
        return _NUMBERS[ErrorCode.NO_SPACE]
    for kind, code in _BUILTINS:
        if isinstance(exception, kind):
            return _NUMBERS[code]
    return None


def line_of(exception: BaseException) -> str:
    """Return an exception of a callback as one line."""
    try:
        text = " ".join(str(exception).split())
    except Exception:  # an exception whose own text raises
        text = ""
    if isinstance(exception, Error) and text:
        return text
    return f"{type(exception).__name__}: {text}" if text else type(exception).__name__
