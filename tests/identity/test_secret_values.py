"""No secret enters the log by a value, whoever signs it."""

from __future__ import annotations

import pytest
from tests.ledger.world import World, core

from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.identity.records import stored
from tallystick.ledger import RuleError, canonical

jwk = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"type": "HS_SECKEY", "data": ""}, None),
        ({"type": "HS_SECKEY", "data": "x"}, "secret-refused"),
        ({"type": "hs_seckey", "data": "61", "format": "hex"}, "secret-refused"),
        ({"type": "HS_PUBKEY", "data": jwk, "format": "key"}, None),
        *(
            ({"type": "HS_PUBKEY", "data": {**jwk, member: "AA"}, "format": form}, "secret-refused")
            for member in ("d", "p", "q", "dp", "dq", "qi", "oth")
            for form in ("key", "json")
        ),
        ({"type": "X", "data": {"kty": "oct", "k": "AA"}, "format": "key"}, "secret-refused"),
        ({"type": "X", "data": {"kty": "OKP", "d": "AA"}, "format": "key"}, "secret-refused"),
        ({"type": "X", "data": {"kty": "odd", "d": "AA"}, "format": "key"}, "secret-refused"),
        ({"type": "X", "data": {"kty": "DSA", "x": "AA"}, "format": "key"}, "secret-refused"),
        ({"type": "X", "data": {"kty": "DSA", "p": "AA"}, "format": "key"}, None),
        ({"type": "X", "data": {"kty": "EC", "x": "AA"}, "format": "key"}, None),
        ({"type": "X", "data": {"d": 1}, "format": "json"}, None),
        ({"type": "X", "data": [1], "format": "json"}, None),
    ],
)
def test_values_with_secrets(told: dict[str, object], code: str | None) -> None:
    found = None
    try:
        stored((value(told),), "2026-01-05T01:00:00.000Z")
    except RuleError as error:
        found = error.code
    assert found == code


def value(told: dict[str, object]) -> HandleValue:
    data = told["data"]
    text = data if isinstance(data, str) else canonical.encode(data).decode()
    return HandleValue.model_validate({**told, "index": 1, "data": text})


def test_an_entry_with_a_secret_is_not_in_the_log(world: World) -> None:
    secret = value({"type": "HS_SECKEY", "data": "x"})
    record = HandleRecord(handle="99.100.1/SN-1", values=(secret,))
    body = CreateHandles(handles=(record,))
    (answer,) = world.ledger.append([world.write(core, "identity.handle.create/1", body)])
    assert (answer.index, answer.problem and answer.problem.code) == (-1, "secret-refused")
