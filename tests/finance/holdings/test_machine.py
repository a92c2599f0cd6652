"""Any order of acts on holdings over the real rules, in memory and on both databases: what holds at every index.

The invariants of `test_certificate_machine` (research §6: I1-I6, I8-I13, I15, I18-I22, I28) with pledges, locks,
freezes, disputes, cancellations and sales among the acts, and I7, I14, I16, I17 as formats §7 restates them: the
budget of splits, cancellation, and that what is held is what the open acts say.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from tests.finance.desk import bank, core, other_bank, supplier
from tests.finance.holdings.kept import Kept
from tests.finance.holdings.vault import Vault
from tests.finance.test_certificate_machine import Certificates, banks, firms, reached

from tallystick.finance.draft import Row
from tallystick.finance.money.dates import money_date, plus_days
from tallystick.ledger.state import Change
from tallystick.ledger.store import Store

runs_max = 8
steps_in_soak = 100_000
holders = st.sampled_from([*firms, *banks])
#: What holds units, by kind of document, and in which status it does.
holding = {"offer": "open", "quote": "accepted", "lock": "locked", "dispute": "disputed"}
took: Counter[str] = Counter()


class Holdings(Certificates):
    def __init__(self) -> None:
        super().__init__()
        self.desk: Vault = self.new()
        self.made: dict[str, list[str]] = {}
        self.cancelled_before: dict[str, int] = {}

    @classmethod
    def new(cls) -> Vault:
        return Vault(firms[1:])

    def note(self, kind: str, name: str | None) -> None:
        if name:
            self.made.setdefault(kind, []).append(name)

    def one(self, data: st.DataObject, kind: str) -> str | None:
        found = self.made.get(kind, [])
        return data.draw(st.sampled_from(found[-3:])) if found else None

    @precondition(lambda self: self.names)
    @rule(data=st.data(), to=holders, share=st.integers(1, 110), answered=st.integers(0, 3))
    def pledge(self, data: st.DataObject, to: str, share: int, answered: int) -> None:
        name, holder, amount = self.part(data, share)
        days = data.draw(st.sampled_from([1, 30, 300]))
        made = self.attempt("pledge", lambda: self.desk.pledge(name, holder, to, amount, days))
        self.note("pledge", made)
        if made and answered:
            self.attempt("pledge taken", lambda: self.desk.take_pledge(made, to))

    @precondition(lambda self: self.made.get("pledge"))
    @rule(data=st.data(), verb=st.sampled_from(["refuse", "withdraw", "release"]), who=holders)
    def end_pledge(self, data: st.DataObject, verb: str, who: str) -> None:
        pledge = self.one(data, "pledge")
        assert pledge is not None
        row = self.desk.row("pledge", pledge)
        by = data.draw(st.sampled_from([row["from"], row["to"], who]))
        if self.attempt(verb, lambda: self.desk.answer_pledge(verb, pledge, by)):
            assert by == row["from" if verb == "withdraw" else "to"]

    @precondition(lambda self: self.names)
    @rule(data=st.data(), share=st.integers(1, 110), hours=st.sampled_from([1, 30]))
    def lock(self, data: st.DataObject, share: int, hours: int) -> None:
        name, holder, amount = self.part(data, share)
        self.attempt("lock", lambda: self.desk.lock(name, holder, amount, hours))

    @precondition(lambda self: self.names)
    @rule(data=st.data(), share=st.integers(1, 200), days=st.sampled_from([0, 5, 400]))
    def freeze(self, data: st.DataObject, share: int, days: int) -> None:
        name, holder, amount = self.part(data, share)
        ends_on = plus_days(money_date(self.desk.time), days)
        found = self.attempt("freeze", lambda: self.desk.freeze(name, holder, amount, ends_on))
        self.note("freeze", found)

    @precondition(lambda self: self.made.get("freeze"))
    @rule(data=st.data(), lift=st.booleans())
    def change_freeze(self, data: st.DataObject, lift: bool) -> None:
        freeze = self.one(data, "freeze")
        assert freeze is not None
        ends_on = None if lift else plus_days(money_date(self.desk.time), 500)
        what = "lift" if lift else "extend"
        self.attempt(what, lambda: self.desk.change_freeze(freeze, ends_on) or True)

    @precondition(lambda self: self.names)
    @rule(data=st.data(), share=st.integers(1, 100), agreed=st.integers(0, 3))
    def cancel(self, data: st.DataObject, share: int, agreed: int) -> None:
        name, _, _ = self.part(data, share)
        face = self.desk.row("certificate", name)["face"]
        by, to = data.draw(st.permutations([core, supplier]))
        amount = max(1, face * share // 100)
        asked = self.attempt("cancel asked", lambda: self.desk.cancel(name, amount, by))
        if asked and agreed:
            self.attempt("cancelled", lambda: self.desk.answer_cancel("agree", asked, to))

    @precondition(lambda self: self.names)
    @rule(data=st.data(), share=st.integers(1, 100))
    def dispute(self, data: st.DataObject, share: int) -> None:
        name, _, _ = self.part(data, share)
        passed = self.passed_on(name)
        amount = max(1, self.desk.row("certificate", name)["face"] * share // 100)
        if self.attempt("dispute", lambda: self.desk.dispute(name, amount)):
            assert self.passed_on(name) == passed

    @precondition(lambda self: self.names)
    @rule(data=st.data(), share=st.integers(1, 100), bought=st.integers(0, 3))
    def sell(self, data: st.DataObject, share: int, bought: int) -> None:
        name = data.draw(st.sampled_from(self.names))
        seller, to = data.draw(st.permutations([bank, other_bank]))
        amount = max(1, self.desk.balances(name).get(seller, 10_000) * share // 100)
        made = self.attempt("sale", lambda: self.desk.sell(name, seller, to, amount, amount))
        if made and bought:
            self.attempt("sold", lambda: self.desk.buy(made, to))

    def part(self, data: st.DataObject, share: int) -> tuple[str, str, int]:
        """A certificate, a holder of it, and a share of what it holds."""
        name = data.draw(st.sampled_from(self.names))
        held = self.desk.balances(name) or {supplier: 10_000}
        holder = data.draw(st.sampled_from(sorted(held)))
        return name, holder, max(1, held[holder] * share // 100)

    def passed_on(self, name: str) -> list[tuple[Any, ...]]:
        """What others than the original holder have of it."""
        rows = self.desk.rows("holding", name).values()
        return [tuple(sorted(row.items())) for row in rows if row["holder"] != supplier]

    # What held before, as it holds now

    @invariant()
    def holdings_partition_the_face(self) -> None:
        for name in self.names:
            head = self.desk.row("certificate", name)
            if head["status"] in ("refused", "lapsed"):
                assert self.desk.rows("holding", name) == {}
                continue
            self.desk.check_partition(name)
            rows = list(self.desk.rows("holding", name).values())
            for row in rows:
                assert isinstance(row["start"], int)
                assert bool(row["lock"]) == (
                    row["state"] in ("locked", "pledged", "frozen", "paying")
                )
            for low, high in pairwise(rows):
                alike = [
                    key for key in low if key not in ("start", "end") and low[key] != high[key]
                ]
                assert alike, f"{name}: neighbours that are equal in all were not joined"

    @invariant()
    def every_lock_is_an_open_offer_or_an_accepted_quote(self) -> None:
        """And every pledge and freeze is in force: each holds exactly what its document says."""
        for name in self.names:
            sums: Counter[str] = Counter()
            for row in self.desk.rows("holding", name).values():
                for word in row["lock"].split():
                    sums[word] += row["end"] - row["start"]
            for word, amount in sums.items():
                told = [
                    (kind, row)
                    for kind in (*holding, "pledge", "freeze")
                    if (row := self.desk.state.get(kind, word)) is not None
                ]
                ((kind, row),) = told
                paid = self.desk.row("certificate", name)["paid"]
                held = cast("dict[str, Any]", row)["amount"]
                assert amount == held or (paid and amount < held), kind
                wanted = {"pledge": ("offered", "pledged"), "freeze": ("frozen",)}
                wanted["quote"] = ("accepted", "paying")
                assert row["status"] in wanted.get(kind, (holding.get(kind),)), kind

    @invariant()
    def splits_are_the_budget_less_the_cuts(self) -> None:
        for name in self.names:
            if self.desk.rows("holding", name):
                self.desk.check_splits(name)

    @invariant()
    def confirmed_is_never_more_than_billed_and_accepted(self) -> None:
        for number, name in enumerate(self.names, 1):
            line = self.desk.row("invoice-line", f"{supplier}#INV-{number}", "000001")
            order = self.desk.row("order-line", f"{core}#PO-{number}", "000001")
            head = self.desk.row("certificate", name)
            alive = head["status"] not in ("refused", "lapsed", "cancelled")
            assert line["confirmed"] == (head["face"] if alive else 0)
            assert 0 <= order["consumed"] <= order["received"]

    @invariant()
    def paid_adds_up_and_settled_stays(self) -> None:
        for name in self.names:
            head = self.desk.row("certificate", name)
            claims = self.desk.rows("claim", name)
            owed = head["face"] - head.get("cancelled", 0)
            assert sum(claim["paid"] for claim in claims.values()) == head["paid"] <= owed
            for part, claim in claims.items():
                assert 0 <= claim["paid"] <= claim["due"]
                assert "frozen" not in claim or (claim["paid"] == 0 and part != claim["holder"])
            if claims and head["status"] != "live":
                assert sum(claim["due"] for claim in claims.values()) == owed
            if head["status"] == "settled":
                assert head["paid"] == owed
            if head["status"] in ("settled", "cancelled"):
                now = self.desk.rows("holding", name)
                assert self.settled.setdefault(name, now) == now
                reached[str(head["status"])] += 1

    @invariant()
    def what_is_cancelled_never_comes_back(self) -> None:
        for name in self.names:
            gone = sum(
                row["end"] - row["start"]
                for row in self.desk.rows("holding", name).values()
                if row["state"] == "cancelled"
            )
            head = self.desk.row("certificate", name)
            assert gone == head.get("cancelled", 0) >= self.cancelled_before.get(name, 0)
            self.cancelled_before[name] = gone

    @invariant()
    def evidence_is_taken_by_open_and_accepted_offers_alone(self) -> None:
        sums: Counter[str] = Counter()
        used: dict[str, int] = {}
        for (kind, name, _), found in self.desk.state.documents():
            row = cast(Row, found)
            if kind == "offer" and row["status"] in ("open", "accepted"):
                for charge in row["charges"]:
                    sums[f"{charge['kind']} {charge['name']}"] += charge["amount"]
            if kind == "evidence-use":
                used[name] = row["used"]
        assert used == dict(sums)

    def teardown(self) -> None:
        """Replay in memory gives the same effects and the same documents, wherever it was played (I28)."""
        again = self.new()
        for act, effects in zip(self.desk.acts, self.desk.effects, strict=True):
            found = again.rules.judge(again.state, act)
            assert found == effects
            again.state.apply(found)
        assert sorted(again.state.documents()) == sorted(self.desk.state.documents())
        took["steps"] += len(self.desk.acts)
        reached["replayed"] += 1


def stored(store: Store | None) -> type[Holdings]:
    """The machine over a database, or over memory alone."""

    class Machine(Holdings):
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

    return Machine


@pytest.mark.parametrize("place", ["memory", "sqlite", "postgresql"])
def test_any_order_of_acts_on_holdings(place: str, request: pytest.FixtureRequest) -> None:
    store = None
    if place != "memory":
        name = "sqlite_url" if place == "sqlite" else "postgres_url"
        store = Store(request.getfixturevalue(name))
        store.migrate()
    machine = stored(store)
    reached.clear()
    took.clear()
    soaking = settings.default.max_examples >= 1000
    least = {"issue": 8, "pledge taken": 3, "freeze": 3, "transfer": 3, "replayed": 4}
    if store is not None:
        least = dict.fromkeys(("issue", "pledge", "freeze", "transfer", "replayed"), 1)
    for attempt in range(1, runs_max + 1):
        plan = settings(
            settings.default,
            max_examples=settings.default.max_examples if soaking else attempt * 6,
            stateful_step_count=40 if store is None else 25,
            derandomize=not soaking,
            database=settings.default.database if soaking else None,
        )
        run_state_machine_as_test(machine, settings=plan)
        if all(reached[what] >= count for what, count in least.items()):
            break
    refusals = sum(count for what, count in reached.items() if what.startswith("refused"))
    print(f"{place}: {took['steps']} acts, {refusals} refusals: {dict(reached)}")
    for what, count in least.items():
        assert reached[what] >= count, f"only {reached[what]} of {what}"
    assert took["steps"] >= (steps_in_soak if soaking else 100)
    assert refusals >= 10
