"""What nobody answers ends by itself, a bounded number per block, in a fixed order."""

from __future__ import annotations

import pytest
from tests.finance.desk import Desk, bank, supplier

from tallystick import finance
from tallystick.finance.errors import Ended
from tallystick.finance.receivables import expiry

friend = "99.100/O-FRIEND"
face = 900_000_000


@pytest.fixture
def desk() -> Desk:
    return Desk([friend])


def test_an_offer_expires_and_its_units_are_free_as_before(desk: Desk) -> None:
    name = desk.live(face)
    before = desk.rows("holding", name)
    offer = desk.offer(name, supplier, friend, 12_345_678, hours=1)
    desk.block("2026-01-12T02:59:59.999Z")
    assert desk.row("offer", offer)["status"] == "open"
    desk.time = "2026-01-12T03:00:00.000Z"
    with pytest.raises(Ended):
        desk.accept(offer, friend)
    desk.block("2026-01-12T03:00:00.000Z")
    assert desk.row("offer", offer)["status"] == "expired"
    assert desk.rows("holding", name) == before
    desk.block("2026-01-13T03:00:00.000Z")
    assert desk.rows("holding", name) == before


def test_a_certificate_that_is_not_accepted_lapses(desk: Desk) -> None:
    invoice = desk.delivered(face)
    name = desk.approve(desk.propose(invoice, face))
    desk.block("2026-01-22T02:00:00.000Z")
    assert desk.row("certificate", name)["status"] == "lapsed"
    assert finance.match_invoice(desk.state, invoice).confirmable == face


def test_a_bank_that_does_not_pay_loses_its_lock(desk: Desk) -> None:
    name = desk.live(face)
    before = desk.rows("holding", name)
    quote = desk.quote(name, supplier, face, 42_000, "2026-01-12")
    desk.take(quote, supplier)
    desk.block("2026-01-15T23:00:00.000Z")
    assert desk.row("quote", quote)["status"] == "accepted"
    desk.block("2026-01-16T00:00:00.000Z")
    assert desk.row("quote", quote)["status"] == "lapsed"
    assert desk.rows("holding", name) == before
    with pytest.raises(Ended):
        desk.disburse(quote, "2026-01-12T03:00:00.000Z")


def test_an_unanswered_quote_ends(desk: Desk) -> None:
    name = desk.live(face)
    quote = desk.quote(name, supplier, face, 42_000, "2026-01-14")
    desk.block("2026-01-13T02:00:00.000Z")
    assert desk.row("quote", quote)["status"] == "expired"
    assert desk.row("quote", quote)["bank"] == bank


def test_a_block_ends_a_bounded_number_and_the_next_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = desk.live(face)
    offers = [desk.offer(name, supplier, friend, 10_000, hours=1) for _ in range(7)]
    monkeypatch.setattr(expiry, "expiries_per_block_max", 3)
    counts = []
    for _ in range(4):
        desk.block("2026-01-12T09:00:00.000Z")
        counts.append(sum(desk.row("offer", offer)["status"] == "expired" for offer in offers))
    assert counts == [3, 6, 7, 7]
    assert desk.balances(name) == {supplier: face}
    assert len(desk.rows("holding", name)) == 1


def test_blocks_without_anything_due_change_nothing(desk: Desk) -> None:
    desk.block("2026-01-12T02:00:01.000Z")
    assert desk.effects[-1] == []
    desk.live(face)
    desk.block("2026-01-12T02:00:02.000Z")
    assert desk.effects[-1] == []


def test_a_long_silence_is_caught_up(desk: Desk) -> None:
    name = desk.live(face)
    offer = desk.offer(name, supplier, friend, face)
    desk.block("2026-06-30T00:00:00.000Z")
    desk.block("2026-06-30T00:00:01.000Z")
    assert desk.row("offer", offer)["status"] == "expired"
