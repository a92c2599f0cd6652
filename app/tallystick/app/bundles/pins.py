"""What the user of a verifier pins, as it is given: a verifier key, a genesis, a policy."""

from __future__ import annotations

import re

import orjson

from tallystick.ledger import TallystickError, Verifier, canonical, leaf_hash, witness
from tallystick.ledger.bundle import Pins

_hash = re.compile(r"[0-9a-f]{64}")


class GenesisPinRefused(TallystickError):
    code = "bundle-genesis-pin-refused"
    status = 400
    title = "What is pinned as genesis is neither its leaf hash nor the entry itself"
    advice = "Give 64 digits of hex, or a file with the answer of `/v1/entries/0` as it was fetched once."


def read_pins(log_key: str = "", genesis: bytes = b"", policy: str = "") -> Pins:
    """Each is left out if empty. Raises `NoteRefused`, `GenesisPinRefused` or `PolicyRefused`."""
    keys = (Verifier.parse(log_key),) if log_key else ()
    agreed = witness.Policy.parse(policy) if policy else None
    return Pins(keys, _genesis(genesis) if genesis else None, agreed)


def _genesis(given: bytes) -> bytes:
    """The leaf hash, from itself or from the entry."""
    text = given.decode(errors="replace").strip()
    if _hash.fullmatch(text):
        return bytes.fromhex(text)
    try:
        return leaf_hash(canonical.encode(orjson.loads(given)["envelope"]))
    except (ValueError, KeyError, TypeError, TallystickError):
        raise GenesisPinRefused from None
