"""What is not declared never counts as compliant, whatever stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
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
from tallystick.identity.credentials.materials import (
    SubstanceNumberRefused,
    cas_is_sound,
    ec_is_sound,
)
from tallystick.identity.credentials.rollup import CompositionRefused, depth_max

svhc = ThresholdList(name="REACH candidate list", version="2025-06-25")
older = ThresholdList(name="REACH candidate list", version="2024-11-07")
lead, dehp = "7439-92-1", "117-81-7"
lead_ec, dehp_ec = "231-100-4", "204-211-0"


def substance(
    cas: str | None, share: int, ec: str | None = None, threshold: int = 1000
) -> Substance:
    return Substance(cas=cas, ec=ec, share_ppm=share, threshold_ppm=threshold)


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
    # What has no CAS number may be the one that is asked for by its CAS number.
    ("not-declared", [declared("DOOR", substance(None, 500_000, lead_ec)), declared("SEAT")]),
    ("not-declared", [declared("DOOR", substance(None, 1, dehp_ec)), declared("SEAT")]),
    ("declared", [declared("DOOR", substance(dehp, 1, dehp_ec)), declared("SEAT")]),
    ("declared", [declared("DOOR", substance(lead, 1), substance(None, 1, dehp_ec)), declared("SEAT")]),
    ("declared-above", [declared("DOOR", substance(None, 1, lead_ec)), declared("SEAT", substance(lead, 1001))]),
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


def test_the_same_lead_by_either_number() -> None:
    shown = declared("A", substance(lead, 500_000, lead_ec))
    assert {answer(part("A"), shown, of=number) for number in (lead, lead_ec)} == {"declared-above"}
    by_ec = declared("A", substance(None, 500_000, lead_ec))
    assert answer(part("A"), by_ec, of=lead_ec) == "declared-above"
    assert answer(part("A"), declared("A", substance(lead, 1)), of=lead_ec) == "not-declared"


@pytest.mark.parametrize(
    "number", ["nonsense", "", "7439-92-2", "231-100-5", " 7439-92-1", "٧439-92-1"]
)
def test_a_number_that_is_none_is_refused(number: str) -> None:
    """Of such a one, complete declarations once answered that it is not there."""
    with pytest.raises(SubstanceNumberRefused):
        answer(part("A"), declared("A"), of=number)
    with pytest.raises(SubstanceNumberRefused):
        answer(part("A"), of=number)


def test_a_threshold_of_its_own_makes_nobody_compliant_with_that_of_the_asker() -> None:
    shown = Declarations(svhc, [declared("A", substance(lead, 500_000, threshold=1_000_000))])
    own, asked = roll_up(part("A"), lead, shown), roll_up(part("A"), lead, shown, 1000)
    assert (own.answer, own.thresholds_ppm, own.asked) == ("declared", [1_000_000], False)
    assert (asked.answer, asked.thresholds_ppm, asked.asked) == ("declared-above", [1000], True)


def test_the_answer_says_which_thresholds_counted() -> None:
    shown = Declarations(
        svhc, [declared("A", substance(lead, 1)), declared("B", substance(lead, 1, threshold=9)), declared("C")]
    )  # fmt: skip
    own = roll_up(part("Z", part("A"), part("B")), lead, shown)
    assert (own.thresholds_ppm, own.by_list) == ([9, 1000], False)
    assert roll_up(part("Z", part("A"), part("C")), lead, shown).by_list
    assert roll_up(part("C"), lead, shown, 5).thresholds_ppm == []


names = st.sampled_from("ABCDE")
shares = st.integers(0, 2000)
thresholds = st.sampled_from([500, 1000, 1_000_000])
numbered = st.sampled_from(["cas", "ec", "both"])


def one_substance(cas: str, ec: str, by: str, share: int, threshold: int) -> Substance:
    return substance(cas if by != "ec" else None, share, ec if by != "cas" else None, threshold)


of_lead = st.builds(one_substance, st.just(lead), st.just(lead_ec), numbered, shares, thresholds)
of_dehp = st.builds(one_substance, st.just(dehp), st.just(dehp_ec), numbered, shares, thresholds)
one_declared = st.builds(
    lambda name, found, other, complete, hidden, number: declared(
        name, *found, *other, complete=complete, hidden=hidden, number=number
    ),
    names, st.lists(of_lead, max_size=1), st.lists(of_dehp, max_size=1), st.booleans(), st.integers(0, 1),
    st.integers(1, 3),
)  # fmt: skip
trees = st.recursive(
    names.map(part), lambda inner: st.builds(lambda n, p: part(n, *p), names, st.lists(inner, max_size=3)), max_leaves=8
)  # fmt: skip


def leaves(whole: Component) -> list[Component]:
    found = [whole] if not whole.parts else []
    return found + [leaf for one in whole.parts for leaf in leaves(one)]


@settings(max_examples=100, deadline=None)
@given(
    trees, st.lists(one_declared, max_size=8), st.sampled_from([lead, lead_ec]), st.sampled_from([None, 500, 1000])
)  # fmt: skip
def test_not_declared_is_never_compliant(
    whole: Component, shown: list[Declared], asked: str, threshold: int | None
) -> None:
    declarations = Declarations(svhc, shown)
    found = roll_up(whole, asked, declarations, threshold)
    answers = {
        declarations.said(leaf.part, leaf.lot, asked, threshold).answer for leaf in leaves(whole)
    }
    if found.compliant:
        assert answers == {"declared"}
        for leaf in leaves(whole):
            none_is_above(declarations.of(leaf.part, leaf.lot), threshold)
    if "declared-above" in answers:
        assert found.answer == "declared-above"
    elif "not-declared" in answers:
        assert found.answer in ("not-declared", "declared-above")
    # Whatever is built in beside it, an undeclared part never makes a thing compliant.
    more = part("Z", whole, part("UNDECLARED"))
    assert not roll_up(more, asked, declarations, threshold).compliant
    # In whichever order they are shown.
    assert roll_up(whole, asked, Declarations(svhc, shown[::-1]), threshold) == found
    # Nor does taking declarations away, of parts that have one each: an older one may hold again.
    one_each = len({one.said.part for one in shown}) == len(shown)
    for left in range(len(shown)):
        fewer = Declarations(svhc, [one for i, one in enumerate(shown) if i != left])
        if not found.compliant and one_each:
            less = roll_up(whole, asked, fewer, threshold)
            assert found.answer == "declared-above" or not less.compliant


def none_is_above(said: Sequence[Declared], threshold: int | None) -> None:
    """By whichever number lead is declared, its share is not above what counts."""
    assert said
    for one in (substance for found in said for substance in found.said.substances):
        if lead == one.cas or lead_ec == one.ec:
            assert one.share_ppm <= (one.threshold_ppm if threshold is None else threshold)


def test_of_one_number_given_twice_what_is_worse_holds() -> None:
    """The first that was shown held, so that whoever shows them chose."""
    good, silent, bad = (
        declared("A"), declared("A", complete=False), declared("A", substance(lead, 500_000)),
    )  # fmt: skip
    for shown, expected in (
        ((good, silent), "not-declared"), ((silent, bad), "declared-above"), ((good, bad), "declared-above"),
    ):  # fmt: skip
        assert {answer(part("A"), *shown), answer(part("A"), *shown[::-1])} == {expected}
    assert answer(part("A"), bad, declared("A", number=2)) == "declared"


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
