"""The log's processes: a sequencer and a worker that asks witnesses, one step at a time instead of by threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

from tests.ledger.world import Seeded, key, log
from tests.simulator import parts
from tests.simulator.chance import Chance, SimClock
from tests.simulator.memories import SimMemory
from tests.simulator.store import SimStore

from tallystick.app import witnessing
from tallystick.identity import Directory
from tallystick.ledger import (
    Answer,
    Checker,
    Ledger,
    LogReader,
    LogSigner,
    RuleSet,
    Sequencer,
    Submission,
    sequencer,
    witness,
)


class Operator:
    """One process: made by a start, gone with a crash. What it remembers is in no store."""

    def __init__(
        self,
        name: str,
        origin: str,
        store: SimStore,
        memory: SimMemory,
        clock: SimClock,
        rules: RuleSet,
        checker: Checker,
        chance: Chance,
    ) -> None:
        self.name = name
        self.store = store
        self.memory = memory
        self.reader = LogReader(store, rules)
        self.ledger = Ledger(
            store,
            rules,
            Directory(),
            LogSigner(origin, key(f"300:{log}"), memory),
            key(f"301:{log}"),
            clock,
            checker,
            Seeded(f"{chance.seed}/{name}"),
        )
        self.sequencer = Sequencer(self.ledger)
        self.begun: Any = None
        self.asking: witnessing.Asking | None = None

    def hand_in(self, submissions: Sequence[Submission]) -> Future[list[Answer]]:
        """As `submit`, without waiting; raises `SequencerFenced`."""
        if parts.has_terms:
            return self.sequencer.hand_in(submissions)
        work = sequencer._Work(list(submissions))
        self.sequencer._queue.put_nowait(work)
        return work.answers

    def begin(self) -> None:
        """Gather what has arrived and look at its signatures, unless the batch before waits still."""
        if self.begun is None:
            self.begun = self.sequencer._begin(self.sequencer._gather(wait=False))

    def take(self) -> None:
        """As the thread does: begin the next batch, then write the one begun before."""
        following = None
        if self.begun is not None and self.sequencer.waiting():
            following = self.sequencer._begin(self.sequencer._gather(wait=False))
        begun, self.begun = self.begun, following
        if begun is not None:
            self.sequencer._take(begun)

    def seal(self) -> bool:
        return self.ledger.seal()

    def cosign(self, ask: Callable[[witness.Policy], witnessing.Asking], clock: SimClock) -> None:
        """What the worker does with the newest row of its outbox."""
        with self.reader.open() as snapshot:
            newest, policy = snapshot.checkpoint(), snapshot.policy()
        if newest is None:
            return
        if self.asking is None or self.asking.policy != policy:
            self.asking = ask(policy)
        asking = self.asking
        node: Any = SimpleNamespace(
            store=self.store, reader=self.reader, memory=lambda: self.memory
        )
        played: Any = witnessing
        before = played.asking, played.SystemClock
        played.asking = lambda _policy: asking
        played.SystemClock = lambda: clock
        try:
            witnessing.cosign(node, str(newest[0]))
        finally:
            played.asking, played.SystemClock = before
