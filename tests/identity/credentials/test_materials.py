"""What is not declared never counts as compliant, whatever stands beside it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tallystick.identity.credentials import (
    Component,
    Declarations,
    Declared,
    MaterialDeclaration,
    Substance,
    ThresholdList,
    roll_up,
)
from tallystick.identity.credentials.materials import cas_is_sound, ec_is_sound
from tallystick.identity.credentials.rollup import CompositionRefused, depth_max

svhc = ThresholdList(name="REACH candidate list", version="2025-06-25")
older = ThresholdList(name="REACH candidate list", version="2024-11-07")
lead, dehp = "7439-92-1", "117-81-7"


def substance(cas: str, share: int) -> Substance:
    return Substance(cas=cas, share_ppm=share, threshold_ppm=1000)


def declared(part: str, *substances: Substance, hidden: int = 0, **more: Any) -> Declared:
    told = {"list": svhc, "number": 1, "complete": True, **more}
    said = MaterialDeclaration(part=f"99.1/{part}", substances=substances, **told)
    return Declared(said, hidden)


def part(name: str, *parts: Component, lot: str | None = None) -> Component:
    return Component(part=f"99.1/{name}", lot=lot, parts=parts)


def answer(whole: Component, *shown: Declared, of: str = lead) -> str:
    return roll_up(whole, of, Declarations(svhc, shown)).answer


car = part("CAR", part("DOOR"), part("SEAT"))
cases: list[tuple[str, list[Declared]]] = [
    ("not-declared", []),
    ("not-declared", [declared("DOOR")]),
    ("declared", [declared("DOOR"), declared("SEAT")]),
    ("declared", [declared("DOOR", substance(lead, 1000)), declared("SEAT")]),
    ("declared-above", [declared("DOOR", substance(lead, 1001)), declared("SEAT")]),
    # Above is above, whoever else has said nothing.
    ("declared-above", [declared("DOOR", substance(lead, 1001))]),
    # A declaration that does not claim to be complete speaks of what it names alone.
    ("not-declared", [declared("DOOR", complete=False), declared("SEAT")]),
    ("declared", [declared("DOOR", substance(lead, 1), complete=False), declared("SEAT")]),
    # While a substance is hidden, another one may be it.
    ("not-declared", [declared("DOOR", substance(dehp, 1), hidden=1), declared("SEAT")]),
    ("declared", [declared("DOOR", substance(lead, 1), hidden=1), declared("SEAT")]),
    # By another version of the list, nothing is said.
    ("not-declared", [declared("DOOR", list=older), declared("SEAT")]),
    # The newest of a part holds.
    ("declared", [declared("DOOR", substance(lead, 9999)), declared("DOOR", number=2), declared("SEAT")]),
    ("declared-above", [declared("DOOR"), declared("DOOR", substance(lead, 9999), number=2), declared("SEAT")]),
    # The whole is declared and the door is not: still nobody said what is in the door.
    ("not-declared", [declared("CAR"), declared("SEAT")]),
    ("declared-above", [declared("CAR", substance(lead, 1001)), declared("DOOR"), declared("SEAT")]),
    # A part in another lot says nothing of a part as such.
    ("not-declared", [declared("DOOR", lot="L-1"), declared("SEAT")]),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "shown"), cases)
def test_three_answers(expected: str, shown: list[Declared]) -> None:
    assert answer(car, *shown) == expected


def test_a_lot_answers_for_itself_and_else_by_its_part() -> None:
    of_part, of_lot = declared("DOOR"), declared("DOOR", substance(lead, 5000), lot="L-1")
    assert answer(part("DOOR", lot="L-1"), of_part, of_lot) == "declared-above"
    assert answer(part("DOOR", lot="L-2"), of_part, of_lot) == "declared"
    assert answer(part("DOOR", lot="L-2"), of_lot) == "not-declared"


names = st.sampled_from("ABCDE")
shares = st.integers(0, 2000)
one_declared = st.builds(
    lambda name, share, complete, hidden, number: declared(
        name,
        *([substance(lead, share)] if share % 3 else []),
        complete=complete,
        hidden=hidden,
        number=number,
    ),
    names, shares, st.booleans(), st.integers(0, 1), st.integers(1, 3),
)  # fmt: skip
trees = st.recursive(
    names.map(part), lambda inner: st.builds(lambda n, p: part(n, *p), names, st.lists(inner, max_size=3)), max_leaves=8
)  # fmt: skip


def leaves(whole: Component) -> list[Component]:
    found = [whole] if not whole.parts else []
    return found + [leaf for one in whole.parts for leaf in leaves(one)]


@settings(max_examples=100, deadline=None)
@given(trees, st.lists(one_declared, max_size=8))
def test_not_declared_is_never_compliant(whole: Component, shown: list[Declared]) -> None:
    declarations = Declarations(svhc, shown)
    found = roll_up(whole, lead, declarations)
    answers = {declarations.answer(leaf.part, leaf.lot, lead) for leaf in leaves(whole)}
    if found.compliant:
        assert answers == {"declared"}
    if "declared-above" in answers:
        assert found.answer == "declared-above"
    elif "not-declared" in answers:
        assert found.answer in ("not-declared", "declared-above")
    # Whatever is built in beside it, an undeclared part never makes a thing compliant.
    more = part("Z", whole, part("UNDECLARED"))
    assert not roll_up(more, lead, declarations).compliant
    # Nor does taking declarations away.
    for left in range(len(shown)):
        fewer = Declarations(
            svhc, [one for i, one in enumerate(shown) if i != left and one.said.number == 1]
        )
        if not found.compliant and all(one.said.number == 1 for one in shown):
            assert found.answer == "declared-above" or not roll_up(whole, lead, fewer).compliant  # fmt: skip


def test_a_tree_without_end_is_refused() -> None:
    deep = part("A")
    for _ in range(depth_max + 1):
        deep = part("A", deep)
    with pytest.raises(CompositionRefused):
        answer(deep)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("cas", "7439-92-2"), ("cas", "07439-92-1"), ("cas", "lead"), ("ec", "231-100-5"), ("ec", "131-100-4"),
        ("share_ppm", 1_000_001), ("share_ppm", -1), ("share_ppm", 0.5), ("threshold_ppm", "1"), ("cas", None),
    ],
)  # fmt: skip
def test_a_substance_has_its_numbers(member: str, value: object) -> None:
    good = {"cas": lead, "share_ppm": 1, "threshold_ppm": 1000}
    Substance(**good)
    with pytest.raises(ValidationError):
        Substance(**{**good, member: value})


def test_a_substance_stands_once() -> None:
    with pytest.raises(ValidationError, match="twice"):
        declared("A", substance(lead, 1), substance(lead, 2))


@pytest.mark.parametrize(
    ("cas", "ec"), [("117-81-7", "204-211-0"), ("7439-92-1", "231-100-4"), ("80-05-7", "201-245-8")]
)
def test_numbers_of_known_substances_are_sound(cas: str, ec: str) -> None:
    assert cas_is_sound(cas)
    assert ec_is_sound(ec)
