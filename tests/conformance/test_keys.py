"""Keys that were replaced: each case is accepted with its statements, or refused by the code that says why."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance import bundles, keys
from tests.conformance.forge import Forge

from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.verify import verify
from tallystick.ledger.bundle import errors
from tallystick.ledger.sm import libcrypto

made = {case.name: case for case in keys.cases()}


@pytest.mark.parametrize("case", made.values(), ids=list(made))
def test_each_case_is_told_for_what_it_is(case: bundles.Case) -> None:
    told = bundles.outcome(case)
    assert told["error"] == case.error
    assert bool(told["statements"]) == (case.error is None)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "key-at-before",
            ["key.registered", "key.revoked", "key.replaced", "key.at.not-yet", "key.at.self-held"],
        ),
        (
            "key-at-first",
            ["key.registered", "key.revoked", "key.replaced", "key.at.valid", "key.at.self-held"],
        ),
        ("key-at-last", ["key.at.valid", "key.at.self-held", "key.at.suspect"]),
        ("key-at-behind", ["key.at.ended", "key.at.self-held", "key.at.suspect"]),
        ("key-at-end", ["key.registered", "key.not-revoked", "key.at.valid", "key.at.self-held"]),
        (
            "key-at-recovered",
            ["key.registered", "key.revoked", "key.replaced", "key.at.ended", "key.at.bound"],
        ),
        ("key-at-bound", ["key.at.valid", "key.at.bound"]),
        (
            "key-at-waiting",
            ["key.registered", "key.not-revoked", "key.at.not-yet", "key.at.self-held"],
        ),
    ],
)
def test_what_is_said_of_a_key_at_an_index(name: str, says: list[str]) -> None:
    rows: list[dict[str, Any]] = bundles.outcome(made[name])["statements"]
    assert [row["says"] for row in rows][-len(says) :] == says


def test_a_suite_that_is_lacking_leaves_its_entries_unchecked_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither valid nor refused; with the suite it verifies."""
    case = keys.lacking()
    assert bundles.outcome(case)["error"] is None
    monkeypatch.setenv(libcrypto.library_setting, "none")
    with pytest.raises(errors.BundleSuiteLacking) as told:
        verify(case.data, read_pins(Forge().verifier.encode(), "", ""))
    assert case.story.split()[1] + ", " + case.story.split()[3] in str(told.value.detail)
