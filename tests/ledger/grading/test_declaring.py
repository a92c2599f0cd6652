"""A type without class and grade is no type; what the table says follows from both alone."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.world import NoteBody

from tallystick.app.bootstrap import rule_set
from tallystick.identity import Role
from tallystick.ledger import (
    Data,
    EntryType,
    InvariantError,
    Mark,
    Reader,
    RuleSet,
    graded,
    grading,
)
from tallystick.ledger.grading import Leaving, Permission

own, other = "99.1/O-A", "99.1/O-B"


def note_type(data: Any, **more: Any) -> EntryType:
    return EntryType("test.any/1", NoteBody, lambda _state, _act: [], "Any", data=data, **more)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "declares no class and grade"),
        (Data(Mark("weather", "partner")), "no class and grade that exist"),  # type: ignore[arg-type]
        (Data(Mark("trade", "secret")), "no class and grade that exist"),  # type: ignore[arg-type]
        (graded("trade", "core"), "core is an attachment"),
        (graded("trade", "public", {"/text": Mark("trade", "core")}), "core is an attachment"),
        (graded("trade", "public", {"/nothing": Mark("trade", "restricted")}), "no field /nothing"),
        (graded("trade", "public", attachments=Mark("trade", "public")), "attachments, if it has"),
    ],
)
def test_a_type_that_does_not_declare_is_refused(data: Any, why: str) -> None:
    rules = RuleSet()
    with pytest.raises(InvariantError, match=why):
        rules.add(note_type(data))
    assert rules.types == {}


def test_a_type_with_attachments_declares_them() -> None:
    with pytest.raises(InvariantError, match="attachments"):
        RuleSet().add(note_type(graded("trade", "partner"), attachments=lambda body: ()))


def test_every_type_of_the_product_is_declared_and_roles_are_known() -> None:
    types = rule_set().types
    assert len(types) > 80
    for kind in types.values():
        assert kind.data.whole.data_class in grading.classes
        assert kind.public == (kind.data.whole.grade == "public")
    named = {role for row in grading.rows.values() for role in row.clear_for}
    assert named - {"program"} <= set(get_args(Role))
    assert grading.rows.keys() == {(c, g) for c in grading.classes for g in grading.grades}


def test_levels_are_dated() -> None:
    assert [grading.level_of(grade) for grade in grading.grades] == [
        "general", "general", "important", "core",
    ]  # fmt: skip
    assert grading.level_of("core", "2020-01-01") == "core"


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        ("phone", "13812345678", "138****5678"),
        ("phone", "+86 138 1234 5678", "+86****5678"),
        ("phone", "12345", "****45"),
        ("phone", "12", "****"),
        ("credit-code", "91310000MA1FL5E43X", "91****E43X"),
        ("account", "6222 0202 0011 2233 445", "****3445"),
        ("account", "123", "****"),
        ("name", "王小明", "王****"),
        ("name", "王", "****"),
        ("tail", "123456789", "****789"),
        (None, "anything", "****"),
        ("phone", True, "****"),
        ("phone", ["13812345678"], "****"),
    ],
)
def test_masks(mask: Any, value: object, shown: str) -> None:
    assert grading.masked(value, mask) == shown


@given(st.sampled_from(grading.masks), st.text(st.characters(categories=["Nd", "Lu"]), max_size=40))
def test_a_mask_never_shows_the_whole(mask: grading.MaskName, value: str) -> None:
    shown = grading.masked(value, mask)
    kept = shown.replace(grading.hidden, "")
    assert grading.hidden in shown
    assert len(kept) < max(len(value), 1) or not kept
    assert not value or value not in shown


def test_a_masked_body_hides_exactly_what_is_named() -> None:
    body = {"a": {"phone": "13812345678"}, "rows": [{"x": "1", "y": "2"}, {"y": "3"}], "z": 1}
    fields = {
        "/a/phone": Mark("personal", "restricted", "phone"),
        "/rows/*/x": Mark("money", "restricted"),
        "/missing/*/deep": Mark("money", "restricted"),
    }
    assert grading.masked_body(body, fields) == {
        "a": {"phone": "138****5678"},
        "rows": [{"x": "****", "y": "2"}, {"y": "3"}],
        "z": 1,
    }


ways = st.builds(
    Leaving,
    st.just("somebody"),
    st.sampled_from(["CN", "DE"]),
    st.sampled_from(grading.routes),
    organisation=st.sampled_from([None, own, other]),
)


@given(ways, st.sampled_from(grading.classes), st.sampled_from(["restricted", "core"]))
def test_important_and_core_leave_by_name_alone(way: Leaving, data_class: Any, grade: Any) -> None:
    """But to their owner in the same country, and never by webhook."""
    mark = Mark(data_class, grade)
    at_home = way.country == "CN" and way.organisation == own and way.route != "webhook"
    assert way.lets(mark, own) == at_home
    named = Permission("p", own, data_class, "core", way.country, frozenset(grading.routes))
    let = Leaving(way.recipient, way.country, way.route, permissions=(named,))
    assert let.lets(mark, own) == (way.route != "webhook")
    assert not let.lets(mark, other)


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_class": "money"}, {"grade": "partner"}, {"country": "US"}, {"routes": frozenset({"bundle"})},
        {"owner": other},
    ],
)  # fmt: skip
def test_a_permission_covers_what_it_names(wrong: dict[str, Any]) -> None:
    told: dict[str, Any] = {
        "name": "p", "owner": own, "data_class": "personal", "grade": "restricted", "country": "DE",
        "routes": frozenset({"export"}),
    }  # fmt: skip
    mark = Mark("personal", "restricted")
    asked = Leaving("x", "DE", "export", permissions=(Permission(**told),))
    assert asked.lets(mark, own)
    assert not Leaving("x", "DE", "export", permissions=(Permission(**told | wrong),)).lets(
        mark, own
    )
    refusal = str(Leaving("x", "DE", "export").refusal("attachment a of entry 7", mark, own).detail)
    for word in ("attachment a of entry 7", "personal", "restricted", "important", "export", "DE"):
        assert word in refusal


def test_personal_data_of_partners_stay_in_the_country() -> None:
    mark = Mark("personal", "partner")
    assert Leaving("x", "CN", "mirror").lets(mark, own)
    assert not Leaving("x", "DE", "mirror").lets(mark, own)
    assert Leaving("x", "DE", "mirror").lets(Mark("trade", "partner"), own)


@pytest.mark.parametrize(
    ("roles", "clear"),
    [
        ({"finance"}, True),
        ({"warehouse"}, False),
        ({"reader"}, False),
        (set(), False),
        (None, True),
    ],
)
def test_a_role_decides_between_value_and_mask(roles: set[str] | None, clear: bool) -> None:
    mark = Mark("money", "restricted", "account")
    reader = Reader.party(own, roles)
    shown = reader.shown("6222020200112233445", mark, (own,))
    assert shown == ("6222020200112233445" if clear else "****3445")
    assert Reader.party(other).shown("6222020200112233445", mark, (own,)) == "****3445"
    assert Reader().shown("6222020200112233445", mark, (own,)) == "****3445"
