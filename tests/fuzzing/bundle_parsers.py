"""Parsers of bundles, exports and quorum certificates."""

from __future__ import annotations

import io
from functools import cache

from tests.conformance.bundles import Story
from tests.fuzzing import samples, vectors
from tests.fuzzing.engine import Parser, Refused, text
from tests.ledger.bls import signers

from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.verify import forms, verify
from tallystick.ledger import Note, bls
from tallystick.ledger.bls.certificate import decode_bitmap, encode_bitmap
from tallystick.ledger.bls.key import KeyLine, QuorumKey
from tallystick.ledger.bls.text import QuorumText
from tallystick.ledger.bundle import Request, open_bundle, pack, unpack
from tallystick.ledger.bundle.manifest import Manifest
from tallystick.ledger.bundle.shown import Shown
from tallystick.ledger.export import layout


@cache
def story() -> Story:
    return Story()


def _bundles() -> list[bytes]:
    return [pack(story().single(Request.of("entry", index=story().quoted)))]


def _opened(data: bytes) -> object:
    """What follows from it; of two bundles that open alike nobody could tell which was changed."""
    pins = read_pins(log_key=story().verifier.encode())
    return [repr(statement) for statement in verify(data, pins)]


def _only_opened(data: bytes) -> object:
    bundle = open_bundle(data, read_pins(log_key=story().verifier.encode()), forms)
    return bundle.checkpoint, sorted(bundle.entries)


def _manifests() -> list[bytes]:
    asked = (Request.of("entry", index=7), Request.of("key", key="300:99/x"))
    return [Manifest("log.example/a", asked).encode()]


def _shown() -> list[bytes]:
    body = b'{"a":{"b":[1,"x"]},"c":null}'
    return [
        Shown.of(bytes(32), body, ["/c", "/a/b/0"]).encode(),
        Shown.of(bytes(32), body, ["/a/b/1"]).encode(),
    ]


def _shown_verified(data: bytes) -> object:
    from tallystick.ledger.disclosure import fields_root

    body = b'{"a":{"b":[1,"x"]},"c":null}'
    found = Shown.parse(data)
    found.verify(fields_root(bytes(32), body))
    return {(one.pointer, repr(one.value)) for one in found.fields} <= {
        ("/c", "None"), ("/a/b/0", "1"), ("/a/b/1", "'x'"),
    }  # fmt: skip


def _bodies(data: bytes) -> object:
    """One body, then an attachment count with records, then the end."""
    records = layout.Records("attachments/000", io.BytesIO(data), "attachments")
    found: list[object] = [records.record()]
    found += [records.salted() for _ in range(records.count())]
    records.end()
    return len(found)


def _framed() -> list[bytes]:
    salted = layout.frame(bytes(32) + b"body")
    count = (2).to_bytes(4, "big")
    return [
        layout.frame(b"x" * 40) + count + salted + layout.frame("withheld"),
        layout.frame("erased") + (0).to_bytes(4, "big"),
    ]


def _leaves(data: bytes) -> object:
    found = layout.read_leaves("x", data, 2)
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in found)


def _sums() -> list[bytes]:
    names = ("policy", "bodies/000", "tile/0/x001/234.p/7", "export.json")
    return [layout.write_sums(dict.fromkeys(names, "ab" * 32))]


def _about() -> list[bytes]:
    told = layout.About("log.example/a", samples.mirror.encode(), "auditor", None, ("k",))
    return [told.encode(), layout.About("log.example/a", "k", "party", "99/O-1").encode()]


def _quorum_file(data: str) -> object:
    return bls.Registered.from_file(data).to_file().encode()


def _quorum_files() -> list[bytes]:
    return [signers.quorum().to_file().encode(), signers.quorum(1, 2).to_file().encode()]


def _quorum_key() -> list[bytes]:
    path = samples.folder() / "made-quorum-key.json"
    signers.key(signers.names[0]).save(path)
    return [path.read_bytes()]


def _loaded_key(data: bytes) -> object:
    path = samples.folder() / "quorum-key.json"
    path.write_bytes(data)
    found = QuorumKey.load(path, signers.names[0])
    return None if found is None else (found.public.name, found.public.key)


def _certificate(data: bytes) -> object:
    return bls.open_certificate(Note.read(data), signers.proven()).signers


def _certificates() -> list[bytes]:
    return [
        signers.certified().encode().encode(),
        signers.certified(signers.names[:2]).encode().encode(),
    ]


def _line(line: str) -> object:
    return KeyLine.parse(line).encode() == line.strip() or "changed"


def _key_lines() -> list[bytes]:
    return [signers.key(name).public.encode().encode() for name in signers.names]


def _bitmap(data: bytes) -> object:
    if len(data) != 1:
        raise Refused("its caller cuts it to length")
    return encode_bitmap(decode_bitmap(data, 3))


parsers: dict[str, Parser] = {
    "bundle.container.unpack": Parser(lambda d: pack(unpack(d)), _bundles, "bytes"),
    "bundle.opening.open_bundle": Parser(_only_opened, _bundles, "meaning"),
    "bundle, stated": Parser(_opened, _bundles, "meaning", minimum=10),
    "bundle.manifest.Manifest.parse": Parser(
        lambda d: Manifest.parse(d, forms).encode(), _manifests, "bytes"
    ),
    "bundle.shown.Shown.parse": Parser(lambda d: Shown.parse(d).encode(), _shown, "bytes"),
    "bundle.shown, verified": Parser(_shown_verified, _shown, "meaning"),
    "export.layout.Records": Parser(_bodies, _framed),
    "export.layout.read_leaves": Parser(_leaves, lambda: [b"\x00\x05hello\x00\x01x"], "bytes"),
    "export.layout.read_sums": Parser(layout.read_sums, _sums),
    "export.layout.About.parse": Parser(layout.About.parse, _about),
    "bls.text.QuorumText.parse": Parser(
        text(lambda t: QuorumText.parse(t).text.encode("utf-8", "surrogateescape")),
        lambda: vectors.text("quorum-texts", "text"),
        "bytes",
    ),
    "bls.key.KeyLine.parse": Parser(text(_line), _key_lines, "meaning"),
    "bls.key.QuorumKey.load": Parser(_loaded_key, _quorum_key, "meaning"),
    "bls.registered.Registered.from_file": Parser(text(_quorum_file), _quorum_files, "bytes"),
    "bls.certificate.open_certificate": Parser(_certificate, _certificates, "meaning", minimum=3),
    "bls.certificate.decode_bitmap": Parser(_bitmap, lambda: [b"\x07", b"\x02"], "bytes"),
    "app.bundles.pins.read_pins": Parser(
        lambda d: read_pins(genesis=d),
        lambda: [vectors.encoded(samples.public_entry(0)), b"ab" * 32],
    ),
    "app.bundles.pins.read_pins, policy": Parser(
        text(lambda t: read_pins(policy=t)), lambda: vectors.raw("policies", "policy")
    ),
}
