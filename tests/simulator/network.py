"""The wire between the log and its witnesses, and the witnesses at its other end.

`Wire` stands in for `httpx.Client`, as far as a log's client of witnesses uses it. It loses requests and
answers, garbles them, and delivers twice; whatever a witness signs has left it, even if nobody gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from tests.simulator.chance import Chance, Crash, SimClock, Violation
from tests.simulator.memories import SimWitnessMemory
from tests.simulator.template import witness_key

from tallystick.ledger import Checkpoint, Note, TallystickError, Verifier
from tallystick.ledger.note import NoteSignature
from tallystick.ledger.witness import AddCheckpoint, Cosigner, Remembered, Witness, WitnessConflict
from tallystick.ledger.witness.cosignature import cosign
from tallystick.ledger.witness.request import encode_lines, encode_size, size_media_type

#: Called with each checkpoint that leaves the log, and each that an honest witness signed.
Leaves = Callable[[Checkpoint], None]


class SimWitness:
    """A machine with a witness: its process, which dies and starts again, over its disk."""

    honest = True

    def __init__(self, name: str, log: Verifier, chance: Chance, clock: SimClock) -> None:
        self.name = name
        self.key = witness_key(name)
        self.cosigner = Cosigner(name, self.key.public)
        self.log = log
        self.chance = chance
        self.clock = clock
        self.memory = SimWitnessMemory(chance)
        self.memory.save(Remembered.nothing(log.name))
        self.emitted: list[Checkpoint] = []
        self.start()

    def start(self) -> None:
        """From its disk alone. Raises `Violation` if that is behind what it signed."""
        stored = self.memory.load(self.log.name).checkpoint
        largest = max((one.size for one in self.emitted), default=0)
        if stored.size < largest:
            raise Violation(f"{self.name} signed {largest} and remembers {stored.size}")
        watched = {self.log.name: [self.log]}
        self.process = Witness(self.name, self.key, watched, self.memory, self.clock)

    def sign(self, request: AddCheckpoint) -> NoteSignature:
        return self.process.add_checkpoint(request)

    def holds(self, size: int, root: bytes) -> bool:
        """Whether this is what it stored last."""
        stored = self.memory.load(self.log.name).checkpoint
        return (stored.size, stored.root) == (size, root)

    def answer(self, data: bytes) -> tuple[int, str, bytes]:
        """Status, media type and bytes, as the routes of a witness give them."""
        try:
            request = AddCheckpoint.parse(data)
            line = self.sign(request)
        except WitnessConflict as conflict:
            return conflict.status, size_media_type, encode_size(conflict.size)
        except TallystickError as error:
            return error.status, "text/plain", error.detail.encode()
        except Crash:
            self.chance.say(f"{self.name} starts again")
            self.start()
            raise
        self.emitted.append(Checkpoint.parse_extended(request.note.text))
        return 200, "text/plain", encode_lines([line])


class LyingWitness(SimWitness):
    """Signs whatever it is shown, or says what is not so."""

    honest = False

    def answer(self, data: bytes) -> tuple[int, str, bytes]:
        request = AddCheckpoint.parse(data)
        text, lie = request.note.text, self.chance.rng.randrange(12)
        size = Checkpoint.parse_extended(text).size
        if lie == 0:
            self.chance.reached("lying witness: ahead")
            return 409, size_media_type, encode_size(size + 1 + self.chance.rng.randrange(9))
        if lie == 1:
            self.chance.reached("lying witness: went back")
            return 409, size_media_type, encode_size(max(0, size - 7))
        if lie == 2:
            self.chance.reached("lying witness: signs another text")
            text = text.replace(str(size), str(size + 1), 1)
        if lie == 3:
            self.chance.reached("lying witness: garbage")
            return 200, "text/plain", self.chance.rng.randbytes(90)
        self.chance.cases["lying witness signs"] += 1
        line = cosign(text, self.name, self.key, self.clock.now_ms() // 1000)
        return 200, "text/plain", encode_lines([line])


class Wire:
    """`httpx.Client.stream` to the witnesses by their addresses."""

    def __init__(self, witnesses: Mapping[str, SimWitness], chance: Chance, leaves: Leaves) -> None:
        self._witnesses = witnesses
        self._chance = chance
        self._leaves = leaves

    @contextmanager
    def stream(self, _method: str, url: str, **more: Any) -> Iterator[httpx.Response]:
        witness = self._witnesses[httpx.URL(url).host]
        status, kind, data = self.deliver(witness, more["content"])
        yield httpx.Response(status, headers={"content-type": kind}, content=iter([data]))

    def deliver(self, witness: SimWitness, data: bytes) -> tuple[int, str, bytes]:
        """Raises `httpx.HTTPError` where the network or the witness fails."""
        chance = self._chance
        self._leaves(Checkpoint.parse_extended(Note.parse(_note(data)).text))
        if chance.fault("network") and chance.one_in(2):
            raise httpx.ConnectError("the request was lost")
        try:
            if chance.fault("network"):
                witness.answer(data)
            status, kind, answer = witness.answer(data)
        except Crash:
            raise httpx.ReadError("the witness died") from None
        if chance.fault("network"):
            if chance.one_in(2):
                raise httpx.ReadTimeout("the answer was lost")
            place = chance.rng.randrange(len(answer) or 1)
            answer = answer[:place] + bytes([chance.rng.randrange(256)]) + answer[place + 1 :]
        return status, kind, answer


def _note(request: bytes) -> str:
    return request.partition(b"\n\n")[2].decode()
