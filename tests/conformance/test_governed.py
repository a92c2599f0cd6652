"""Bundles follow acts of governance from genesis to what is in force, and refuse what no quorum signed."""

from __future__ import annotations

import pytest
from tests.conformance import governed
from tests.conformance.bundles import Case, outcome

made = list(governed.cases())


@pytest.mark.parametrize("case", made, ids=lambda case: case.name)
def test_each_case_is_told_for_what_it_is(case: Case) -> None:
    told = outcome(case)
    assert told["error"] == case.error
    assert bool(told["statements"]) == (case.error is None)
