"""Which class and grade the things of one entry have: as its type declares, or as its owner set them since.

Owner is the organisation for which the author speaks. What it set is asked once for each organisation in a
snapshot, and of nobody while nobody set anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tallystick.ledger import canonical
from tallystick.ledger.errors import RuleError
from tallystick.ledger.grading import DataGrade, Mark, Set, at_step, attached, masked_body, rank
from tallystick.ledger.readers import Reader, Thing, body_grade, everybody, sight_of
from tallystick.ledger.rules import EntryType, RuleSet
from tallystick.ledger.state import View
from tallystick.ledger.store import EntryRow

_undeclared = Mark("personal", "partner")


@dataclass
class Marking:
    """Of one snapshot."""

    rules: RuleSet
    view: View
    _owners: dict[str, str] = field(default_factory=dict)
    _set: dict[str, Mapping[str, Set]] = field(default_factory=dict)
    _raised: dict[tuple[str, str], tuple[Mark, ...]] = field(default_factory=dict)
    _any: bool | None = None

    def owner(self, author: str) -> str:
        found = self._owners.get(author)
        if found is None:
            found = self._owners[author] = self.rules.speaks_for(self.view, author)
        return found

    def of(self, row: EntryRow, parties: tuple[str, ...]) -> Marked:
        """The marks of an entry."""
        known = self.rules.types.get(row.type)
        whole = known.data.whole if known else _undeclared
        if everybody in parties:
            whole = whole.at("public")
        now = self._now(row, f"type:{row.type}", whole, whole.grade)
        return Marked(self, row, known, now, parties)

    def field_mark(self, row: EntryRow, pointer: str, mark: Mark) -> Mark:
        return self._now(row, f"field:{row.type}#{pointer}", mark, mark.grade)

    def attachment_mark(self, row: EntryRow, digest: str, mark: Mark, least: DataGrade) -> Mark:
        return self._now(row, f"attachment:{digest}", mark, least)

    def raised(self, said: Iterable[tuple[str, str]]) -> Iterator[Mark]:
        """The marks of entries of these types and organisations, and of their fields, that were raised so far that
        they are for roles alone. Types stand without version.
        """
        if not self._is_any():
            return
        for one in dict.fromkeys(said):
            if one not in self._raised:
                self._raised[one] = tuple(self._raised_by(*one))
            yield from self._raised[one]

    def _raised_by(self, stem: str, owner: str) -> Iterator[Mark]:
        for thing, found in self._of_owner(owner).items():
            name, _, pointer = thing.partition(":")[2].partition("#")
            known = self.rules.types.get(name)
            if known is None or name.rpartition("/")[0] != stem:
                continue
            mark = known.data.fields.get(pointer, known.data.whole)
            now = found.of(mark, mark.grade)
            if rank(now.grade) > max(rank(mark.grade), rank("partner")):
                yield now

    def fields_set(self, row: EntryRow) -> list[str]:
        """Pointers of fields that the owner graded beside those that are declared."""
        if not self._is_any():
            return []
        start = f"field:{row.type}#"
        return [one[len(start) :] for one in self._of(row.author) if one.startswith(start)]

    def _now(self, row: EntryRow, thing: str, mark: Mark, least: DataGrade) -> Mark:
        if not self._is_any():
            return mark
        found = self._of(row.author).get(thing)
        return mark if found is None else found.of(mark, least)

    def _of(self, author: str) -> Mapping[str, Set]:
        return self._of_owner(self.owner(author))

    def _of_owner(self, owner: str) -> Mapping[str, Set]:
        if owner not in self._set:
            self._set[owner] = self.rules.grades_set(self.view, owner)
        return self._set[owner]

    def _is_any(self) -> bool:
        if self._any is None:
            self._any = self.rules.any_grade_set(self.view)
        return self._any


@dataclass(frozen=True, slots=True)
class Marked:
    """One entry, and what readers see of it. `whole`: the mark of its body."""

    marking: Marking
    row: EntryRow
    known: EntryType | None
    whole: Mark
    parties: tuple[str, ...]

    def in_bulk(self, reader: Reader) -> bool:
        """Whether the reader gets its envelope together with others."""
        grade = "public" if self.whole.grade == "public" else "leaf"
        return reader.may_read(grade, self.parties, thing=self.thing())

    def body(self, reader: Reader) -> bool:
        """Whether the reader sees the body, some fields of it perhaps masked."""
        sight = sight_of(self.whole, body_grade(self.whole.grade == "public", self.parties))
        return reader.may_read(sight, self.parties, self.whole, self._owner(reader), self.thing())

    def masks(self, reader: Reader, body: bytes) -> dict[str, Mark]:
        """The fields of this body that the reader sees masked."""
        if reader.sees_all():
            return {}
        least: DataGrade = "public" if reader.is_leaving() else "partner"
        whole = body_grade(self.whole.grade == "public", self.parties)
        return {
            pointer: mark
            for pointer, mark in self._above(least, body)
            if not reader.may_read(
                sight_of(mark, whole), self.parties, mark, self._owner(reader), self.thing()
            )
        }

    def _above(self, least: DataGrade, body: bytes) -> Iterator[tuple[str, Mark]]:
        """The fields that this body says and that are of a higher grade."""
        declared = {**self.known.data.fields} if self.known else {}
        for pointer in self.marking.fields_set(self.row):
            declared.setdefault(pointer, self.known.data.whole if self.known else _undeclared)
        now = {
            pointer: self.marking.field_mark(self.row, pointer, mark)
            for pointer, mark in declared.items()
        }
        if not now and (self.known is None or self.known.within is None):
            return
        told: Any = canonical.decode(body)
        if self.known is not None and self.known.within is not None and self._fits(body):
            view, index = self.marking.view, self.row.index
            now |= self.known.within(view, self.owner(), index, told)
        for pointer, mark in now.items():
            if rank(mark.grade) > rank(least) and _says(told, pointer):
                yield pointer, mark

    def _fits(self, body: bytes) -> bool:
        """Whether the body is what its type says: all that were accepted are."""
        if self.row.outcome == "accepted":
            return True
        try:
            self.marking.rules.parse_body(self.row.type, body)
        except RuleError:
            return False
        return True

    def masked(self, body: bytes, fields: Mapping[str, Mark]) -> bytes:
        told: Any = canonical.decode(body)
        return canonical.encode(masked_body(told, fields))

    def attachment(self, digest: str, grade: str) -> Mark:
        """The mark of an attachment that the body names with this grade."""
        declared = self.known.data.attachments if self.known else None
        least = declared.grade if declared else "public"
        return self.marking.attachment_mark(self.row, digest, attached(declared, grade), least)

    def sees(self, reader: Reader, digest: str, grade: str) -> bool:
        """Whether the reader may have an attachment: what is restricted, its owner alone and auditors."""
        mark = self.attachment(digest, grade)
        body = body_grade(self.whole.grade == "public", self.parties)
        sight = sight_of(mark, body)
        theirs = sight in ("public", "parties") or (
            sight == "restricted" and self.known is not None and self.known.data.shared
        )
        who = self.parties if theirs else (self.owner(),)
        return reader.may_read(sight, who, mark, self._owner(reader), self.thing(evidence=True))

    def kept_here(
        self, reader: Reader, body: bytes | None, attachments: Mapping[str, str]
    ) -> Iterator[tuple[str, Mark]]:
        """What the reader would see here, and may not take away. attachments: their grades, by hash."""
        if not reader.is_leaving():
            return
        here, index = reader.staying(), self.row.index
        if body is not None:
            if self.body(here) and not self.body(reader):
                yield f"the body of entry {index}", self.whole
            kept = self.masks(here, body)
            for pointer, mark in self.masks(reader, body).items():
                if pointer not in kept:
                    yield f"{pointer} of entry {index}", mark
        for digest, grade in attachments.items():
            if self.sees(here, digest, grade) and not self.sees(reader, digest, grade):
                yield f"attachment {digest} of entry {index}", self.attachment(digest, grade)

    def owner(self) -> str:
        return self.marking.owner(self.row.author)

    def thing(self, *, evidence: bool = False) -> Thing:
        """The entry as those who share it name it: by its type and author."""
        return Thing("entries", self.row.author, self.row.type, evidence)

    def _owner(self, reader: Reader) -> str | None:
        """Asked of the state only where it counts."""
        return self.owner() if reader.is_leaving() else None


def _says(told: Any, pointer: str) -> bool:
    """Whether a body has a value at this pointer."""
    steps = pointer.split("/")[1:]
    return _any(told, steps)


def _any(told: Any, steps: list[str]) -> bool:
    if not steps:
        return told is not None
    step, rest = steps[0].replace("~1", "/").replace("~0", "~"), steps[1:]
    if isinstance(told, Mapping):
        return any(
            _any(told[name], rest) for name in (told if step == "*" else (step,)) if name in told
        )
    return isinstance(told, list) and any(_any(told[at], rest) for at in at_step(step, len(told)))
