"""Tolerances are set by two persons, and every match names the version by which it was made."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import bank, checker, core, maker, supplier
from tests.finance.matching.shop import Shop, dear, price, standing, vat

from tallystick import finance
from tallystick.finance.errors import DocumentWrong, OverReceipt, ProposalUnknown, SamePerson
from tallystick.finance.matching.errors import TolerancesMovedOn
from tallystick.finance.trade.match import gross_amount
from tallystick.identity import NotEntitled


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_they_are_in_force_from_their_index_and_the_match_names_the_version(shop: Shop) -> None:
    shop.deliver(400)
    invoice = shop.bill("INV-1", 400, dear)
    assert (shop.match(invoice).status, shop.match(invoice).policy) == ("held", 0)
    proposal = shop.propose(price_ppm=10_000, price_absolute_minor=1_000_00)
    assert shop.match(invoice).policy == 0
    shop.approve(proposal)
    found = shop.match(invoice)
    assert (found.status, found.policy, found.confirmable) == ("matched", 1, 4_022_800)
    shop.set(price_ppm=0, after=1)
    assert (shop.match(invoice).status, shop.match(invoice).policy) == ("held", 2)


def test_a_certificate_names_the_version_by_which_it_was_confirmed(shop: Shop) -> None:
    shop.deliver(400)
    invoice = shop.bill("INV-1", 400, dear)
    shop.set(price_ppm=10_000, price_absolute_minor=1_000_00)
    name = shop.confirm(invoice, 4_022_800)
    shop.set(after=1)
    (backing,) = shop.desk.rows("backing", name).values()
    assert backing["policy"] == 1


def test_nobody_sets_them_alone_or_for_somebody_else(shop: Shop) -> None:
    proposal = shop.propose()
    for who in (maker(bank), checker(bank), checker(supplier)):
        with pytest.raises((ProposalUnknown, NotEntitled)):
            shop.approve(proposal, who)
    with pytest.raises(NotEntitled):
        shop.approve(proposal, maker(core))
    both = {"organisation": core, "roles": ["maker", "checker"]}
    from tallystick.ledger.state import Change

    shop.desk.state.apply([Change("person", maker(core), both)])
    with pytest.raises(SamePerson):
        shop.approve(proposal, maker(core))
    for who in (maker(supplier), checker(core), core):
        with pytest.raises(NotEntitled):
            shop.propose(by=who)
    shop.approve(proposal)
    with pytest.raises(ProposalUnknown):
        shop.approve(proposal)


def test_two_proposals_do_not_overwrite_each_other(shop: Shop) -> None:
    first, second = shop.propose(price_ppm=1), shop.propose(price_ppm=2)
    shop.approve(first)
    with pytest.raises(TolerancesMovedOn):
        shop.approve(second)
    with pytest.raises(TolerancesMovedOn):
        shop.propose(price_ppm=3)
    assert shop.desk.row("tolerance", f"{core}#CNY")["price_ppm"] == 1


def test_they_hold_for_one_currency(shop: Shop) -> None:
    shop.set(currency="EUR", price_ppm=100_000)
    shop.deliver(400)
    assert shop.match(shop.bill("INV-1", 400, dear)).policy == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_ppm": 200_001},
        {"over_delivery_ppm": -1},
        {"rounding_minor": 1_001},
        {"release_minor": -1},
        {"currency": "cny"},
    ],
)
def test_what_is_no_tolerance_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        finance.TolerancesPropose(**{**standing, **wrong})


def test_over_delivery_is_received_and_billed_within_both_limits(shop: Shop) -> None:
    with pytest.raises(OverReceipt):
        shop.deliver(1006)
    shop.set(over_delivery_ppm=50_000, over_delivery_units=20)
    with pytest.raises(OverReceipt):
        shop.deliver(1021)
    shop.deliver(1020)
    found = shop.match(shop.bill("INV-1", 1020))
    assert (found.status, found.confirmable) == ("matched", gross_amount(1020, 0, price, vat))


def test_goods_received_under_wider_tolerances_are_named_above_the_order(shop: Shop) -> None:
    shop.set(over_delivery_ppm=50_000)
    shop.deliver(1050)
    invoice = shop.bill("INV-1", 1050)
    shop.set(over_delivery_ppm=0, after=1)
    found = shop.match(invoice)
    assert (found.status, found.reasons) == ("partial", ("billed-above-order",))
    assert found.confirmable == gross_amount(1000, 0, price, vat)
    assert found.lines[0].over == 50


def test_short_delivery_within_tolerance_is_let_pass_and_not_paid(shop: Shop) -> None:
    shop.deliver(598)
    invoice = shop.bill("INV-1", 600)
    assert shop.match(invoice).reasons == ("billed-above-accepted",)
    shop.set(under_delivery_ppm=5_000)
    found = shop.match(invoice)
    assert (found.status, found.reasons, found.lines[0].short) == ("matched", (), 2)
    assert found.confirmable == gross_amount(598, 0, price, vat)
    assert found.lines[0].waiting == 0
    shop.set(under_delivery_ppm=5_000, under_delivery_units=1, after=1)
    assert shop.match(invoice).status == "partial"


def test_nothing_received_is_never_short(shop: Shop) -> None:
    shop.set(under_delivery_ppm=200_000)
    assert shop.match(shop.bill("INV-1", 600)).reasons == ("not-received",)


def test_a_small_difference_in_price_is_rounding(shop: Shop) -> None:
    shop.set(price_ppm=0, price_absolute_minor=0, rounding_minor=1)
    shop.deliver(10)
    dearer = finance.Price(amount=8851)
    assert shop.match(shop.bill("INV-1", 10, dearer)).reasons == ("price-above-order",)
    within = finance.Price(amount=8_850_100, per=1000)
    found = shop.match(shop.bill("INV-2", 10, within))
    assert (found.status, found.confirmable) == ("matched", gross_amount(10, 0, price, vat) + 1)


@pytest.mark.parametrize(("off", "refused"), [(-2, True), (-1, False), (1, False), (2, True)])
def test_a_total_may_be_rounded_elsewhere(shop: Shop, off: int, refused: bool) -> None:
    shop.deliver(600)
    line = finance.InvoiceLine(
        line=1, order=shop.order, order_line=1, quantity=600, price=price, tax_ppm=vat
    )
    gross = gross_amount(600, 0, price, vat)
    body = finance.Invoice(
        number="INV-1",
        seller=supplier,
        buyer=core,
        currency="CNY",
        invoiced_on="2026-01-10",
        gross=gross + off,
        lines=(line,),
    )
    if refused:
        with pytest.raises(DocumentWrong, match="gross is"):
            shop.desk.play("finance.invoice/1", maker(supplier), body)
        return
    shop.desk.play("finance.invoice/1", maker(supplier), body)
    assert shop.match(f"{supplier}#INV-1").confirmable == gross + min(0, off)
