"""What must be true of the store after every kill, read without the node."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.kills.senders import Answered, Sent

from tallystick.app.bootstrap import Node
from tallystick.ledger import Checker, audit, merkle

old_looked_at = 100


@dataclass
class Checks:
    """Grows with the log: each check looks at what is new, and at some of what is old."""

    node: Node
    promised: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)
    _frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    _bodies: int = 0

    def promise(self, answered: Iterable[Answered]) -> dict[tuple[str, str], tuple[int, str, str]]:
        """Remember what was acknowledged; raises if two answers say different things."""
        new: dict[tuple[str, str], tuple[int, str, str]] = {}
        for one in answered:
            for name, row in one.promised().items():
                before = self.promised.setdefault(name, row)
                if before != row:
                    raise AssertionError(f"{name} was {before} and is {row}")
                new[name] = row
        return new

    def after_kill(
        self, answered: Sequence[Answered], pending: Sequence[Sent], rng: random.Random
    ) -> list[bool]:
        """Of each request that was not answered: whether the log has it. Raises what is wrong."""
        looked_at = self.promise(answered)
        old = rng.sample(sorted(self.promised), min(old_looked_at, len(self.promised)))
        looked_at |= {name: self.promised[name] for name in old}
        self._promises_are_kept(looked_at)
        self._nothing_is_half_done()
        return [self._whole_or_not(sent) for sent in pending]

    def at_the_end(self) -> int:
        """Every promise, and the audit; the size of the log."""
        self._promises_are_kept(self.promised)
        node = self.node
        found = audit(node.store, node.rules, node.directory, Checker(), memory=node.memory())
        node.store.close()
        return found.size

    def _promises_are_kept(self, rows: dict[tuple[str, str], tuple[int, str, str]]) -> None:
        with self.node.store.read() as transaction:
            stored = transaction.known_ids([entry_id for _, entry_id in rows])
        for name, row in rows.items():
            found = stored.get(name)
            if found is None:
                raise AssertionError(f"acknowledged and lost: {name} at {row[0]}")
            kept = (found.index, found.leaf_hash.hex(), found.outcome)
            if kept != row:
                raise AssertionError(f"{name} was acknowledged as {row} and is {kept}")

    def _nothing_is_half_done(self) -> None:
        """The stored tree is the tree of the stored leaves, each with its body, and no smaller than what was signed."""
        signed, _ = self.node.memory().load()
        with self.node.store.read() as transaction:
            tree = transaction.tree()
            if tree is None:
                raise AssertionError("the store holds no log")
            for row in transaction.entries(self._frontier.size, tree.size + 1):
                if merkle.leaf_hash(row.leaf) != row.leaf_hash or row.index != self._frontier.size:
                    raise AssertionError(f"entry {row.index} is not whole")
                self._frontier.append(row.leaf_hash)
            bodies = sum(1 for _ in transaction.bodies(self._bodies, tree.size + 1))
        if (self._frontier.size, self._frontier.root()) != (tree.size, tree.root):
            raise AssertionError(f"{self._frontier.size} leaves, and a tree of size {tree.size}")
        if self._bodies + bodies != tree.size or signed > tree.size:
            raise AssertionError(f"{self._bodies + bodies} bodies, {signed} signed of {tree.size}")
        self._bodies = tree.size
        self.node.store.close()

    def _whole_or_not(self, sent: Sent) -> bool:
        """A request is taken in as a whole or not at all: it is one transaction."""
        names = {
            name
            for name, expected in zip(sent.ids, sent.expected, strict=True)
            if expected in ("accepted", "refused")
        }
        with self.node.store.read() as transaction:
            stored = transaction.known_ids([entry_id for _, entry_id in names])
        there = names & stored.keys()
        if there and there != names:
            raise AssertionError(f"{len(there)} of {len(names)} entries of one request are there")
        return bool(there)
