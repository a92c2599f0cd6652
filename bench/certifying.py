"""Quorum certificates of 4, 7 and 21 signers, made and verified, by each backend.

Made: the signers' signatures are there, are added and verified. Verified: as a stranger does it once the quorum
text is proven. The reference does the same work for a reader with Ed25519: as many cosignatures as there are
signers, each verified by itself (they are 76 bytes each, a certificate about 100 for all).
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.context import Bench
from bench.measure import Result, Row, Skipped, Spent, in_turn, median_ms, times
from bench.pens import key, log, origin

from tallystick.ledger import Checkpoint, Note, bls, witness

counts = (4, 7, 21)
time_s = 1_800_000_000
fast_few = 20


def rows(bench: Bench) -> Iterator[Result]:
    """One row for each backend; growth is over the number of signers."""
    note = Checkpoint(origin, 1_000_000, bytes(32)).sign(key(f"300:{log}").private)
    for scheme in (bls.reference(), bls.fast()):
        if scheme is None:
            yield Skipped("quorum certificate, fast backend", "milagro_bls_binding is missing")
            continue
        few = 1 if scheme is bls.reference() else fast_few
        # A quick run, which tests do too, is for the shape alone.
        sizes = counts if bench.scale.rounds > 1 else counts[:1]
        made = {count: _spend(bench, note, count, scheme, few) for count in sizes}
        yield from _rows(scheme, made)


def _rows(scheme: bls.Scheme, made: dict[int, dict[str, list[Spent]]]) -> Iterator[Result]:
    most = max(made)
    grown = {
        work: {str(count): median_ms(spent[work]) for count, spent in made.items()}
        for work in ("verify", "make", "add")
    }
    yield Row(
        f"quorum certificate of {most} verified, {scheme.name}",
        grown["verify"][str(most)],
        median_ms(made[most]["bare"]),
        "ms",
        f"{most} Ed25519 cosignatures of the same checkpoint verified one by one",
        grown["verify"],
        {"proof of possession, verified once": _possession_ms()},
    )
    yield Row(
        f"quorum certificate of {most} made of its signatures and verified, {scheme.name}",
        grown["make"][str(most)],
        median_ms(made[most]["bare"]),
        "ms",
        f"{most} Ed25519 cosignatures of the same checkpoint verified one by one",
        grown["make"],
        {"adding alone": grown["add"][str(most)], "one signature": median_ms(made[most]["sign"])},
    )


def _spend(
    bench: Bench, note: Note, count: int, scheme: bls.Scheme, few: int
) -> dict[str, list[Spent]]:
    ready = bls.chosen()
    names = [f"witness.example/{number}" for number in range(count)]
    keys = [_secret(number) for number in range(count)]
    signers = [
        bls.QuorumSigner(name, ready.public_key(secret))
        for name, secret in zip(names, keys, strict=True)
    ]
    # Not registered: what a proof costs is a figure of its own, and is paid once for a key.
    quorum = bls.ProvenQuorum(bls.quorum_text(count, signers))
    message = bls.signed_message(note.text)
    shares = {name: ready.sign(secret, message) for name, secret in zip(names, keys, strict=True)}
    public = tuple(one.key for one in signers)
    total = ready.aggregate(list(shares.values()))
    whole = _cosigned(note, names)
    known = [witness.Cosigner(name, key(name).private.public) for name in names]
    return in_turn(
        bench.scale.rounds,
        verify=times(few, lambda: _require(scheme.verifies(public, message, total))),
        make=times(few, lambda: _make(note, quorum, shares, scheme)),
        add=times(few, lambda: scheme.aggregate(list(shares.values()))),
        sign=times(few, lambda: scheme.sign(keys[0], message)),
        bare=times(fast_few, lambda: _require(len(whole.verify(known)) == count)),
    )


def _make(
    note: Note, quorum: bls.ProvenQuorum, shares: dict[str, bytes], scheme: bls.Scheme
) -> None:
    """Verified anew each time: what was verified before would be remembered."""
    bls.forget_verified()
    bls.certificate_line(note, quorum, shares, scheme)


def _cosigned(note: Note, names: list[str]) -> Note:
    lines = [witness.cosign(note.text, name, key(name).private, time_s) for name in names]
    return note.adding(lines)


def _possession_ms() -> float:
    """The reference verifies them, whatever backend is there."""
    reference, secret = bls.reference(), _secret(0)
    public, proof = reference.public_key(secret), reference.prove(secret)
    spent = in_turn(1, prove=times(1, lambda: _require(reference.proves(public, proof))))
    return median_ms(spent["prove"])


def _secret(number: int) -> bytes:
    return (number + 2**200).to_bytes(32, "big")


def _require(good: bool) -> None:
    if not good:
        raise AssertionError("what is measured does not verify")
