"""Checkpoints that a witness cosigns per second: verified, remembered durably, signed.

The reference signs as many messages of that size and replaces a file of that size as durably (file synced,
renamed, folder synced), without reading a request, verifying anything, or remembering what it signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.context import Bench
from bench.measure import Result, Row, Work, in_turn, median_cpu, median_rate
from bench.pens import key, log, origin
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tallystick.ledger import Checkpoint, SystemClock, Verifier, merkle, replace_durably, witness

step_leaves = 128
name = "witness.example/bench"


def rows(bench: Bench) -> Iterator[Result]:
    """Growing checkpoints of one log, one after the other, as its sequencer sends them."""
    folder, count = bench.new_folder(), bench.scale.few
    private = key(f"300:{log}").private
    made = _witness(folder, Verifier(origin, private.public))
    requests = iter(list(_requests(count * bench.scale.rounds)))
    spent = in_turn(
        bench.scale.rounds,
        ours=lambda: _cosign(made, requests, count),
        bare=_bare(folder, made, count),
        remember=_remember(folder, made, count),
    )
    yield Row(
        "checkpoints cosigned by a witness, one log, durable before the answer",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "checkpoints/s",
        "a bare Ed25519 signature and a durable replacement of a file of the same size",
        details={
            "processor ms each": 1000 * median_cpu(spent["ours"]),
            "processor ms each, reference": 1000 * median_cpu(spent["bare"]),
            "remembering alone, per second": median_rate(spent["remember"]),
        },
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


def _requests(count: int) -> Iterator[bytes]:
    """`count` checkpoints of a log of generated leaves, each with the proof from the one before."""
    roots: dict[tuple[int, int], bytes] = {}
    frontier = merkle.Frontier()
    private, size = key(f"300:{log}").private, 0
    for _ in range(count):
        for index in range(size, size + step_leaves):
            for level, node in frontier.append(merkle.leaf_hash(b"leaf %d" % index)):
                roots[level, index >> level] = node
        old, size = size, size + step_leaves
        proof = (
            merkle.consistency_proof(lambda level, index: roots[level, index], old, size)
            if old
            else ()
        )
        note = Checkpoint(origin, size, frontier.root()).sign(private)
        yield witness.AddCheckpoint(old, tuple(proof), note).encode()
