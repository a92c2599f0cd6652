"""Clones: two entries of one device that one memory would not have signed (formats §2, "a fork").

The ledger appends neither of two entries with one place in a stream twice; which of them came first says nothing
about who is the clone. So the two envelopes together stop every key that signed them: anybody may submit them, and
the rule verifies both. The way back is a fresh key, or a fresh device: the old key is never valid again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.devices.bodies import SuspendDevice
from tallystick.identity.devices.keys import valid_keys
from tallystick.identity.devices.rules import require_device
from tallystick.identity.keyring import Directory
from tallystick.ledger import (
    Act,
    Change,
    Effects,
    Entry,
    Envelope,
    RuleError,
    State,
    TallystickError,
    check_signature,
    pae,
    payload_hash,
)

suspend_type = "identity.device.suspend/1"


class NoClone(RuleError):
    code = "no-clone-shown"
    title = "These two envelopes do not show that a device was cloned"
    advice = (
        "Send two different entries of one device with the same seq, or the second with the next seq and another "
        "prev, both signed by keys of the device that are valid now."
    )


@dataclass(frozen=True, slots=True)
class Signed:
    """An entry of a device, and the indexes of its valid keys that signed it."""

    entry: Entry
    payload: bytes
    hash: str
    keys: frozenset[str]


def suspend(state: State, act: Act[SuspendDevice]) -> Effects:
    """Any registered party may say it: the proof speaks for itself."""
    body = act.body
    directory.speaker(state, act.author)
    row = require_device(state, body.device)
    first = read(state, body.device, _decoded(body.first))
    second = read(state, body.device, _decoded(body.second))
    require_contradiction(first, second)
    told: dict[str, Any] = {"index": act.index, "seq": first.entry.seq}
    rows = cast(Mapping[str, Mapping[str, Any]], state.group("key", body.device))
    ended = [
        Change("key", body.device, {**rows[one], "until": act.index + 1, "reason": "cloned"}, one)
        for one in sorted(first.keys | second.keys)
    ]
    return [Change("device", body.device, {**row, "suspended": told}), *ended]


def read(state: State, device: str, envelope: bytes) -> Signed:
    """An envelope by a valid key of the device, for this log; raises `NoClone`."""
    try:
        opened = Envelope.parse(envelope)
        entry = Entry.parse(opened.payload)
    except TallystickError as error:
        raise NoClone(error.diagnosis()) from None
    genesis = cast(Mapping[str, Any], state.get("log", "genesis"))
    if entry.author != device or entry.origin != genesis["origin"] or entry.seq is None:
        raise NoClone(f"it is no entry of the stream of {device} in this log")
    signed = _signers(state, device, opened)
    if not signed:
        raise NoClone(f"no valid key of {device} signed it")
    return Signed(entry, opened.payload, payload_hash(envelope).hex(), signed)


def contradicts(first: Signed, second: Signed) -> bool:
    """Whether one device with one memory would not have signed both."""
    one, other = cast(int, first.entry.seq), cast(int, second.entry.seq)
    if one == other:
        return first.payload != second.payload
    return other == one + 1 and second.entry.prev != first.hash


def require_contradiction(first: Signed, second: Signed) -> None:
    """Raises `NoClone`."""
    if not contradicts(first, second):
        raise NoClone("they are the same entry, or one follows the other")


def _signers(state: State, device: str, envelope: Envelope) -> frozenset[str]:
    """Indexes of the device's valid keys whose signature under the envelope verifies."""
    keyring, valid = Directory(), valid_keys(state, device)
    message, found = pae(envelope.payload), set[str]()
    for signature in envelope.signatures:
        index, _, owner = signature.keyid.partition(":")
        record = keyring.key(state, signature.keyid) if owner == device else None
        if record is None or index not in valid:
            continue
        try:
            check_signature(signature, record.public, message)
        except TallystickError:
            continue
        found.add(index)
    return frozenset(found)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise NoClone("an envelope is given in base64") from None
