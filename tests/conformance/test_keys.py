"""Keys that were replaced: each case is accepted with its statements, or refused by the code that says why."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance import bundles, keys

made = {case.name: case for case in keys.cases()}


@pytest.mark.parametrize("case", made.values(), ids=list(made))
def test_each_case_is_told_for_what_it_is(case: bundles.Case) -> None:
    told = bundles.outcome(case)
    assert told["error"] == case.error
    assert bool(told["statements"]) == (case.error is None)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("key-at-before", ["key.registered", "key.revoked", "key.replaced", "key.at.not-yet"]),
        ("key-at-first", ["key.registered", "key.revoked", "key.replaced", "key.at.valid"]),
        ("key-at-last", ["key.at.valid", "key.at.suspect"]),
        ("key-at-behind", ["key.at.ended", "key.at.suspect"]),
        ("key-at-end", ["key.registered", "key.not-revoked", "key.at.valid"]),
        ("key-at-recovered", ["key.registered", "key.revoked", "key.replaced", "key.at.ended"]),
        ("key-at-waiting", ["key.registered", "key.not-revoked", "key.at.not-yet"]),
    ],
)
def test_what_is_said_of_a_key_at_an_index(name: str, says: list[str]) -> None:
    rows: list[dict[str, Any]] = bundles.outcome(made[name])["statements"]
    assert [row["says"] for row in rows][-len(says) :] == says
