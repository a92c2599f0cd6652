"""Changing a payee account takes two officers and three business days, and any officer stops it."""

from __future__ import annotations

import pytest
from tests.finance.accounts.counter import Counter, first, second
from tests.finance.calendars.shop import china
from tests.finance.desk import core, maker, supplier

from tallystick.finance import accounts
from tallystick.finance.errors import (
    AccountRefused,
    AccountWrongStatus,
    ChangePending,
    Ended,
    ProposalUnknown,
)
from tallystick.identity import NotEntitled
from tallystick.identity.people.errors import SamePerson, TooEarly
from tallystick.ledger.rules import OwnKeyRequired
from tallystick.ledger.state import Change

#: A Friday before the make-up Saturday of Spring Festival 2026: 14 February is worked, then all rest until the 24th.
friday = "2026-02-13T02:00:00.000Z"


@pytest.fixture
def counter() -> Counter:
    made = Counter()
    made.old = made.confirmed()  # type: ignore[attr-defined]
    made.new = made.confirmed(tail="5678")  # type: ignore[attr-defined]
    made.named(made.old)  # type: ignore[attr-defined]
    made.time = friday
    return made


def old(counter: Counter) -> str:
    return str(counter.old)  # type: ignore[attr-defined]


def new(counter: Counter) -> str:
    return str(counter.new)  # type: ignore[attr-defined]


def test_the_first_account_is_in_force_at_once(counter: Counter) -> None:
    assert counter.target() == old(counter)
    assert "change" not in counter.payee()


def test_a_change_takes_three_business_days_by_the_calendar_of_the_country(
    counter: Counter,
) -> None:
    counter.named(new(counter))
    change = counter.payee()["change"]
    assert (change["rule"], change["days"]) == ("business-days", 3)
    assert (change["calendar"], change["version"]) == (china, 2)
    assert change["from"] == "2026-02-25T16:00:00.000Z"
    counter.block("2026-02-25T15:59:59.999Z")
    assert counter.target() == old(counter)
    counter.time = "2026-02-25T16:00:00.000Z"
    assert counter.target() == new(counter), "in force by the log, before a block says so"
    counter.block(counter.time)
    assert counter.payee() == {"account": new(counter), "since": counter.index - 1}


def test_holidays_that_move_meanwhile_move_no_change(counter: Counter) -> None:
    counter.named(new(counter))
    counter.change(2026, off=["2026-02-24", "2026-02-25"])
    counter.change(2026, on=["2026-02-16", "2026-02-17"])
    assert counter.payee()["change"]["from"] == "2026-02-25T16:00:00.000Z"


def test_without_a_table_so_many_calendar_days_pass_and_it_is_said() -> None:
    counter = Counter(tables=False)
    counter.named(counter.confirmed())
    counter.named(counter.confirmed(tail="5678"))
    change = counter.payee()["change"]
    assert (change["rule"], change["days"], change["from"]) == (
        "calendar-days",
        14,
        "2026-01-26T16:00:00.000Z",
    )


def test_beyond_the_table_so_many_calendar_days_pass_too(counter: Counter) -> None:
    counter.time = "2026-12-30T02:00:00.000Z"
    counter.named(new(counter))
    change = counter.payee()["change"]
    assert (change["rule"], change["from"]) == ("calendar-days", "2027-01-13T16:00:00.000Z")


def test_one_officer_is_not_two(counter: Counter) -> None:
    proposal = counter.propose_payee(new(counter))
    with pytest.raises(SamePerson):
        counter.approve_payee(proposal, by=first)
    for by in (maker(supplier), supplier):
        with pytest.raises(NotEntitled):
            counter.approve_payee(proposal, by=by)
    with pytest.raises(ProposalUnknown):
        counter.approve_payee(proposal, by=maker(core))
    assert counter.target() == old(counter)


def test_what_the_node_holds_changes_no_account(counter: Counter) -> None:
    propose = accounts.PayeePropose(organisation=supplier, currency="CNY", account=new(counter))
    with pytest.raises(OwnKeyRequired):
        counter.play("finance.payee.propose/1", first, propose, custody="node")


def test_a_firm_of_one_person_waits_twice(counter: Counter) -> None:
    alone = {"organisation": supplier, "roles": ["administrator", "maker"]}
    counter.state.apply(
        [
            Change("person", first, alone),
            Change("member", supplier, {"roles": alone["roles"]}, first),
            Change("member", supplier, None, second),
            Change("member", supplier, None, maker(supplier)),
        ]
    )
    proposal = counter.propose_payee(new(counter))
    with pytest.raises(TooEarly):
        counter.approve_payee(proposal, by=first)
    counter.time = "2026-02-24T02:00:00.000Z"
    counter.approve_payee(proposal, by=first)
    assert counter.payee()["change"]["from"] == "2026-02-27T16:00:00.000Z"


def test_any_officer_cancels_until_it_is_in_force(counter: Counter) -> None:
    proposal = counter.named(new(counter))
    counter.time = "2026-02-25T15:59:59.999Z"
    with pytest.raises(NotEntitled):
        counter.cancel(proposal, by=maker(supplier))
    counter.cancel(proposal, by=first)
    counter.block("2026-03-10T00:00:00.000Z")
    assert counter.target() == old(counter)
    with pytest.raises(Ended):
        counter.cancel(proposal, by=second)


def test_at_the_edge_of_the_third_day_it_is_too_late(counter: Counter) -> None:
    proposal = counter.named(new(counter))
    counter.time = "2026-02-25T16:00:00.000Z"
    with pytest.raises(Ended):
        counter.cancel(proposal)
    counter.block(counter.time)
    with pytest.raises(Ended):
        counter.cancel(proposal)


def test_no_change_while_one_is_on_its_way(counter: Counter) -> None:
    third = counter.confirmed(tail="9999")
    waiting = counter.propose_payee(third)
    counter.named(new(counter))
    with pytest.raises(ChangePending):
        counter.propose_payee(third)
    with pytest.raises(ChangePending):
        counter.approve_payee(waiting)
    counter.block("2026-02-25T16:00:00.000Z")
    counter.approve_payee(waiting)
    assert counter.payee()["change"]["account"] == third


def test_an_account_that_is_closed_meanwhile_does_not_come_in(counter: Counter) -> None:
    proposal = counter.named(new(counter))
    counter.close(new(counter))
    counter.block("2026-02-25T16:00:00.000Z")
    assert counter.target() == old(counter)
    assert counter.row("payee-proposal", proposal)["status"] == "void"


def test_closing_an_account_is_no_way_round_the_waiting(counter: Counter) -> None:
    counter.close(old(counter))
    counter.named(new(counter))
    assert counter.target() == old(counter)
    assert counter.payee()["change"]["from"] > counter.time


def test_only_a_confirmed_account_of_ones_own_in_this_currency_is_named(counter: Counter) -> None:
    euro, others = counter.confirmed(currency="EUR"), counter.confirmed(core)
    for name, currency in (
        (euro, "CNY"),
        (new(counter), "EUR"),
        (f"{supplier}#A-999", "CNY"),
        (others, "CNY"),
    ):
        body = accounts.PayeePropose(organisation=supplier, currency=currency, account=name)
        with pytest.raises(AccountRefused, match="is no account of"):
            counter.play("finance.payee.propose/1", first, body)
    with pytest.raises(AccountRefused):
        counter.propose_payee(old(counter))
    with pytest.raises(AccountWrongStatus):
        counter.propose_payee(counter.registered())
    counter.close(new(counter))
    with pytest.raises(AccountWrongStatus):
        counter.propose_payee(new(counter))


def test_a_proposal_ends(counter: Counter) -> None:
    proposal = counter.propose_payee(new(counter))
    counter.time = "2026-03-16T02:00:00.000Z"
    with pytest.raises(Ended):
        counter.approve_payee(proposal)
