"""Small secrets of a host at rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from . import _core
from ._values import seconds


def _bytes(secret: str | bytes) -> bytes:
    return secret.encode() if isinstance(secret, str) else bytes(secret)


class Envelope:
    """Seals credentials that a host stores, with AES-256-GCM. Safe from many threads.

    To change keys: put the new one first, rotate() every stored text, then leave the old key out.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Take keys of 32 bytes by their ids (1-64 of A-Z a-z 0-9 _ -). The first key seals; every key opens."""
        self._core = _core.Envelope([(name, bytes(key)) for name, key in keys.items()])

    def seal(self, secret: str | bytes, purpose: str = "") -> str:
        """Return printable text, which opens only for the same purpose."""
        return self._core.seal(_bytes(secret), purpose)

    def open(self, sealed: str, purpose: str = "") -> bytes:
        """Return the secret.

        Raises:
            WrongKeyError: The key that the text names is not here.
            IntegrityError: The text is changed, cut, or for another purpose.
        """
        return self._core.open(sealed, purpose)

    def is_current(self, sealed: str) -> bool:
        """Whether the first key sealed this text."""
        return self._core.is_current(sealed)

    def rotate(self, sealed: str, purpose: str = "") -> str:
        """Open the text and seal it under the first key."""
        return self._core.rotate(sealed, purpose)


class Fernet:
    """Reads and writes Fernet tokens, for hosts that store such tokens already. Safe from many threads."""

    def __init__(self, *keys: str | bytes) -> None:
        """Take keys as `cryptography.fernet.Fernet.generate_key()` makes them. The first key seals; every key opens."""
        self._core = _core.Fernet([_bytes(key) for key in keys])

    def seal(self, secret: str | bytes, *, now: datetime | None = None) -> str:
        """Return a token. Everybody who sees it can read its time."""
        return self._core.seal(_bytes(secret), now or datetime.now(UTC))

    def open(self, token: str | bytes, *, ttl: timedelta | None = None, now: datetime | None = None) -> bytes:
        """Return the secret of a token that is at most `ttl` old; None = of any age.

        Raises:
            IntegrityError: No key opens the token, it is too old, or it is more than 60 s of the future.
        """
        text = token.decode("latin-1") if isinstance(token, bytes) else token
        return self._core.open(text, None if ttl is None else seconds(ttl), now or datetime.now(UTC))
