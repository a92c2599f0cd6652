"""A presentation in one file: the SD-JWT with its key binding, its salt, and the proof from the log.

RFC 8785 JSON: {"presentation": 1, "salt", "sd_jwt", "proof"}, `proof` a bundle (`.tally`) in base64.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from tallystick.identity.credentials import Packed, errors
from tallystick.ledger import TallystickError, canonical
from tallystick.ledger.bundle import bundle_bytes_max

media_type = "application/vnd.tallystick.presentation+json"
version = 1
file_bytes_max = bundle_bytes_max // 3 * 4 + 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PresentationFile:
    packed: Packed
    proof: bytes

    def encode(self) -> bytes:
        inner = canonical.decode_object(self.packed.encode())
        proof = base64.b64encode(self.proof).decode()
        return canonical.encode({**inner, "presentation": version, "proof": proof})

    @staticmethod
    def parse(data: bytes) -> PresentationFile:
        """Raises `CredentialMalformed`."""
        if len(data) > file_bytes_max:
            raise errors.CredentialMalformed(f"more than {file_bytes_max} bytes")
        try:
            told = canonical.decode_object(data)
        except TallystickError as error:
            raise errors.CredentialMalformed(error.detail) from None
        proof = told.get("proof")
        if told.get("presentation") != version or not isinstance(proof, str):
            raise errors.CredentialMalformed("it is no presentation of version 1")
        inner = {name: told[name] for name in told if name not in ("presentation", "proof")}
        try:
            bundle = base64.b64decode(proof, validate=True)
        except (binascii.Error, ValueError):
            raise errors.CredentialMalformed("its proof is not in base64") from None
        return PresentationFile(Packed.parse(canonical.encode(inner)), bundle)
