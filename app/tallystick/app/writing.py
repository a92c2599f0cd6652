"""Pens: entries by plain requests, signed with keys that the node holds (formats §10).

Whoever showed who it is writes for one author. An act that asks for an own key is refused by its rule, whatever
is signed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tallystick.app.bootstrap import Node
from tallystick.app.keystore import KeyMissing
from tallystick.identity import Pen, Said, speaker
from tallystick.ledger import (
    Answer,
    Author,
    Clock,
    EntryRow,
    KeyRecord,
    SigningKey,
    Submission,
    SystemClock,
    batch_entries_max,
)


class Log(Protocol):
    """What a pen needs of the running log."""

    def submit(self, submissions: list[Submission]) -> list[Answer]: ...


@dataclass(frozen=True, slots=True)
class Pens:
    """Gives a pen to whoever may have one."""

    node: Node
    log: Log
    origin: str
    clock: Clock = field(default_factory=SystemClock)

    def of(self, author: str) -> Pen:
        """The pen of an author whose key the node holds; raises `UnknownParty` or `KeyMissing`."""
        with self.node.reader.open() as snapshot:
            who = speaker(snapshot.view, author)
            known = self.node.directory.keys_of(snapshot.view, author)
        held = [one for one in known if one.until is None and self.node.keys.has(one.reference)]
        if not held:
            raise KeyMissing(f"this node holds no key of {author}")
        return NodePen(self, author, who.organisation, tuple(held))


@dataclass(frozen=True, slots=True)
class NodePen:
    """A `Pen`. An author with keys of two suites signs with one of each (formats §2)."""

    pens: Pens
    author: str
    organisation: str
    keys: tuple[KeyRecord, ...]

    def write(self, said: Sequence[Said]) -> list[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(said), batch_entries_max):
            answers += self._write(said[start : start + batch_entries_max])
        return answers

    def _write(self, said: Sequence[Said]) -> list[Answer]:
        told = self._told_before(said)
        fresh = [position for position in range(len(said)) if position not in told]
        signed = [self._sign(said[position]) for position in fresh]
        answers = self.pens.log.submit(signed) if signed else []
        told |= dict(zip(fresh, answers, strict=True))
        if any(one.problem is not None and one.problem.code == "id-used" for one in answers):
            # The same request at the same time: what the other one wrote is the answer.
            told |= self._told_before(said)
        return [told[position] for position in range(len(said))]

    def _told_before(self, said: Sequence[Said]) -> dict[int, Answer]:
        """The first answers of what was said before in the same words. A new signature would be another entry."""
        ids = [one.id for one in said if one.id is not None]
        return dict(self._repeated(said, ids)) if ids else {}

    def _repeated(self, said: Sequence[Said], ids: Sequence[str]) -> Iterator[tuple[int, Answer]]:
        with self.pens.node.reader.open() as snapshot:
            rows: Mapping[tuple[str, str], EntryRow] = snapshot.known(ids)
            for position, one in enumerate(said):
                row = rows.get((self.author, one.id or ""))
                if row is None or row.type != one.type:
                    continue
                if snapshot.stored_body(row.index) == one.body.encode():
                    yield position, Answer.of(row, duplicate=True)

    def _sign(self, one: Said) -> Submission:
        keys = self._keys_for(one.type)
        author = Author(self.pens.origin, self.author, keys[0], self.pens.clock)
        return author.write(one.type, one.body, endorsers=keys[1:], entry_id=one.id)

    def _keys_for(self, entry_type: str) -> list[SigningKey]:
        """One of each suite; raises `KeyMissing`."""
        chosen: dict[str, KeyRecord] = {}
        for record in self.keys:
            if record.may_sign(entry_type):
                chosen.setdefault(record.public.suite, record)
        if not chosen:
            raise KeyMissing(f"no key of {self.author} that this node holds signs {entry_type}")
        return [self.pens.node.keys.get(record.reference) for record in chosen.values()]
