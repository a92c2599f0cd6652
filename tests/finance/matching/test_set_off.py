"""Billed, credited, billed again: what was confirmed of an order line and what its invoices ask for add up (research §4.2)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.finance.desk import core, maker, supplier
from tests.finance.matching.shop import Shop, vat

from tallystick import finance
from tallystick.finance import InvoiceLine, OrderLine, Price
from tallystick.finance.errors import NotAMatch
from tallystick.finance.trade.match import gross_amount
from tallystick.ledger.errors import RuleError

flat = Price(amount=100)
#: A piece at `flat` with its tax.
piece = 113


class Flat(Shop):
    """One order line of 1,000 pieces at 1.00 and 13 % of tax: 1.13 each, and nothing is rounded."""

    def __init__(self, **contract: Any) -> None:
        super().__init__(**contract)
        line = OrderLine(line=1, quantity=1000, price=flat, tax_ppm=vat)
        self.order = self.desk.order("PO-FLAT", line, contract=self.desk.contract())

    def bill(self, number: str, quantity: int, at: Price = flat, tax_ppm: int = vat) -> str:
        return super().bill(number, quantity, at, tax_ppm)

    def red(self, number: str, invoice: str, quantity: int) -> None:
        """A credit note over so many pieces."""
        self.credit(number, invoice, quantity * 100, quantity * 13, quantity)

    def of(self, invoice: str) -> tuple[str, int, int, int]:
        """Outcome, confirmable, set off, waiting of its only line."""
        (line,) = self.match(invoice).lines
        return line.status, line.confirmable, line.set_off, line.waiting


@pytest.fixture
def shop() -> Flat:
    return Flat()


def test_an_invoice_that_is_replaced_by_a_right_one_waits_for_nothing(shop: Flat) -> None:
    """红冲重开: credited whole and written again, while a certificate rests on the first."""
    shop.deliver(50)
    first = shop.bill("INV-1", 50)
    name = shop.confirm(first, 50 * piece)
    before = shop.desk.rows("holding", name)
    shop.red("CN-1", first, 50)
    again = shop.bill("INV-1R", 50)
    assert shop.of(again) == ("matched", 0, 50 * piece, 0)
    with pytest.raises(NotAMatch):
        shop.desk.propose(again, 1)
    assert shop.desk.rows("holding", name) == before
    assert shop.of(first) == ("matched", 0, 0, 0)


def test_a_dearer_invoice_in_the_place_of_the_first_is_confirmed_for_the_difference(
    shop: Flat,
) -> None:
    """Within the tolerances; the money names the goods on which it rests, and takes no others."""
    shop.set(price_ppm=20_000)
    shop.deliver(50)
    first = shop.bill("INV-1", 50)
    shop.confirm(first, 50 * piece)
    shop.red("CN-1", first, 50)
    again = shop.bill("INV-1R", 50, Price(amount=102))
    more = gross_amount(50, 0, Price(amount=102), vat) - 50 * piece
    assert shop.of(again) == ("matched", more, 50 * piece, 0)
    name = shop.confirm(again, more)
    (backing,) = shop.desk.rows("backing", name).values()
    assert (backing["quantity"], [row["quantity"] for row in backing["receipts"]]) == (0, [0])
    assert shop.desk.row("order-line", shop.order, "000001")["consumed"] == 50
    assert shop.of(again) == ("matched", 0, 50 * piece, 0)


def test_goods_that_were_not_replaced_still_wait(shop: Flat) -> None:
    """8 went back and are billed again, 3 have come: certificates hold more than is there."""
    despatch = shop.deliver(50)
    first = shop.bill("INV-1", 50)
    shop.confirm(first, 50 * piece)
    shop.send_back(despatch, 8)
    assert shop.match(first).reasons == ("confirmed-above-accepted",)
    shop.red("CN-1", first, 8)
    assert shop.match(first).reasons == ()
    again = shop.bill("INV-2", 8)
    assert shop.match(again).reasons == ("billed-above-accepted",)
    shop.deliver(3)
    (line,) = shop.match(again).lines
    assert (line.carried, line.confirmable, line.reasons) == (3, 0, ("billed-above-accepted",))
    shop.deliver(5)
    assert shop.of(again) == ("matched", 0, 8 * piece, 0)


def test_money_credited_after_it_was_confirmed_lowers_the_next_invoice(shop: Flat) -> None:
    """A price that was wrong: no goods move, and the next invoice is confirmed for as much less."""
    shop.deliver(50)
    first = shop.bill("INV-1", 50)
    shop.confirm(first, 50 * piece)
    shop.credit("CN-1", first, 100, 13)
    shop.deliver(100)
    second = shop.bill("INV-2", 100)
    assert shop.of(second) == ("matched", 100 * piece - 113, 113, 0)
    shop.confirm(second, 100 * piece - 113)
    # All goods are taken, so that no other invoice is confirmed on them.
    assert shop.desk.row("order-line", shop.order, "000001")["consumed"] == 150
    third = shop.bill("INV-3", 1)
    assert shop.match(third).reasons == ("billed-above-accepted",)


def test_it_is_set_off_once_and_the_oldest_bears_it(shop: Flat) -> None:
    shop.deliver(300)
    first = shop.bill("INV-1", 50)
    shop.confirm(first, 50 * piece)
    shop.red("CN-1", first, 30)
    second, third = shop.bill("INV-2", 20), shop.bill("INV-3", 100)
    assert shop.of(second) == ("matched", 0, 20 * piece, 0)
    assert shop.of(third) == ("matched", 90 * piece, 10 * piece, 0)
    # Whichever is confirmed first.
    shop.confirm(third, 90 * piece)
    assert shop.of(second) == ("matched", 0, 20 * piece, 0)
    assert shop.of(third) == ("matched", 0, 10 * piece, 0)
    consumed = shop.desk.row("order-line", shop.order, "000001")["consumed"]
    assert consumed == 140


def test_a_certificate_that_never_lived_sets_nothing_off(shop: Flat) -> None:
    shop.deliver(50)
    first = shop.bill("INV-1", 50)
    name = shop.desk.approve(shop.desk.propose(first, 50 * piece))
    shop.red("CN-1", first, 50)
    again = shop.bill("INV-1R", 50)
    assert shop.of(again) == ("matched", 0, 50 * piece, 0)
    refusal = finance.CertificateRefuse(certificate=name)
    shop.desk.play("finance.certificate.refuse/1", maker(supplier), refusal)
    assert shop.of(again) == ("matched", 50 * piece, 0, 0)


def test_what_was_retained_of_the_goods_is_retained_of_the_invoice_in_their_place() -> None:
    shop = Flat(retention_ppm=50_000, retention_days=30)
    shop.deliver(100)
    first = shop.bill("INV-1", 100)
    shop.confirm(first, 95 * piece)
    shop.red("CN-1", first, 100)
    again = shop.bill("INV-1R", 100)
    (line,) = shop.match(again).lines
    assert (line.confirmable, line.set_off, line.retained) == (0, 95 * piece, 5 * piece)
    assert line.reasons == ("retained",)
    shop.desk.block("2026-03-01T00:00:00.000Z")
    assert shop.of(again) == ("matched", 5 * piece, 95 * piece, 0)
    shop.confirm(again, 5 * piece, due_on="2026-06-30")
    assert shop.desk.row("order-line", shop.order, "000001")["consumed"] == 100


def test_what_is_confirmed_exactly_is_not_looked_at_again(shop: Flat) -> None:
    """An order line may have thousands of invoices: only those that count are kept together."""

    def kept() -> set[str]:
        rows = shop.desk.rows("billed", f"{shop.order}#1").values()
        return {row["invoice"] for row in rows}

    shop.deliver(100)
    first, second = shop.bill("INV-1", 40), shop.bill("INV-2", 60)
    assert kept() == {first, second}
    shop.confirm(first, 40 * piece)
    name = shop.desk.approve(shop.desk.propose(second, 60 * piece))
    assert kept() == set()
    shop.red("CN-1", first, 10)
    assert kept() == {first}
    refusal = finance.CertificateRefuse(certificate=name)
    shop.desk.play("finance.certificate.refuse/1", maker(supplier), refusal)
    assert kept() == {first, second}


def test_a_copy_put_on_record_by_the_buyer_takes_nothing_of_it(shop: Flat) -> None:
    shop.deliver(50)
    first = shop.bill("INV-1", 50)
    shop.confirm(first, 50 * piece)
    shop.red("CN-1", first, 50)
    line = InvoiceLine(line=1, order=shop.order, order_line=1, quantity=50, price=flat, tax_ppm=vat)
    body = finance.Invoice(
        number="INV-1R", seller=supplier, buyer=core, currency="CNY", invoiced_on="2026-01-11",
        lines=(line,),
    )  # fmt: skip
    shop.desk.play("finance.invoice/1", maker(core), body)
    (copied,) = shop.match(f"{core}#{supplier}#INV-1R").lines
    assert (copied.status, copied.set_off) == ("rejected", 0)
    again = shop.bill("INV-1R", 50)
    assert shop.of(again) == ("matched", 0, 50 * piece, 0)


acts = st.lists(
    st.tuples(
        st.sampled_from(("deliver", "return", "bill", "confirm", "credit")),
        st.integers(0, 5),
        st.integers(1, 120),
    ),
    min_size=6,
    max_size=24,
)
reached: Counter[str] = Counter()


@settings(max_examples=60, deadline=None)
@given(acts)
def test_confirmed_is_what_is_billed_less_credits_and_accepted(
    told: list[tuple[str, int, int]],
) -> None:
    """Whatever was delivered, returned, billed, credited and confirmed in between, and in whichever order."""
    shop = Flat()
    despatches: list[str] = []
    invoices: list[str] = []
    begun = (("deliver", 0, 100), ("bill", 0, 60), ("confirm", 0, 60))
    for act, which, quantity in (*begun, *told):
        try:
            _play(shop, despatches, invoices, act, which, quantity)
        except RuleError:
            continue
    before = sum(_line(shop, invoice)["confirmed"] for invoice in invoices)
    for invoice in invoices:
        reached["set off"] += shop.of(invoice)[2] > 0
        confirmable = shop.of(invoice)[1]
        if confirmable:
            shop.confirm(invoice, confirmable)
    rows = [_line(shop, invoice) for invoice in invoices]
    ordered = shop.desk.row("order-line", shop.order, "000001")
    accepted = ordered["received"] - ordered["rejected"] - ordered["returned"]
    billed = sum(row["quantity"] - row["credited_quantity"] for row in rows)
    assert sum(row["confirmed"] for row in rows) == max(before, piece * min(accepted, billed))
    waiting = sum(shop.of(invoice)[3] for invoice in invoices)
    gone = any("confirmed-above-accepted" in shop.match(invoice).reasons for invoice in invoices)
    if not gone and before <= piece * min(accepted, billed):
        assert waiting == piece * max(0, billed - accepted)
    reached["played"] += 1


def _play(
    shop: Flat, despatches: list[str], invoices: list[str], act: str, which: int, quantity: int
) -> None:
    if act == "deliver":
        despatches.append(shop.deliver(quantity))
    elif act == "bill":
        invoices.append(shop.bill(f"INV-{len(invoices)}", quantity))
    elif act == "return" and despatches:
        shop.send_back(despatches[which % len(despatches)], quantity)
    elif invoices:
        invoice = invoices[which % len(invoices)]
        if act == "confirm":
            pieces = min(quantity, shop.of(invoice)[1] // piece)
            if pieces:
                shop.confirm(invoice, pieces * piece)
        elif act == "credit":
            row = _line(shop, invoice)
            left = row["quantity"] - row["credited_quantity"]
            shop.red(f"CN-{shop.desk.index}", invoice, min(quantity, left))


def _line(shop: Flat, invoice: str) -> Any:
    return shop.desk.row("invoice-line", invoice, "000001")


def test_the_property_saw_what_it_is_about() -> None:
    assert reached["played"] >= 50, reached
    assert reached["set off"] >= 5, reached
