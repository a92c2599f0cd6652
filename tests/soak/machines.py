"""Any order of acts on holdings, step after step, in memory or on a database, until so many were taken.

What must hold at every index is said by the machine itself (`tests/finance/holdings/test_machine.py`); hypothesis
prints what repeats a run that fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.finance.holdings.test_machine import stored, took
from tests.finance.test_certificate_machine import reached

from tallystick.ledger.store import Store

runs_a_round, steps_a_run = 100, 50


@dataclass(frozen=True, slots=True)
class Steps:
    """Acts that were taken, of which kinds; what was refused by the rules is counted beside."""

    taken: int
    refused: int
    kinds: Counter[str]


def run(url: str, steps: int, say: Callable[[str], None]) -> Steps:
    """`url`: of an empty database; empty for memory alone. Raises what an invariant raises."""
    store = Store(url) if url else None
    if store is not None:
        store.migrate()
    took.clear()
    reached.clear()
    plan = settings(
        deadline=None, max_examples=min(runs_a_round, max(1, steps // steps_a_run)), print_blob=True,
        stateful_step_count=steps_a_run, database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    machine = stored(store)
    while took["steps"] < steps:
        run_state_machine_as_test(machine, settings=plan)
        say(f"{took['steps']} of {steps} steps")
    refused = sum(count for what, count in reached.items() if what.startswith("refused"))
    if store is not None:
        store.close()
    return Steps(took["steps"], refused, Counter(reached))
