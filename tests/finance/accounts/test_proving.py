"""An account is somebody's because its bank says so, or because it saw what was paid to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.finance.accounts.counter import Counter, first, icbc
from tests.finance.calendars.shop import node
from tests.finance.desk import bank, checker, core, digest, maker, other_bank, supplier

from tallystick.finance import accounts
from tallystick.finance.accounts.admitting import admit
from tallystick.finance.errors import (
    AccountDetailsWrong,
    AccountRefused,
    AccountUnknown,
    AccountWrongStatus,
    ChallengeWrong,
)
from tallystick.identity import NotEntitled
from tallystick.ledger.fields import AttachmentRef
from tallystick.ledger.rules import OwnKeyRequired


@pytest.fixture
def counter() -> Counter:
    return Counter()


def status(counter: Counter, name: str) -> str:
    return str(counter.row("bank-account", name)["status"])


def test_the_bank_that_keeps_an_account_says_whose_it_is(counter: Counter) -> None:
    name = counter.registered()
    assert status(counter, name) == "registered"
    counter.attest(name)
    row = counter.row("bank-account", name)
    assert (row["status"], row["confirmed"]["how"], row["confirmed"]["by"]) == (
        "confirmed",
        "bank",
        bank,
    )
    counter.attest(name, belongs=False)
    assert status(counter, name) == "unproven"


def test_neither_number_nor_name_is_in_the_log(counter: Counter) -> None:
    """Only a salted digest and four digits."""
    row = counter.row("bank-account", counter.registered())
    assert set(row) == {
        "organisation", "scheme", "bank_code", "bank", "country", "currency", "tail", "details", "node",
        "status", "failed", "index", "time",
    }  # fmt: skip
    assert set(row["details"]) == {"hash", "type", "size", "grade"}


@pytest.mark.parametrize(
    "by", [checker(other_bank), checker(core), maker(node), maker(supplier), first]
)
def test_nobody_else_vouches_for_an_account(counter: Counter, by: str) -> None:
    name = counter.registered()
    with pytest.raises((NotEntitled, AccountUnknown)):
        counter.attest(name, by=by)
    assert status(counter, name) == "registered"


def test_a_small_payment_proves_an_account(counter: Counter) -> None:
    name = counter.registered(bank=None)
    counter.challenge(name, 4711)
    counter.answer(name, 4711)
    assert status(counter, name) == "registered"
    counter.reveal(name, 4711)
    assert counter.row("bank-account", name)["confirmed"]["how"] == "micro-payment"


def test_three_wrong_answers_and_it_stays_unproven(counter: Counter) -> None:
    name = counter.registered(bank=None)
    for guess in (1, 2, 3):
        assert status(counter, name) == "registered"
        counter.challenge(name, 4711)
        counter.answer(name, guess)
        with pytest.raises(AccountWrongStatus):
            counter.answer(name, 4711)
        counter.reveal(name, 4711)
    assert status(counter, name) == "unproven"
    with pytest.raises(AccountWrongStatus):
        counter.challenge(name, 4711)


def test_neither_side_can_cheat_in_a_challenge(counter: Counter) -> None:
    name = counter.registered(bank=None)
    counter.challenge(name, 4711)
    with pytest.raises(AccountWrongStatus):
        counter.challenge(name, 1)
    with pytest.raises(AccountWrongStatus):
        counter.reveal(name, 4711)
    counter.answer(name, 1)
    with pytest.raises(ChallengeWrong):
        counter.reveal(name, 1)
    for by in (maker(bank), maker(supplier)):
        with pytest.raises((NotEntitled, AccountUnknown)):
            counter.reveal(name, 4711, by=by)
    counter.reveal(name, 4711)
    assert counter.row("bank-account", name)["failed"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"bank_code": "102100099995"},
        {"country": "DE"},
        {"scheme": "bic", "bank_code": "102100099996"},
        {"scheme": "cnaps", "bank_code": "ICBKCNBJ"},
    ],
)
def test_codes_that_are_none_are_refused(counter: Counter, wrong: dict[str, object]) -> None:
    before = dict(counter.state.documents())
    with pytest.raises(AccountRefused):
        counter.registered(**wrong)
    assert dict(counter.state.documents()) == before


def test_only_its_own_people_register_an_account(counter: Counter) -> None:
    for by in (maker(core), checker(bank), supplier):
        with pytest.raises(NotEntitled):
            counter.play("finance.account.register/1", by, counter.body())
    with pytest.raises(NotEntitled, match="registered as bank"):
        counter.registered(bank=core)
    with pytest.raises(OwnKeyRequired):
        counter.play("finance.account.register/1", maker(supplier), counter.body(), custody="node")


def test_a_stranger_learns_of_no_account(counter: Counter) -> None:
    name = counter.registered()
    for unknown in (name, f"{supplier}#A-999"):
        with pytest.raises(AccountUnknown):
            counter.close(unknown, by=maker(core))


def details(holder: str = "a firm", number: str = "6222020200041231234") -> bytes:
    return json.dumps({"holder": holder, "number": number}).encode()


@pytest.mark.parametrize(
    ("data", "more", "why"),
    [
        (details(number="6222020200041239999"), {}, "end"),
        (details(number="62220202000412X1234"), {}, "digits"),
        (details(holder=""), {}, "holder"),
        (b"[]", {}, "attachment"),
        (b"{", {}, "attachment"),
        (b'{"holder":"a","number":"6222020200041231234","phone":"1"}', {}, "phone"),
        (details(number="DE89370400440532011234"), {"scheme": "bic"}, "IBAN"),
        (details(number="DE89370400440532013000"), {"scheme": "bic", "tail": "3000"}, "IBAN is not of CN"),
    ],
)  # fmt: skip
def test_an_attachment_that_says_something_else_is_refused(
    counter: Counter, data: bytes, more: dict[str, Any], why: str
) -> None:
    body = counter.body(**more)
    with pytest.raises(AccountDetailsWrong, match=why) as refused:
        admit(body, {digest("a"): data})
    assert "6222" not in str(refused.value)


def test_an_attachment_that_says_the_same_comes_in(counter: Counter) -> None:
    admit(counter.body(), {digest("a"): details()})
    foreign = counter.body(scheme="bic", bank_code="DEUTDEFF", country="DE", tail="3000")
    admit(foreign, {digest("a"): details(number="DE89370400440532013000")})
    open_ref = AttachmentRef(hash=digest("a"), type=accounts.details_type, size=60, grade="parties")
    with pytest.raises(AccountDetailsWrong, match="restricted"):
        admit(counter.body(details=open_ref), {digest("a"): details()})


def test_the_code_of_the_story_is_right() -> None:
    assert accounts.is_cnaps(icbc)
