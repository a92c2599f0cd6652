"""Checkpoints that a witness cosigns per second: verified, remembered durably, signed.

The reference signs as many messages of that size and replaces a file of that size as durably (file synced,
renamed, folder synced), without reading a request, verifying anything, or remembering what it signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from bench.context import Bench
from bench.measure import Result, Row, Spent, Work, in_turn, median_cpu, median_rate, size_name
from bench.pens import key, log, origin
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tallystick.ledger import Checkpoint, SystemClock, Verifier, merkle, replace_durably, witness

step_leaves = 128
name = "witness.example/bench"


def rows(bench: Bench) -> Iterator[Result]:
    """Growing checkpoints of one log, one after the other, as its sequencer sends them, by its size."""
    count = bench.scale.few
    timed = {size: _timed(bench, size, count) for size in bench.scale.generated}
    spent = timed[max(timed)]
    yield Row(
        "checkpoints cosigned by a witness, one log, durable before the answer",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "checkpoints/s",
        "a bare Ed25519 signature and a durable replacement of a file of the same size",
        {size_name(size): median_rate(one["ours"]) for size, one in timed.items()},
        details={
            "processor ms each": 1000 * median_cpu(spent["ours"]),
            "processor ms each, reference": 1000 * median_cpu(spent["bare"]),
            "remembering alone, per second": median_rate(spent["remember"]),
        },
    )


def _timed(bench: Bench, size: int, count: int) -> dict[str, list[Spent]]:
    """What a witness does about a log of `size` leaves that goes on growing."""
    folder, private = bench.new_folder(), key(f"300:{log}").private
    made = _witness(folder, Verifier(origin, private.public))
    requests = iter(list(_requests(count * bench.scale.rounds, size)))
    _cosign(made, requests, 1)
    return in_turn(
        bench.scale.rounds,
        ours=lambda: _cosign(made, requests, count),
        bare=_bare(folder, made, count),
        remember=_remember(folder, made, count),
    )


def _witness(folder: Path, verifier: Verifier) -> witness.Witness:
    memory = witness.Memory(folder)
    memory.save(witness.Remembered.nothing(verifier.name))
    watched = {verifier.name: [verifier]}
    return witness.Witness(name, key(name).private, watched, memory, SystemClock())


def _cosign(made: witness.Witness, requests: Iterator[bytes], count: int) -> int:
    for _ in range(count):
        made.add_checkpoint(witness.AddCheckpoint.parse(next(requests)))
    return count


def _bare(folder: Path, made: witness.Witness, count: int) -> Work:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

    def work() -> int:
        (path,) = (folder / "state").glob("*.json")
        (status,) = made.status()
        data, message = path.read_bytes(), status.newest.checkpoint.text().encode()
        for _ in range(count):
            private.sign(message)
            replace_durably(folder / "bare.json", data)
        return count

    return work


def _remember(folder: Path, made: witness.Witness, count: int) -> Work:
    memory = witness.Memory(folder / "other")

    def work() -> int:
        (status,) = made.status()
        for _ in range(count):
            memory.save(status.newest)
        return count

    return work


def _requests(count: int, first: int) -> Iterator[bytes]:
    """A checkpoint of `first` leaves and `count` more, each with the proof from the one before.

    All leaves are the same, so that there is one root for all complete subtrees of a level.
    """
    roots = [merkle.leaf_hash(b"leaf")]
    for _ in range((first + count * step_leaves).bit_length()):
        roots.append(merkle.node_hash(roots[-1], roots[-1]))

    def node(level: int, _index: int) -> bytes:
        return roots[level]

    private = key(f"300:{log}").private
    for old, size in pairwise((0, *range(first, first + count * step_leaves + 1, step_leaves))):
        proof = merkle.consistency_proof(node, old, size) if old else ()
        note = Checkpoint(origin, size, merkle.tree_root(node, size)).sign(private)
        yield witness.AddCheckpoint(old, tuple(proof), note).encode()
