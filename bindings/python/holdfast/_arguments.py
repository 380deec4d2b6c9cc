"""Arguments and results of a repository's calls: checked, and made into what the core takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._errors import InvalidArgumentError, VerificationError
from ._transform import Transform, recorded_names
from ._values import RetentionPolicy, VerifyReport, texts


def patterns_of(given: Sequence[str]) -> list[str]:
    if isinstance(given, str) or not all(isinstance(each, str) for each in given):
        raise InvalidArgumentError(f"a sequence of texts is needed, not {given!r}")
    return list(given)


def designation_of(source: int | str | None) -> str:
    return "" if source is None else str(source)


def backup_options_of(
    tags: Mapping[str, str] | None, compression: str, decode_check: bool, include: Sequence[str], exclude: Sequence[str],
    options: Mapping[str, str] | None, transforms: Sequence[str | Transform] = (),
) -> dict[str, Any]:
    if not isinstance(compression, str):
        raise InvalidArgumentError(f'compression is a text such as "zstd:3", not {type(compression).__name__}')
    return {
        "tags": texts(tags, "tags"),
        "compression": compression,
        "decode_check": decode_check,
        "include": patterns_of(include),
        "exclude": patterns_of(exclude),
        "driver_options": texts(options, "options"),
        "transforms": recorded_names(transforms),
    }


def policy_of(policy: RetentionPolicy | None, rules: dict[str, Any]) -> RetentionPolicy:
    if policy is None:
        return RetentionPolicy(**rules)
    if RetentionPolicy(**rules) != RetentionPolicy():
        raise InvalidArgumentError("give a policy or its rules, not both")
    return policy


def checked(report: VerifyReport, check: bool) -> VerifyReport:
    if check and not report.ok:
        faults = report.all_faults
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise VerificationError(f"{report.id or 'the repository'} is damaged: {faults[0]}{more}", report=report)
    return report
