"""Any order of acts, step after step, in memory or on a database, until so many were taken.

What must hold at every index is said by the machines themselves (`tests/finance/holdings/test_machine.py`,
`tests/finance/settlement/machine.py`); hypothesis prints what repeats a run that fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from tests.finance.holdings import test_machine as holdings
from tests.finance.settlement import kept_machine as settlement
from tests.finance.test_certificate_machine import reached

from tallystick.ledger.store import Store

runs_a_round, steps_a_run = 100, 50
#: By what they are about: a class of machines over a store, or over memory alone.
machines: Mapping[str, Callable[[Store | None], type[RuleBasedStateMachine]]] = {
    "holdings": holdings.stored,
    "settlement": settlement.stored,
}


@dataclass(frozen=True, slots=True)
class Steps:
    """Acts that were taken, of which kinds; what was refused by the rules is counted beside."""

    taken: int
    refused: int
    kinds: Counter[str]


def run(name: str, url: str, steps: int, say: Callable[[str], None]) -> Steps:
    """`name`: of `machines`. `url`: of an empty database; empty for memory alone. Raises what an invariant raises."""
    store = Store(url) if url else None
    if store is not None:
        store.migrate()
    holdings.took.clear()
    reached.clear()
    plan = settings(
        deadline=None, max_examples=min(runs_a_round, max(1, steps // steps_a_run)), print_blob=True,
        stateful_step_count=steps_a_run, database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    machine = machines[name](store)
    while holdings.took["steps"] < steps:
        run_state_machine_as_test(machine, settings=plan)
        say(f"{holdings.took['steps']} of {steps} steps")
    refused = sum(count for what, count in reached.items() if what.startswith("refused"))
    if store is not None:
        store.close()
    return Steps(holdings.took["steps"], refused, Counter(reached))
