"""Check digits against somebody else's, and what is shown of a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.iso7064 import mod_11_10

from tallystick.finance import accounts

digits = st.text("0123456789", min_size=11, max_size=11)


@given(digits)
def test_bank_codes_are_checked_as_others_check_them(first: str) -> None:
    check = accounts.cnaps_check(first)
    assert check == mod_11_10.calc_check_digit(first)
    assert accounts.is_cnaps(first + check)
    assert not any(accounts.is_cnaps(first + other) for other in "0123456789" if other != check)


@pytest.mark.parametrize(
    "code",
    [
        "102100099996", "103100000026", "104100000004", "105100000017", "301290000007",
        "308584000013", "305100000013", "302100011000", "403100000004",
    ],
)  # fmt: skip
def test_head_offices_of_banks_have_right_codes(code: str) -> None:
    assert accounts.is_cnaps(code)


@pytest.mark.parametrize(
    "code", ["", "10210009999", "1021000999960", "10210009999x", "１０２１０００９９９９６"]
)
def test_what_is_no_bank_code(code: str) -> None:
    assert not accounts.is_cnaps(code)


@given(
    st.sampled_from(["DE", "FR", "GB", "NL", "CH"]), st.text("0123456789", min_size=14, max_size=18)
)
def test_iban_checks_are_those_of_others(country: str, rest: str) -> None:
    number = country + iban.calc_check_digits(f"{country}00{rest}") + rest
    assert accounts.is_iban(number)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not accounts.is_iban(wrong)


@pytest.mark.parametrize(
    ("code", "right"),
    [("ICBKCNBJ", True), ("DEUTDEFF500", True), ("icbkcnbj", False), ("ICBKCNB", False), ("ICB1CNBJ", False)],
)  # fmt: skip
def test_bic(code: str, right: bool) -> None:
    assert accounts.is_bic(code) is right


def test_a_number_is_shown_by_its_ends_alone() -> None:
    assert accounts.masked("1234", "6222020200041231234") == "6222****1234"
    assert accounts.masked("1234") == accounts.masked("1234", "61234") == "****1234"
    assert accounts.compact("de89 3704-0044") == "DE8937040044"
