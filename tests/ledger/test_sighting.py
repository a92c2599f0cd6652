"""A mirror's signed statement that it saw an entry: made, opened, and refused with a name."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.ledger.world import core, key

from tallystick.ledger import Entry, PrivateKey, TallystickError, Verifier, new_id, sign_entry
from tallystick.ledger.entry import pae, payload_hash
from tallystick.ledger.merkle import leaf_hash
from tallystick.ledger.sighting import (
    Sighting,
    SightingRefused,
    SightingTooLarge,
    SightingWrongKey,
    open_sighting,
    payload_type,
    peek_sighting,
    seen,
    sighting_bytes_max,
    sign_sighting,
)

own = PrivateKey.from_seed(b"\x07" * 32)
mirror = Verifier("mirror.example/north", own.public)
time = "2026-01-05T01:00:00.000Z"
envelope = sign_entry(
    Entry("log.example/a", "test.note/1", core, new_id(0, bytes(10)), time, "ab" * 32),
    [key(f"300:{core}")],
)


def statement() -> Sighting:
    return seen(envelope, mirror.name, "2026-01-05T01:00:00.250Z", 12)


def test_it_says_what_was_seen_and_when() -> None:
    signed = sign_sighting(statement(), own)
    found = open_sighting(json.loads(json.dumps(signed)), mirror)
    assert found == peek_sighting(signed) == statement()
    assert (found.author, found.origin, found.size) == (core, "log.example/a", 12)
    assert found.leaf_hash == leaf_hash(envelope).hex()
    assert found.payload_hash == payload_hash(envelope).hex()


def test_another_key_or_another_name_is_not_the_mirrors() -> None:
    signed = sign_sighting(statement(), own)
    for other in (
        Verifier(mirror.name, PrivateKey.from_seed(b"\x08" * 32).public),
        Verifier("mirror.example/south", own.public),
    ):
        with pytest.raises(SightingWrongKey):
            open_sighting(signed, other)


def _with(**changed: Any) -> dict[str, Any]:
    """Signed by the mirror's own key, so that only the form can tell."""
    told = statement().model_dump() | changed
    payload = json.dumps(
        {name: value for name, value in told.items() if value != "gone"},
        sort_keys=True,
        separators=(",", ":"),
    ).encode()
    sig = own.sign(pae(payload, payload_type))
    return _dsse(payload, sig)


def _dsse(payload: bytes, sig: bytes, kind: str = payload_type) -> dict[str, Any]:
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": "x", "sig": base64.b64encode(sig).decode()}],
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": ""}, {"origin": "x" * 201}, {"author": "nobody"}, {"id": "1"}, {"id": "gone"},
        {"payload_hash": "AB" * 32}, {"leaf_hash": "ab"}, {"time": "2026-01-05"}, {"size": -1},
        {"time": "2026-13-39T01:00:00.000Z"}, {"size": True}, {"size": "1"}, {"mirror": "a b"},
        {"mirror": ""}, {"more": 1}, {"mirror": "a+b"}, {"size": 2**53},
    ],
)  # fmt: skip
def test_statements_of_another_form_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SightingRefused) as refused:
        open_sighting(_with(**changed), mirror)
    assert refused.type is SightingRefused


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": 5}, {"payload": "%%"}, {"payloadType": "text/plain"}, {"signatures": []},
        {"signatures": {}}, {"signatures": [5]}, {"signatures": [{"keyid": "x"}]}, {"more": 1},
        {"signatures": [{"keyid": "x", "sig": "%"}]}, {"signatures": [{"keyid": 1, "sig": ""}]},
        {"payload": base64.b64encode(b"[]").decode()},
        {"payload": base64.b64encode(b"\xff").decode()},
        {"payload": base64.b64encode(b'{"a": 1}').decode()},
    ],
)  # fmt: skip
def test_objects_of_another_form_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SightingRefused):
        open_sighting(sign_sighting(statement(), own) | changed, mirror)


def test_a_sighting_has_a_limit() -> None:
    signed = sign_sighting(statement(), own) | {"payload": "A" * (sighting_bytes_max + 4)}
    with pytest.raises(SightingTooLarge):
        open_sighting(signed, mirror)


def test_an_entry_that_is_none_was_not_seen() -> None:
    with pytest.raises(TallystickError):
        seen(b"{}", mirror.name, time, 1)
    with pytest.raises(SightingRefused):
        seen(envelope, "no name", time, 1)
