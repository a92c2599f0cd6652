"""Defects of documents and matching that others shipped (research §3), each as a test with its story."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import bank, core, maker, supplier
from tests.finance.matching.shop import Shop, dear, price, vat

from tallystick import finance
from tallystick.finance.errors import (
    DocumentExists,
    DocumentUnknown,
    DocumentWrong,
    NotAMatch,
    NotReadable,
    ProposalUnknown,
)
from tallystick.finance.trade.match import gross_amount
from tallystick.ledger import Reader

gross = gross_amount(600, 0, price, vat)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def refused(shop: Shop, act: Any, *errors: type[Exception]) -> None:
    """Refused, and nothing changed."""
    before = dict(shop.desk.state.documents())
    with pytest.raises(errors):
        act()
    assert dict(shop.desk.state.documents()) == before


def test_the_same_invoice_twice(shop: Shop) -> None:
    """Formance #1464, ERPNext #18287: the same payment applied, the same invoice discounted, twice."""
    shop.deliver(600)
    shop.bill("INV-1", 600)
    refused(shop, lambda: shop.bill("INV-1", 600), DocumentExists)
    refused(shop, lambda: shop.bill("INV-1", 1), DocumentExists)


def test_the_same_goods_on_two_invoices(shop: Shop) -> None:
    """ERPNext #18287: whoever billed the same delivery under another number was paid for it again."""
    shop.deliver(600)
    first, second = shop.bill("INV-1", 600), shop.bill("INV-2", 600)
    assert shop.match(second).confirmable == gross
    shop.confirm(first, gross)
    found = shop.match(second)
    assert (found.confirmable, found.reasons) == (0, ("billed-above-accepted",))
    refused(shop, lambda: shop.desk.propose(second, 1), NotAMatch)


def test_the_same_line_twice_in_one_invoice(shop: Shop) -> None:
    """Formance PR 1633: the same key twice in one batch."""
    shop.deliver(600)
    line = finance.InvoiceLine(
        line=1, order=shop.order, order_line=1, quantity=600, price=price, tax_ppm=vat
    )
    refused(shop, lambda: shop.desk.invoice("INV-1", line, line), DocumentWrong)
    name = shop.desk.invoice("INV-1", line, line.model_copy(update={"line": 2}))
    assert [row.confirmable for row in shop.match(name).lines] == [gross, 0]


def test_lines_of_credit_notes_are_never_missing(shop: Shop) -> None:
    """OCA factoring (l10n-france PR 555): one tester's file had the invoice's lines and not the credit note's."""
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    shop.credit("CN-1", invoice, 88_500, 11_505, quantity=10)
    assert shop.match(invoice).confirmable == gross_amount(590, 0, price, vat)
    assert set(shop.desk.rows("credit-line", f"{supplier}#CN-1")) == {"000001"}
    body = finance.Credit(
        number="CN-2",
        seller=supplier,
        buyer=core,
        currency="CNY",
        credited_on="2026-01-11",
        invoice=invoice,
        lines=(finance.CreditLine(line=1, invoice_line=7, net=1),),
    )
    refused(
        shop, lambda: shop.desk.play("finance.credit/1", maker(supplier), body), DocumentUnknown
    )
    with pytest.raises(ValueError, match="lines"):
        finance.Credit(**{**body.model_dump(), "lines": ()})


def test_a_credit_note_after_the_units_were_passed_on(shop: Shop) -> None:
    """FISCO Supplychain.sol lowered balances of whoever held the receivable by then."""
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    name = shop.confirm(invoice, gross)
    friend = "99.100/O-FRIEND"
    shop.desk.enrol(friend, "supplier")
    shop.desk.transfer(name, supplier, friend, gross)
    held = shop.desk.rows("holding", name)
    shop.credit("CN-1", invoice, 885_000, 115_050, quantity=100)
    assert shop.desk.rows("holding", name) == held
    assert shop.desk.row("credit", f"{supplier}#CN-1")["above"] == 1_000_050
    assert shop.match(invoice).confirmable == 0


def test_more_is_never_credited_than_was_billed(shop: Shop) -> None:
    """FISCO Supplychain.sol: `balances -=` on unsigned integers."""
    invoice = shop.bill("INV-1", 600)
    refused(shop, lambda: shop.credit("CN-1", invoice, gross + 1, 0), DocumentWrong)
    refused(
        shop,
        lambda: shop.credit("CN-1", invoice, 601 * 8850, 691_451, quantity=601),
        DocumentWrong,
    )


def test_units_that_do_not_convert(shop: Shop) -> None:
    """Matchers that compare bare numbers paid 600 kilograms as 600 pieces."""
    shop.deliver(600)
    line = finance.InvoiceLine(
        line=1, order=shop.order, order_line=1, unit="KGM", quantity=600, price=price, tax_ppm=vat
    )
    invoice = shop.desk.invoice("INV-1", line)
    found = shop.match(invoice)
    assert (found.status, found.reasons) == ("rejected", ("unit-differs",))
    refused(shop, lambda: shop.desk.propose(invoice, 1), NotAMatch)


@pytest.mark.parametrize("kind", ["invoice", "credit"])
def test_currencies_are_never_mixed(shop: Shop, kind: str) -> None:
    """beancount and ledger: amounts of two commodities met in one balance."""
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    line = finance.InvoiceLine(
        line=1, order=shop.order, order_line=1, quantity=1, price=price, tax_ppm=vat
    )
    sides = {"seller": supplier, "buyer": core, "currency": "EUR"}
    body: Any = finance.Invoice(number="X-1", invoiced_on="2026-01-10", lines=(line,), **sides)
    if kind == "credit":
        one = finance.CreditLine(line=1, invoice_line=1, net=1)
        told = {"number": "X-1", "credited_on": "2026-01-11", "invoice": invoice, **sides}
        body = finance.Credit(lines=(one,), **told)
    refused(shop, lambda: shop.desk.play(f"finance.{kind}/1", maker(supplier), body), DocumentWrong)


def test_no_cent_drifts_over_a_hundred_parts(shop: Shop) -> None:
    """beancount #828 and #1030, ledger #3220: a cent for each transaction."""
    shop.deliver(600)
    odd = finance.Price(amount=8_849_993, per=1000)
    invoice = shop.bill("INV-1", 600, odd)
    whole = shop.match(invoice).confirmable
    done = 0
    for part in range(100):
        amount = (whole * (part + 1)) // 100 - done
        shop.desk.approve(shop.desk.propose(invoice, amount))
        done += amount
    assert done == whole == gross_amount(600, 0, odd, vat)
    assert shop.match(invoice).confirmable == 0
    assert shop.desk.row("order-line", shop.order, "000001")["consumed"] == 600


def test_one_proposal_is_approved_once(shop: Shop) -> None:
    """FISCO Supplychain.sol: `settle` had no status check."""
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    first, second = shop.desk.propose(invoice, gross), shop.desk.propose(invoice, gross)
    shop.desk.approve(first)
    refused(shop, lambda: shop.desk.approve(first), ProposalUnknown)
    refused(shop, lambda: shop.desk.approve(second), NotAMatch)


def test_whoever_is_no_party_learns_nothing_of_a_match(shop: Shop) -> None:
    """I30; Odoo's factoring journal showed every customer's lines to whoever could export it."""
    shop.deliver(400)
    invoice = shop.bill("INV-1", 400, dear)

    class Looking:
        def __init__(self, organisation: str) -> None:
            self.view: Any = shop.desk.state
            self.reader = Reader.party(organisation, frozenset({"maker"}))

    with pytest.raises(NotReadable):
        finance.views.one_line(Looking(bank), invoice, 1)


def test_charges_are_in_the_total_and_never_confirmed(shop: Shop) -> None:
    """A freight charge on the head of an invoice once became a claim that no order and no goods carried."""
    shop.deliver(600)
    line = finance.InvoiceLine(
        line=1, order=shop.order, order_line=1, quantity=600, price=price, tax_ppm=vat
    )
    charges = (
        finance.Charge(kind="charge", net=10_000, tax=900, reason="freight"),
        finance.Charge(kind="allowance", net=50_000, tax=6_500),
    )
    told: dict[str, Any] = {
        "number": "INV-1", "seller": supplier, "buyer": core, "currency": "CNY",
        "invoiced_on": "2026-01-10", "lines": (line,), "charges": charges,
    }  # fmt: skip
    body = finance.Invoice(gross=gross + 10_900 - 56_500, **told)
    shop.desk.play("finance.invoice/1", maker(supplier), body)
    assert shop.desk.row("invoice", f"{supplier}#INV-1")["gross"] == gross + 10_900 - 56_500
    assert shop.match(f"{supplier}#INV-1").confirmable == gross - 56_500
    shop.credit("CN-1", f"{supplier}#INV-1", 600 * 8850, gross - 600 * 8850, quantity=600)
    assert shop.match(f"{supplier}#INV-1").confirmable == 0
    above = (finance.Charge(kind="allowance", net=gross + 1),)
    wrong = finance.Invoice(**{**told, "number": "INV-2", "charges": above})
    refused(
        shop, lambda: shop.desk.play("finance.invoice/1", maker(supplier), wrong), DocumentWrong
    )
