"""What software issued within a policy is told with the policy; what went beyond it, or was cut, is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance import bundles, policed
from tests.conformance.bundles import maker
from tests.ledger.world import core

made = {case.name: case for case in policed.cases()}


@pytest.mark.parametrize("case", made.values(), ids=list(made))
def test_each_case_is_told_for_what_it_is(case: bundles.Case) -> None:
    told = bundles.outcome(case)
    assert told["error"] == case.error
    assert bool(told["statements"]) == (case.error is None)


def policy(name: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = bundles.outcome(made[name])["statements"]
    (told,) = (row for row in rows if row["says"] == "certificate.policy")
    assert "certificate.policy-room" in {row["says"] for row in rows}
    return told


def test_a_holder_is_told_the_terms_and_not_the_issuers_other_caps() -> None:
    whole, terms = policy("standing-policy"), policy("standing-policy-terms")
    caps = ("supplier_max_minor", "day_max_minor", "total_max_minor")
    assert [whole[cap] for cap in caps] == [100_000_00, 100_000_00, 500_000_00]
    assert [terms[cap] for cap in caps] == [None] * 3
    assert {k: v for k, v in whole.items() if k not in caps} == {
        k: v for k, v in terms.items() if k not in caps
    }
    assert (whole["by"], whole["approver"]) == (maker[core], policed.checker)
    assert whole["service"] == policed.service
