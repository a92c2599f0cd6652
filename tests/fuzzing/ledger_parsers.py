"""Parsers of the ledger: what is signed, hashed and proven."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from tests.fuzzing import samples, vectors
from tests.fuzzing.engine import Parser, Refused, text
from tests.ledger.evidence import test_malformed as evidences
from tests.ledger.governance import test_stop_statement as stops
from tests.ledger.test_sighting import mirror, own, statement
from tests.ledger.witness.history import History, origin, verifier

from tallystick.ledger import (
    SM2,
    Assertion,
    Entry,
    Envelope,
    Note,
    PrivateKey,
    ProofFile,
    PublicKey,
    TallystickError,
    Verifier,
    canonical,
    evidence,
    heads,
    merkle,
    promise,
    read_batch,
    tiles,
    witness,
)
from tallystick.ledger.checkpoint import Checkpoint, open_checkpoint, parse_number
from tallystick.ledger.clock import from_instant, instant
from tallystick.ledger.epoch_proof import EpochProof
from tallystick.ledger.evidence.finding import Finding, open_finding, sign_finding
from tallystick.ledger.evidence.parts import Dsse, open_note
from tallystick.ledger.export.final import read_final
from tallystick.ledger.governance import Stopped, StopStatement, open_stopped
from tallystick.ledger.heads.proof import MapProof
from tallystick.ledger.mirror import Refusals
from tallystick.ledger.mirror.refusal import Refusal
from tallystick.ledger.mirror.statement import open_statement
from tallystick.ledger.mirror.stretch import read_stretch
from tallystick.ledger.receipt import open_receipt
from tallystick.ledger.sighting import open_sighting, sign_sighting
from tallystick.ledger.signer import FileMemory
from tallystick.ledger.sm.suite import Sm2Secret
from tallystick.ledger.verify import Verified, verify
from tallystick.ledger.witness.memory import Memory
from tallystick.ledger.witness.request import AddCheckpoint, encode_lines, parse_lines, parse_size

history = History()
envelopes = "envelopes"


def document(read: Callable[[Mapping[str, Any]], object]) -> Callable[[bytes], object]:
    """For a parser of a JSON object that came over HTTP."""

    def from_bytes(data: bytes) -> object:
        try:
            found = orjson.loads(data)
        except ValueError:
            raise Refused("no JSON") from None
        if not isinstance(found, dict):
            raise Refused("no object")
        return read(found)

    return from_bytes


def same(read: Callable[[Any], object]) -> Callable[[bytes], object]:
    """For a parser of an object that it writes again: the input, if nothing was changed on the way."""

    def from_bytes(data: bytes) -> object:
        def again(given: Mapping[str, Any]) -> object:
            written = canonical.encode(read(given))
            return data if written == canonical.encode(given) else written

        return document(again)(data)

    return from_bytes


def plain(told: str) -> bytes:
    return told.encode("utf-8", "surrogateescape")


def submitted(data: bytes) -> object:
    """The whole way of an envelope: strict form, canonical, every signature verified."""
    given = vectors.accepted(envelopes)[0]
    keys = {keyid: PublicKey.from_jwk(told["jwk"]) for keyid, told in given["keys"].items()}
    from tallystick.ledger import Submission

    found = verify(Submission(data, b"{}", bytes(32)), keys)
    if isinstance(found, TallystickError):
        raise found
    if not isinstance(found, Verified):
        raise Refused("no verdict")
    return found.entry


def batch(data: bytes) -> object:
    """Bad rows are answered one by one; a row that is read again is the same row."""
    rows = read_batch(data)
    for row in rows:
        if isinstance(row, TallystickError):
            row.problem()
    return len(rows)


def checkpoint(data: str) -> object:
    given = vectors.accepted("checkpoints")
    for vkey in {one["vkey"] for one in given}:
        return open_checkpoint(data, Verifier.parse(vkey))
    return None


def cosigned(data: bytes) -> object:
    given = vectors.accepted("cosignatures")[0]
    found = witness.open_cosigned(
        Note.read(data), witness.Policy.parse(given["policy"]), Verifier.parse(given["vkey"])
    )
    return found.checkpoint


def head(given: Mapping[str, Any]) -> object:
    found = heads.HeadProof.read(given)
    roots = {one["root"] for one in vectors.accepted("heads")}
    if not found.leaves or not any(_holds(found, bytes.fromhex(root)) for root in roots):
        # What is absent stays absent under another absent name: only presence is signed for.
        raise Refused("absent, or under none of the roots")
    return found.kind, found.name, found.leaves


def _holds(found: heads.HeadProof, root: bytes) -> bool:
    try:
        found.verify(root)
    except TallystickError:
        return False
    return True


def block(data: bytes) -> object:
    proof = samples.proof(1)
    return document(lambda given: promise.open_block(given, proof, samples.charter()))(data)


def kept(data: bytes, name: str, load: Callable[[], object]) -> object:
    """A file of one's own, damaged by whatever."""
    path = samples.folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return load()


def witness_memory(data: bytes) -> object:
    folder = samples.folder() / "memory"
    name = f"memory/state/{witness.origin_hash(origin)}.json"
    return kept(data, name, lambda: Memory(folder).load(origin))


def _remembered() -> list[bytes]:
    folder = samples.folder() / "made"
    memory = Memory(folder)
    note = history.note(5)
    memory.save(witness.Remembered(history.checkpoint(5), note.encode()))
    (path,) = (folder / "state").iterdir()
    return [path.read_bytes()]


def _refusal() -> list[bytes]:
    folder = samples.folder() / "refused"
    folder.mkdir()
    Refusals(folder).keep(Refusal(3, "a-rule", "why", "2026-01-05T01:00:00.000Z", "a note"))
    return [(folder / "refusal.json").read_bytes()]


def finding(given: Mapping[str, Any]) -> object:
    try:
        told = Dsse.model_validate_json(canonical.encode(given))
    except ValueError:
        raise Refused("no DSSE object") from None
    return open_finding(told, samples.mirror)


def _findings() -> list[bytes]:
    said = Finding(
        origin=origin, index=3, leaf_hash="ab" * 32, what="rule", expected="a", found="b",
        time="2026-01-05T01:00:00.000Z", auditor=samples.mirror.name,
    )  # fmt: skip
    return [vectors.encoded(sign_finding(said, samples.mirror_key).document())]


def stopped(data: bytes) -> object:
    parts = data.partition(b"\x01")
    told = {
        "statement": parts[0].decode(errors="replace"),
        "checkpoint": parts[2].decode(errors="replace"),
    }
    try:
        read = Stopped.model_validate(told)
    except ValueError:
        raise Refused("no statement") from None
    name, found = open_stopped(read, stops.policy, Verifier.parse(verifier().encode()))
    return name, found.newest, found.stopped


def _stopped() -> list[bytes]:
    told = stops.told()
    return [told.statement.encode() + b"\x01" + told.checkpoint.encode()]


def _pems() -> list[bytes]:
    return [
        PrivateKey.from_seed(bytes(32), suite).pem() for suite in ("ed25519", "ecdsa-p256-sha256")
    ]


def _assertions() -> list[bytes]:
    told = {
        "authenticatorData": base64.b64encode(bytes(37)).decode(),
        "clientDataJSON": base64.b64encode(b'{"type":"webauthn.get"}').decode(),
    }
    return [vectors.encoded(told)]


def _frontier(data: bytes) -> object:
    if len(data) < 4:
        raise Refused("no size")
    found = merkle.Frontier.decode(int.from_bytes(data[:4], "big"), data[4:])
    return found.size.to_bytes(4, "big") + found.encode()


def _frontiers() -> list[bytes]:
    return [
        size.to_bytes(4, "big") + merkle.Frontier(size, [bytes(32)] * size.bit_count()).encode()
        for size in (0, 1, 7, 8, 1000)
    ]


def _maps(given: Mapping[str, Any]) -> object:
    return MapProof.read(given).document()


def _map_seeds() -> list[bytes]:
    found = (given["head"] for given in vectors.accepted("heads"))
    return [
        vectors.encoded({name: value for name, value in head.items() if name in ("path", "other")})
        for head in found
    ]


def _tile_path(told: str) -> object:
    level, n, width = tiles.parse_path(told)
    return tiles.path(level, n, width % tiles.width).removeprefix("tile/").encode()


def _number(told: str) -> object:
    found = parse_number(told)
    if found is None:
        raise Refused("no number")
    return str(found).encode()


def _instant(told: str) -> object:
    try:
        return instant(from_instant(told)).encode()
    except ValueError:
        raise Refused("no instant") from None


def _answer_lines() -> list[bytes]:
    return [encode_lines(history.note(5).signatures)]


def _payloads() -> list[bytes]:
    return [Envelope.parse(data).payload for data in vectors.raw(envelopes, "envelope")]


def _jwk(given: Mapping[str, Any]) -> object:
    return PublicKey.from_jwk(given).jwk()


def _receipt(given: Mapping[str, Any]) -> object:
    return open_receipt(given, samples.world().ledger.receipt_key.private.public)


def _promise(given: Mapping[str, Any]) -> object:
    return promise.open_promise(given, samples.charter())


def _evidence_verified(data: bytes) -> object:
    return evidence.read_evidence(data).verify(evidences.trust)


def _evidence() -> list[bytes]:
    return [evidence.write_evidence(f) for f in (evidences.fork_file, evidences.two_sizes)]


def _sealed() -> list[bytes]:
    return [vectors.encoded(samples.public_entry(1))]


def _leaves() -> list[bytes]:
    leaf = b"\x00\x05hello"
    return [leaf, leaf * 3, b"\x00\x00"]


parsers: dict[str, Parser] = {
    "canonical.decode": Parser(
        lambda d: canonical.encode(canonical.decode(d)),
        lambda: vectors.raw("canonical", "data"),
        "bytes",
    ),
    "canonical.decode_object": Parser(
        lambda d: canonical.encode(canonical.decode_object(d)),
        lambda: [d for d in vectors.raw("canonical", "data") if d.startswith(b"{")],
        "bytes",
    ),
    "entry.Envelope.parse": Parser(
        lambda d: Envelope.parse(d).encode(), lambda: vectors.raw(envelopes, "envelope"), "bytes"
    ),
    "entry.Entry.parse": Parser(lambda d: Entry.parse(d).payload(), _payloads, "bytes"),
    "entry, verified": Parser(submitted, lambda: vectors.raw(envelopes, "envelope")[:1], "meaning"),
    "wire.read_batch": Parser(batch, samples.requests),
    "keys.PublicKey.from_jwk": Parser(
        same(_jwk), lambda: vectors.document("public-keys", "jwk"), "bytes"
    ),
    "keys.PublicKey.from_ed25519": Parser(
        lambda d: PublicKey.from_ed25519(d).raw, lambda: [samples.mirror.key.raw], "bytes"
    ),
    "keys.PrivateKey.from_pem": Parser(PrivateKey.from_pem, _pems),
    "sm.suite.Sm2Secret.from_pem": Parser(
        Sm2Secret.from_pem, lambda: [PrivateKey.from_seed(bytes(32), SM2).pem()]
    ),
    "note.NoteKey.parse": Parser(
        text(lambda t: Verifier.parse(t).encode() == t.strip() or "changed"),
        lambda: [samples.mirror.encode().encode()],
        "meaning",
    ),
    "note.Note.parse": Parser(
        text(lambda t: Note.parse(t).encode().encode()),
        lambda: vectors.raw("notes", "note"),
        "bytes",
    ),
    "note.Note.read": Parser(
        lambda d: Note.read(d).encode().encode(), lambda: vectors.raw("notes", "note"), "bytes"
    ),
    "checkpoint.parse_number": Parser(text(_number), lambda: [b"0", b"7", b"9" * 19], "bytes"),
    "checkpoint.Checkpoint.parse": Parser(
        text(lambda t: plain(Checkpoint.parse(t).text())),
        lambda: [history.checkpoint(n).text().encode() for n in (1, 9)],
        "bytes",
    ),
    "checkpoint.Checkpoint.parse_extended": Parser(
        text(Checkpoint.parse_extended), lambda: [history.checkpoint(9).text().encode() + b"more\n"]
    ),
    "checkpoint.open_checkpoint": Parser(
        text(checkpoint), lambda: vectors.text("checkpoints", "note"), "meaning"
    ),
    "export.final.read_final": Parser(
        lambda d: read_final(d)[1].encode().encode(),
        lambda: vectors.text("checkpoints", "note"),
        "bytes",
    ),
    "checkpoint.ProofFile.parse": Parser(
        text(lambda t: plain(ProofFile.parse(t).encode())),
        lambda: vectors.text("proof-files", "proof"),
        "bytes",
    ),
    "clock.from_instant": Parser(
        text(_instant), lambda: [b"2026-01-05T01:00:00.000Z", b"1970-01-01T00:00:00.000Z"]
    ),
    "merkle.Frontier.decode": Parser(_frontier, _frontiers, "bytes"),
    "tiles.read_tile": Parser(
        lambda d: b"".join(tiles.read_tile(d)), lambda: [bytes(32), bytes(range(256)) * 8], "bytes"
    ),
    "tiles.read_bundle": Parser(
        lambda d: b"".join(len(x).to_bytes(2, "big") + x for x in tiles.read_bundle(d)),
        _leaves,
        "bytes",
    ),
    "tiles.parse_path": Parser(
        text(_tile_path), lambda: [b"0/000", b"entries/x001/234.p/17", b"1/x001/x234/067"], "bytes"
    ),
    "passkey.Assertion.read": Parser(
        same(lambda g: Assertion.read(g).members()), _assertions, "bytes"
    ),
    "epoch_proof.EpochProof.parse": Parser(EpochProof.parse, lambda: [samples.epoch_proof()]),
    "evidence.file.read_evidence": Parser(
        lambda d: evidence.read_evidence(d).encode() + b"\n" * d.endswith(b"\n"), _evidence, "bytes"
    ),
    "evidence, verified": Parser(_evidence_verified, _evidence, "meaning"),
    "evidence.finding.open_finding": Parser(document(finding), _findings, "meaning"),
    "evidence.parts.open_note": Parser(
        text(lambda t: open_note(t, evidences.log)),
        lambda: [history.note(n).encode().encode() for n in (5, 9)],
        "meaning",
    ),
    "governance.stop.StopStatement.parse": Parser(
        text(lambda t: plain(StopStatement.parse(t).text())),
        lambda: [stops.stated().text().encode()],
        "bytes",
    ),
    "governance.stop.StopStatement.read": Parser(
        text(lambda t: StopStatement.read(t).newest), lambda: [stops.told().statement.encode()]
    ),
    "governance.stop.open_stopped": Parser(stopped, _stopped, "meaning"),
    "heads.proof.MapProof.read": Parser(same(_maps), _map_seeds, "bytes"),
    "heads.proof.HeadProof.read": Parser(
        same(lambda g: heads.HeadProof.read(g).document()),
        lambda: vectors.document("heads", "head"),
        "bytes",
    ),
    "head, proven": Parser(
        document(head),
        lambda: [
            vectors.encoded(g["head"]) for g in vectors.accepted("heads") if g["head"]["leaves"]
        ],
        "meaning",
    ),
    "mirror.statement.open_statement": Parser(
        document(lambda g: open_statement(g, samples.mirror)),
        lambda: [samples.statement()],
        "meaning",
    ),
    "mirror.stretch.read_stretch": Parser(
        lambda d: len(list(read_stretch(d, 0))), lambda: [samples.stretch()]
    ),
    "mirror.refusal.Refusals.load": Parser(
        lambda d: kept(d, "r/refusal.json", Refusals(samples.folder() / "r").load), _refusal
    ),
    "promise.read_document": Parser(promise.read_document, samples.receipts),
    "promise.open_charter": Parser(
        document(
            lambda g: promise.open_charter(g, samples.world().ledger.signer.verifier).policy_text
        ),
        lambda: [vectors.encoded(samples.public_entry(0))],
        "meaning",
    ),
    "promise.open_promise": Parser(document(_promise), samples.receipts, "meaning"),
    "promise.open_block": Parser(block, _sealed, "meaning"),
    "receipt.open_receipt": Parser(document(_receipt), samples.receipts, "meaning"),
    "sighting.open_sighting": Parser(
        document(lambda g: open_sighting(g, mirror)),
        lambda: [vectors.encoded(sign_sighting(statement(), own))],
        "meaning",
    ),
    "signer.FileMemory.load": Parser(
        lambda d: kept(d, "last.json", FileMemory(samples.folder() / "last.json").load),
        lambda: [vectors.encoded({"size": 7, "root": "ab" * 32})],
    ),
    "witness.policy.Policy.parse": Parser(
        witness.Policy.parse, lambda: vectors.raw("policies", "policy")
    ),
    "witness.cosigned.open_cosigned": Parser(
        cosigned, lambda: vectors.raw("cosignatures", "note")[:1], "meaning"
    ),
    "witness.request.AddCheckpoint.parse": Parser(
        lambda d: AddCheckpoint.parse(d).encode(),
        lambda: [history.request(3, 9).encode(), history.request(0, 1).encode()],
        "bytes",
    ),
    "witness.request.parse_lines": Parser(
        lambda d: encode_lines(parse_lines(d)), _answer_lines, "bytes"
    ),
    "witness.request.parse_size": Parser(
        lambda d: b"%d" % parse_size(d) == d.removesuffix(b"\n") or "changed",
        lambda: [b"7\n", b"0\n"],
        "meaning",
    ),
    "witness.memory.Memory.load": Parser(witness_memory, _remembered),
}
