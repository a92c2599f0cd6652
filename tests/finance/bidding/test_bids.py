"""Sealed bids: nobody reads a price before the deadline, and the best bid wins for everybody to recompute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.finance.bidding.market import (
    Market,
    accepting,
    amount,
    banks,
    fourth_bank,
    opening,
    third_bank,
    value_on,
)
from tests.finance.desk import bank, checker, core, digest, maker, other_bank, supplier

from tallystick import finance
from tallystick.finance.bidding import errors
from tallystick.finance.errors import (
    AlreadyFinanced,
    CertificateUnknown,
    Ended,
    NotEnoughFree,
    QuoteWrong,
    SameParty,
)
from tallystick.identity import NotEntitled
from tallystick.ledger.rules import OwnKeyRequired


@pytest.fixture
def market() -> Market:
    return Market()


def test_the_lowest_rate_wins_and_of_equal_rates_the_first_seal(market: Market) -> None:
    """Research §6.8: C sealed 6.95 % in front of B, D 7.10 %."""
    tender = market.tender()
    for funder, rate_ppm in ((third_bank, 69_500), (other_bank, 69_500), (fourth_bank, 71_000)):
        market.seal(tender, funder, rate_ppm)
    market.time = opening
    quotes = {
        funder: market.open(tender, funder, rate_ppm)
        for funder, rate_ppm in ((fourth_bank, 71_000), (other_bank, 69_500), (third_bank, 69_500))
    }
    for funder in (fourth_bank, other_bank):
        with pytest.raises(errors.BidNotBest):
            market.take(quotes[funder], supplier)
    market.take(quotes[third_bank], supplier)
    assert market.row("tender", tender)["status"] == "awarded"
    market.time = "2026-01-19T16:30:00.000Z"
    market.disburse(quotes[third_bank], market.time, third_bank)
    assert market.balances(market.certificate)[third_bank] == amount
    # The others' quotes end by themselves, and cannot be accepted any more.
    market.time = accepting
    with pytest.raises(errors.BidNotBest):
        market.take(quotes[other_bank], supplier)
    market.block("2026-01-16T02:00:00.000Z")
    assert market.row("quote", quotes[other_bank])["status"] == "expired"


def test_before_the_deadline_no_document_has_a_rate(market: Market) -> None:
    tender = market.tender()
    market.seal(tender, bank, 61_803)
    figures = market.opened(tender, bank, 61_803)
    told = repr(dict(market.state.documents()))
    for secret in (61_803, figures.discount, figures.net, figures.salt):
        assert str(secret) not in told
    market.time = opening
    market.open(tender, bank, 61_803)
    assert "61803" in repr(dict(market.state.documents()))


def test_what_is_not_opened_in_time_lapses_and_counts(market: Market) -> None:
    tender = market.tender()
    market.seal(tender, bank, 50_000)
    market.seal(tender, other_bank, 40_000)
    market.time = opening
    quote = market.open(tender, bank, 50_000)
    with pytest.raises(errors.BidsStillOpening):
        market.take(quote, supplier)
    market.block(accepting)
    assert market.status(tender, other_bank) == "lapsed"
    assert market.row("funder-card", other_bank) == {"sealed": 1, "opened": 0, "lapsed": 1}
    assert market.row("funder-card", bank) == {"sealed": 1, "opened": 1, "lapsed": 0}
    market.time = accepting
    with pytest.raises(errors.BidNotSealed):
        market.open(tender, other_bank, 40_000)
    market.take(quote, supplier)
    market.block("2026-01-16T02:00:00.000Z")
    assert market.row("tender", tender)["status"] == "awarded"


def test_who_opened_is_accepted_even_where_no_block_came_since(market: Market) -> None:
    tender = market.tender()
    market.seal(tender, bank, 50_000)
    market.seal(tender, other_bank, 40_000)
    market.time = opening
    quote = market.open(tender, bank, 50_000)
    market.time = accepting
    with pytest.raises(errors.BidTooLate):
        market.open(tender, other_bank, 40_000)
    market.take(quote, supplier)


def test_nobody_bids_and_the_tender_ends(market: Market) -> None:
    tender = market.tender()
    market.block(accepting)
    assert market.row("tender", tender)["status"] == "opened"
    market.block("2026-01-16T02:00:00.000Z")
    assert market.row("tender", tender)["status"] == "ended"
    market.time = "2026-01-16T02:00:00.000Z"
    with pytest.raises(Ended):
        market.play("finance.tender.confide/1", maker(bank), finance.TenderConfide(tender=tender))


def test_a_holder_withdraws_while_bids_are_sealed(market: Market) -> None:
    tender = market.tender()
    market.seal(tender, bank, 50_000)
    body = finance.TenderWithdraw(tender=tender)
    with pytest.raises(NotEntitled):
        market.play("finance.tender.withdraw/1", maker(bank), body)
    market.play("finance.tender.withdraw/1", maker(supplier), body)
    assert market.status(tender, bank) == "released"
    assert market.row("funder-card", bank)["lapsed"] == 0
    market.time = opening
    with pytest.raises(errors.BidNotSealed):
        market.open(tender, bank, 50_000)
    with pytest.raises(errors.BidTooLate):
        market.play("finance.tender.withdraw/1", maker(supplier), body)
    market.block("2026-01-20T02:00:00.000Z")
    assert market.row("tender", tender)["status"] == "withdrawn"


Act = Callable[[Market, str], Any]
_late = "2026-01-14T02:00:00.001Z"


@pytest.mark.parametrize(
    ("time", "act", "error"),
    [
        ("", lambda m, t: m.open(t, bank, 50_000), errors.BidTooEarly),
        ("2026-01-14T01:59:59.999Z", lambda m, t: m.open(t, bank, 50_000), errors.BidTooEarly),
        (accepting, lambda m, t: m.open(t, bank, 50_000), errors.BidTooLate),
        (opening, lambda m, t: m.open(t, bank, 50_001), errors.BidDiffers),
        (opening, lambda m, t: m.open(t, bank, 50_000, salt=digest("x")), errors.BidDiffers),
        (opening, lambda m, t: m.open(t, other_bank, 50_000), errors.BidNotSealed),
        (opening, lambda m, t: m.open(t, bank, 50_000, net=1), QuoteWrong),
        (opening, lambda m, t: m.open(t, bank, 50_000, due_on="2026-07-11"), QuoteWrong),
        (opening, lambda m, t: m.seal(t, other_bank, 50_000), errors.BidTooLate),
        ("", lambda m, t: m.seal(t, bank, 40_000), errors.BidSealedAlready),
        ("", lambda m, t: m.seal(t, supplier, 40_000), errors.TenderUnknown),
        ("", lambda m, t: m.seal(t, core, 40_000), errors.TenderUnknown),
        ("", lambda m, t: m.seal(digest("no"), bank, 40_000), errors.TenderUnknown),
        ("", lambda m, t: m.tender(funders=(bank, core)), NotEntitled),
        ("", lambda m, t: m.tender(funders=(supplier,)), NotEntitled),
        ("", lambda m, t: m.tender(by=fourth_bank, funders=(bank,)), CertificateUnknown),
        ("", lambda m, t: m.tender(amount=900_000_001), AlreadyFinanced),
        ("", lambda m, t: m.tender(value_on="2026-01-14"), errors.TenderTimesWrong),
        ("", lambda m, t: m.tender(value_on="2026-07-07"), errors.TenderTimesWrong),
        ("", lambda m, t: m.tender(accept_hours=24 * 7), errors.TenderTimesWrong),
    ],
)
def test_wrong_acts_change_nothing(
    market: Market, time: str, act: Act, error: type[Exception]
) -> None:
    tender = market.tender()
    market.seal(tender, bank, 50_000)
    market.time = time or market.time
    before = dict(market.state.documents())
    with pytest.raises(error):
        act(market, tender)
    assert dict(market.state.documents()) == before


def test_funders_are_named_once_and_bids_signed_by_an_own_key(market: Market) -> None:
    with pytest.raises(ValueError, match="named twice"):
        market.tender(funders=(bank, bank))
    tender = market.tender()
    body = finance.BidSeal(tender=tender, commitment=digest("x"))
    with pytest.raises(OwnKeyRequired):
        market.play("finance.bid.seal/1", maker(bank), body, custody="node")


def test_a_bank_that_holds_does_not_bid_for_its_own(market: Market) -> None:
    market.transfer(market.certificate, supplier, bank, amount)
    with pytest.raises(SameParty):
        market.tender(by=bank, funders=(bank,))


def test_two_tenders_for_the_same_cents_are_accepted_once(market: Market) -> None:
    face = 900_000_000
    quotes = []
    for funder in (bank, other_bank):
        tender = market.tender(amount=face, funders=(funder,))
        market.seal(tender, funder, 50_000)
        quotes.append((tender, funder))
    market.time = opening
    first, second = [market.open(tender, funder, 50_000) for tender, funder in quotes]
    market.take(first, supplier)
    with pytest.raises((AlreadyFinanced, NotEnoughFree)):
        market.take(second, supplier)


def test_a_funder_reads_the_evidence_once_it_has_signed(market: Market) -> None:
    tender = market.tender()
    body = finance.TenderConfide(tender=tender)
    with pytest.raises(errors.TenderUnknown):
        market.play("finance.tender.confide/1", maker(core), body)
    market.play("finance.tender.confide/1", maker(bank), body)
    first = market.row("tender", tender)["confided"]
    assert list(first) == [bank]
    market.play("finance.tender.confide/1", maker(bank), body)
    assert market.row("tender", tender)["confided"] == first


def test_a_funder_declines_what_it_was_asked(market: Market) -> None:
    tender = market.tender()
    confide = finance.TenderConfide(tender=tender)
    for funder in (bank, other_bank):
        market.play("finance.tender.confide/1", maker(funder), confide)
    body = finance.TenderDecline(tender=tender, reason="limit")
    for author in (maker(supplier), maker(core)):
        with pytest.raises((errors.TenderUnknown, NotEntitled)):
            market.play("finance.tender.decline/1", author, body)
    market.play("finance.tender.decline/1", checker(bank), body)
    bid = market.row("bid", tender, bank)
    assert (bid["status"], bid["reason"]) == ("declined", "limit")
    assert list(market.row("tender", tender)["confided"]) == [other_bank]
    with pytest.raises(errors.BidDeclined):
        market.play("finance.tender.decline/1", maker(bank), body)
    with pytest.raises(errors.BidDeclined):
        market.seal(tender, bank, 1)
    with pytest.raises(errors.BidDeclined):
        market.play("finance.tender.confide/1", maker(bank), confide)
    market.seal(tender, other_bank, 50_000)
    with pytest.raises(errors.BidSealedAlready):
        market.play("finance.tender.decline/1", maker(other_bank), body)
    market.play("finance.tender.decline/1", maker(third_bank), finance.TenderDecline(tender=tender))
    assert "reason" not in market.row("bid", tender, third_bank)
    market.time = opening
    with pytest.raises(errors.BidTooLate):
        market.play("finance.tender.decline/1", maker(fourth_bank), body)
    quote = market.open(tender, other_bank, 50_000)
    market.take(quote, supplier)
    assert market.row("quote", quote)["status"] == "accepted"
    assert market.state.get("funder-card", bank) is None


@given(
    rates=st.dictionaries(st.sampled_from(banks), st.integers(0, 200_000), min_size=1),
    kept=st.sets(st.sampled_from(banks)),
)
def test_whatever_is_bid_the_winner_follows_from_rates_and_seals(
    rates: dict[str, int], kept: set[str]
) -> None:
    market = Market()
    tender = market.tender()
    for funder, rate_ppm in rates.items():
        market.seal(tender, funder, rate_ppm)
    market.time = opening
    quotes = {
        funder: market.open(tender, funder, rate_ppm)
        for funder, rate_ppm in rates.items()
        if funder not in kept
    }
    market.block(accepting)
    market.time = accepting
    order = list(rates)
    best = min(quotes, key=lambda one: (rates[one], order.index(one)), default=None)
    for funder, quote in quotes.items():
        if funder != best:
            with pytest.raises(errors.BidNotBest):
                market.take(quote, supplier)
    if best is not None:
        market.take(quotes[best], supplier)
        assert market.row("quote", quotes[best])["value_on"] == value_on
    for funder in rates:
        card = market.row("funder-card", funder)
        assert card["sealed"] == card["opened"] + card["lapsed"] == 1
