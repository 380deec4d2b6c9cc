"""Random keys as text that survives paper."""

from . import _core


def new_recovery_key() -> str:
    """Make a random key as text for printing, which detects a wrong digit."""
    return _core.new_recovery_key()


def recovery_key(text: str) -> bytes:
    """Return the raw key, for `key=` of open(), create() and add_key(), from the text of a recovery key; ignores blanks, dashes, case."""
    return _core.recovery_key(text)
