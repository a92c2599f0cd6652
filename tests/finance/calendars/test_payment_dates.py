"""When a certificate is paid: fixed once, five business days before, and never moved again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.finance.calendars.shop import Shop, china, node
from tests.finance.desk import bank, core, maker, supplier

from tallystick import finance
from tallystick.finance import calendars
from tallystick.finance.errors import (
    CalendarUnknown,
    DocumentWrong,
    Ended,
    EvidenceWrong,
    Matured,
    NotDue,
    QuoteWrong,
    SameParty,
)
from tallystick.ledger.state import Change

face = 900_000_000
national_day = "2026-10-01"
#: Three business days before National Day, and two before Mid-Autumn, which is from the 25th to the 27th.
fixing_day = "2026-09-23"
before, at = "2026-09-22T15:59:59.999Z", "2026-09-22T16:00:00.000Z"


@pytest.fixture
def shop() -> Shop:
    made = Shop(["99.100/O-FRIEND"])
    made.shipped()
    made.time = "2026-04-07T02:00:00.000Z"
    return made


def test_a_date_is_expected_then_fixed_at_midnight_five_business_days_before(shop: Shop) -> None:
    name = shop.owed(national_day)
    assert shop.payment(name) == calendars.PaymentDate(
        "2026-10-08", "expected", china, 2, covered=True, fixes_on=fixing_day
    )
    shop.block(before)
    assert shop.state.get("payment-date", name) is None
    assert shop.payment(name).status == "expected"
    shop.block(at)
    assert shop.payment(name).status == "fixed"
    assert shop.row("payment-date", name)["version"] == 2


def test_a_version_before_midnight_counts_and_one_after_it_does_not(shop: Shop) -> None:
    early, late = shop.owed(national_day, number="1"), shop.owed("2026-10-08", number="2")
    shop.block(before)
    shop.change(2026, off=["2026-10-08"])
    shop.block(at)
    assert shop.payment(early).on == "2026-10-09"
    shop.change(2026, off=["2026-10-08", "2026-10-09"])
    assert shop.payment(early).on == "2026-10-09"
    assert shop.payment(early).version == 3
    assert shop.payment(late).status == "fixed"


def test_a_day_of_fixing_that_moved_is_followed(shop: Shop) -> None:
    """Holidays moved meanwhile: the block that would have fixed the date looks again."""
    name = shop.owed(national_day)
    shop.block("2026-08-01T00:00:00.000Z")
    shop.change(2026, on=["2026-09-25"])
    assert shop.payment(name).fixes_on == "2026-09-24"
    shop.block(at)
    assert shop.payment(name).status == "expected"
    shop.block("2026-09-23T16:00:00.000Z")
    assert shop.payment(name).status == "fixed"


def test_a_day_of_fixing_that_came_nearer_is_fixed_by_the_version_of_that_day(shop: Shop) -> None:
    """However late a block carries it out: the log alone says which version was in force."""
    name = shop.owed(national_day)
    shop.block("2026-08-01T00:00:00.000Z")
    shop.change(2026, off=["2026-09-24"])
    shop.block("2026-09-21T16:00:00.000Z")
    assert shop.payment(name).status == "fixed"
    shop.change(2026, off=["2026-10-08"])
    shop.block(at)
    assert (shop.row("payment-date", name)["on"], shop.row("payment-date", name)["version"]) == (
        "2026-10-08",
        3,
    )


def test_beyond_the_table_a_certificate_is_issued_and_its_date_provisional(shop: Shop) -> None:
    shop.time = "2026-11-02T02:00:00.000Z"
    name = shop.owed("2027-02-06")
    found = shop.payment(name)
    assert (found.on, found.status, found.covered) == ("2027-02-08", "provisional", False)
    shop.publish(_next_year(shop))
    found = shop.payment(name)
    assert (found.on, found.status, found.version) == ("2027-02-12", "expected", 3)


def test_a_date_that_no_table_reached_in_time_is_fixed_and_said_to_be_uncovered(shop: Shop) -> None:
    shop.time = "2026-11-02T02:00:00.000Z"
    name = shop.owed("2027-02-06")
    shop.block("2027-01-31T16:00:00.000Z")
    found = shop.payment(name)
    assert (found.on, found.status, found.covered) == ("2027-02-08", "fixed", False)
    shop.publish(_next_year(shop))
    assert shop.payment(name).on == "2027-02-08"


def _next_year(shop: Shop) -> calendars.CalendarPropose:
    return calendars.CalendarPropose(
        code="CN",
        year=2027,
        rest=(6, 7),
        holidays=tuple(calendars.Day(on=f"2027-02-{day:02d}") for day in range(5, 12)),
        known_until="2027-12-31",
        source=calendars.Source(authority="a ministry", title="a notice"),
        after=shop.versions(),
    )


def test_a_short_term_is_fixed_by_the_next_block(shop: Shop) -> None:
    shop.time = "2026-09-28T02:00:00.000Z"
    name = shop.owed(national_day)
    assert shop.payment(name).status == "fixed"
    shop.change(2026, off=["2026-10-08"])
    shop.block("2026-09-28T03:00:00.000Z")
    assert shop.row("payment-date", name)["on"] == "2026-10-08"


def test_payment_is_due_on_the_payment_date(shop: Shop) -> None:
    name = shop.owed(national_day)
    for early in ("2026-10-01T02:00:00.000Z", "2026-10-07T15:59:59.999Z"):
        shop.time = early
        with pytest.raises(NotDue):
            shop.pay(name, face, early)
    shop.time = "2026-10-08T02:00:00.000Z"
    with pytest.raises(EvidenceWrong):
        shop.pay(name, face, "2026-10-07T02:00:00.000Z")
    shop.pay(name, face, "2026-10-07T16:00:00.000Z")
    assert shop.row("certificate", name)["status"] == "settled"
    shop.block("2026-10-20T00:00:00.000Z")
    assert (shop.payment(name).status, shop.payment(name).overdue) == ("fixed", "")
    assert shop.row("payment-date", name)["on"] == "2026-10-08", (
        "written down by the payment itself"
    )


def test_nothing_moves_from_the_due_date_on_even_if_it_is_paid_later(shop: Shop) -> None:
    name = shop.owed(national_day)
    shop.block("2026-09-30T15:59:59.999Z")
    shop.transfer(name, supplier, "99.100/O-FRIEND", 1_000_000)
    shop.block("2026-09-30T16:00:00.000Z")
    with pytest.raises(Matured):
        shop.offer(name, supplier, "99.100/O-FRIEND", 1_000_000)


def test_nothing_moves_from_a_payment_date_on_that_comes_before_the_due_date(shop: Shop) -> None:
    name = shop.owed("2026-10-05", roll="preceding")
    assert shop.payment(name).on == "2026-09-30"
    shop.block("2026-09-29T16:00:00.000Z")
    with pytest.raises(Matured):
        shop.offer(name, supplier, "99.100/O-FRIEND", 1_000_000)
    shop.pay(name, face, shop.time)


def test_what_is_not_paid_is_overdue_the_day_behind_the_payment_date(shop: Shop) -> None:
    name = shop.owed(national_day)
    shop.block("2026-10-01T16:00:00.000Z")
    assert not shop.payment(name).overdue
    shop.time = "2026-10-08T02:00:00.000Z"
    shop.pay(name, face // 2, shop.time)
    shop.block("2026-10-08T15:59:59.999Z")
    assert not shop.payment(name).overdue
    shop.block("2026-10-08T16:00:00.000Z")
    assert shop.payment(name).overdue == "2026-10-09"


def test_a_date_that_does_not_roll_is_what_it_was(shop: Shop) -> None:
    name = shop.live(face, due_on=national_day)
    assert shop.payment(name) == calendars.PaymentDate(national_day, "fixed")
    shop.block("2026-10-01T16:00:00.000Z")
    assert shop.payment(name).overdue == "2026-10-02"


def test_terms_that_contradict_each_other_are_refused(shop: Shop) -> None:
    invoice = shop.delivered(face)
    for terms in ({"roll": "following"}, {"calendar": china}):
        with pytest.raises(DocumentWrong):
            shop.propose(invoice, face, **terms)
    with pytest.raises(CalendarUnknown):
        shop.propose(invoice, face, roll="following", calendar=f"{node}#DE")


def test_no_issuer_publishes_the_calendar_by_which_it_pays(shop: Shop) -> None:
    everything = {**shop.row("organisation", core), "capacities": ["core", "node"]}
    shop.state.apply([Change("organisation", core, everything)])
    with pytest.raises(SameParty):
        shop.propose(shop.delivered(face), face, roll="following", calendar=f"{core}#CN")


# Quotes


def quoted(shop: Shop, name: str, **more: Any) -> str:
    figures = {
        "roll": "following",
        "calendar": china,
        "calendar_version": 2,
        "pays_on": "2026-10-08",
    }
    return shop.quote(name, supplier, face, 42_000, "2026-04-07", **{**figures, **more})


def counted(ends: str) -> dict[str, Any]:
    terms = finance.DiscountTerms(face, 42_000, "2026-04-07", ends)
    found = finance.discounted(terms)
    return {"days": found.days, "discount": found.discount, "net": found.net}


def test_who_bears_rolled_days_is_a_term_of_the_quote(shop: Shop) -> None:
    name = shop.owed(national_day)
    funder = shop.row("quote", quoted(shop, name))
    holder = shop.row("quote", quoted(shop, name, rolled_days="holder", **counted("2026-10-08")))
    assert (holder["days"] - funder["days"], funder["rolled_days"]) == (7, "funder")
    for wrong in (
        {"rolled_days": "holder"},
        {"pays_on": "2026-10-09"},
        {"calendar_version": 1},
        {"calendar_version": None},
        {"calendar": "none"},
        {"roll": "none"},
        counted("2026-10-08"),
    ):
        with pytest.raises(QuoteWrong):
            quoted(shop, name, **wrong)


def test_a_later_calendar_reprices_no_quote(shop: Shop) -> None:
    name = shop.owed(national_day)
    quote = quoted(shop, name, rolled_days="holder", **counted("2026-10-08"))
    told = shop.row("quote", quote)
    shop.change(2026, off=["2026-10-08"])
    with pytest.raises(QuoteWrong, match="2026-10-09"):
        quoted(shop, name)
    shop.take(quote, supplier)
    shop.disburse(quote, shop.time)
    sold = shop.rows("financing", name)[quote]
    for term in ("days", "discount", "net", "pays_on", "calendar_version", "rolled_days"):
        assert sold[term] == told[term]
    assert shop.payment(name).on == "2026-10-09"


def test_a_quote_is_for_the_dates_of_its_certificate(shop: Shop) -> None:
    rolls, stays = shop.owed(national_day), shop.live(face, "2", due_on=national_day)
    for name, more in ((rolls, {}), (stays, {"roll": "following", "calendar": china})):
        stated = {"calendar_version": 2, "pays_on": "2026-10-08"} if more else {}
        quote = shop.quote(name, supplier, face, 42_000, "2026-04-07", **more, **stated)
        with pytest.raises(QuoteWrong, match="roll and calendar"):
            shop.take(quote, supplier)


def test_a_payment_date_that_came_too_near_ends_a_quote(shop: Shop) -> None:
    name = shop.owed("2026-10-05", roll="preceding")
    shop.time = "2026-09-01T02:00:00.000Z"
    terms = finance.DiscountTerms(face, 42_000, "2026-09-24", "2026-10-05")
    found = finance.discounted(terms)
    body = finance.Quote(
        certificate=name, holder=supplier, amount=face, rate_ppm=42_000, roll="preceding",
        calendar=china, calendar_version=2, pays_on="2026-09-30", value_on="2026-09-24",
        due_on="2026-10-05", days=found.days, discount=found.discount, net=found.net,
    )  # fmt: skip
    quote = shop.play("finance.quote/1", maker(bank), body)
    shop.change(2026, off=["2026-09-28", "2026-09-29", "2026-09-30"])
    with pytest.raises(Ended):
        shop.take(quote, supplier)


# Whatever happens in between


@settings(max_examples=25, deadline=None)
@given(
    st.dates(date(2026, 5, 4), date(2026, 12, 20)),
    st.sampled_from(["following", "modified-following", "preceding"]),
    st.lists(st.tuples(st.integers(0, 260), st.integers(-12, 12)), max_size=4),
)
def test_once_fixed_a_date_never_moves(
    due: date, roll: calendars.Roll, changes: list[tuple[int, int]]
) -> None:
    """Calendars change at any time, near the due date: what blocks wrote is what the log says, and stays."""
    shop = Shop()
    shop.shipped()
    shop.time = "2026-04-07T02:00:00.000Z"
    name = shop.owed(due.isoformat(), roll=roll)
    fixed: calendars.PaymentDate | None = None
    moves = dict(sorted(changes))
    for day in range(0, (due - date(2026, 4, 7)).days + 15, 3):
        moment = datetime(2026, 4, 7, 4) + timedelta(days=day)
        shop.block(moment.strftime("%Y-%m-%dT%H:00:00.000Z"))
        for wanted in [one for one in moves if one <= day]:
            off = due + timedelta(days=moves.pop(wanted))
            if off.year == 2026:
                shop.change(2026, off=[off.isoformat()])
        now = shop.payment(name)
        if fixed is not None:
            assert now.on == fixed.on
            assert now.version == fixed.version
        if now.status == "fixed":
            fixed = now
    assert fixed is not None
    shop.block("2027-03-01T00:00:00.000Z")
    assert shop.row("payment-date", name)["on"] == fixed.on
    assert shop.payment(name).overdue
