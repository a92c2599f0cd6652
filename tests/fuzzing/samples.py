"""Valid inputs that the vectors do not have: from a small world, and from signers with fixed keys."""

from __future__ import annotations

import base64
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from tests.fuzzing.vectors import encoded
from tests.ledger.governance.acts import governed_world
from tests.ledger.governance.epochs import epoch_of, newest
from tests.ledger.governance.test_epochs import statements, successor
from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import (
    Answer,
    PrivateKey,
    ProofFile,
    Verifier,
    auditor_reader,
    promise,
    write_batch,
)
from tallystick.ledger.mirror.statement import Statement
from tallystick.ledger.mirror.stretch import write_stretch
from tallystick.ledger.takeover import prove_epoch

mirror_key = PrivateKey.from_seed(b"\x07" * 32)
mirror = Verifier("mirror.example/north", mirror_key.public)


@cache
def folder() -> Path:
    """A folder of this process, for parsers that read files."""
    made = tempfile.TemporaryDirectory(prefix="tallystick-fuzzing-")
    _kept.append(made)
    return Path(made.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


@cache
def world() -> World:
    """A sealed log with organisations, notes and minted handles."""
    home = folder() / "world"
    made = World(f"sqlite:///{home / 'w.sqlite'}", home, rules=rules_with_notes())
    made.populate()
    made.append(made.mint(3))
    made.ledger.seal()
    return made


@cache
def answers() -> list[Answer]:
    return world().append(world().mint(2, 100))


def requests() -> list[bytes]:
    """Bodies of POST /v1/entries."""
    return [write_batch(world().mint(1, 200)), write_batch(world().mint(3, 210))]


@cache
def receipts() -> list[bytes]:
    told = [world().ledger.receipt(answers()), world().ledger.receipt(answers()[:1])]
    return [encoded(receipt) for receipt in told]


@cache
def public_entry(index: int) -> dict[str, Any]:
    """As `GET /v1/entries/{index}` answers."""
    with world().reader.open() as snapshot:
        found = snapshot.disclose(index, auditor_reader)
    return {
        "index": index,
        "envelope": orjson.loads(found.row.leaf),
        "body": base64.b64encode(found.body or b"").decode(),
        "salt": base64.b64encode(found.salt or b"").decode(),
    }


@cache
def charter() -> promise.Charter:
    return promise.open_charter(public_entry(0), world().ledger.signer.verifier)


@cache
def proof(index: int) -> ProofFile:
    with world().reader.open() as snapshot:
        return snapshot.proof_file(index)


@cache
def stretch() -> bytes:
    with world().reader.open() as snapshot:
        return write_stretch(snapshot.disclosed(0, snapshot.size(), auditor_reader))


@cache
def statement() -> bytes:
    """A mirror's."""
    told = Statement(
        mirror.name, "log.example/a", 7, "ab" * 32, "full", "", 7, "cd" * 32, "2026-01-05T01:00:00.000Z"
    )  # fmt: skip
    return encoded(told.sign(mirror_key))


@cache
def epoch_proof() -> bytes:
    """Of an operator that was lost."""
    home = folder() / "governed"
    old = governed_world(f"sqlite:///{home / 'g.sqlite'}", home)
    old.populate()
    old.ledger.seal()
    note = newest(old)[1]
    next_one = successor(old, folder())
    next_one.take_over(epoch_of(note, statements(old, note, "w1", "w3"), "w1", "w3"))
    return prove_epoch(next_one.as_world().reader, [old.memory.load()[0]]).encode()
