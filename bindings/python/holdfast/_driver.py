"""Drivers written in Python: the sources, the targets and the proof of one kind of data."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import _core
from ._errors import InvalidArgumentError, UnsupportedError
from ._source import Source
from ._storage import buffered
from ._target import BackupView, Target
from ._values import DriverOption, Manifest, Proof, ProofLevel


@dataclass(frozen=True, kw_only=True, slots=True)
class ProofRequest:
    """Request for a proof: verification at level restore."""

    target: str = ""  #: restore into this; empty: into something throw-away
    restored: str = ""  #: not empty: compare with this, restored earlier, and only read it
    queries: tuple[str, ...] = ()  #: statements to run on what was restored
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)  #: as verify() got them, or as they are declared


class CustomDriver(abc.ABC):
    """Sources, targets and proofs of one kind of data. Derive from it and pass an instance to create() and open(): then URIs of its scheme
    work in backup() and restore(), and sources that name it as their driver can be proven.

    Attributes:
        name: The value of SourceInfo.driver in its sources.
        scheme: The scheme of its URIs, "app" for "app:notes"; empty = the name.
        option_specs: The options that it declares. The library checks the options of each call against them. The methods then get values of
            Python types, defaults included: str, int, bool, timedelta, tuple of str. Without them, the methods get the given texts.
    """

    name: str = ""
    scheme: str = ""
    option_specs: tuple[DriverOption, ...] = ()

    def open_source(self, uri: str, options: Mapping[str, Any]) -> Source:
        """Return the source at a URI. Refuse options that are unknown, unless they are declared."""
        raise UnsupportedError(f"driver {self.name} has no sources by URI")

    def open_target(self, uri: str, options: Mapping[str, Any]) -> Target:
        """Return the target at a URI. Refuse options that are unknown, unless they are declared."""
        raise UnsupportedError(f"driver {self.name} has no targets by URI")

    @abc.abstractmethod
    def prove(self, backup: BackupView, request: ProofRequest) -> Proof:
        """Restore into a scratch target, compare, and always remove the restored data again.

        Called on a thread of the library, while verify() waits. Differences are faults of the returned Proof. An exception means that
        the proof could not be attempted, and leaves verify() unchanged.
        """


def scheme_of(driver: CustomDriver) -> str:
    return driver.scheme or driver.name


def checked(drivers: Iterable[CustomDriver]) -> tuple[CustomDriver, ...]:
    """Return the drivers after a check: each is a CustomDriver with a name, and none shares a name or scheme with
    another one or with one of the library."""
    found = tuple(drivers)
    names, schemes = set(), set()
    for name, known, *_ in _core.drivers():
        names.add(name)
        schemes.update(known)
    for driver in found:
        if not isinstance(driver, CustomDriver):
            raise InvalidArgumentError(f"a driver is an instance of holdfast.CustomDriver, not {type(driver).__name__}")
        if not driver.name:
            raise InvalidArgumentError(f"{type(driver).__name__} has no name")
        if driver.name in names or scheme_of(driver) in schemes:
            raise InvalidArgumentError(f"there is a driver already with the name {driver.name} or the scheme {scheme_of(driver)}")
        names.add(driver.name)
        schemes.add(scheme_of(driver))
    return found


def for_uri(drivers: Iterable[CustomDriver], uri: str) -> CustomDriver | None:
    """Return the driver of the URI's scheme."""
    return next((driver for driver in drivers if uri.startswith(f"{scheme_of(driver)}:")), None)


def options_for(driver: CustomDriver, call: str, given: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the options of one call in the form that the driver's methods receive."""
    return _core.parsed_options(driver, call, dict(given)) if driver.option_specs else given


def prove(
    driver: CustomDriver, reader: _core.ViewReader, manifest: Manifest, source: int, target: str, restored: str, queries: list[str],
    options: dict[str, str],
) -> Proof:
    """Called by _core."""
    view = BackupView(lambda entry: buffered(reader.open(entry)), manifest, source)
    proof = driver.prove(view, ProofRequest(target=target, restored=restored, queries=tuple(queries), options=options_for(driver, "verify", options)))
    if not isinstance(proof, Proof):
        raise TypeError(f"prove() of {type(driver).__name__} returned {type(proof).__name__}, not holdfast.Proof")
    if not proof.faults and proof.level < ProofLevel.RESTORED:
        raise InvalidArgumentError(f"prove() of {type(driver).__name__} returned a Proof with neither a level nor faults")
    if len(proof.queries) < len(queries):
        raise UnsupportedError(f"driver {driver.name} did not run all the queries")
    return proof
