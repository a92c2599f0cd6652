"""What a mirror states beside its cosignature (formats §3): how much it re-executed, and what it compared.

A DSSE object of type `application/vnd.tallystick.mirror+json` by the mirror's statement key, which also signs
its sightings: a vkey of type 1 under the mirror's name, never the key that cosigns. Scope `full`:
every rule of every entry, `state` as the block that ends the checkpoint names it. Scope `own`: the log only
ever grew; of `entries` in the log it checked signatures, ids, streams and body hashes of `executed`; it
could compare no state, and states none.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tallystick.ledger import canonical
from tallystick.ledger.entry import pae
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.mirror.errors import StatementRefused
from tallystick.ledger.note import Verifier

payload_type = "application/vnd.tallystick.mirror+json"
Scope = Literal["full", "own"]
_members = {
    "v": int, "mirror": str, "origin": str, "size": int, "root": str, "scope": str,
    "reader": str, "entries": int, "executed": int, "state": str, "time": str,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """`reader`: the organisation of an own mirror, empty for a full one; `state`: hex, empty for an own one."""

    mirror: str
    origin: str
    size: int
    root: str
    scope: Scope
    reader: str
    executed: int
    state: str
    time: str

    def sign(self, key: PrivateKey) -> dict[str, Any]:
        """A DSSE object."""
        payload = canonical.encode(
            {
                "v": 1, "mirror": self.mirror, "origin": self.origin, "size": self.size,
                "root": self.root, "scope": self.scope, "reader": self.reader,
                "entries": self.size, "executed": self.executed, "state": self.state,
                "time": self.time,
            }
        )  # fmt: skip
        signature = key.sign(pae(payload, payload_type))
        return {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [
                {
                    "keyid": Verifier(self.mirror, key.public).encode(),
                    "sig": base64.b64encode(signature).decode(),
                }
            ],
        }

    def sentence(self) -> str:
        """What it says, for people."""
        if self.scope == "full":
            return (
                f"{self.mirror} re-executed all {self.executed:,} entries of {self.origin} and came to "
                f"the same tree and the same state."
            )
        return (
            f"{self.mirror} saw {self.origin} only ever grow up to {self.size:,} entries; of these it "
            f"could read {self.executed:,} for {self.reader}, and checked their signatures, ids, streams "
            f"and body hashes. It cannot say whether the others keep the rules."
        )


def open_statement(document: Mapping[str, Any], mirror: Verifier) -> Statement:
    """The statement, if `mirror` signed it; raises `StatementRefused`."""
    try:
        payload = base64.b64decode(document["payload"], validate=True)
        (row,) = document["signatures"]
        signature = base64.b64decode(row["sig"], validate=True)
        kind = document["payloadType"]
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise StatementRefused("payload, payloadType or its one signature is missing") from None
    if kind != payload_type or not mirror.key.verifies(signature, pae(payload, payload_type)):
        raise StatementRefused(f"it is not signed by {mirror.encode()}")
    found = _read(payload)
    if found.mirror != mirror.name:
        raise StatementRefused(f"it speaks for {found.mirror}, the key is {mirror.name}'s")
    return found


def _read(payload: bytes) -> Statement:
    try:
        told: dict[str, Any] = canonical.decode_object(payload)
    except canonical.NotCanonical as error:
        raise StatementRefused(error.detail) from None
    if told.keys() != _members.keys() or any(type(told[n]) is not t for n, t in _members.items()):
        raise StatementRefused("its members are not those of a mirror's statement")
    version, entries = told.pop("v"), told.pop("entries")
    found = Statement(**told)
    whole = found.executed == found.size and bool(found.state) and not found.reader
    part = found.executed <= found.size and not found.state and bool(found.reader)
    if version != 1 or entries != found.size or not {"full": whole, "own": part}.get(found.scope):
        raise StatementRefused("scope, size and entries re-executed do not agree")
    return found
