"""Any order of payments, in memory and on both databases: I14, I18-I25, I27 and I29 of research §6 after every act.

A bookkeeper that shares no code with the rules (`bookkeeper`) works out beside them what each act must leave, and
which acts must be refused; a refusal leaves every document as it was. On a database each run is signed and said again
on a log, which is audited and held against bank and register day by day. `./dev soak --only settlement` plays 100,000.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.finance.holdings.test_machine import took
from tests.finance.settlement.kept_machine import stored
from tests.finance.test_certificate_machine import reached

from tallystick.ledger.store import Store

runs_max = 8
steps_in_soak = 100_000
least_in_memory = {
    "accept": 20, "disburse": 15, "pay": 8, "pay a day": 8, "came back": 2, "pay late": 4, "declare": 4, "freeze": 8,
    "pledge taken": 4, "transfer": 4, "bought": 4, "agreed": 4, "extend": 2, "listed": 4, "table": 30, "recover": 2, "replayed": 30,
}  # fmt: skip
least_stored = {"accept": 2, "pay": 1, "pay a day": 1, "replayed": 4, "audited": 4, "equal days": 8}


@pytest.mark.parametrize("place", ["memory", "sqlite", "postgresql"])
def test_any_order_of_payments(place: str, request: pytest.FixtureRequest) -> None:
    store = None
    if place != "memory":
        name = "sqlite_url" if place == "sqlite" else "postgres_url"
        store = Store(request.getfixturevalue(name))
        store.migrate()
    reached.clear()
    took.clear()
    soaking = settings.default.max_examples >= 1000
    least = least_in_memory if store is None else least_stored
    for attempt in range(1, runs_max + 1):
        plan = settings(
            settings.default,
            max_examples=settings.default.max_examples
            if soaking
            else attempt * (50 if store is None else 6),
            stateful_step_count=50 if store is None else 30,
            derandomize=not soaking,
            database=settings.default.database if soaking else None,
        )
        run_state_machine_as_test(stored(store), settings=plan)
        if all(reached[what] >= count for what, count in least.items()):
            break
    refusals = sum(count for what, count in reached.items() if what.startswith("refused"))
    print(f"{place}: {took['steps']} acts, {refusals} refusals: {dict(reached)}")
    for what, count in least.items():
        assert reached[what] >= count, f"only {reached[what]} of {what}"
    assert took["steps"] >= (steps_in_soak if soaking else 100)
    assert refusals >= 10
