"""Signers of quorum certificates with fixed keys, and notes that they sign, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tests.ledger.witness.history import History

from tallystick.ledger import Note, bls
from tallystick.ledger.bls.certificate import signed_message

names = tuple(f"witness.example/w{number}" for number in (1, 2, 3))
note = History().note(9)


@cache
def key(name: str) -> bls.QuorumKey:
    return bls.QuorumKey.from_seed(name, f"tests/{name}".encode())


@cache
def quorum(threshold: int = 2, count: int = 3) -> bls.Registered:
    return bls.register(threshold, [key(name).public for name in names[:count]])


def proven(threshold: int = 2, count: int = 3) -> bls.ProvenQuorum:
    return quorum(threshold, count).proven()


def shares(who: Iterable[str], of: Note = note) -> dict[str, bytes]:
    return {name: key(name).sign(signed_message(of.text)) for name in who}


def certified(who: Iterable[str] = names, of: Note = note, threshold: int = 2) -> Note:
    """The note with the certificate of these signers."""
    return of.adding([bls.certificate_line(of, proven(threshold), shares(who, of))])
