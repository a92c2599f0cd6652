"""Any order of acts, possible or not, over the real rules: what must hold at every index.

Numbers as in research §6: I1-I6, I8-I13, I15, I18-I22, I28.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.finance.books.reconciling import reconciled
from tests.finance.desk import Desk, bank, core, other_bank, supplier

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import IssuerStopped
from tallystick.finance.money.dates import money_date
from tallystick.finance.receivables.standing import require_no_arrears
from tallystick.ledger.errors import RuleError

firms = [supplier, "99.100/O-F1", "99.100/O-F2", "99.100/O-F3"]
banks = [bank, other_bank]
everybody = st.sampled_from([*firms, *banks, core])
terms = ("issuer", "due_on", "currency", "terms", "zone", "face", "issued_on")
reached: Counter[str] = Counter()
runs_max = 8


class Certificates(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(firms[1:])
        self.names: list[str] = []
        self.offers: list[str] = []
        self.quotes: list[str] = []
        self.fixed: dict[str, dict[str, Any]] = {}
        self.settled: dict[str, dict[str, Any]] = {}

    def attempt(self, what: str, act: Any) -> Any:
        try:
            found = act()
        except RuleError as error:
            reached[f"refused {what}: {error.code}"] += 1
            return None
        reached[what] += 1
        return found

    @precondition(lambda self: len(self.names) < 3)
    @rule(amount=st.integers(10_000, 10**9), part=st.integers(1, 100), accepted=st.integers(0, 7))
    def issue(self, amount: int, part: int, accepted: int) -> None:
        desk, number = self.desk, str(len(self.names) + 1)
        if self.stopped():
            return
        invoice = desk.delivered(amount, number)
        confirmed = max(1, amount * part // 100)
        due_on = (datetime.fromisoformat(desk.time) + timedelta(days=90)).date().isoformat()
        name = self.confirm(invoice, confirmed, due_on)
        self.names.append(name)
        head = desk.row("certificate", name)
        self.fixed[name] = {term: head[term] for term in terms}
        if accepted:
            self.attempt("accept certificate", lambda: desk.accept_certificate(name))

    def confirm(self, invoice: str, amount: int, due_on: str) -> Any:
        desk = self.desk
        return self.attempt("issue", lambda: desk.approve(desk.propose(invoice, amount, due_on)))

    def stopped(self) -> bool:
        """Whether something is overdue, so that the debtor promises nothing new (I16)."""
        standing = self.desk.state.get("standing", core)
        if standing is None or not cast(Row, standing)["overdue"]:
            return False
        with pytest.raises(IssuerStopped):
            require_no_arrears(Draft(self.desk.state), core)
        reached["stopped"] += 1
        return True

    @precondition(lambda self: self.names)
    @rule(data=st.data(), holder=everybody, to=everybody, share=st.integers(1, 120))
    def offer(self, data: st.DataObject, holder: str, to: str, share: int) -> None:
        name = data.draw(st.sampled_from(self.names))
        held = self.desk.balances(name)
        holder = data.draw(st.sampled_from(sorted(held))) if held else holder
        amount = max(1, held.get(holder, 10_000) * share // 100)
        hours = data.draw(st.sampled_from([1, 24]))
        made = self.attempt("offer", lambda: self.desk.offer(name, holder, to, amount, hours))
        if made:
            self.offers.append(made)

    @precondition(lambda self: self.names)
    @rule(data=st.data(), to=st.sampled_from(firms), share=st.integers(1, 100))
    def hand_over(self, data: st.DataObject, to: str, share: int) -> None:
        name = data.draw(st.sampled_from(self.names))
        held = [holder for holder in self.desk.balances(name) if holder != to]
        if not held:
            return
        holder = data.draw(st.sampled_from(held))
        amount = max(10_000, self.desk.balances(name)[holder] * share // 100)
        before = self.units(name)
        transfer = self.attempt(
            "transfer", lambda: self.desk.transfer(name, holder, to, amount) or True
        )
        if transfer:
            moved = self.last_lots(name)
            assert sum(end - start for start, end in moved) == amount
            assert self.outside(before, moved) == self.outside(self.units(name), moved)

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), accepted=st.integers(0, 3), stranger=st.integers(0, 5), who=everybody)
    def answer(self, data: st.DataObject, accepted: int, stranger: int, who: str) -> None:
        offer = data.draw(st.sampled_from(self.offers[-4:]))
        row = self.desk.row("offer", offer)
        to = row["to"] if stranger else who
        before = self.units(row["certificate"])
        if self.attempt("transfer", lambda: self.desk.accept(offer, to)) is None:
            return
        assert to == row["to"]
        assert row["status"] == "open"
        after = self.units(row["certificate"])
        moved = self.last_lots(row["certificate"])
        assert sum(end - start for start, end in moved) == row["amount"]
        assert self.outside(before, moved) == self.outside(after, moved)

    @precondition(lambda self: self.names)
    @rule(data=st.data(), by=st.sampled_from(banks), share=st.integers(1, 110))
    def quote(self, data: st.DataObject, by: str, share: int) -> None:
        name = data.draw(st.sampled_from(self.names))
        held = self.desk.balances(name)
        holder = data.draw(st.sampled_from(sorted(held) or firms))
        amount = max(1, held.get(holder, 10_000) * share // 100)
        rate = data.draw(st.sampled_from([0, 35_000, 42_000, 200_000]))
        today = money_date(self.desk.time)

        def take() -> str:
            quote = self.desk.quote(name, holder, amount, rate, today, by=by)
            self.desk.take(quote, holder)
            return quote

        found = self.attempt("quote taken", take)
        if found:
            self.quotes.append(found)

    @precondition(lambda self: self.quotes)
    @rule(data=st.data())
    def disburse(self, data: st.DataObject) -> None:
        quote = data.draw(st.sampled_from(self.quotes[-3:]))
        row = self.desk.row("quote", quote)
        by = row["bank"]
        if self.attempt(
            "disburse", lambda: self.desk.disburse(quote, f"{row['value_on']}T02:00:00.000Z", by)
        ):
            lots = self.desk.row("financing", row["certificate"], quote)["lots"]
            assert sum(lot["discount"] for lot in lots) == row["discount"]
            assert sum(lot["end"] - lot["start"] for lot in lots) == row["amount"]

    @precondition(lambda self: self.names)
    @rule(hours=st.sampled_from([1, 1, 5, 24, 24 * 12]))
    def wait(self, hours: int) -> None:
        later = datetime.fromisoformat(self.desk.time) + timedelta(hours=hours)
        self.desk.block(later.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
        reached["block"] += 1

    @precondition(lambda self: self.names)
    @rule(data=st.data(), share=st.integers(1, 110), early=st.integers(0, 4))
    def pay(self, data: st.DataObject, share: int, early: int) -> None:
        name = data.draw(st.sampled_from(self.names))
        head = self.desk.row("certificate", name)
        if early != 1 and len(self.desk.acts) > 25:
            due = f"{head['due_on']}T00:00:00.000Z"
            self.desk.block(max(due, self.desk.time))
        amount = max(1, (head["face"] - head["paid"]) * share // 100)
        if share >= 100:
            amount = max(1, head["face"] - head["paid"])
        before = self.desk.rows("holding", name)
        if self.attempt("pay", lambda: self.desk.pay(name, amount, self.desk.time)):
            index = self.desk.index - 1
            parts = self.desk.rows("payout", name).values()
            assert sum(row["amount"] for row in parts if row["index"] == index) == amount
            payees = {part.split()[0] for part in self.desk.rows("claim", name)}
            assert {row["holder"] for row in parts} <= payees
            now = self.desk.rows("holding", name)
            assert self.unpaid(before) - self.unpaid(now) == amount

    @staticmethod
    def unpaid(rows: dict[str, Row]) -> int:
        return sum(row["end"] - row["start"] for row in rows.values() if row["state"] != "paid")

    def units(self, name: str) -> list[tuple[int, int, str, str]]:
        rows = self.desk.rows("holding", name).values()
        return [(row["start"], row["end"], row["holder"], row["batch"]) for row in rows]

    def last_lots(self, name: str) -> list[tuple[int, int]]:
        last = list(self.desk.rows("transfer", name).values())[-1]
        return [(lot["start"], lot["end"]) for lot in last["lots"]]

    @staticmethod
    def outside(
        units: list[tuple[int, int, str, str]], moved: list[tuple[int, int]]
    ) -> list[tuple[int, int, str, str]]:
        """Who holds what outside of some ranges, cut at the same edges."""
        inner = {edge for pair in moved for edge in pair} | {u[0] for u in units}
        edges = sorted(inner | {max(u[1] for u in units)})
        cells = []
        for start, end in pairwise(edges):
            if any(low <= start < high for low, high in moved):
                continue
            holder = next(u for u in units if u[0] <= start < u[1])
            if cells and cells[-1][1] == start and cells[-1][2:] == holder[2:]:
                cells[-1] = (cells[-1][0], end, *holder[2:])
            else:
                cells.append((start, end, *holder[2:]))
        return cells

    @invariant()
    def holdings_partition_the_face(self) -> None:
        for name in self.names:
            head = self.desk.row("certificate", name)
            if head["status"] in ("refused", "lapsed"):
                assert self.desk.rows("holding", name) == {}
                continue
            self.desk.check_partition(name)
            assert sum(self.desk.balances(name).values()) == head["face"]
            for row in self.desk.rows("holding", name).values():
                assert isinstance(row["start"], int)
                assert row["state"] in ("free", "locked", "paying", "paid")
                assert bool(row["lock"]) == (row["state"] in ("locked", "paying"))

    @invariant()
    def terms_never_change(self) -> None:
        for name, fixed in self.fixed.items():
            head = self.desk.row("certificate", name)
            assert {term: head[term] for term in terms} == fixed

    @invariant()
    def every_lock_is_an_open_offer_or_an_accepted_quote(self) -> None:
        for name in self.names:
            sums: Counter[str] = Counter()
            for row in self.desk.rows("holding", name).values():
                sums[row["lock"]] += row["end"] - row["start"]
            del sums[""]
            for lock, amount in sums.items():
                offer = self.desk.state.get("offer", lock)
                held = offer or self.desk.row("quote", lock)
                assert held["amount"] == amount
                assert held["status"] in (("open",) if offer else ("accepted", "paying"))

    @invariant()
    def no_unit_is_financed_twice(self) -> None:
        for name in self.names:
            financed = sorted(
                (lot["start"], lot["end"])
                for row in self.desk.rows("financing", name).values()
                for lot in row["lots"]
            )
            for (_, end), (start, _) in pairwise(financed):
                assert end <= start

    @invariant()
    def confirmed_is_never_more_than_billed_and_accepted(self) -> None:
        for number, name in enumerate(self.names, 1):
            line = self.desk.row("invoice-line", f"{supplier}#INV-{number}", "000001")
            assert 0 <= line["confirmed"] <= line["net"] + line["tax"]
            order = self.desk.row("order-line", f"{core}#PO-{number}", "000001")
            assert 0 <= order["consumed"] <= order["received"]
            receipts = self.desk.rows("receipt", f"{core}#PO-{number}#1").values()
            assert sum(row["consumed"] for row in receipts) == order["consumed"]
            head = self.desk.row("certificate", name)
            alive = head["status"] not in ("refused", "lapsed")
            assert line["confirmed"] == (head["face"] if alive else 0)

    @invariant()
    def paid_adds_up_and_settled_stays(self) -> None:
        for name in self.names:
            head = self.desk.row("certificate", name)
            claims = self.desk.rows("claim", name)
            assert sum(claim["paid"] for claim in claims.values()) == head["paid"] <= head["face"]
            for claim in claims.values():
                assert 0 <= claim["paid"] <= claim["due"]
            if head["status"] == "settled":
                assert head["paid"] == head["face"]
                assert {h: claim["due"] for h, claim in claims.items()} == self.desk.balances(name)
                now = self.desk.rows("holding", name)
                assert self.settled.setdefault(name, now) == now
                reached["settled"] += 1

    def teardown(self) -> None:
        """Replay gives the same effects and the same documents (I28)."""
        again = Desk(firms[1:])
        for act, effects in zip(self.desk.acts, self.desk.effects, strict=True):
            found = again.rules.judge(again.state, act)
            assert found == effects
            again.state.apply(found)
        assert list(again.state.documents()) == list(self.desk.state.documents())
        # Books, holdings, limits and evidence are equal, or differ for a reason.
        reconciled(self.desk)
        reached["replayed"] += 1


def test_any_order_of_acts() -> None:
    reached.clear()
    # What is drawn depends on the modules that are loaded, so a thin run is followed by another.
    fixed = settings.default.max_examples < 1000
    plan = settings(
        settings.default,
        stateful_step_count=40,
        derandomize=fixed,
        database=None if fixed else settings.default.database,
    )
    least = {"issue": 40, "offer": 20, "transfer": 15, "quote taken": 5, "pay": 5, "replayed": 30}
    for _ in range(runs_max):
        run_state_machine_as_test(Certificates, settings=plan)
        if all(reached[what] >= count for what, count in least.items()):
            break
    done = {what: count for what, count in reached.items() if not what.startswith("refused")}
    refusals = sum(count for what, count in reached.items() if what.startswith("refused"))
    print(f"certificate machine: {sum(done.values())} acts, {refusals} refusals: {dict(reached)}")
    for what, count in least.items():
        assert done.get(what, 0) >= count, f"only {done.get(what, 0)} of {what}"
    assert refusals >= 30
