"""Liars: an operator with the log's key that shows witnesses another history, and one with rules of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from tests.ledger.world import NoteBody, key, log, rules_with_notes
from tests.simulator import oracle
from tests.simulator.chance import Crash
from tests.simulator.network import SimWitness
from tests.simulator.store import rows
from tests.simulator.template import origin

from tallystick.ledger import Act, Change, Checkpoint, RuleSet, State, merkle
from tallystick.ledger.witness import AddCheckpoint
from tallystick.ledger.witness.request import parse_size

if TYPE_CHECKING:
    from tests.simulator.run import Simulation


@cache
def honest_rules() -> RuleSet:
    return rules_with_notes()


@cache
def crooked_rules() -> RuleSet:
    """As the honest ones, but a note that is to be refused is accepted."""
    rules = rules_with_notes()
    honest = rules.types["test.note/1"]

    def accepts(state: State, act: Act[NoteBody]) -> list[Change]:
        count = len(state.group("note", act.author))
        said = {"text": act.body.text, "by": act.author}
        return [Change("note", act.author, said, f"{count:06d}")]

    rules.types["test.note/1"] = replace(honest, rule=accepts)
    return rules


class Forger:
    """Keeps one other history: the log's leaves up to a point, and its own behind it.

    `roots`: by name of the history and size, what it signed. `deceived`: witnesses that were shown it first.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.hashes: list[bytes] | None = None
        self.roots: dict[tuple[str, int], bytes] = {}
        self.deceived: set[SimWitness] = set()
        self.shared = 0

    def attack(self) -> None:
        """Shows the other history to one witness, from the size that it knows."""
        chance = self.simulation.chance
        if self.hashes is None:
            store = self.simulation.store
            leaves = [bytes(row[0]) for row in rows(store, "entry", "leaf_hash", "idx")]
            self.shared = chance.rng.randrange(1, len(leaves))
            self.hashes = leaves[: self.shared]
        self.hashes += [chance.rng.randbytes(32) for _ in range(chance.rng.randrange(1, 30))]
        witness = chance.among(list(self.simulation.witnesses.values()))
        size = chance.rng.randrange(self.shared + 1, len(self.hashes) + 1)
        self._show(witness, size, 0)

    def _show(self, witness: SimWitness, size: int, old: int, again: int = 2) -> None:
        hashes = self.hashes or []
        root = oracle.roots(hashes, [size])[size]
        self.roots["forged", size] = root
        for below, tree in oracle.roots(hashes, range(1, self.shared + 1)).items():
            self.roots["forged", below] = tree
        note = Checkpoint(origin, size, root).sign(key(f"300:{log}").private)
        proof = tuple(self._proof(old, size)) if 0 < old < size else ()
        try:
            status, _, data = witness.answer(AddCheckpoint(old, proof, note).encode())
        except Crash:
            # Perhaps after it stored what it was shown.
            status, data = 0, b""
        if witness.honest and witness.holds(size, root):
            self.deceived.add(witness)
        if not status:
            return
        self.simulation.chance.reached(f"forged history: {status}")
        if status == 409 and again and (known := parse_size(data)) <= size:
            self._show(witness, size, known, again - 1)

    def _proof(self, old: int, size: int) -> list[bytes]:
        hashes = self.hashes or []

        def node(level: int, index: int) -> bytes:
            if level == 0:
                return hashes[index]
            left, right = node(level - 1, 2 * index), node(level - 1, 2 * index + 1)
            return merkle.node_hash(left, right)

        return merkle.consistency_proof(node, old, size)
