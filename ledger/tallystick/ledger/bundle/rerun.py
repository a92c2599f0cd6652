"""Executing the rules again over some entries of a log: those of a bundle, in the order of their indexes.

An entry's verdict follows from the documents that it reads. `dependencies` replays a whole log and notes for
each entry which entries wrote what it read; with all of these, and theirs, a part of the log gives the same
verdicts as the whole. Ledger time is that of the last block given; places in streams and the chain of blocks
are taken as they are, for the tree has proven them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from tallystick.ledger import merkle, system
from tallystick.ledger.canonical import Document
from tallystick.ledger.earlier import earlier_entry
from tallystick.ledger.entry import Entry, Envelope, Submission
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.judge import Judge, LiveState, Outcome
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.rules import Earlier, RuleSet
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.state import Change, Effects, MemoryState
from tallystick.ledger.verify import Verified


@dataclass(frozen=True, slots=True)
class Given:
    """An entry to execute again, whose signatures somebody has verified."""

    index: int
    leaf: bytes
    body: bytes
    salt: bytes


class Rerun:
    """The rules over a state that holds what the entries so far wrote."""

    def __init__(
        self, rules: RuleSet, directory: KeyDirectory, state: LiveState | None = None
    ) -> None:
        self.state: LiveState = MemoryState() if state is None else state
        self._rules, self._directory = rules, directory
        self._judge = Judge(rules, directory, self.state, lambda _author: None)
        self._judge.find_earlier = self._find
        self._named: dict[int, Earlier] = {}
        #: Entries that rules looked at.
        self.asked: set[int] = set()

    def run(self, given: Given) -> Outcome:
        """Its verdict, which is then in effect; raises the error that would have kept it out."""
        envelope = Envelope.parse(given.leaf)
        entry = Entry.parse(envelope.payload)
        verified = Verified(
            given.leaf,
            entry,
            hashlib.sha256(envelope.payload).digest(),
            merkle.leaf_hash(given.leaf),
            tuple(self._keys(envelope, entry, given.body)),
        )
        self._stand(given, entry)
        submission = Submission(given.leaf, given.body, given.salt)
        outcome = self._judge.outcome(submission, verified, intake=False)
        self._judge.take(verified, outcome)
        self._remember(given, outcome)
        return outcome

    def touched(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        """Which entries touched each name in the map of heads."""
        found: dict[tuple[str, str], list[int]] = {}
        for touch in self._judge.touches:
            found.setdefault((touch.kind, touch.name), []).append(touch.index)
        return {name: tuple(indexes) for name, indexes in found.items()}

    def _find(self, index: int) -> Earlier | None:
        self.asked.add(index)
        return self._named.get(index)

    def _remember(self, given: Given, outcome: Outcome) -> None:
        """What an erasure may look at."""
        accepted = outcome.refusal is None
        found = earlier_entry(self._rules, given.leaf, given.body, accepted=accepted)
        if found is not None and found.attachments:
            self._named[given.index] = found

    def _stand(self, given: Given, entry: Entry) -> None:
        """Where the entry stands: its index, its author's stream, the block before."""
        self._judge.index = given.index
        if entry.seq is None or entry.seq == 0 or entry.prev is None:
            self._judge.streams.pop(entry.author, None)
        else:
            self._judge.streams[entry.author] = (entry.seq - 1, entry.prev)
        if entry.type == system.block_type:
            told = orjson.loads(given.body)
            before = {"height": told["height"] - 1, "size": 0, "time": self._judge.block_time}
            self.state.apply([Change("log", "block", before)])

    def _keys(
        self, envelope: Envelope, entry: Entry, body: bytes
    ) -> Iterable[tuple[str, PublicKey]]:
        introduced = self._introduced(entry, body)
        for signature in envelope.signatures:
            record = self._directory.key(self.state, signature.keyid)
            public = introduced.get(signature.keyid) if record is None else record.public
            if public is not None:
                yield signature.keyid, public

    def _introduced(self, entry: Entry, body: bytes) -> Mapping[str, PublicKey]:
        entry_type = self._rules.types.get(entry.type)
        if entry_type is None or entry_type.introduces is None:
            return {}
        try:
            return entry_type.introduces(self._rules.parse_body(entry.type, body))
        except TallystickError:
            return {}


def dependencies(
    entries: Iterable[Given], rules: RuleSet, directory: KeyDirectory, unread: frozenset[str]
) -> Mapping[int, frozenset[int]]:
    """For each entry of a whole log, those that wrote what its rule read last.

    `unread`: kinds of document that follow by themselves from the others, such as lists of what ends when.
    """
    state = _Traced(unread | {"log"})
    rerun, found = Rerun(rules, directory, state), dict[int, frozenset[int]]()
    for given in entries:
        state.index, state.read = given.index, set()
        rerun.asked.clear()
        rerun.run(given)
        found[given.index] = frozenset((state.read | rerun.asked) - {given.index})
    return found


def closure(start: Iterable[int], needed: Mapping[int, frozenset[int]]) -> set[int]:
    """These entries and all on which they rest, directly or not."""
    found: set[int] = set()
    todo = list(start)
    while todo:
        index = todo.pop()
        if index not in found:
            found.add(index)
            todo += needed.get(index, ())
    return found


class _Traced(MemoryState):
    """A state that notes who wrote last what is read."""

    def __init__(self, unread: frozenset[str]) -> None:
        super().__init__()
        self.index = 0
        self.read: set[int] = set()
        self._unread = unread
        self._writers: dict[tuple[str, str], dict[str, int]] = {}

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        writer = self._writers.get((kind, name), {}).get(part)
        if writer is not None and kind not in self._unread:
            self.read.add(writer)
        return super().get(kind, name, part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        if kind not in self._unread:
            self.read.update(self._writers.get((kind, name), {}).values())
        return super().group(kind, name)

    def apply(self, changes: Iterable[Change] | Effects) -> None:
        changed = list(changes)
        for change in changed:
            writers = self._writers.setdefault((change.kind, change.name), {})
            writers[change.part] = self.index
        super().apply(changed)
