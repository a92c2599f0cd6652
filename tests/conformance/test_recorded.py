"""What a record said: each case is accepted with its statements, or refused by the code that says why."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance import bundles, recorded

made = {case.name: case for case in recorded.cases()}


@pytest.mark.parametrize("case", made.values(), ids=list(made))
def test_each_case_is_told_for_what_it_is(case: bundles.Case) -> None:
    told = bundles.outcome(case)
    assert told["error"] == case.error
    assert bool(told["statements"]) == (case.error is None)


def values(name: str) -> dict[int, tuple[str, str]]:
    rows: list[dict[str, Any]] = bundles.outcome(made[name])["statements"]
    return {
        row["value"]: (row["data"], row["grade"]) for row in rows if row["says"] == "record.value"
    }


proven, authentic = "proven", "authentic"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("record-made", {1: ("泵 {1}", proven), 2: ("older", proven)}),
        ("record-between", {2: ("newer", proven), 10: ("ten", proven)}),
        (
            "record-fourth",
            {2: ("newer", proven), 3: ("41 CNY", proven), 4: ("open", proven), 5: ("last", proven)},
        ),
        ("record-deleted", {}),
        ("record-now", {6: ("again", proven)}),
        ("record-hidden-before", {6: ("again", proven)}),
        ("record-leaf-alone", {2: ("newer", authentic), 10: ("ten", authentic), 5: ("last", proven)}),
        (
            "record-fields",
            {2: ("newer", authentic), 10: ("ten", authentic), 4: ("open", proven), 5: ("last", proven)},
        ),
        ("record-field-removed", {2: ("newer", authentic), 5: ("last", proven)}),
        ("record-fields-nameless", {2: ("newer", authentic), 10: ("ten", authentic), 5: ("last", proven)}),
        ("record-before", {}),
    ],
)  # fmt: skip
def test_values_are_those_that_the_entries_shown_give(
    name: str, told: dict[int, tuple[str, str]]
) -> None:
    assert values(name) == told
