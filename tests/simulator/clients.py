"""Who signs and sends: each keeps what it signed until it is answered, and sends it again."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.ledger.world import NoteBody, Seeded, core, key, node, supplier
from tests.simulator.chance import Chance, SimClock, Violation
from tests.simulator.template import devices, origin, own_keys

from tallystick.identity import CreateHandles, HandleRecord, HandleValue, RevokeKey
from tallystick.ledger import Answer, Author, Entry, Envelope, StreamAuthor, Submission

note = "test.note/1"


@dataclass
class Said:
    """A signed entry, what may become of it, and what its sender knows. `key`: who signed it."""

    submission: Submission
    may: set[str]
    key: str
    author: str = ""
    id: str = ""
    answers: list[tuple[int, str, str]] = field(default_factory=list)
    result: str = ""
    lost_by_lie: bool = False

    def __post_init__(self) -> None:
        entry = Entry.parse(Envelope.parse(self.submission.envelope).payload)
        self.author, self.id = entry.author, entry.id

    @property
    def acknowledged(self) -> bool:
        return bool(self.answers)

    def take(self, answer: Answer, revoked: set[str]) -> None:
        """Raises `Violation` if this answer cannot be."""
        told = answer.problem.code if answer.problem else answer.outcome
        may = self.may | ({"key-not-valid", "stream-gap"} if self.key in revoked else set())
        if told not in may:
            raise Violation(f"{self.author} {self.id}: {told}, not one of {sorted(may)}")
        self.result = told
        if answer.problem is None:
            row = (answer.index, answer.leaf_hash, answer.outcome)
            if self.answers and self.answers[0] != row:
                raise Violation(f"{self.author} {self.id}: {self.answers[0]}, then {row}")
            self.answers[:] = [row]
        elif self.answers:
            raise Violation(f"{self.author} {self.id} was acknowledged, then {told}")


class Clients:
    """All senders of a run. `open` is what has no answer yet, in the order in which it was signed."""

    def __init__(self, chance: Chance, clock: SimClock, *, crooked: bool) -> None:
        self.chance = chance
        #: What becomes of an entry that its rule refuses, where the operator accepts everything.
        self.against_rule = {"accepted"} if crooked else set[str]()
        self.random = Seeded(f"clients/{chance.seed}")
        self.clock = clock
        self.said: list[Said] = []
        self.open: list[Said] = []
        self.streams = {
            device: StreamAuthor(self.author(device, f"300:{device}")) for device in devices
        }
        self.dead: set[str] = set()
        self.revoked: set[str] = set()
        self.minted = 0

    def author(self, handle: str, reference: str) -> Author:
        return Author(origin, handle, key(reference), self.clock, self.random)

    def speak(self) -> None:
        """Somebody signs something."""
        kind = self.chance.rng.randrange(20)
        if kind < 9:
            self._scan()
        elif kind < 16:
            self._note()
        elif kind < 17:
            self._revoke()
        elif kind < 19:
            self._mint()
        else:
            self._same_id()

    def batch(self) -> list[Said]:
        """Some of what is open: of a device, all it has, since its entries stand in order."""
        if not self.open:
            return []
        if self.chance.one_in(4):
            some = list(self.open)
        else:
            author = self.chance.among(self.open).author
            some = [one for one in self.open if one.author == author]
        self.chance.reached("sent again") if any(one.answers for one in some) else None
        return some

    def answered(self, one: Said, answer: Answer) -> None:
        one.take(answer, self.revoked)
        self.chance.say(f"{one.id[-8:]} {one.result} {answer.index}")
        self.chance.cases[f"answered {one.result}"] += 1
        if one in self.open:
            self.open.remove(one)
        if one.result in ("key-not-valid", "stream-gap") and one.author in self.streams:
            self.dead.add(one.author)
            self.open = [o for o in self.open if o.author != one.author]

    def say(self, one: Said) -> None:
        self.said.append(one)
        self.open.append(one)

    def _note(self) -> None:
        reference = self.chance.among((*own_keys, f"300:{supplier}"))
        handle = reference.partition(":")[2]
        text = self.chance.among(("a", "b", "c", "refuse"))
        to = self.chance.among((None, supplier))
        written = self.author(handle, reference).write(note, NoteBody(text=text, to=to))
        refused = {"note-refused-by-rule"} | self.against_rule
        self.say(Said(written, refused if text == "refuse" else {"accepted"}, reference))

    def _scan(self) -> None:
        device = self.chance.among(devices)
        if device in self.dead:
            return
        stream = self.streams[device]
        for _ in range(self.chance.rng.randrange(1, 4)):
            text = self.chance.among(("a", "b", "refuse"))
            written = stream.write(note, NoteBody(text=text, to=supplier))
            told = {"refused"} | self.against_rule if text == "refuse" else {"accepted"}
            self.say(Said(written, told, f"300:{device}"))
        if self.chance.one_in(4):
            # A second signer with the same key: its next entry, behind another one than the last.
            wrong = StreamAuthor(stream.author, stream.seq, self.random(32).hex())
            evil = wrong.write(note, NoteBody(text="forked"))
            self.say(Said(evil, {"stream-fork"}, f"300:{device}"))
            self.chance.reached("fork of a stream")

    def _revoke(self) -> None:
        """The key that is revoked goes on signing: nobody told its owner."""
        reference = self.chance.among((*own_keys, *(f"300:{device}" for device in devices)))
        if reference in self.revoked or len(self.revoked) > 2:
            return
        body = RevokeKey(key=reference, reason="stolen")
        self.say(
            Said(
                self.author(node, f"300:{node}").write("identity.key.revoke/1", body),
                {"accepted"},
                f"300:{node}",
            )
        )
        self.revoked.add(reference)
        self.chance.reached("key revoked")

    def _mint(self) -> None:
        handle = f"99.100.1/SN-{self.minted:06d}"
        self.minted += 1
        value = HandleValue(index=1, type="NAME", data="电池包")
        body = CreateHandles(handles=(HandleRecord(handle=handle, values=(value,)),))
        reference = own_keys[0]
        written = self.author(core, reference).write("identity.handle.create/1", body)
        self.say(Said(written, {"accepted"}, reference))

    def _same_id(self) -> None:
        """The id of an entry that is in the log, with another payload."""
        known = [one for one in self.said if one.acknowledged and one.author == core]
        if known:
            one = self.chance.among(known)
            author = self.author(core, own_keys[1])
            other = author.write(note, NoteBody(text="another"), entry_id=one.id)
            self.say(Said(other, {"id-used"}, own_keys[1]))
            self.chance.reached("id used again")
