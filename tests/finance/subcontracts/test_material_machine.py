"""Any order of issues, parts, returns and losses: the balance of the buyer's material is what a plain sum says it is.

In memory, on SQLite and on PostgreSQL. At every index, for each item: nothing is below zero, the balance is what was
issued less what accepted parts take, what came back and what was lost and allowed, and replay gives the same.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.finance.desk import supplier
from tests.finance.holdings.kept import Kept
from tests.finance.statements.office import Office
from tests.finance.subcontracts.workshop import Workshop, screws, steel

from tallystick.ledger import RuleError
from tallystick.ledger.state import Change
from tallystick.ledger.store import Store

runs, steps = 12, 40
reached: Counter[str] = Counter()
items = st.sampled_from([steel, screws])
#: Of an item, in its own scale: what one part takes, and the share that may be lost.
takes = {steel: Fraction(1_250), screws: Fraction(8, 3)}
share = Fraction(20_000, 1_000_000)


class Materials(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.shop = Workshop()
        self.sums: dict[str, Counter[str]] = {steel: Counter(), screws: Counter()}
        self.accepted = 0
        self.despatches: list[list[int]] = []
        self.open: list[str] = []
        self.moves = 0

    def attempt(self, what: str, act: Any) -> Any:
        self.moves += 1
        try:
            found = act()
        except RuleError as error:
            reached[f"refused {what}: {error.code}"] += 1
            return None
        reached[what] += 1
        return found or True

    @rule(item=items, parts=st.integers(1, 400), odd=st.integers(0, 3))
    def issue(self, item: str, parts: int, odd: int) -> None:
        quantity = floor(takes[item] * parts) + odd
        if self.attempt("issue", lambda: self.shop.move("issue", item, quantity)):
            self.sums[item]["issued"] += quantity

    @rule(parts=st.integers(1, 300), bad=st.integers(0, 5))
    def deliver(self, parts: int, bad: int) -> None:
        made = self.attempt("deliver", lambda: self.shop.parts(parts, bad=bad == 1))
        if made and bad != 1:
            self.accepted += parts
            self.despatches.append([self.shop.came, parts])

    @precondition(lambda self: self.despatches)
    @rule(data=st.data(), percent=st.integers(1, 110))
    def send_back(self, data: st.DataObject, percent: int) -> None:
        found = data.draw(st.sampled_from(self.despatches))
        parts, despatch = max(1, found[1] * percent // 100), f"{supplier}#DA-{found[0]}"
        if self.attempt("send back", lambda: self.shop.returned(despatch, parts)):
            found[1] -= parts
            self.accepted -= parts

    @rule(item=items, quantity=st.integers(1, 300), large=st.integers(0, 3))
    def lose(self, item: str, quantity: int, large: int) -> None:
        quantity *= 1_000 if large == 1 and item == steel else 1
        name = self.attempt("lose", lambda: self.shop.note("loss", item, quantity))
        if name:
            self.sums[item]["lost"] += quantity
            if self.shop.row("material-note", name)["status"] == "proposed":
                self.open.append(name)

    @rule(item=items, quantity=st.integers(1, 400), large=st.integers(0, 3))
    def give_back(self, item: str, quantity: int, large: int) -> None:
        quantity *= 1_000 if large == 1 and item == steel else 1
        name = self.attempt("return", lambda: self.shop.note("return", item, quantity))
        if name:
            self.open.append(name)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), yes=st.integers(0, 3))
    def answer(self, data: st.DataObject, yes: int) -> None:
        name = data.draw(st.sampled_from(self.open))
        note = self.shop.row("material-note", name)
        (line,) = note["lines"]
        held = self.shop.stock(line["item"]).held
        if not self.attempt("answer", lambda: self.shop.answer(name, accepted=yes > 0)):
            return
        self.open.remove(name)
        if yes > 0 and note["moved"] == "return":
            self.sums[line["item"]]["returned"] += line["quantity"]
        elif yes > 0:
            reached["let pass"] += 1
            self.sums[line["item"]]["waived"] += min(held, line["quantity"])

    @invariant()
    def the_balance_is_the_plain_sum(self) -> None:
        for item, sums in self.sums.items():
            found = self.shop.stock(item)
            used = floor(takes[item] * self.accepted)
            allowed = floor(share * used) + sums["waived"]
            lost = min(sums["lost"], allowed)
            assert found.used == used
            assert found.balance == sums["issued"] - sums["returned"] - used - lost
            assert found.held == sums["lost"] - lost
            assert found.balance >= found.there >= 0
            assert found.agreed >= 0

    def teardown(self) -> None:
        again, played = Office(), zip(self.shop.acts, self.shop.effects, strict=True)
        for act, effects in list(played)[again.index :]:
            found = again.rules.judge(again.state, act)
            assert found == effects
            again.state.apply(found)
        assert sorted(again.state.documents()) == sorted(self.shop.state.documents())
        reached["replayed"] += 1
        reached["moves"] += self.moves


@pytest.mark.parametrize("place", ["memory", "sqlite", "postgresql"])
def test_any_order_of_moves(place: str, request: pytest.FixtureRequest) -> None:
    store = None
    if place != "memory":
        name = "sqlite_url" if place == "sqlite" else "postgres_url"
        store = Store(request.getfixturevalue(name))
        store.migrate()

    class Machine(Materials):
        kept: Kept | None = None

        @initialize()
        def begin(self) -> None:
            if store is not None:
                begun = list(self.shop.state.documents())
                self.kept = Kept(store, self.shop.rules)
                self.kept.apply(Change(*key[:2], value, key[2]) for key, value in begun)
                self.shop.state = self.kept  # type: ignore[assignment]

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                if self.kept is not None:
                    self.kept.undo()

    reached.clear()
    soaking = settings.default.max_examples >= 1000
    plan = settings(
        settings.default,
        max_examples=settings.default.max_examples // 4 if soaking else runs,
        stateful_step_count=steps if store is None else 25,
        derandomize=not soaking,
        database=settings.default.database if soaking else None,
    )
    run_state_machine_as_test(Machine, settings=plan)
    for what in ("issue", "deliver", "send back", "lose", "return", "answer", "replayed"):
        assert reached[what] >= 1, (what, reached)
    assert reached["refused deliver: material-short"] >= 1, reached
    assert reached["moves"] >= 100
