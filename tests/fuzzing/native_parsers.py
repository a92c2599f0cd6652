"""Parsers of the native protocol and of the resolver: packets, answers in JSON, routes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
from tests.fuzzing import samples
from tests.fuzzing.engine import Parser, Refused, text
from tests.identity.native import test_vectors as vectors

from tallystick.identity import native
from tallystick.identity.asof.wish import AsOf
from tallystick.identity.native import bodies, forms, message, sites, translate
from tallystick.identity.native.fragments import Gathering, split
from tallystick.identity.native.site_json import site_of
from tallystick.identity.native.values import NativeValue
from tallystick.identity.recursion import Routes, read_found, upstream
from tallystick.ledger import canonical

octets = vectors.octets


def _again(read: Callable[[bytes], Any]) -> Callable[[bytes], object]:
    """What is read, written and read again is the same."""

    def check(data: bytes) -> object:
        found = read(data)
        if read(found.encode()) != found:
            raise ValueError(f"another meaning when written again: {found}")
        return 1

    return check


def _form(read: Callable[[bytes], Any], write: Callable[[Any], bytes]) -> Callable[[bytes], object]:
    def check(data: bytes) -> object:
        found = read(data)
        if read(write(found)) != found:
            raise ValueError(f"another meaning when written again: {found}")
        return 1

    return check


def _gathered(data: bytes) -> object:
    return Gathering().add(data) is not None


def _answered(data: bytes) -> object:
    told = _node().answer(data, "192.0.2.1")
    if told is None:
        raise Refused
    return message.read_message(told.message).code


@cache
def _node() -> native.NodeAnswers:
    service = native.Service(native.Site(1, ()), "https://node.example")
    return native.NodeAnswers(native.Present(samples.world().reader), service)


def _told(data: bytes) -> object:
    """Data of any type, as a reader shows it."""
    kinds = ("HS_ADMIN", "HS_VLIST", "HS_PUBKEY", "HS_SITE", "TALLYSTICK.X", "URL")
    return [translate.from_wire(NativeValue(1, kind, data), 0).format for kind in kinds]


def _site_told(data: bytes) -> object:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused from None
    return site_of(told).encode()


def _routes(told: str) -> object:
    with httpx.Client() as http:
        return len(Routes.parse(told.split(","), lambda address: upstream(address, http, 1)).known)


def _resolved() -> list[bytes]:
    return [octets("00000006 '99.1/x' 00000001") + vectors.value]


def _key() -> list[bytes]:
    rsa = octets("0000000b 'RSA_PUB_KEY' 0000 00000003 010001 00000002 00ff 00000000")
    return [rsa, forms.key_bytes({"kty": "OKP", "crv": "Ed25519", "x": "AA"})]


def _sites() -> list[bytes]:
    server = native.Server(1, "192.0.2.1", b"", (native.Interface(2, "TCP", 2641),))
    return [native.Site(5, (server,), (("desc", "x"),)).encode()]


def _json() -> list[bytes]:
    value = {"index": 1, "type": "URL", "data": {"format": "string", "value": "a://b"}, "ttl": 5}
    short = {"index": 2, "type": "X", "data": "d", "ttl": "2026-01-05T01:00:00Z"}
    told = {"responseCode": 1, "handle": "99.1/x", "values": [value, short]}
    return [json.dumps(told).encode(), b'{"responseCode":100,"handle":"99.1/x"}']


def _moment(data: bytes) -> object:
    """What a resolver read, it passes on by either protocol."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused from None
    found = AsOf.read(told)
    said = AsOf.read_missing(found.missing())
    if (said.index, said.since) != (found.index, found.since):
        raise ValueError(f"another meaning when said again: {found}")
    return canonical.encode(found.members())


_question = vectors.question
_challenge = octets("00000010 " + "cd" * 16)
_proof = octets("00000007 'SHA-256' 00000001 00")
_reply = bodies.ChallengeReply("HS_PUBKEY", "0.NA/9", 300, _proof).encode()
parsers: dict[str, Parser] = {
    "identity.asof.wish.AsOf.read": Parser(
        _moment, lambda: [b'{"index":240,"since":198,"proof":"https://a.example"}', b'{"index":3}']
    ),
    "identity.asof.wish.AsOf.read_missing": Parser(
        text(AsOf.read_missing), lambda: [b"as-of 240 since 198", b"as-of 3"]
    ),
    "identity.native.message.read_envelope": Parser(
        _again(message.read_envelope), lambda: [_question[:20]]
    ),
    "identity.native.message.read_message": Parser(
        _again(message.read_message), lambda: [_question, vectors.corrected(vectors.answer)]
    ),
    "identity.native.bodies.read_question": Parser(
        _again(bodies.read_question), lambda: [_question[44:-4]]
    ),
    "identity.native.bodies.read_resolved": Parser(_again(bodies.read_resolved), _resolved),
    "identity.native.bodies.read_refusal": Parser(
        _again(bodies.read_refusal), lambda: [octets("00000001 'x' 00000001 00000007")]
    ),
    "identity.native.bodies.read_referral": Parser(
        _again(bodies.read_referral), lambda: [octets("00000009 '0.NA/99.1'")]
    ),
    "identity.native.bodies.read_challenge": Parser(
        _again(bodies.read_challenge), lambda: [_challenge]
    ),
    "identity.native.bodies.read_reply": Parser(_again(bodies.read_reply), lambda: [_reply]),
    "identity.native.bodies.read_signed_proof": Parser(
        lambda d: bodies.signed_proof(*bodies.read_signed_proof(d)), lambda: [_proof], "bytes"
    ),
    "identity.native.forms.read_admin": Parser(
        _form(forms.read_admin, forms.admin_bytes), lambda: [octets("07f3 00000001 'a' 0000012c")]
    ),
    "identity.native.forms.read_vlist": Parser(
        _form(forms.read_vlist, forms.vlist_bytes),
        lambda: [octets("00000001 00000001 'a' 01000000")],
    ),
    "identity.native.forms.read_key": Parser(_form(forms.read_key, forms.key_bytes), _key),
    "identity.native.sites.read_site": Parser(_again(sites.read_site), _sites),
    "identity.native, put together": Parser(
        _gathered, lambda: list(split(native.Told(vectors.corrected(vectors.answer)).message))
    ),
    "identity.native, answered": Parser(_answered, lambda: [_question], minimum=10),
    "identity.native.translate.from_wire": Parser(
        _told, lambda: [*_sites(), *_key(), b'{"a":1}', b"\xff"]
    ),
    "identity.native, a site in JSON": Parser(
        _site_told, lambda: [b'{"serialNumber":1,"servers":[{"serverId":1,"address":"::1"}]}']
    ),
    "identity.recursion.json_form.read_found": Parser(lambda d: read_found(d, 0), _json),
    "identity.recursion.upstreams.Routes.parse": Parser(
        text(_routes), lambda: [b"99.100=https://a.example,*=udp://192.0.2.1:2641"]
    ),
}
