"""Payments name the account that was agreed; a change that comes later does not divert them."""

from __future__ import annotations

import pytest
from tests.finance.accounts.counter import Counter
from tests.finance.desk import bank, maker, supplier

from tallystick import finance
from tallystick.finance.errors import AccountHeld, AccountRefused

face = 900_000_000
friend = "99.100/O-FRIEND"
paid_at, value_on = "2026-03-15T16:30:00.000Z", "2026-03-16"
maturity = "2026-07-10T03:00:00.000Z"


@pytest.fixture
def counter() -> Counter:
    return Counter()


def instruct(counter: Counter, quote: str, account: str | None) -> None:
    registration = finance.Registration(number="Z-1", ends_on="2026-12-31")
    body = finance.Instruct(
        quote=quote, registration=registration, account=account, reference="E-1", sent_at=paid_at
    )
    counter.play("finance.instruct/1", maker(bank), body)


def test_a_disbursement_goes_where_the_holder_accepted_it(counter: Counter) -> None:
    old, new = counter.confirmed(), counter.confirmed(tail="5678")
    counter.named(old)
    name = counter.live(face)
    counter.time = "2026-03-09T02:00:00.000Z"
    counter.named(new)
    counter.time = "2026-03-12T02:00:00.000Z"
    quote = counter.quote(name, supplier, face, 42_000, value_on)
    counter.take(quote, supplier)
    assert counter.row("quote", quote)["account_tail"] == "1234"
    counter.block(paid_at)
    assert counter.target() == new
    with pytest.raises(AccountRefused):
        instruct(counter, quote, new)
    instruct(counter, quote, old)
    counter.pay_out(quote, paid_at)
    sold = counter.rows("financing", name)[quote]
    assert (sold["account"], sold["account_tail"]) == (old, "1234")
    assert sold["account_digest"] == counter.row("bank-account", old)["details"]["hash"]


def test_nothing_is_financed_to_an_account_that_is_not_confirmed(counter: Counter) -> None:
    counter.registered()
    name = counter.live(face)
    counter.time = paid_at
    quote = counter.quote(name, supplier, face, 42_000, value_on)
    with pytest.raises(AccountHeld, match="not-confirmed"):
        counter.take(quote, supplier)


def test_nothing_is_disbursed_to_an_account_that_was_closed(counter: Counter) -> None:
    account = counter.confirmed()
    counter.named(account)
    name = counter.live(face)
    counter.time = paid_at
    quote = counter.quote(name, supplier, face, 42_000, value_on)
    counter.take(quote, supplier)
    counter.close(account)
    with pytest.raises(AccountHeld, match="closed"):
        instruct(counter, quote, None)


def test_claims_are_agreed_when_units_stop_moving_and_keep_their_account(counter: Counter) -> None:
    old, new = counter.confirmed(), counter.confirmed(tail="5678")
    counter.named(old)
    name = counter.live(face)
    counter.time = "2026-07-07T02:00:00.000Z"
    counter.named(new)
    counter.block("2026-07-09T16:00:00.000Z")
    assert counter.rows("claim", name)[supplier]["account"] == old
    counter.block("2026-07-13T16:00:00.000Z")
    assert counter.target() == new
    counter.pay(name, face, "2026-07-10T03:00:00.000Z")
    (payout,) = counter.rows("payout", name).values()
    assert (payout["account"], payout["amount"]) == (old, face)


def test_a_change_that_is_in_force_before_is_what_is_paid(counter: Counter) -> None:
    old, new = counter.confirmed(), counter.confirmed(tail="5678")
    counter.named(old)
    name = counter.live(face)
    counter.time = "2026-07-03T02:00:00.000Z"
    counter.named(new)
    counter.time = maturity
    counter.pay(name, face, maturity)
    assert [row["account"] for row in counter.rows("payout", name).values()] == [new]


def test_an_unconfirmed_account_holds_its_own_share_and_nobody_elses(counter: Counter) -> None:
    """The creditor cannot block payment: the others are paid, and the rest once it is confirmed."""
    name = counter.live(face)
    counter.transfer(name, supplier, friend, 300_000_000)
    account = counter.registered()
    counter.time = maturity
    with pytest.raises(AccountHeld) as refused:
        counter.pay(name, face, maturity)
    assert refused.value.code == "account-held"
    assert refused.value.detail == (
        f"{supplier}: account-not-confirmed; at most 300000000 minor units can be paid now"
    )
    counter.pay(name, 300_000_000, maturity)
    assert counter.row("certificate", name)["status"] == "partially_paid"
    assert {row["holder"] for row in counter.rows("payout", name).values()} == {friend}
    counter.attest(account)
    counter.named(account)
    counter.pay(name, 600_000_000, maturity)
    assert counter.row("certificate", name)["status"] == "settled"
    assert [row.get("account") for row in counter.rows("payout", name).values()] == [None, account]


def test_a_closed_account_gives_way_to_the_one_in_force(counter: Counter) -> None:
    old, new = counter.confirmed(), counter.confirmed(tail="5678")
    counter.named(old)
    name = counter.live(face)
    counter.block("2026-07-09T16:00:00.000Z")
    counter.close(old)
    counter.time = maturity
    with pytest.raises(AccountHeld, match=f"{supplier}: account-closed; at most 0 minor units"):
        counter.pay(name, face, maturity)
    counter.named(new)
    counter.block("2026-07-15T16:00:00.000Z")
    counter.pay(name, face, maturity)
    assert [row["account"] for row in counter.rows("payout", name).values()] == [new]
