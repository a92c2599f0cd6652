"""What declarations of parts and lots say together of a thing that is made of them.

For each substance one of three answers. *Not declared* is not a kind of *declared*: what nobody said anything
about is not compliant, and one part without a declaration leaves the whole undeclared. A part above the
threshold settles it for the whole, since a threshold holds for each article and is not thinned by what it is
built into. Shares are compared with the threshold that the asker states; without one, with that which each
declaration names, so that whoever declares could set its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tallystick.identity import names
from tallystick.identity.credentials.bodies import LotCode, ThresholdList
from tallystick.identity.credentials.materials import Declared, numbering
from tallystick.ledger import Handle, TallystickError

Answer = Literal["declared", "declared-above", "not-declared"]
_worse: tuple[Answer, ...] = ("declared", "not-declared", "declared-above")
depth_max = 30
components_max = 100_000


class CompositionRefused(TallystickError):
    code = "material-composition-refused"
    status = 400
    title = "The bill of materials cannot be gone through"
    advice = "Give a tree of parts without a circle, within the limits that are named."


class Component(BaseModel):
    """A part, or one lot of it, and what it is made of. What has no parts is declared by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    part: Handle
    lot: LotCode | None = None
    parts: tuple[Component, ...] = Field(default=(), max_length=components_max)


@dataclass(frozen=True, slots=True)
class Finding:
    """`lacking` and `above`: which parts make the answer what it is, as `part` or `part lot`.

    `thresholds_ppm`: what the shares were compared with, in order. `asked`: it was the asker who stated it; else
    each declaration named its own. `by_list`: of some part the answer rests on what a complete declaration does not
    name, and so on the threshold of the list itself.
    """

    answer: Answer
    lacking: Sequence[str] = ()
    above: Sequence[str] = ()
    thresholds_ppm: Sequence[int] = ()
    asked: bool = False
    by_list: bool = False

    @property
    def compliant(self) -> bool:
        """Only what is declared, all of it, and nowhere above the threshold."""
        return self.answer == "declared"


@dataclass(frozen=True, slots=True)
class Said:
    """What is declared of one part by itself. `threshold_ppm`: what its share was compared with; without one, no share was named."""

    answer: Answer
    threshold_ppm: int | None = None


class Declarations:
    """Those that somebody was shown, by part and lot, of one list in one version.

    Of two for the same part and lot the one with the greater number holds; of one number that was given twice, what is
    worse. A declaration by another list, or by another version of it, says nothing here.
    """

    def __init__(self, threshold: ThresholdList, shown: Iterable[Declared]) -> None:
        found: dict[tuple[str, str], list[Declared]] = {}
        for one in shown:
            if one.said.list != threshold:
                continue
            last = found.setdefault(_key(one.said.part, one.said.lot), [])
            if last and last[0].said.number < one.said.number:
                last.clear()
            if not last or last[0].said.number == one.said.number:
                last.append(one)
        self._by_part: Mapping[tuple[str, str], Sequence[Declared]] = found

    def of(self, part: str, lot: str | None) -> Sequence[Declared]:
        """That of the lot, or else of the part as such; several only where one number was given twice."""
        own = self._by_part.get(_key(part, lot), ())
        return own if own or lot is None else self._by_part.get(_key(part, None), ())

    def said(
        self, part: str, lot: str | None, substance: str, threshold_ppm: int | None = None
    ) -> Said:
        """What is declared of a substance in this part or lot by itself. Raises `SubstanceNumberRefused`."""
        numbering(substance)
        answers = [_said_by(one, substance, threshold_ppm) for one in self.of(part, lot)]
        return max(answers, key=_badness, default=Said("not-declared"))


def _said_by(declared: Declared, substance: str, threshold_ppm: int | None) -> Said:
    for one in declared.said.substances:
        if one.is_called(substance):
            counted = one.threshold_ppm if threshold_ppm is None else threshold_ppm
            return Said("declared-above" if one.above(counted) else "declared", counted)
    covered = declared.covers_the_rest(numbering(substance))
    return Said("declared" if covered else "not-declared")


def _badness(said: Said) -> tuple[int, bool]:
    return _worse.index(said.answer), said.threshold_ppm is None


def roll_up(
    whole: Component,
    substance: str,
    declarations: Declarations,
    threshold_ppm: int | None = None,
) -> Finding:
    """Of a substance, by CAS or EC number, in a thing and all that it is made of.

    `threshold_ppm`: what declared shares are compared with, instead of the threshold that each declaration names.
    Raises `CompositionRefused` or `SubstanceNumberRefused`.

    What has no parts must be declared. What has parts may be declared besides: that can only add that it is
    above, so that a declaration of the whole never hides a part of which nobody said anything.
    """
    lacking: list[str] = []
    above: list[str] = []
    counted: set[int] = set()
    by_list = False
    for part in _components(whole):
        said = declarations.said(part.part, part.lot, substance, threshold_ppm)
        if said.threshold_ppm is not None:
            counted.add(said.threshold_ppm)
        by_list |= said == Said("declared") and not part.parts
        if said.answer == "declared-above":
            above.append(_said(part))
        elif said.answer == "not-declared" and not part.parts:
            lacking.append(_said(part))
    answer: Answer = "declared-above" if above else "not-declared" if lacking else "declared"
    return Finding(answer, lacking, above, sorted(counted), threshold_ppm is not None, by_list)


def _components(whole: Component) -> Iterator[Component]:
    todo = [(whole, 0)]
    count = 0
    while todo:
        part, depth = todo.pop()
        count += 1
        if depth > depth_max or count > components_max:
            raise CompositionRefused(f"deeper than {depth_max}, or more than {components_max}")
        yield part
        todo += [(one, depth + 1) for one in reversed(part.parts)]


def _key(part: str, lot: str | None) -> tuple[str, str]:
    return names.fold(part), lot or ""


def _said(part: Component) -> str:
    return f"{part.part} {part.lot}" if part.lot else part.part
