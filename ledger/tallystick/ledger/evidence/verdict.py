"""Whom a verifier of evidence believes, and what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallystick.ledger.evidence.errors import EvidenceOfAnotherLog
from tallystick.ledger.note import Verifier
from tallystick.ledger.witness.cosignature import Cosigner

if TYPE_CHECKING:
    from tallystick.ledger.evidence.held import HeldLog


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that a verifier pinned, and a copy of the log where it has one.

    `log` may hold several keys of one log; the others are those of whoever the verifier believes.
    """

    log: Sequence[Verifier]
    witnesses: Sequence[Cosigner] = ()
    mirrors: Sequence[Verifier] = ()
    auditors: Sequence[Verifier] = ()
    store: HeldLog | None = None

    def of(self, origin: str) -> list[Verifier]:
        """The keys of this log; raises `EvidenceOfAnotherLog`."""
        known = [key for key in self.log if key.name == origin]
        if not known:
            raise EvidenceOfAnotherLog(f"it is about {origin}")
        return known


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verified evidence proves, in a sentence each.

    `rests_on`: whose word must be believed beside the signatures and proofs; empty if nobody's.
    """

    kind: str
    origin: str
    proves: str
    proves_not: str
    rests_on: str = ""
