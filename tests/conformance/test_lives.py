"""Keys that begin and end in every way: each case is accepted with its statements, or refused by the code that says why."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance import bundles, governed, keys, lives, recorded

from tallystick import identity
from tallystick.app.bundles import key_lives, proposed
from tallystick.ledger import canonical
from tallystick.ledger.bundle import fields_of

made = {case.name: case for case in lives.cases()}
#: Of a key that ended: the reason that is told, by the way in which it did.
reasons = {
    "retired": "broken",
    "suspended": "cloned",
    "replaced": "replaced",
    "left": "left",
    "dismissed": "left",
    "revoked": "left",
}


@pytest.mark.parametrize("case", made.values(), ids=list(made))
def test_each_case_is_told_for_what_it_is(case: bundles.Case) -> None:
    told = bundles.outcome(case)
    assert told["error"] == case.error
    assert bool(told["statements"]) == (case.error is None)


def test_names_are_used_once_and_every_run_makes_the_same_bytes() -> None:
    others = {case.name for case in (*keys.cases(), *recorded.cases(), *governed.cases())}
    assert not others & made.keys()
    again = list(islice(lives.cases(), 12))
    assert [case.data for case in again] == [made[case.name].data for case in again]


@pytest.mark.parametrize("way", reasons)
def test_what_was_signed_before_an_end_is_proven_and_the_end_told(way: str) -> None:
    rows = _rows(f"ends-{way}")
    assert _of("signers.proven", rows)["grade"] == "proven"
    assert _of("entry.signed", rows)["grade"] == "proven"
    ended, valid, behind = (
        _of(f"key.{name}", rows) for name in ("revoked", "at.valid", "at.ended")
    )
    assert (ended["reason"], ended["index"]) == (reasons[way], valid["index"])
    assert (behind["ended"], behind["index"]) == (valid["index"], valid["index"] + 1)
    assert [row["says"] for row in rows].count("key.at.suspect") == (2 if way == "retired" else 0)


@pytest.mark.parametrize(
    "name", ["ends-unexplained", "other-proposal", "no-proposal", "ends-unknown-type", "begins-unlisted"]
)  # fmt: skip
def test_what_nothing_explains_leaves_open_whether_a_key_goes_on(name: str) -> None:
    rows = _rows(name)
    assert _of("signers.unproven", rows)["unproven"] == 1
    assert _of("key.at.maybe-ended", rows)["grade"] == "authentic"
    assert not {"key.not-revoked", "key.revoked"} & {row["says"] for row in rows}
    grades = {row["grade"] for row in rows if row["says"] == "key.at.self-held"}
    assert "authentic" in grades


def test_what_never_came_to_pass_changes_nothing() -> None:
    for name in (name for name in made if name.startswith("stays-")):
        rows = _rows(name)
        assert _of("signers.proven", rows)["grade"] == "proven", name
        assert _of("key.at.valid", rows)["grade"] == "proven", name
        assert _of("key.not-revoked", rows)["grade"] == "proven", name


def test_whose_devices_and_first_people_are_is_told() -> None:
    assert _of("custody.event", _rows("begins-enrolled"))["organisation"] == lives.firm
    rows = [row for row in _rows("begins-admitted") if row["says"] == "key.registered"]
    assert {row["owner"] for row in rows} == set(lives.people)
    assert len({row["index"] for row in rows}) == 1


@pytest.mark.parametrize(
    ("fields", "gives"),
    [
        ([("/a", 1), ("/b/c", "x")], {"a": 1, "b": {"c": "x"}}),
        ([("/a/0", 1), ("/a/1", 2)], {"a": [1, 2]}),
        ([("/a/1", 2)], {"a": {"1": 2}}),
        ([("/a/0", 1), ("/a/00", 2)], {"a": {"0": 1, "00": 2}}),
        ([("/a~1b/~01", None), ("/", [])], {"a/b": {"~1": None}, "": []}),
        ([("/a", {}), ("/a/b", 1)], None),
        ([("/a/b", 1), ("/a", [])], None),
        ([("/a", 1), ("/a", 1)], None),
        ([("", "x")], None),
        ([("a", "x")], None),
        ([("/a" * 16, 1)], True),
        ([("/a" * 17, 1)], None),
        ([("/0", 1)], [1]),
    ],
)
def test_shown_fields_make_the_object_that_they_stand_in(fields: Any, gives: Any) -> None:
    found = proposed.unfolded(fields)
    assert bool(found) if gives is True else found == gives


names = st.text(st.sampled_from("ab~/é0"), max_size=3).filter(lambda name: not name.isdecimal())
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "x", "~1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(names, values, min_size=1, max_size=3), st.randoms())
def test_all_fields_of_a_body_in_any_order_make_it_again(body: dict[str, Any], order: Any) -> None:
    fields = list(fields_of(canonical.encode(body)).items())
    order.shuffle(fields)
    assert proposed.unfolded(fields) == body


def test_whoever_changes_keys_tells_those_who_read_bundles() -> None:
    """A further place that changes documents of the kind `key` begins or ends keys in a way that `key_lives` must read."""
    part = Path(identity.__path__[0])
    changing = {
        str(path.relative_to(part))
        for path in part.rglob("*.py")
        if re.search(r"""Change\(\s*"key",|register_key\(|key_rules\.registered\(""", path.read_text("utf-8"))
    }  # fmt: skip
    assert changing == {
        "devices/clones.py", "devices/keys.py", "governed.py", "key_rules.py", "keys/binding.py", "keys/recovery.py",
        "keys/rotation.py", "organisations/first_people.py", "parties.py", "people/rules.py",
    }  # fmt: skip
    assert len(key_lives.ways) == 12


def _rows(name: str) -> list[dict[str, Any]]:
    told = bundles.outcome(made[name])
    assert told["error"] is None
    rows: list[dict[str, Any]] = told["statements"]
    return rows


def _of(says: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The last statement of this name."""
    found = [row for row in rows if row["says"] == says]
    assert found, f"nothing says {says}"
    return found[-1]
