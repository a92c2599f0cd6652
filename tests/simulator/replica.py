"""The mirror of the run: it fetches, executes again and cosigns, over a store of its own, without a thread."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulator.chance import Chance, Crash, SimClock
from tests.simulator.memories import SimRefusals, SimStatements
from tests.simulator.network import SimWitness
from tests.simulator.store import SimStore

from tallystick.identity import Directory
from tallystick.ledger import (
    Checker,
    Checkpoint,
    LogReader,
    RuleSet,
    TallystickError,
    Verifier,
    auditor_reader,
    open_checkpoint,
)
from tallystick.ledger.mirror import (
    Again,
    Following,
    Mirror,
    MirrorCannotFollow,
    MirrorWithholds,
    MirrorWitness,
    StoreSource,
)
from tallystick.ledger.note import NoteSignature
from tallystick.ledger.witness import AddCheckpoint


class Feed(StoreSource):
    """What the operator gives its mirror, through a network that garbles."""

    def __init__(self, reader: LogReader, chance: Chance) -> None:
        super().__init__(reader, auditor_reader, chance.among((2, 9, 1024)))
        self.chance = chance

    def stretch(self, first: int, end: int) -> bytes:
        data = super().stretch(first, end)
        if self.chance.fault("garbled-feed") and data:
            place = self.chance.rng.randrange(len(data))
            data = (
                data[:place]
                + bytes([data[place] ^ (1 << self.chance.rng.randrange(8))])
                + (data[place + 1 :])
            )
        return data


class Inline(Mirror):
    """A mirror whose rounds are driven by who asks."""

    def reach(self, note: str, timeout_ms: int = 0) -> Checkpoint:
        try:
            self.follow(note)
        except MirrorWithholds:
            raise
        except TallystickError as error:
            raise MirrorCannotFollow(f"{error.title} ({error.code})") from None
        return open_checkpoint(note, self._verifier)


class SimMirror(SimWitness):
    """The fourth witness of the policy: cosigns what it has executed again."""

    def __init__(
        self,
        name: str,
        log: Verifier,
        chance: Chance,
        clock: SimClock,
        store: SimStore,
        reader: LogReader,
        rules: RuleSet,
        checker: Checker,
    ) -> None:
        self.store = store
        self.source = Feed(reader, chance)
        self.rules = rules
        self.checker = checker
        self.refusals = SimRefusals()
        self.statements = SimStatements()
        super().__init__(name, log, chance, clock)

    def start(self) -> None:
        super().start()
        again = Again(self.store, self.rules, Directory(), self.checker)
        follows = Following(again, self.source, self.log)
        self.mirror = Inline(follows, self.source, self.log, self.refusals, self.clock)  # type: ignore[arg-type]
        self.cosigning = MirrorWitness(self.process, self.log, self.mirror, self.statements)  # type: ignore[arg-type]

    def sign(self, request: AddCheckpoint) -> NoteSignature:
        if self.chance.fault("mirror-crash"):
            raise Crash("mirror-crash")
        return self.cosigning.add_checkpoint(request)

    def follow(self) -> TallystickError | None:
        """A round of its own; why it failed, if it did."""
        try:
            self.mirror.follow()
        except TallystickError as error:
            return error
        except Crash:
            self.start()
        return None

    def outcomes(self) -> Sequence[tuple[int, str, str | None]]:
        """(index, outcome, code) of every entry that it laid down."""
        return self.store.raw.execute(
            "SELECT idx, outcome, code FROM entry ORDER BY idx"
        ).fetchall()
