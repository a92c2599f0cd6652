"""Parsers of the Handle API: headers, values, keys."""

from __future__ import annotations

import base64

import orjson
from tests.fuzzing.engine import Parser, text
from tests.fuzzing.ledger_parsers import document

from tallystick.app.handles.header import read_basic, read_handle
from tallystick.identity import challenge
from tallystick.identity.rest.admins import read_permissions
from tallystick.identity.rest.forms import read_values

_member = base64.b64encode(b"nonce").decode()


def _values() -> list[bytes]:
    admin = {"handle": "99.7/U", "index": "301", "permissions": "011111110011"}
    told = [
        {"index": 1, "type": "URL", "data": "https://example.com/", "ttl": 60, "permissions": "1100",
         "readers": ["99/O-1"], "references": [{"handle": "99.7/U", "index": 1}]},
        {"index": "100", "type": "HS_ADMIN", "data": {"format": "admin", "value": admin}},
        {"index": 2, "type": "X", "data": {"format": "base64", "value": "YQ=="}},
    ]  # fmt: skip
    return [orjson.dumps(told), orjson.dumps({"values": told[:1]}), orjson.dumps(told[1])]


def _handle_header() -> list[bytes]:
    told = (
        f'version="0", sessionId="abc", id="301:99.7/U", type="HS_SECKEY", cnonce="{_member}", '
        f'alg="HMAC-SHA256", signature="{_member}"'
    )
    return [told.encode(), b'clientCert="true"']


def _keys() -> list[bytes]:
    public = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    return [orjson.dumps(public)]


parsers: dict[str, Parser] = {
    "app.handles.header.read_basic": Parser(
        text(read_basic), lambda: [base64.b64encode(b"301%3A99.7/USER:secret")]
    ),
    "app.handles.header.read_handle": Parser(text(read_handle), _handle_header),
    "identity.rest.admins.read_permissions": Parser(
        text(read_permissions), lambda: [b"011111110011"]
    ),
    "identity.rest.challenge.read_key": Parser(
        document(lambda d: bool(challenge.read_key(d))), _keys
    ),
    "identity.rest.forms.read_values": Parser(lambda d: len(read_values(d)), _values),
}
