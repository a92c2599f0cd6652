"""The file in which a credential travels: the SD-JWT and the salt under which the log knows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from tallystick.identity.credentials.errors import CredentialMalformed
from tallystick.identity.credentials.jws import read_object
from tallystick.identity.credentials.sdjwt import Credential
from tallystick.ledger import body_hash, canonical

_salt = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Packed:
    """A credential, whole or as it is presented, with its salt: {sd_jwt, salt}, RFC 8785."""

    media_type: ClassVar[str] = "application/vnd.tallystick.credential+json"

    credential: Credential
    salt: bytes

    def digest(self) -> str:
        """The credential's name in the log: hex SHA-256(salt ‖ the issuer's JWT)."""
        return body_hash(self.salt, self.credential.jwt.compact.encode())

    def encode(self) -> bytes:
        return canonical.encode({"salt": self.salt.hex(), "sd_jwt": self.credential.text()})

    @staticmethod
    def parse(data: bytes) -> Packed:
        """Raises `CredentialMalformed`."""
        match read_object(data):
            case {"salt": str(salt), "sd_jwt": str(text), **rest} if not rest and _salt.fullmatch(
                salt
            ):
                return Packed(Credential.parse(text), bytes.fromhex(salt))
            case _:
                raise CredentialMalformed("it has the members salt and sd_jwt")
