"""What releases a held line: goods, a credit note, a change of the order, time, or two persons within a limit."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import bank, checker, core, maker, supplier
from tests.finance.matching.shop import Shop, dear, price, vat

from tallystick import finance
from tallystick.finance.agreements.errors import PaymentTermExceeded
from tallystick.finance.errors import (
    DocumentUnknown,
    DocumentWrong,
    NotAMatch,
    ProposalUnknown,
    SamePerson,
)
from tallystick.finance.matching.errors import NotReleasable, ReleaseTooHigh
from tallystick.finance.trade.match import gross_amount
from tallystick.identity import NotEntitled

gross = gross_amount(600, 0, price, vat)
kept = gross * 50_000 // 1_000_000
#: 400 pieces at 89.00 instead of 88.50, with tax.
above = 22_600


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def held(shop: Shop) -> str:
    """An invoice whose price is above the order's."""
    shop.deliver(400)
    shop.set(release_minor=above)
    return shop.bill("INV-1", 400, dear)


def test_two_persons_let_a_dearer_price_pass(shop: Shop, held: str) -> None:
    assert shop.match(held).confirmable == 4_000_200
    proposal = shop.ask(held, "price-above-order")
    assert shop.match(held).status == "held"
    shop.let_pass(proposal)
    found = shop.match(held)
    assert (found.status, found.confirmable) == ("matched", 4_000_200 + above)
    row = shop.desk.row("match-release", held, "000001")
    assert (row["waived"], row["policy"], row["approver"]) == (above, 1, checker(core))
    shop.confirm(held, 4_000_200 + above)
    assert shop.match(held).confirmable == 0


def test_not_above_their_limit(shop: Shop, held: str) -> None:
    shop.set(release_minor=above - 1, after=1)
    with pytest.raises(ReleaseTooHigh):
        shop.ask(held, "price-above-order")
    shop.set(release_minor=above, after=2)
    proposal = shop.ask(held, "price-above-order")
    shop.set(release_minor=above - 1, after=3)
    with pytest.raises(ReleaseTooHigh):
        shop.let_pass(proposal)
    assert shop.desk.state.get("match-release", held, "000001") is None


def test_without_tolerances_nothing_is_let_pass(shop: Shop) -> None:
    shop.deliver(400)
    with pytest.raises(ReleaseTooHigh):
        shop.ask(shop.bill("INV-1", 400, dear), "price-above-order")


def test_only_two_persons_of_the_buyer(shop: Shop, held: str) -> None:
    with pytest.raises(NotEntitled):
        shop.ask(held, "price-above-order", by=maker(supplier))
    with pytest.raises(DocumentUnknown):
        shop.ask(held, "price-above-order", by=maker(bank))
    with pytest.raises(NotEntitled):
        shop.ask(held, "price-above-order", by=checker(core))
    proposal = shop.ask(held, "price-above-order")
    for who in (checker(bank), checker(supplier)):
        with pytest.raises(ProposalUnknown):
            shop.let_pass(proposal, who)
    both = {"organisation": core, "roles": ["maker", "checker"]}
    from tallystick.ledger.state import Change

    shop.desk.state.apply([Change("person", maker(core), both)])
    with pytest.raises(SamePerson):
        shop.let_pass(proposal, maker(core))
    shop.let_pass(proposal)
    with pytest.raises(ProposalUnknown):
        shop.let_pass(proposal)


def test_goods_units_and_signatures_are_never_let_pass(shop: Shop) -> None:
    shop.set(release_minor=10**11)
    waiting = shop.bill("INV-1", 600)
    assert shop.match(waiting).reasons == ("not-received",)
    for reason in ("price-above-order", "retained", "billed-above-order"):
        with pytest.raises(NotReleasable):
            shop.ask(waiting, reason)
    for reason in ("not-received", "unit-differs", "invoice-document-only"):
        with pytest.raises(ValueError, match="reasons"):
            finance.ReleasePropose(invoice=waiting, line=1, reasons=(reason,))  # type: ignore[arg-type]
    with pytest.raises(DocumentUnknown):
        shop.ask(waiting, "retained", line=2)
    with pytest.raises(DocumentWrong):
        shop.ask(waiting, "retained", "retained")


def test_price_and_rate_are_let_pass_together(shop: Shop) -> None:
    shop.deliver(400)
    shop.set(release_minor=10**9)
    invoice = shop.bill("INV-1", 400, dear, 160_000)
    assert shop.match(invoice).reasons == ("price-above-order", "tax-above-order")
    with pytest.raises(NotReleasable):
        shop.ask(invoice, "price-above-order")
    shop.let_pass(shop.ask(invoice, "price-above-order", "tax-above-order"))
    assert shop.match(invoice).confirmable == gross_amount(400, 0, dear, 160_000)


def test_goods_accepted_above_the_order_are_let_pass(shop: Shop) -> None:
    worth = gross_amount(50, 0, price, vat)
    shop.set(over_delivery_ppm=50_000)
    shop.deliver(1050)
    invoice = shop.bill("INV-1", 1050)
    shop.set(over_delivery_ppm=0, release_minor=worth, after=1)
    shop.let_pass(shop.ask(invoice, "billed-above-order"))
    found = shop.match(invoice)
    assert (found.status, found.confirmable) == ("matched", gross_amount(1050, 0, price, vat))


def test_a_credit_note_releases_price_and_quantity(shop: Shop) -> None:
    shop.deliver(400)
    held = shop.bill("INV-1", 400, dear)
    shop.credit("CN-1", held, 20_000, 2_600)
    assert (shop.match(held).status, shop.match(held).confirmable) == ("matched", 4_000_200)
    shop.confirm(held, 4_000_200)
    shop.deliver(600, rejected=10)
    partly = shop.bill("INV-2", 600)
    assert shop.match(partly).reasons == ("billed-above-accepted",)
    shop.credit("CN-2", partly, 88_500, 11_505, quantity=10)
    assert (shop.match(partly).status, shop.match(partly).confirmable) == ("matched", 5_900_295)


def test_a_change_of_the_order_releases_its_price(shop: Shop) -> None:
    shop.deliver(400)
    held = shop.bill("INV-1", 400, dear)
    line = finance.OrderLine(line=1, quantity=1000, price=dear, tax_ppm=vat)
    change = finance.OrderChange(order=shop.order, number=1, lines=(line,))
    proposal = shop.desk.play("finance.order.change/1", maker(core), change)
    shop.desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    assert shop.match(held).status == "matched"


def test_more_goods_release_what_was_billed_above_them(shop: Shop) -> None:
    shop.deliver(590)
    invoice = shop.bill("INV-1", 600)
    assert shop.match(invoice).status == "partial"
    shop.deliver(10)
    assert shop.match(invoice).status == "matched"


# Retention


@pytest.fixture
def retaining() -> Shop:
    return Shop(retention_ppm=50_000, retention_days=365, payment_days=90)


def test_what_the_contract_retains_waits(retaining: Shop) -> None:
    shop = retaining
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    found = shop.match(invoice)
    assert (found.status, found.reasons) == ("partial", ("retained",))
    assert (found.confirmable, found.lines[0].retained) == (gross - kept, kept)
    with pytest.raises(NotAMatch):
        shop.confirm(invoice, gross - kept + 1, due_on="2026-04-01")
    shop.confirm(invoice, gross - kept, due_on="2026-04-01")
    assert shop.match(invoice).confirmable == 0
    # The goods are taken whole: nobody bills those that carry the retention again.
    assert shop.desk.row("order-line", shop.order, "000001")["consumed"] == 600
    assert shop.match(shop.bill("INV-2", 1)).confirmable == 0


def test_it_ends_by_a_block_and_is_confirmed_on_the_same_goods(retaining: Shop) -> None:
    shop = retaining
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    first = shop.confirm(invoice, gross - kept, due_on="2026-04-01")
    shop.desk.block("2026-04-01T01:00:00.000Z")
    shop.desk.pay(first, gross - kept, shop.desk.time)
    shop.desk.block("2027-01-12T01:00:00.000Z")
    assert shop.match(invoice).confirmable == 0
    shop.desk.block("2027-01-12T02:00:00.000Z")
    assert (shop.match(invoice).confirmable, shop.match(invoice).status) == (kept, "matched")
    with pytest.raises(PaymentTermExceeded):
        shop.confirm(invoice, kept, due_on="2027-04-13")
    name = shop.confirm(invoice, kept, due_on="2027-04-12")
    (backing,) = shop.desk.rows("backing", name).values()
    assert backing["quantity"] == 0
    assert [row["quantity"] for row in backing["receipts"]] == [0]
    assert shop.match(invoice).confirmable == 0


def test_two_persons_end_it_before(retaining: Shop) -> None:
    shop = retaining
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    shop.confirm(invoice, gross - kept, due_on="2026-04-01")
    shop.set(release_minor=kept)
    shop.let_pass(shop.ask(invoice, "retained"))
    assert shop.match(invoice).confirmable == kept
    shop.desk.block("2027-02-01T00:00:00.000Z")
    assert shop.match(invoice).confirmable == kept


def test_it_runs_from_the_last_goods_that_were_confirmed(retaining: Shop) -> None:
    shop = retaining
    shop.deliver(300)
    invoice = shop.bill("INV-1", 600)
    shop.confirm(invoice, shop.match(invoice).confirmable, due_on="2026-04-01")
    shop.desk.block("2026-01-20T00:00:00.000Z")
    shop.deliver(300)
    shop.confirm(invoice, shop.match(invoice).confirmable, due_on="2026-04-01")
    shop.desk.block("2027-01-13T00:00:00.000Z")
    assert shop.match(invoice).confirmable == 0
    shop.desk.block("2027-01-20T00:00:00.000Z")
    assert shop.match(invoice).confirmable == kept


def test_a_lapsed_certificate_starts_it_again(retaining: Shop) -> None:
    shop = retaining
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    name = shop.desk.approve(shop.desk.propose(invoice, gross - kept, "2026-04-01"))
    body = finance.CertificateRefuse(certificate=name)
    shop.desk.play("finance.certificate.refuse/1", maker(supplier), body)
    assert shop.desk.state.get("retention", invoice, "000001") is None
    shop.desk.block("2027-02-01T00:00:00.000Z")
    assert shop.match(invoice).lines[0].retained == kept


@pytest.mark.parametrize("half", [{"retention_ppm": 50_000}, {"retention_days": 30}])
def test_a_retention_has_share_and_end(half: dict[str, Any]) -> None:
    with pytest.raises(DocumentWrong):
        Shop(**half)


def test_a_supplement_agrees_a_retention(shop: Shop) -> None:
    contract = shop.desk.contract()
    body = finance.Supplement(
        contract=contract, number=1, signed_on="2026-01-02", retention_ppm=50_000, retention_days=30
    )
    proposal = shop.desk.play("finance.contract.supplement/1", maker(core), body)
    shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    assert shop.match(invoice).status == "matched"
    shop.desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    assert shop.match(invoice).lines[0].retained == kept


# Returns


def test_goods_sent_back_after_confirmation_are_said(shop: Shop) -> None:
    despatch = shop.deliver(600)
    invoice = shop.bill("INV-1", 600)
    shop.confirm(invoice, gross)
    shop.send_back(despatch, 100)
    later = shop.bill("INV-2", 100)
    found = shop.match(later)
    assert (found.status, found.confirmable) == ("held", 0)
    assert "confirmed-above-accepted" in found.reasons
    shop.deliver(150)
    found = shop.match(later)
    assert (found.status, found.confirmable) == ("partial", gross_amount(50, 0, price, vat))
