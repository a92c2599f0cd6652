"""Any order of acts with limits among them, in memory and on both databases: I17 after every step."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.finance.desk import core, supplier
from tests.finance.holdings.kept import Kept
from tests.finance.holdings.test_machine import Holdings
from tests.finance.holdings.vault import node
from tests.finance.limits.floor import Floor
from tests.finance.test_certificate_machine import banks, firms, reached

from tallystick.finance.draft import Row
from tallystick.ledger.state import Change
from tallystick.ledger.store import Store

runs_max = 8
group = f"group {node}#STEEL"
refusing = ("core-limit-reached", "group-limit-reached", "not-available", "funder-limit-reached")


class Limits(Holdings):
    @classmethod
    def new(cls) -> Floor:
        return Floor(firms[1:])

    @property
    def floor(self) -> Floor:
        assert isinstance(self.desk, Floor)
        return self.desk

    @rule(
        kind=st.sampled_from(["core", "group", "funder", "funder-core", "supplier"]),
        by=st.sampled_from(banks),
        seller=st.sampled_from([supplier, firms[1]]),
        more=st.sampled_from([None, -1, 0, 10_000, 10**8, 10**9]),
    )
    def set_limit(self, kind: str, by: str, seller: str, more: int | None) -> None:
        """So much more than is taken now; below it is refused, None ends the limit."""
        told: dict[str, Row] = {
            "core": {"subject": core},
            "group": {"group": "STEEL", "members": (core,)},
            "funder": {},
            "funder-core": {"subject": core},
            "supplier": {"subject": seller},
        }
        names = {
            "core": f"core {core}",
            "group": group,
            "funder": f"funder {by}",
            "funder-core": f"funder-core {by} {core}",
            "supplier": f"supplier {by} {seller}",
        }
        floor = self.floor
        taken = sum(floor.taken(names["core" if kind == "group" else kind]))
        amount = None if more is None else max(0, taken + more)
        after = floor.version(names[kind])
        set_it = self.attempt(
            "limit", lambda: floor.limit(kind, amount, by, after=after, **told[kind]) or True
        )
        assert set_it is None or amount is None or amount >= taken

    def confirm(self, invoice: str, amount: int, due_on: str) -> Any:
        """Where a limit refuses it, the node ends the limits of the core, and it is confirmed."""
        found = super().confirm(invoice, amount, due_on)
        if found is None:
            self._end("core", f"core {core}", subject=core)
            self._end("group", group, group="STEEL", members=(core,))
            found = super().confirm(invoice, amount, due_on)
        return found

    def _end(self, kind: str, name: str, **told: Any) -> None:
        self.floor.limit(kind, None, after=self.floor.version(name), **told)

    @precondition(lambda self: self.names)
    @invariant()
    def nothing_is_above_its_limit_and_counters_are_what_lots_give(self) -> None:
        self.floor.check_limits()


@pytest.mark.parametrize("place", ["memory", "sqlite", "postgresql"])
def test_any_order_of_acts_with_limits(place: str, request: pytest.FixtureRequest) -> None:
    store = None
    if place != "memory":
        name = "sqlite_url" if place == "sqlite" else "postgres_url"
        store = Store(request.getfixturevalue(name))
        store.migrate()

    class Machine(Limits):
        kept: Kept | None = None

        @initialize()
        def begin(self) -> None:
            if store is not None:
                begun = list(self.desk.state.documents())
                self.kept = Kept(store, self.desk.rules)
                self.kept.apply(Change(*key[:2], value, key[2]) for key, value in begun)
                self.desk.state = self.kept  # type: ignore[assignment]

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                if self.kept is not None:
                    self.kept.undo()

    reached.clear()
    soaking = settings.default.max_examples >= 1000
    least = {"issue": 6, "limit": 10, "quote taken": 2, "disburse": 1, "replayed": 3}
    if store is not None:
        least = dict.fromkeys(("issue", "limit", "replayed"), 1)
    refused: Counter[str] = Counter()
    for attempt in range(1, runs_max + 1):
        plan = settings(
            settings.default,
            max_examples=settings.default.max_examples if soaking else attempt * 6,
            stateful_step_count=40 if store is None else 25,
            derandomize=not soaking,
            database=settings.default.database if soaking else None,
        )
        run_state_machine_as_test(Machine, settings=plan)
        refused = Counter({code: _of(code) for code in refusing if _of(code)})
        if all(reached[what] >= count for what, count in least.items()) and refused:
            break
    print(f"{place}: {dict(reached)}")
    for what, count in least.items():
        assert reached[what] >= count, f"only {reached[what]} of {what}"
    assert refused


def _of(code: str) -> int:
    return sum(count for what, count in reached.items() if what.endswith(f": {code}"))
