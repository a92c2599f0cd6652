"""How far a log is final, and why not further (formats §3).

A checkpoint of size n is final when the cosignatures that it bears are a quorum of the policy in force at
index n − 1 (`governance.log_policy`). Under the policy `none` nothing is final: no
witness vouches. Grades of an entry, each more than the one before: durable, replicated (which only the one
who appends can say), sealed (a checkpoint covers it), witnessed (so many witnesses cosigned one that does),
final, anchored (a final checkpoint that covers it, under `none` any, stands on a chain; `anchor`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from tallystick.ledger.errors import error_types
from tallystick.ledger.governance import log_policy
from tallystick.ledger.note import Note, NoteRefused
from tallystick.ledger.state import State
from tallystick.ledger.store import AskedRow, Transaction
from tallystick.ledger.witness.cosigned import cosign_times
from tallystick.ledger.witness.errors import CheckpointInconsistent, WitnessWithholds
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.quorum import Verdict, printable

Grade = Literal["durable", "sealed", "witnessed", "final", "anchored"]
not_asked = "witness-not-asked"
no_address = "witness-no-address"
cosigned = "cosigned"
_said = {
    cosigned: "It cosigned what it was asked for last",
    not_asked: "It has not been asked yet",
    no_address: "The policy says no address, so nobody asks it",
    "witness-slow": "It has not answered in time",
}


@dataclass(frozen=True, slots=True)
class WitnessState:
    """A witness of the policy: the largest checkpoint that it cosigned, and what it did when last asked.

    `detail` may name addresses inside the operator's network: it is for the operator. Unless it is why the
    witness itself withholds its cosignature: that is for everybody.
    """

    name: str
    cosigned: int
    code: str
    detail: str
    time: str

    @property
    def title(self) -> str:
        return _said.get(self.code) or _titles().get(self.code, "It failed in a way of its own")

    @property
    def public_detail(self) -> str:
        """What everybody may read of `detail`."""
        return self.detail if self.code in _withholding() else ""

    @property
    def disputes(self) -> bool:
        """Whether it said, when last asked, that this log is wrong: of two histories, or against a rule."""
        return self.code in _disputing()

    @property
    def why(self) -> str:
        """For everybody, in a sentence."""
        said = f"{printable(self.name)}: {self.title} ({self.code})"
        return f"{said}: {self.public_detail}" if self.public_detail else said


@dataclass(frozen=True, slots=True)
class Finality:
    """`size` counts entries; `sealed`, `final` and `anchored` are sizes of the newest such checkpoints, 0 for none.

    `verdict` is about the newest checkpoint.
    """

    policy: Policy
    size: int
    sealed: int
    final: int
    verdict: Verdict
    witnesses: tuple[WitnessState, ...]
    anchored: int = 0

    @property
    def waiting(self) -> tuple[WitnessState, ...]:
        """The witnesses that have not cosigned the newest checkpoint."""
        return tuple(one for one in self.witnesses if one.cosigned < self.sealed)

    @property
    def disputing(self) -> tuple[WitnessState, ...]:
        """The witnesses that say this log is wrong. A quorum may be there without them."""
        return tuple(one for one in self.witnesses if one.disputes)

    @property
    def behind(self) -> bool:
        """Whether a checkpoint waits to become final."""
        return not self.policy.is_none and self.final < self.sealed

    @property
    def why(self) -> str:
        """Why nothing more is final, in a sentence; empty if all that is sealed is final."""
        if self.policy.is_none:
            return "the policy is `none`: no witness vouches that the log shows one history"
        if not self.behind:
            return ""
        return "; ".join([str(self.verdict), *(one.why for one in self.waiting)])

    def having(self, index: int) -> tuple[str, ...]:
        """The witnesses that cosigned a checkpoint which covers this index."""
        return tuple(one.name for one in self.witnesses if one.cosigned > index)

    def grade(self, index: int) -> Grade:
        """How far the entry at this index is."""
        if index >= self.sealed:
            return "durable"
        if index < self.anchored and (self.policy.is_none or index < self.final):
            return "anchored"
        if index < self.final:
            return "final"
        return "witnessed" if self.having(index) else "sealed"

    def told(self) -> dict[str, Any]:
        """For everybody, as JSON."""
        return {
            "policy": printable(self.policy.quorum),
            "size": self.size,
            "sealed": self.sealed,
            "final": self.final,
            "anchored": self.anchored,
            "why": self.why,
            "witnesses": [
                {
                    "name": printable(one.name),
                    "cosigned": one.cosigned,
                    "code": one.code,
                    "title": one.title,
                    "asked": one.time or None,
                }
                for one in self.witnesses
            ],
        }


def read_finality(transaction: Transaction, state: State) -> Finality:
    """As of this snapshot, which holds a log."""
    tree, newest = transaction.tree(), transaction.checkpoint()
    sealed = newest[0] if newest else 0
    policy = log_policy(state, sealed or None)
    kept = transaction.cosignatures
    note = cosigned_note(transaction, newest) if newest else ""
    return Finality(
        policy,
        tree.size if tree else 0,
        sealed,
        kept.newest_final(),
        policy.judge(_cosigned_by(note, policy)),
        tuple(_witnesses(transaction, policy)),
        transaction.anchors.newest_size(),
    )


def cosigned_note(transaction: Transaction, checkpoint: tuple[int, str]) -> str:
    """The checkpoint as it is stored, sound or not, with the cosignatures that are kept of it."""
    size, note = checkpoint
    return note + "".join(line.line() for line in transaction.cosignatures.of(size))


def _cosigned_by(note: str, policy: Policy) -> AbstractSet[str]:
    """Nobody, under a note that somebody has damaged in the store: the audit says where."""
    try:
        return cosign_times(Note.parse(note), policy).keys()
    except NoteRefused:
        return frozenset()


def _witnesses(transaction: Transaction, policy: Policy) -> Sequence[WitnessState]:
    asked = transaction.cosignatures.asked()
    found: list[WitnessState] = []
    for one in policy.witnesses:
        largest = transaction.cosignatures.largest(one.cosigner.name, one.cosigner.key_id)
        code = not_asked if one.url else no_address
        told = asked.get(one.name) or AskedRow(one.name, 0, code, "", "")
        if largest and told.code in (not_asked, no_address):
            told = AskedRow(one.name, largest, cosigned, "", "")
        found.append(WitnessState(one.name, largest, told.code, told.detail, told.time))
    return found


@cache
def _titles() -> Mapping[str, str]:
    return {error.code: error.title for error in error_types()}


@cache
def _withholding() -> frozenset[str]:
    return frozenset(error.code for error in error_types(WitnessWithholds))


@cache
def _disputing() -> frozenset[str]:
    kinds = [one for one in error_types(WitnessWithholds) if issubclass(one, WitnessWithholds)]
    return frozenset([CheckpointInconsistent.code, *(one.code for one in kinds if one.disputes)])
