"""Parsers of what programs send to prove themselves: tokens, forms, keys, signatures of requests."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import orjson
from starlette.requests import Request
from tests.fuzzing import samples
from tests.fuzzing.engine import Parser, text
from tests.fuzzing.ledger_parsers import document

from tallystick.app.machines import grants, signatures
from tallystick.app.machines.authors import Authors
from tallystick.app.machines.client_keys import read_jwk, read_pem
from tallystick.app.machines.clients import Client, Clients, Credential
from tallystick.app.machines.token_keys import TokenKeys
from tallystick.app.machines.tokens import Tokens
from tallystick.ledger import LogReader, RuleSet, SetClock, Store

time = "2026-03-05T08:00:00.000Z"
_public = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
_pem = (
    b"-----BEGIN PUBLIC KEY-----\n"
    b"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    b"-----END PUBLIC KEY-----\n"
)
_input = (
    b'node=("@method" "@target-uri");created=1772697600;expires=1772697660;keyid="300:99.1/O-1";'
    b'nonce="0123456789abcdef";tag="tallystick"'
)


@cache
def _tokens() -> Tokens:
    clock = SetClock(time)
    keys = TokenKeys(samples.folder(), clock, 600_000)
    store = Store("sqlite://")
    clients, authors = Clients(store, clock), Authors(LogReader(store, RuleSet()))
    return Tokens("https://node.example", keys, clients, authors, clock, 600)


def _token() -> list[bytes]:
    client = Client(
        id="C-0000000000000", name="erp", organisation="99/O-1", author="99/O-1", scopes=(),
        by="secret", credentials=(Credential(secret_sha256="00" * 32),),
    )  # fmt: skip
    return [_tokens().issue(client, scopes).encode() for scopes in ((), ("finance:read",))]


def _headers(data: bytes) -> object:
    """Signature-Input and Signature, as they come."""
    told, _, sent = data.partition(b"\n")
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    scope["headers"] = [(b"signature-input", told), (b"signature", sent)]
    request = Request(scope)
    found = signatures.told_by(request)
    signatures.require_covered(found, request, has_body=False)
    return sorted(found.components), sorted(found.parameters)


parsers: dict[str, Parser] = {
    "app.machines.client_keys.read_jwk": Parser(
        document(lambda told: bool(read_jwk(told))), lambda: [orjson.dumps(_public)]
    ),
    "app.machines.client_keys.read_pem": Parser(read_pem, lambda: [_pem]),
    "app.machines.grants.read_basic": Parser(
        text(grants.read_basic), lambda: [b"Basic " + base64.b64encode(b"C-0:tcs_x")]
    ),
    "app.machines.grants.read_form": Parser(
        grants.read_form, lambda: [b"grant_type=client_credentials&scope=finance%3Aread+a"]
    ),
    "app.machines.tokens.Tokens.read": Parser(
        text(lambda token: _tokens().read(token)), _token, "meaning"
    ),
    "app.machines.signatures, headers": Parser(
        _headers, lambda: [_input + b"\nnode=:" + base64.b64encode(bytes(64)) + b":"]
    ),
}
