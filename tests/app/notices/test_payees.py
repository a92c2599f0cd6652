"""The old contacts of an organisation are told when somebody wants it paid to another account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.finance.accounts.counter import Counter, first, second
from tests.finance.desk import maker, supplier

from tallystick.app.login import Member
from tallystick.app.notices.payees import payees
from tallystick.ledger import View

friday = "2026-02-13T02:00:00.000Z"


@dataclass
class Looking:
    """A state in memory, with the one index that the notices ask for."""

    counter: Counter

    def get(self, *named: str) -> Any:
        return self.counter.state.get(*named)

    def group(self, kind: str, name: str) -> Any:
        return self.counter.state.group(kind, name)

    def find(
        self, index: str, key: str, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Any]:
        """One at a time: whoever asks goes on until there is no more."""
        assert (index, key, limit > 1) == ("payee-proposal-of", supplier, True)
        state = self.counter.state
        names = state.names("payee-proposal", after=after[0] if after else "", limit=1)
        return [
            SimpleNamespace(name=one, part="", value=state.get("payee-proposal", one))
            for one in names
        ]


def told(counter: Counter, *roles: str) -> list[tuple[str, bool]]:
    member = Member(maker(supplier), supplier, frozenset(roles or ("maker",)), "300")
    found = payees(cast(View, Looking(counter)), member)
    return [(one.kind, one.waits) for one in found]


@pytest.fixture
def counter() -> Counter:
    made = Counter()
    made.named(made.confirmed())
    made.time = friday
    return made


def test_old_contacts_learn_of_each_step(counter: Counter) -> None:
    before = told(counter)
    proposal = counter.propose_payee(counter.confirmed(tail="5678"), by=first)
    assert [one for one in told(counter) if one not in before] == [("payee-change-proposed", True)]
    assert told(counter, "warehouse") == []
    counter.approve_payee(proposal, by=second)
    counter.block(friday)
    assert ("payee-change-approved", True) in told(counter)
    counter.cancel(proposal)
    assert ("payee-change-cancelled", False) in told(counter)
    assert ("payee-change-approved", True) not in told(counter)


def test_once_it_is_in_force_nobody_is_asked_to_stop_it(counter: Counter) -> None:
    proposal = counter.propose_payee(counter.confirmed(tail="5678"), by=first)
    counter.approve_payee(proposal, by=second)
    counter.block("2026-03-31T02:00:00.000Z")
    assert {kind for kind, _ in told(counter)} == {"payee-changed"}
    assert not any(waits for _, waits in told(counter))
