"""A node with a log and a contract of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.contracts.rig import Anchoring
from tests.ledger.world import World

from tallystick.app import worker
from tallystick.app.anchor import configured, job
from tallystick.app.anchor.step import step
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.settings import Settings
from tallystick.ledger import AnchorRow, SetClock

start = "2026-03-01T00:00:00.000Z"


@dataclass
class Anchored:
    """`steps` has its own clocks: `now_s`, and that of signing."""

    node: Node
    world: World
    rig: Anchoring
    clock: SetClock = field(default_factory=lambda: SetClock(start))
    now_s: int = 0

    def __post_init__(self) -> None:
        self.steps = job.Steps(lambda: self.now_s * 10**9, self.clock)

    @property
    def size(self) -> int:
        """Of the newest checkpoint."""
        with self.node.reader.open() as snapshot:
            found = snapshot.checkpoint()
        assert found is not None
        return found[0]

    @property
    def row(self) -> AnchorRow:
        with self.node.store.read() as transaction:
            return transaction.anchors.recent(1)[0]

    def grow(self) -> int:
        self.world.ledger.append(self.world.mint(1, self.size))
        self.world.ledger.seal()
        return self.size

    def step(self, size: int | None = None) -> AnchorRow:
        return step(self.node, size or self.size, self.clock)

    def settled(self, monkeypatch: Any, polls: int = 1) -> list[tuple[str, int, str | None]]:
        """The open rows after so many polls of the worker, each ended before the next."""
        monkeypatch.setattr(job, "steps", lambda: self.steps)
        monkeypatch.setattr(worker, "_node", lambda: self.node)
        for _ in range(polls):
            self.now_s += 5
            worker.work_off()
            self.steps.wait()
        with self.node.store.read() as transaction:
            return transaction.outbox.waiting_of(job.anchor_job)


def make(folder: Path, database_url: str, rig: Anchoring, **other: Any) -> Anchored:
    home = folder / "home"
    policy = {"policy": other.pop("policy")} if "policy" in other else {}
    world = World(database_url, home / "signer", rule_set(), **policy)
    world.populate()
    world.ledger.seal()
    told = {
        "anchor_rpc": rig.node.url,
        "anchor_chain": rig.chain.chain,
        "anchor_contract": rig.chain.contract,
        "anchor_confirmations": 2,
        "anchor_fee_max_gwei": 1000,
        **other,
    }
    settings = Settings(home=home, database_url=database_url, **told)
    rig.publisher.key.save(configured.key_path(settings))
    return Anchored(Node.at(settings), world, rig)
