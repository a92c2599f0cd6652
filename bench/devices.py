"""Devices: enrolled with their keys, and clones shown by two envelopes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial

from bench import pens as cast
from bench.context import Bench
from bench.log import BenchLog, batches, bench_log
from bench.measure import Result, Row, in_turn, median_rate

from tallystick.identity import devices
from tallystick.ledger import Envelope, InvariantError, PublicKey, StreamAuthor, Submission, pae
from tallystick.ledger.store import StateCache, StoredState

batch = 500


def rows(bench: Bench) -> Iterator[Result]:
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        yield _enrolled(bench, log)
        yield _shown(bench, log)


def _enrolled(bench: Bench, log: BenchLog) -> Row:
    """Durable, with rule and projections; two signatures each."""
    given = [
        [_enrolment(log, f"{cast.prefix}/D-{turn}-{n}") for n in range(bench.scale.few)]
        for turn in range(bench.scale.rounds)
    ]
    left = iter(given)
    _verify(given[0])

    def ours() -> int:
        entries = next(left)
        log.append(batches(entries, batch))
        return len(entries)

    spent = in_turn(bench.scale.rounds, ours=ours, bare=partial(_verify, given[0]))
    return Row(
        "enrol devices: two signatures, rule, durable",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "devices/s",
        "verifying the same two Ed25519 signatures of each, and nothing else",
    )


def _shown(bench: Bench, log: BenchLog) -> Row:
    """What the rule does with two envelopes, and what a node does before it looks for the first."""
    device = f"{cast.prefix}/D-0-0"
    body = devices.PlaceDevice(device=device, place=f"{cast.prefix}/dock")
    twins = [StreamAuthor(log.pens.author(device)) for _ in range(2)]
    one, other = (twin.write(devices.place_type, body) for twin in twins)

    def ours() -> int:
        with log.store.read() as transaction:
            state = StoredState(transaction, log.rules, StateCache())
            for _ in range(bench.scale.few):
                read = [devices.read(state, device, s.envelope) for s in (one, other)]
                if not devices.contradicts(*read):
                    raise InvariantError("two entries for one place do not contradict")
        return bench.scale.few

    twice = [one, other] * bench.scale.few
    spent = in_turn(bench.scale.rounds, ours=ours, bare=lambda: _verify(twice, signatures=1) // 2)
    return Row(
        "a clone shown by two envelopes",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "proofs/s",
        "verifying the two Ed25519 signatures, and nothing else",
    )


def _enrolment(log: BenchLog, device: str) -> Submission:
    own = cast.key(f"300:{device}")
    body = devices.EnrolDevice(
        device=device,
        organisation=cast.core,
        purpose="scanner",
        key=own.keyid,
        jwk=own.private.public.jwk(),
    )
    return log.pens.write(cast.core, devices.enrol_type, body, own)


@cache
def _public(reference: str) -> PublicKey:
    return cast.key(reference).private.public


def _verify(entries: Sequence[Submission], signatures: int = 2) -> int:
    """Each signature by the key of its reference."""
    for entry in entries:
        envelope = Envelope.parse(entry.envelope)
        message = pae(envelope.payload)
        good = [_public(one.keyid).verifies(one.sig, message) for one in envelope.signatures]
        if good != [True] * signatures:
            raise InvariantError("a signature of the bench does not verify")
    return len(entries)
