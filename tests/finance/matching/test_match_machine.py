"""Any order of deliveries, returns, invoices, credit notes, releases and confirmations: what the match conserves.

Numbers as in research §6: I13 (each receipt and invoice line is consumed once), I26 (a number stands once, a refusal
changes nothing), I28 (the log alone gives the same state), I29 (time is the ledger's), I30 (lists are of one's own).
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.finance.desk import Desk, core, maker, supplier
from tests.finance.matching.shop import Shop, dear, price

from tallystick import finance
from tallystick.finance.errors import DocumentExists
from tallystick.finance.matching.open_lines import worth
from tallystick.finance.trade.match import gross_amount, net_amount
from tallystick.ledger.errors import RuleError

runs, steps = (12, 25) if os.environ.get("CI") else (8, 25)
reached: Counter[str] = Counter()


class Matching(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop(retention_ppm=50_000, retention_days=30)
        self.despatches: list[str] = []
        self.invoices: list[str] = []
        self.certificates: list[str] = []

    def attempt(self, what: str, act: Any) -> Any:
        before = dict(self.shop.desk.state.documents())
        try:
            found = act()
        except RuleError as error:
            reached[f"refused {what}: {error.code}"] += 1
            if "-" not in what:
                assert dict(self.shop.desk.state.documents()) == before
            return None
        reached[what] += 1
        return found

    @rule(quantity=st.integers(1, 400), rejected=st.integers(0, 20))
    def deliver(self, quantity: int, rejected: int) -> None:
        bad = min(rejected, quantity)
        found = self.attempt("deliver-scanned", lambda: self.shop.deliver(quantity, bad))
        if found:
            self.despatches.append(found)

    @precondition(lambda self: self.despatches)
    @rule(data=st.data(), quantity=st.integers(1, 100))
    def send_back(self, data: st.DataObject, quantity: int) -> None:
        despatch = data.draw(st.sampled_from(self.despatches))
        self.attempt("return", lambda: self.shop.send_back(despatch, quantity))

    @rule(quantity=st.integers(1, 500), dearer=st.booleans(), taxed=st.booleans())
    def bill(self, quantity: int, dearer: bool, taxed: bool) -> None:
        number = f"INV-{len(self.invoices) + 1}"
        at, tax = (dear if dearer else price), (160_000 if taxed else 130_000)
        found = self.attempt("bill", lambda: self.shop.bill(number, quantity, at, tax))
        self.invoices.append(found)
        before = dict(self.shop.desk.state.documents())
        for again in (quantity, quantity + 1):
            try:
                self.shop.bill(number, again, at, tax)
            except DocumentExists:
                continue
            raise AssertionError("a number stood twice")
        assert dict(self.shop.desk.state.documents()) == before

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), minor=st.integers(1, 500_000))
    def credit(self, data: st.DataObject, minor: int) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        number = f"CN-{self.shop.desk.index}"
        self.attempt("credit", lambda: self.shop.credit(number, invoice, minor, 0))

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), quantity=st.integers(1, 500))
    def credit_goods(self, data: st.DataObject, quantity: int) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        number = f"CN-{self.shop.desk.index}"
        row = self.shop.desk.row("invoice-line", invoice, "000001")
        at, tax_ppm = finance.Price(**row["price"]), row["tax_ppm"]
        net = net_amount(quantity, 0, at)
        tax = gross_amount(quantity, 0, at, tax_ppm) - net
        self.attempt(
            "credit goods", lambda: self.shop.credit(number, invoice, net, tax, quantity) or True
        )

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), share=st.integers(1, 101))
    def confirm(self, data: st.DataObject, share: int) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        allowed = self.shop.match(invoice).confirmable
        amount = max(1, allowed * share // 100)
        due_on = (datetime.fromisoformat(self.shop.desk.time) + timedelta(days=60)).date()

        def both() -> str:
            proposal = self.shop.desk.propose(invoice, amount, due_on.isoformat())
            return self.shop.desk.approve(proposal)

        name = self.attempt("confirm-by-two", both)
        assert (name is not None) == (amount <= allowed)
        if name:
            self.certificates.append(name)
            row = self.shop.desk.row("invoice-line", invoice, "000001")
            assert row["confirmed"] <= worth(row)
            assert self.shop.match(invoice).confirmable == allowed - amount

    @precondition(lambda self: self.certificates)
    @rule(data=st.data(), refuse=st.booleans())
    def answer(self, data: st.DataObject, refuse: bool) -> None:
        name = data.draw(st.sampled_from(self.certificates))
        body: Any = (finance.CertificateRefuse if refuse else finance.CertificateAccept)(
            certificate=name
        )
        word = "refuse" if refuse else "accept"
        self.attempt(
            word,
            lambda: self.shop.desk.play(f"finance.certificate.{word}/1", maker(supplier), body),
        )

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def let_pass(self, data: st.DataObject) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        line = self.shop.match(invoice).lines[0]
        able = [
            one
            for one in ("price-above-order", "tax-above-order", "billed-above-order", "retained")
            if one in line.reasons
        ]
        if able and self.attempt(
            "release-by-two", lambda: self.shop.let_pass(self.shop.ask(invoice, *able))
        ):
            assert not set(able) & set(self.shop.match(invoice).lines[0].reasons)

    @rule(over=st.sampled_from([0, 5_000, 50_000]), limit=st.sampled_from([0, 10**6, 10**9]))
    def tolerate(self, over: int, limit: int) -> None:
        row = self.shop.desk.state.get("tolerance", f"{core}#CNY")
        after = 0 if row is None else row["version"]
        self.shop.set(over_delivery_ppm=over, release_minor=limit, after=after)
        reached["tolerate"] += 1

    @rule(hours=st.sampled_from([1, 24, 24 * 15]))
    def wait(self, hours: int) -> None:
        later = datetime.fromisoformat(self.shop.desk.time) + timedelta(hours=hours)
        if later.year == 2026:
            reached["wait"] += 1
            self.shop.desk.block(later.strftime("%Y-%m-%dT%H:%M:%S.000Z"))

    @invariant()
    def goods_are_consumed_once(self) -> None:
        desk = self.shop.desk
        ordered = desk.row("order-line", self.shop.order, "000001")
        receipts = desk.rows("receipt", f"{self.shop.order}#1").values()
        lines = [desk.row("invoice-line", invoice, "000001") for invoice in self.invoices]
        for field in ("received", "rejected", "returned", "consumed"):
            assert ordered[field] == sum(row[field] for row in receipts), field
        assert ordered["consumed"] == sum(line["consumed"] for line in lines)
        for row in receipts:
            assert 0 <= row["consumed"] <= row["received"] - row["rejected"]
        for line in lines:
            assert 0 <= line["consumed"] <= line["quantity"]

    @invariant()
    def money_rests_on_live_certificates_alone(self) -> None:
        desk = self.shop.desk
        resting: Counter[str] = Counter()
        for name in self.certificates:
            if desk.row("certificate", name)["status"] not in ("refused", "lapsed"):
                for backing in desk.rows("backing", name).values():
                    resting[backing["invoice"]] += backing["end"] - backing["start"]
        for invoice in self.invoices:
            row = desk.row("invoice-line", invoice, "000001")
            assert row["confirmed"] == resting[invoice]
            match = self.shop.match(invoice)
            assert match.confirmable >= 0
            for line in match.lines:
                settled = row["confirmed"] + line.set_off + line.confirmable
                assert settled <= max(row["confirmed"], line.gross)
                reached["set off"] += line.set_off > 0
            assert row["confirmed"] + match.confirmable <= max(row["confirmed"], match.gross)
            assert match == self.shop.match(invoice)

    def teardown(self) -> None:
        """The acts alone, judged again, give the same state."""
        if not hasattr(self, "shop") or not self.invoices:
            return
        desk, again = self.shop.desk, Desk().state
        for act in desk.acts:
            again.apply(desk.rules.judge(again, act))
        assert dict(again.documents()) == dict(desk.state.documents())


def test_what_the_match_conserves() -> None:
    run_state_machine_as_test(
        Matching,
        settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None),
    )
    for what in ("deliver-scanned", "bill", "confirm-by-two", "credit goods", "wait", "tolerate"):
        assert reached[what], (what, reached)
