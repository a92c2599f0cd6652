"""The words by which data are sorted: classes, grades, and what a part declares of its entry types (分类分级).

A class says what data are about, a grade how much harm it does if they reach the wrong hands. Every entry type
declares both for its body, for each field of it that differs, and for its attachments; `RuleSet.add` refuses a
type without. What follows from a class and a grade stands in `table`.

A pointer is RFC 6901, with `*` also for every position of a list: `/lines/*/unit_price`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel

from tallystick.ledger.errors import InvariantError

DataClass = Literal["identity", "trade", "quality", "sensor", "money", "personal"]
DataGrade = Literal["public", "partner", "restricted", "core"]
MaskName = Literal["phone", "credit-code", "account", "name", "tail"]
classes: tuple[DataClass, ...] = get_args(DataClass)
#: From the least harm to the most.
grades: tuple[DataGrade, ...] = get_args(DataGrade)
masks: tuple[MaskName, ...] = get_args(MaskName)
#: What references to attachments call the grades (formats §2).
of_reference: Mapping[str, DataGrade] = {
    "public": "public",
    "parties": "partner",
    "restricted": "restricted",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Class and grade of one thing. `mask`: how it is shown to those who need only to recognise it."""

    data_class: DataClass
    grade: DataGrade
    mask: MaskName | None = None

    def at(self, grade: DataGrade) -> Mark:
        """The same thing at another grade."""
        return Mark(self.data_class, grade, self.mask)


@dataclass(frozen=True, slots=True)
class Set:
    """A grade that an owner gave a thing of its own since. `lowered`: by two persons; else it was raised."""

    grade: DataGrade
    lowered: bool

    def of(self, mark: Mark, least: DataGrade) -> Mark:
        """The thing's mark with it: never lower than `least`, and lower than before only if it was lowered."""
        return mark.at(stricter(least if self.lowered else mark.grade, self.grade))


@dataclass(frozen=True, slots=True)
class Data:
    """What an entry type declares.

    whole: its body. fields: those that differ from it, by pointer. attachments: their class, and the least grade
    that they have whatever the reference in a body says; None for a type without any. shared: what of them is
    restricted is for all parties of the entry, as papers that a node looks at; else for their owner alone.
    """

    whole: Mark
    fields: Mapping[str, Mark] = field(default_factory=dict)
    attachments: Mark | None = None
    shared: bool = False

    def marks(self) -> Iterator[tuple[str, Mark]]:
        """The body by the empty pointer, then its fields."""
        yield "", self.whole
        yield from self.fields.items()

    def sensitive(self) -> dict[str, Mark]:
        """The fields of a higher grade than the body."""
        return {name: mark for name, mark in self.fields.items() if above(mark, self.whole)}


def graded(
    data_class: DataClass,
    grade: DataGrade,
    fields: Mapping[str, Mark] | None = None,
    attachments: Mark | None = None,
    *,
    shared: bool = False,
) -> Data:
    """A declaration in one line."""
    return Data(Mark(data_class, grade), fields or {}, attachments, shared)


def rank(grade: str) -> int:
    """0 for the grade of least harm."""
    return grades.index(grade)


def above(one: Mark, other: Mark) -> bool:
    return rank(one.grade) > rank(other.grade)


def stricter(one: DataGrade, other: DataGrade) -> DataGrade:
    return one if rank(one) >= rank(other) else other


def attached(declared: Mark | None, reference: str) -> Mark:
    """The mark of an attachment that a body names with this grade."""
    said = of_reference.get(reference, "core")
    if declared is None:
        return Mark("personal", said)
    return declared.at(stricter(declared.grade, said))


def check(name: str, data: object, body: type[BaseModel], *, attaches: bool) -> None:
    """Raises `InvariantError` for a type that does not declare what it must, or what its body does not have."""
    if not isinstance(data, Data):
        raise InvariantError(f"entry type {name} declares no class and grade")
    for pointer, mark in data.marks():
        if mark.data_class not in classes or mark.grade not in grades:
            raise InvariantError(f"{name}{pointer} is of no class and grade that exist")
        if mark.grade == "core":
            raise InvariantError(
                f"{name}{pointer}: what is core is an attachment, sealed, or not in the log"
            )
        if pointer and pointer not in pointers(body):
            raise InvariantError(f"{name} has no field {pointer}")
    if attaches != (data.attachments is not None):
        raise InvariantError(
            f"{name} must declare class and grade of its attachments, if it has any"
        )


@cache
def pointers(body: type[BaseModel]) -> frozenset[str]:
    """Every pointer that a body of this model may have."""
    schema = body.model_json_schema()
    return frozenset(_below(schema, schema.get("$defs", {}), "", ()))


def _below(
    schema: Mapping[str, Any], known: Mapping[str, Any], at: str, inside: tuple[str, ...]
) -> Iterator[str]:
    reference = str(schema.get("$ref", "")).rpartition("/")[2]
    if reference:
        if reference not in inside:
            yield from _below(known[reference], known, at, (*inside, reference))
        return
    for way in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _below(way, known, at, inside)
    for name, member in schema.get("properties", {}).items():
        below = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
        yield below
        yield from _below(member, known, below, inside)
    for items in filter(None, (schema.get("items"), schema.get("additionalProperties"))):
        if isinstance(items, Mapping):
            yield f"{at}/*"
            yield from _below(items, known, f"{at}/*", inside)
