"""Attacks by time: clocks that lie in signed bodies, calendars and policies at the millisecond at which they count.

Ledger time is the time of the last block. Whatever an author's own clock says is a claim; nothing passes twice by it,
and nothing that ended comes back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.finance.calendars.shop import Shop, china
from tests.finance.desk import Desk, bank, checker, core, digest, maker, scanner, supplier
from tests.finance.holdings.vault import Vault
from tests.finance.policies import signed
from tests.finance.test_clock_games import before, zones

from tallystick import finance
from tallystick.finance.agreements.errors import PaymentTermExceeded
from tallystick.finance.errors import (
    EvidenceWrong,
    NotAMatch,
)
from tallystick.finance.money.dates import day_start, money_date, next_day
from tallystick.finance.policies import PolicyApprove, PolicyStop
from tallystick.finance.policies.errors import PolicyCap, PolicyEnded, PolicyWrong
from tallystick.ledger import RuleError

face = 900_000_000


@pytest.fixture
def vault() -> Vault:
    return Vault()


# What bodies claim


@pytest.mark.parametrize("claimed", ["2026-12-31T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_a_scan_from_the_future_makes_no_term_longer(claimed: str) -> None:
    """The buyer's own device said when the payment term begins: a clock a year ahead gave it a year more, and one at the
    end of the calendar kept the supplier from ever being confirmed."""
    desk = Desk()
    desk.contract(payment_days=30, payment_from="receipt")
    invoice = scanned_at(desk, claimed)
    with pytest.raises(PaymentTermExceeded):
        desk.propose(invoice, face, "2026-02-12")
    desk.accept_certificate(desk.approve(desk.propose(invoice, face, "2026-02-11")))


@pytest.mark.parametrize("claimed", ["2026-12-31T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_a_scan_from_the_future_retains_nothing_longer(claimed: str) -> None:
    """At the end of the calendar it was an overflow instead of an end."""
    desk = Desk()
    desk.contract(retention_ppm=50_000, retention_days=30)
    invoice = scanned_at(desk, claimed)
    now = finance.match_invoice(desk.state, invoice).confirmable
    assert now == face - face // 20
    desk.accept_certificate(desk.approve(desk.propose(invoice, now)))
    assert desk.row("retention", invoice, "000001")["until"] == "2026-02-11T02:00:00.000Z"
    desk.block("2026-02-11T02:00:00.000Z")
    assert finance.match_invoice(desk.state, invoice).confirmable == face // 20


def scanned_at(desk: Desk, claimed: str) -> str:
    """An invoice over goods that a device says were received at some other time than now."""
    now, capture = desk.time, desk.capture
    desk.capture = lambda *events, author=scanner(core): capture(  # type: ignore[method-assign]
        *(event.model_copy(update={"time": claimed}) for event in events), author=author
    )
    invoice = desk.delivered(face)
    desk.time = now
    return invoice


def test_an_invoice_from_the_future_makes_no_term_longer() -> None:
    desk = Desk()
    desk.contract(payment_days=30, payment_from="invoice")
    price = finance.Price(amount=face, per=1000)
    desk.delivered(face, "1")
    order = desk.order("PO-2", finance.OrderLine(line=1, text="c", quantity=1000, price=price))
    lot = finance.LotQuantity(lot="99.100.7/LOT-2", quantity=1000)
    line = finance.DespatchLine(line=1, order=order, order_line=1, quantity=1000, lots=(lot,))
    desk.scan(desk.despatch("DA-2", line), lots=[(lot.lot, 1000)])
    body = finance.Invoice(
        number="INV-2",
        seller=supplier,
        buyer=core,
        currency="CNY",
        invoiced_on="2026-12-01",
        lines=(finance.InvoiceLine(line=1, order=order, order_line=1, quantity=1000, price=price),),
    )
    desk.play("finance.invoice/1", maker(supplier), body)
    invoice = f"{supplier}#INV-2"
    with pytest.raises(PaymentTermExceeded):
        desk.propose(invoice, face, "2026-02-12")
    desk.propose(invoice, face, "2026-02-11")
    # A date in the past, as on paper, begins the term as it says.
    with pytest.raises(PaymentTermExceeded):
        desk.propose(f"{supplier}#INV-1", face, "2026-02-10")


def test_no_bank_pays_disburses_or_searches_tomorrow(vault: Vault) -> None:
    name = vault.live(face)
    quote = vault.quote(name, supplier, face, 42_000, "2026-01-12")
    body = finance.Search(
        certificate=name, holder=supplier, number="CX-1", evidence=digest("x"),
        searched_at="2026-01-12T02:00:00.001Z",
    )  # fmt: skip
    with pytest.raises(EvidenceWrong):
        vault.play("finance.search/1", maker(bank), body)
    vault.take(quote, supplier)
    with pytest.raises(RuleError):
        vault.instruct(quote, "2026-01-12T16:00:00.000Z")
    vault.instruct(quote, vault.time)
    for wrong in ("2026-01-12T16:00:00.000Z", "2026-01-11T15:59:59.999Z"):
        with pytest.raises(EvidenceWrong):
            vault.pay_out(quote, wrong)
    vault.pay_out(quote, vault.time)


# Calendars and policies


def test_a_version_in_the_very_millisecond_of_fixing_is_too_late() -> None:
    """Whether the block of that millisecond has come, or the approval is the first to speak."""
    dates = []
    for block_first in (True, False):
        shop = Shop()
        shop.shipped()
        shop.time = "2026-04-07T02:00:00.000Z"
        name = shop.owed("2026-10-01")
        shop.time = "2026-09-22T16:00:00.000Z"
        if block_first:
            shop.block(shop.time)
        shop.change(2026, off=["2026-10-08"])
        shop.block("2026-09-30T00:00:00.000Z")
        dates.append((shop.payment(name).on, shop.row("payment-date", name)["version"]))
    assert dates == [("2026-10-08", 2)] * 2


def test_a_version_in_the_last_millisecond_before_counts() -> None:
    shop = Shop()
    shop.shipped()
    shop.time = "2026-04-07T02:00:00.000Z"
    name = shop.owed("2026-10-01")
    assert shop.payment(name).calendar == china
    shop.block(before("2026-09-22T16:00:00.000Z"))
    shop.change(2026, off=["2026-10-08"])
    shop.block("2026-09-30T00:00:00.000Z")
    assert (shop.payment(name).on, shop.payment(name).version) == ("2026-10-09", 3)


def test_a_policy_ends_with_its_last_day_and_a_stop_in_the_same_millisecond() -> None:
    desk = signed.desk()
    desk.contract(payment_days=1000)
    desk.block("2028-02-28T00:00:00.000Z")
    policy = signed.sign(desk, until="2028-02-29", zone="America/New_York")
    invoices = [desk.delivered(10_000, str(number)) for number in range(3)]
    due = {"due_on": "2028-06-01"}
    desk.block(before(day_start("2028-03-01", "America/New_York")))
    signed.confirm(desk, policy, invoices[0], 10_000, **due)
    with pytest.raises(NotAMatch):
        signed.confirm(desk, policy, invoices[0], 10_000, **due)
    desk.time = day_start("2028-03-01", "America/New_York")
    with pytest.raises(PolicyEnded):
        signed.confirm(desk, policy, invoices[1], 10_000, **due)
    late = signed.sign(desk, until="2029-02-28")
    with pytest.raises(PolicyWrong):
        signed.sign(desk, until="2029-03-02")
    desk.play("finance.policy.stop/1", checker(core), PolicyStop(policy=late, reason="suspected"))
    with pytest.raises(PolicyEnded):
        signed.confirm(desk, late, invoices[2], 10_000, **due)


def test_a_policy_that_was_proposed_in_time_is_not_approved_behind_its_end() -> None:
    desk = signed.desk()
    proposal = desk.play("finance.policy.propose/1", maker(core), signed.asked(until="2026-01-13"))
    desk.time = day_start("2026-01-14")
    with pytest.raises(PolicyWrong):
        desk.play("finance.policy.approve/1", checker(core), PolicyApprove(proposal=proposal))


def test_a_days_room_is_not_had_twice_at_midnight() -> None:
    desk = signed.desk()
    policy = signed.sign(desk, certificate_max=1_000, day_max=1_000, supplier_max=100_000)
    invoice = desk.delivered(10_000)
    for day in ("2026-01-14", "2026-01-16"):
        desk.block(before(day_start(day)))
        signed.confirm(desk, policy, invoice, 1_000)
        with pytest.raises(PolicyCap):
            signed.confirm(desk, policy, invoice, 1)
        desk.block(day_start(day))
        signed.confirm(desk, policy, invoice, 1_000)
        with pytest.raises(PolicyCap):
            signed.confirm(desk, policy, invoice, 1)
        desk.block(day_start(next_day(day)))


# Days


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from((*zones, "America/Havana", "Asia/Beirut", "America/Asuncion", "UTC")),
    st.integers(0, 4 * 365),
)
def test_a_day_begins_at_its_first_millisecond(zone: str, passed: int) -> None:
    """Where clocks are put forward at midnight, too."""
    day = (datetime(2026, 1, 1) + timedelta(days=passed)).date().isoformat()
    begins = day_start(day, zone)
    assert money_date(begins, zone) == day
    assert money_date(before(begins), zone) < day
