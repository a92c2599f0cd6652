"""Cells to exact values: round trips, the forms that Chinese firms use, and every refusal."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.app.imports.cells import dates, values
from tallystick.app.imports.cells.units import unit_code
from tallystick.app.imports.cells.values import Price, Quantity
from tallystick.app.imports.errors import BadValue

full_width = str.maketrans("0123456789.,-%", "０１２３４５６７８９．，－％")
quick = settings(max_examples=150, deadline=None)


def shown(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"


@quick
@given(st.integers(-(10**13), 10**13), st.sampled_from(["", "¥", "￥", "CNY", "RMB ", "人民币"]))
def test_amounts_survive_the_ways_they_are_shown(minor: int, sign: str) -> None:
    text = shown(minor)
    assert values.amount(text, "CNY") == minor
    assert values.amount(text.translate(full_width), "CNY") == minor
    assert values.amount(f"{sign}{shown(abs(minor))}元", "CNY") == abs(minor)


@quick
@given(st.integers(0, 10**9), st.integers(0, 6))
def test_quantities_keep_their_value_in_the_smallest_scale(value: int, scale: int) -> None:
    digits = f"{value:0{scale + 1}d}"
    text = f"{digits[: len(digits) - scale]}.{digits[len(digits) - scale :]}"
    found = values.quantity(text)
    assert found.value * 10**scale == value * 10**found.scale
    assert found.scale == 0 or found.value % 10
    assert found.at(6) == value * 10 ** (6 - scale)


@quick
@given(st.integers(0, 10**8), st.integers(0, 8))
def test_prices_are_exact_fractions(digits: int, decimals: int) -> None:
    text = f"{digits:0{decimals + 1}d}"
    text = f"{text[: len(text) - decimals]}.{text[len(text) - decimals :]}"
    found = values.price(text, "CNY")
    assert found.amount * 10**decimals == digits * 100 * found.per


@quick
@given(st.dates(datetime.date(1990, 1, 1), datetime.date(2099, 12, 31)))
def test_dates_survive_the_ways_they_are_written(day: datetime.date) -> None:
    iso = day.isoformat()
    assert dates.date(iso) == iso
    assert dates.date(f"{day.year}年{day.month}月{day.day}日") == iso
    assert dates.date(f"{day.year} 年 {day.month:02d} 月 {day.day:02d} 号") == iso
    assert dates.date(f"{day.year}/{day.month}/{day.day}".translate(full_width)) == iso
    assert dates.date(f"{day:%Y%m%d}") == iso
    assert dates.date(f"{day.day}-{day:%b}-{day.year}") == iso
    assert dates.date(f"{iso} 23:59:59") == iso
    assert dates.date(f"{day.month}/{day.day}/{day.year}", ("m/d/yyyy",)) == iso
    assert dates.date(f"{day.day}/{day.month}/{day.year}", ("d/m/yyyy",)) == iso


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2-Jun-06", "2006-06-02"),
        ("14-Nov-69", None),
        ("2026年3月5日", "2026-03-05"),
        ("２０２６年３月５日", "2026-03-05"),
        ("2026.3.5", "2026-03-05"),
        ("2026-03-05T08:00:00Z", "2026-03-05"),
        ("5 March 2026", "2026-03-05"),
    ],
)
def test_dates_in_the_forms_of_real_files(text: str, iso: str | None) -> None:
    if iso is None:
        with pytest.raises(BadValue, match="year 1969"):
            dates.date(text)
    else:
        assert dates.date(text) == iso


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3/5/2026", "month first or day first"),
        ("13/5/26", "month first or day first"),
        ("2026-02-30", "no day of the calendar"),
        ("2026-03/05", "not a date"),
        ("45721", "day number"),
        ("2-Foo-06", "no month"),
        ("1066-10-14", "year 1066"),
        ("soon", "not a date"),
        ("", "not a date"),
        ("2026\ufffd03", "not text in the file's encoding"),
    ],
)
def test_dates_refused(text: str, reason: str) -> None:
    with pytest.raises(BadValue, match=reason):
        dates.date(text)


def test_a_declared_format_reads_only_its_own_order_and_length() -> None:
    assert dates.date("4/30/14", ("m/d/yy",)) == "2014-04-30"
    with pytest.raises(BadValue, match="no day"):
        dates.date("30/4/14", ("m/d/yy",))
    with pytest.raises(BadValue, match="name its format"):
        dates.date("4/30/2014", ("m/d/yy",))


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("￥1,234.50", 123450),
        ("１２３", 12300),
        ("CNY 9,000,000.00", 900000000),
        ("(1,234.50)", -123450),
        ("−12", -1200),
        ("-¥12.3", -1230),
        ("1.500", 150),
        ("人民币100元", 10000),
    ],
)
def test_amounts_as_firms_write_them(text: str, minor: int) -> None:
    assert values.amount(text, "CNY") == minor


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.005", "3 decimals"),
        ("1.234,50", "not a number"),
        ("12,34", "not a number"),
        ("$5", "map says CNY"),
        ("USD 5", "map says CNY"),
        ("12万", "not a number"),
        ("1E+15", "shortened"),
        ("99999999999999999", "too large"),
        ("9" * 60, "too long"),
        ("", "not a number"),
        ("1\ue000", "mean nothing"),
        ("--1", "not a number"),
    ],
)
def test_amounts_refused(text: str, reason: str) -> None:
    with pytest.raises(BadValue, match=reason):
        values.amount(text, "CNY")


def test_yen_have_no_decimals() -> None:
    assert values.amount("¥1,200", "JPY") == 1200
    with pytest.raises(BadValue, match="1 decimals; 0 are allowed"):
        values.amount("1.5", "JPY")


@pytest.mark.parametrize(
    ("text", "ppm"),
    [("13%", 130000), ("13", 130000), ("0.13", 130000), ("１３％", 130000), ("0", 0), ("免税", 0),
     ("0.5%", 5000), ("1", 10000), ("100%", 1000000), ("6.0 %", 60000)],
)  # fmt: skip
def test_rates(text: str, ppm: int) -> None:
    assert values.rate_ppm(text) == ppm


@pytest.mark.parametrize("text", ["101%", "-3%", "0.12345%", "thirteen", "%"])
def test_rates_refused(text: str) -> None:
    with pytest.raises(BadValue):
        values.rate_ppm(text)


def test_prices_below_the_minor_unit_stay_exact() -> None:
    assert values.price("6.2001", "CNY") == Price(62001, 100)
    assert values.price("6.20", "CNY") == Price(620, 1)
    with pytest.raises(BadValue, match="less than zero"):
        values.price("-1", "CNY")


def test_a_quantity_below_zero_or_between_scales_is_refused() -> None:
    with pytest.raises(BadValue, match="less than zero"):
        values.quantity("-1")
    with pytest.raises(BadValue, match="needs 2 decimals"):
        Quantity(125, 2).at(1)


def test_document_numbers_are_injective_and_unmangled() -> None:
    assert values.document_number(" ＰＯ－001 ") == "PO-001"
    assert values.document_number("PO 1") != values.document_number("PO%201")
    assert values.document_number("A#1 b") == "A%231%20b"
    with pytest.raises(BadValue, match="shortened"):
        values.document_number("2.5442E+19")
    with pytest.raises(BadValue, match="60 are allowed"):
        values.document_number("9" * 61)


@quick
@given(st.text(max_size=30), st.text(max_size=30))
def test_two_numbers_never_become_one(one: str, other: str) -> None:
    try:
        first, second = values.document_number(one), values.document_number(other)
    except BadValue:
        return
    same = " ".join(values.plain(one).split()) == " ".join(values.plain(other).split())
    assert (first == second) == same
    assert not set(first) & set(" #\t\n")


@pytest.mark.parametrize(("text", "number"), [("10", "10"), ("00010", "10"), ("999999", "999999")])
def test_line_numbers(text: str, number: str) -> None:
    assert values.line_number(text) == number


@pytest.mark.parametrize("text", ["0", "1000000", "A1", "", "-1", "1.5"])
def test_line_numbers_refused(text: str) -> None:
    with pytest.raises(BadValue, match="line number"):
        values.line_number(text)


def test_names_lose_line_breaks_and_refuse_invisible_characters() -> None:
    assert values.name("上海\n某  厂") == "上海 某 厂"
    with pytest.raises(BadValue, match="invisible"):
        values.name("a\u202eb")
    with pytest.raises(BadValue, match="200 are allowed"):
        values.name("x" * 201)


def test_units_by_name_and_by_code() -> None:
    assert unit_code("个") == "C62"
    assert unit_code("ＫＧ") == "KGM"
    assert unit_code("KGM") == "KGM"
    assert unit_code("捆") is None
