from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.finance import (
    DiscountTerms,
    capitals,
    days_between,
    discounted,
    exponent,
    format_amount,
    from_capitals,
    largest_remainder,
    money_date,
    parse_amount,
)
from tallystick.finance.errors import AmountRefused, DateRefused, QuoteWrong, ZoneUnknown
from tallystick.finance.money.discount import discount_of_lots
from tallystick.ledger.errors import InvariantError

amounts = st.integers(0, 10**17)
faces = st.integers(1, 10**11)
rates = st.integers(0, 300_000)


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (900_000_000, "人民币玖佰万元整"),
        (12_345_678, "人民币壹拾贰万叁仟肆佰伍拾陆元柒角捌分"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (50, "人民币伍角整"),
        (150, "人民币壹元伍角整"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
        (140_950, "人民币壹仟肆佰零玖元伍角整"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (10_700_053, "人民币壹拾万柒仟元零伍角叁分"),
        (168_032, "人民币壹仟陆佰捌拾元零叁角贰分"),
        (100_000_001 * 100, "人民币壹亿零壹元整"),
        (10**12 * 100, "人民币壹万亿元整"),
        (10**11, "人民币壹拾亿元整"),
    ],
)
def test_capitals_as_the_payment_rules_write_them(fen: int, text: str) -> None:
    assert capitals(fen) == text
    assert from_capitals(text) == fen


@given(amounts)
def test_capitals_can_be_read_back(fen: int) -> None:
    text = capitals(fen)
    assert from_capitals(text) == fen
    assert "零零" not in text


@pytest.mark.parametrize(
    "text", ["", "人民币", "壹贰元整", "人民币壹元零整", "one yuan", "壹角贰元"]
)
def test_wrong_capitals_are_refused(text: str) -> None:
    with pytest.raises(AmountRefused):
        from_capitals(text)


@given(st.integers(-(10**14), 10**14), st.sampled_from(["CNY", "JPY", "KWD", "CLF"]))
def test_text_of_an_amount_reads_back(minor: int, currency: str) -> None:
    assert parse_amount(format_amount(minor, currency), currency) == minor


def test_text_of_amounts() -> None:
    assert format_amount(900_000_000) == "9,000,000.00"
    assert parse_amount("１，２３４．５") == 123_450
    assert exponent("JPY") == 0
    assert format_amount(1234, "JPY") == "1,234"


@pytest.mark.parametrize("text", ["", "1.005", "1,23.00", "1e3", "NaN", "12 000", "١٢x", "--1"])
def test_wrong_amounts_are_refused(text: str) -> None:
    with pytest.raises(AmountRefused):
        parse_amount(text)


@given(st.dictionaries(st.text(max_size=4), st.integers(1, 10**11), min_size=1), st.data())
def test_shares_add_up_and_none_exceeds_its_weight(
    weights: dict[str, int], data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(weights.values())))
    shares = largest_remainder(total, weights)
    assert sum(shares.values()) == total
    for key, share in shares.items():
        assert 0 <= share <= weights[key]
        exact = total * weights[key]
        assert abs(share * sum(weights.values()) - exact) < sum(weights.values())


def test_ties_go_to_the_lower_key() -> None:
    assert largest_remainder(1, {"b": 1, "a": 1}) == {"a": 1, "b": 0}
    with pytest.raises(InvariantError):
        largest_remainder(1, {"a": 0})


def test_money_dates_are_those_of_the_zone() -> None:
    paid_on = money_date("2026-03-15T16:30:00.000Z", "Asia/Shanghai")
    assert paid_on == "2026-03-16"
    assert days_between(paid_on, "2026-07-10") == 116
    assert money_date("2026-03-15T16:30:00.000Z", "UTC") == "2026-03-15"
    with pytest.raises(ZoneUnknown):
        money_date("2026-03-15T16:30:00.000Z", "Mars/Olympus")
    with pytest.raises(DateRefused):
        days_between("2026-02-30", "2026-03-01")


def test_worked_discounts() -> None:
    ours = discounted(DiscountTerms(122_470_300, 42_000, "2026-03-16", "2026-07-10"))
    assert (ours.days, ours.discount, ours.net) == (116, 1_657_431, 120_812_869)
    day_before = discounted(DiscountTerms(122_470_300, 42_000, "2026-03-15", "2026-07-10"))
    assert (day_before.days, day_before.discount) == (117, 1_671_720)
    face = DiscountTerms(100_000_000, 42_000, "2026-01-01", "2026-04-29")
    assert discounted(face).discount == 1_376_667
    other = DiscountTerms(100_000_000, 42_000, "2026-01-01", "2026-04-29", basis="ACT/365")
    assert discounted(other).discount == 1_357_808


@given(faces, rates, st.integers(0, 364), st.integers(0, 1000), st.integers(0, 1000))
def test_discount_grows_with_rate_and_face_and_is_exact(
    face: int, rate: int, days: int, more: int, extra: int
) -> None:
    def at(face: int, rate: int, days: int) -> int:
        value_on = "2026-01-01"
        terms = DiscountTerms(face, rate, value_on, _plus(value_on, days))
        try:
            found = discounted(terms)
        except QuoteWrong:
            return face
        assert found.net + found.discount == found.face
        assert found.days == days
        assert 0 <= found.discount < face
        return found.discount

    assert at(face, rate, 0) == 0
    assert at(face, rate, days) <= at(face, rate + more, days)
    assert at(face, rate, days) <= at(face + extra, rate, days) or at(face, rate, days) == face
    assert at(face, rate, days) <= at(face, rate, days + 1)


def _plus(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


@given(st.dictionaries(st.text(max_size=3), faces, min_size=1, max_size=20), rates)
def test_one_discount_is_allotted_to_lots_without_drift(sizes: dict[str, int], rate: int) -> None:
    terms = DiscountTerms(sum(sizes.values()), rate, "2026-03-16", "2026-07-10")
    batch = discounted(terms)
    parts = discount_of_lots(batch.discount, sizes)
    assert sum(parts.values()) == batch.discount
    assert all(parts[key] <= sizes[key] for key in sizes)


def test_rounding_each_lot_would_drift() -> None:
    whole = discounted(DiscountTerms(100_000_000, 43_500, "2026-01-01", "2026-02-07")).discount
    each = discounted(DiscountTerms(1_000_000, 43_500, "2026-01-01", "2026-02-07")).discount
    assert whole == 447_083
    assert 100 * each == 447_100
