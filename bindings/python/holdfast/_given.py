"""What callers give to several calls: checked, and as the core takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import InvalidArgumentError
from ._transform import Transform, recorded_names
from ._values import texts


def patterns(given: Sequence[str]) -> list[str]:
    """Return patterns; refuses one text, which is a sequence, too."""
    if isinstance(given, str) or not all(isinstance(each, str) for each in given):
        raise InvalidArgumentError(f"a sequence of texts is needed, not {given!r}")
    return list(given)


def backup_options(
    tags: Mapping[str, str] | None, compression: str, decode_check: bool, include: Sequence[str], exclude: Sequence[str],
    options: Mapping[str, str] | None, transforms: Sequence[str | Transform] = (),
) -> dict[str, Any]:
    """Return the options of a backup."""
    if not isinstance(compression, str):
        raise InvalidArgumentError(f'compression is a text such as "zstd:3", not {type(compression).__name__}')
    return {
        "tags": texts(tags, "tags"),
        "compression": compression,
        "decode_check": decode_check,
        "include": patterns(include),
        "exclude": patterns(exclude),
        "driver_options": texts(options, "options"),
        "transforms": recorded_names(transforms),
    }
