"""A signer of audit records that a host lends."""

from __future__ import annotations

import abc


class AuditSigner(abc.ABC):
    """Signs audit records with a key that only the host has, for example in a hardware module: `Settings.audit_signer`.

    Its members are called on any thread, several at once, and must not use the repository. What they raise is the error of the operation
    that needs the record: under the policy "required" the operation fails, else it warns. A signature that the public key does not verify
    is refused, and no record is put.
    """

    @property
    @abc.abstractmethod
    def public_key(self) -> bytes:
        """The Ed25519 public key: 32 bytes, always the same."""

    @abc.abstractmethod
    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature (RFC 8032) of the message: 64 bytes."""
