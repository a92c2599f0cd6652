"""Parsers of what devices send: addresses of invitations, requests, approvals, factory certificates, two envelopes."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.serialization import Encoding
from tests.fuzzing.engine import Parser, text
from tests.fuzzing.vectors import encoded
from tests.identity.devices.factories import Factory
from tests.ledger.world import key

from tallystick.app.devices import asked
from tallystick.app.enrolling.asked import read
from tallystick.identity import devices
from tallystick.ledger import (
    Author,
    MemoryState,
    SetClock,
    StreamAuthor,
)
from tallystick.ledger.state import Change
from tallystick.scanners import read_address

time = "2026-03-05T08:00:00.000Z"
origin, device = "log.example/fuzzing", "99.7/gate-1"
own = key(f"300:{device}")


@cache
def _state() -> MemoryState:
    """A device with a key, and the log's genesis."""
    state = MemoryState()
    row = {
        "jwk": own.private.public.jwk(), "custody": "self", "types": ["*"], "since": 0,
    }  # fmt: skip
    state.apply(
        [
            Change("log", "genesis", {"origin": origin}),
            Change("device", device, {"organisation": "99/O-1", "purpose": "scanner"}),
            Change("key", device, row, "300"),
        ]
    )
    return state


def _envelopes() -> list[bytes]:
    author = StreamAuthor(Author(origin, device, own, SetClock(time)))
    body = devices.PlaceDevice(device=device, place="99.7/dock-1")
    return [author.write(devices.place_type, body).envelope for _ in range(2)]


def _read_signed(data: bytes) -> object:
    found = devices.read(_state(), device, data)
    return found.payload


@cache
def _factory() -> tuple[bytes, bytes]:
    """A proof, and the chain as PEM."""
    made = Factory().device()
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in made.chain)
    return made.proof(own.private.public.jwk()).encode(), pem


def _requests() -> list[bytes]:
    told = {
        "token": "A" * 43, "name": "Gate", "jwk": own.private.public.jwk(),
        "signature": "A" * 86 + "==",
    }  # fmt: skip
    return [encoded(told), encoded({**told, "factory": "AAAA"})]


def _handles(told: str) -> object:
    author, _, named = told.partition(" ")
    return asked.read_handles(author, named)


def _examined(data: bytes) -> object:
    """Signed: whatever is understood of a changed one is what was signed.

    Not its digests: a signature has several encodings, and nobody signs how the root's own is written.
    """
    shown = devices.factory.examine(data, own.private.public.jwk())
    return shown.subject, shown.issuer, shown.not_before, shown.not_after


parsers = {
    "scanners.enrolling.read_address": Parser(
        text(read_address), lambda: [b"https://node.example/scan/enrol#t=" + b"A" * 43]
    ),
    "app.enrolling.asked.read": Parser(lambda d: read(asked.Request, d), _requests),
    "app.devices.asked.read_handles": Parser(text(_handles), lambda: [b"99.100/P-1 99.7/gate-1"]),
    "identity.devices.factory.read_pem": Parser(devices.factory.read_pem, lambda: [_factory()[1]]),
    "identity.devices.factory.read_pem,proof": Parser(
        _examined, lambda: [_factory()[0]], "meaning"
    ),
    "identity.devices.clones.read": Parser(_read_signed, _envelopes, "meaning"),
}
