"""Rows to documents: grouping, values, and each reason for which a row is left out."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.app.imports import (
    Trade,
    load_mapping,
    open_mapped,
    parse_mapping,
    read_trade,
    write_errors,
)
from tallystick.app.imports.cells.values import Quantity, amount, price
from tallystick.app.imports.errors import BadValue, RowError
from tallystick.app.imports.worth import line_worth

headers = [
    "订单号",
    "订单行号",
    "订单日期",
    "供应商",
    "物料编码",
    "物料名称",
    "规格型号",
    "订单数量",
    "入库数量",
    "单位",
    "含税单价",
    "税率",
    "价税合计",
    "送货单号",
    "送货日期",
    "入库单号",
    "入库日期",
    "发票号码",
    "开票日期",
]
good = {
    "订单号": "PO-1", "订单行号": "10", "订单日期": "2026年3月1日", "供应商": "上海某电芯厂", "物料编码": "M-1", "物料名称": "电芯",
    "规格型号": "3.7V", "订单数量": "１０", "入库数量": "4", "单位": "个", "含税单价": "￥113.00", "税率": "13%", "价税合计": "￥452.00",
    "送货单号": "SH-1", "送货日期": "2026/3/4", "入库单号": "RK-1", "入库日期": "2026年3月5日", "发票号码": "F1", "开票日期": "2026-03-06",
}  # fmt: skip
second = {
    "入库数量": "6",
    "价税合计": "678",
    "送货单号": "SH-2",
    "入库单号": "RK-2",
    "发票号码": "F2",
}


def rows_of(*changes: dict[str, str]) -> list[list[str]]:
    return [headers, *([{**good, **change}[name] for name in headers] for change in changes)]


def read(
    tmp_path: Path, *changes: dict[str, str], encoding: str = "utf-8", mark: bytes = b""
) -> Trade:
    path = tmp_path / "export.csv"
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows_of(*changes))
    path.write_bytes(mark + stream.getvalue().encode(encoding))
    mapping = load_mapping(Path("erp-zh"))
    return read_trade(open_mapped(path, mapping), mapping)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("gb18030", b""),
        ("gb18030", b"\x84\x31\x95\x33"),
        ("utf-8-sig", b""),
        ("utf-16", b""),
        ("utf-8", b""),
    ],
)
def test_a_chinese_export_becomes_documents(tmp_path: Path, encoding: str, mark: bytes) -> None:
    trade = read(tmp_path, {}, second, encoding=encoding, mark=mark)
    assert trade.errors == ()
    (order,) = trade.orders
    assert (order.number, order.date, order.buyer.name, order.seller.name) == (
        "PO-1",
        "2026-03-01",
        "@importer",
        "上海某电芯厂",
    )
    (line,) = order.lines
    assert (line.number, line.quantity, line.item.unit, line.source) == (
        "10",
        Quantity(10, 0),
        "C62",
        2,
    )
    assert (line.worth.gross, line.worth.tax_ppm) == (113000, 130000)
    assert [(d.number, d.date, d.lines[0].quantity) for d in trade.despatches] == [
        ("SH-1", "2026-03-04", Quantity(4, 0)), ("SH-2", "2026-03-04", Quantity(6, 0)),
    ]  # fmt: skip
    assert [(d.number, d.despatch, d.date, d.lines[0].received.value) for d in trade.deliveries] == [
        ("RK-1", "SH-1", "2026-03-05", 4), ("RK-2", "SH-2", "2026-03-05", 6),
    ]  # fmt: skip
    assert [(i.number, i.date, i.due, i.gross, i.derived) for i in trade.invoices] == [
        ("F1", "2026-03-06", "2026-05-05", 45200, {"due_date"}),
        ("F2", "2026-03-06", "2026-05-05", 67800, {"due_date"}),
    ]
    assert (trade.rows, trade.taken, trade.totals) == (2, 2, 0)


def test_the_same_from_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["采购入库明细表"])
    for row in rows_of({}, second, {"订单号": "合计：", "订单行号": "", "供应商": ""}):
        page.append([int(cell) if cell.isascii() and cell.isdigit() else cell for cell in row])
    path = tmp_path / "export.xlsx"
    book.save(path)
    mapping = load_mapping(Path("erp-zh"))
    trade = read_trade(open_mapped(path, mapping), mapping)
    plain = read(tmp_path, {}, second)
    assert (trade.errors, trade.totals, trade.value) == ((), 1, plain.value)
    assert [i.gross for i in trade.invoices] == [i.gross for i in plain.invoices]
    assert trade.orders[0].lines[0].source == 3


bad_cells = [
    ("订单号", "", "is missing"),
    ("订单号", "2.5442E+19", "shortened"),
    ("订单行号", "十", "line number"),
    ("订单日期", "3/5/2026", "month first"),
    ("供应商", "", "is missing"),
    ("供应商", "甲\u202e", "invisible"),
    ("入库数量", "1,00", "not a number"),
    ("入库数量", "-4", "less than zero"),
    ("订单数量", "0", "is zero"),
    ("单位", "捆", "unit unknown"),
    ("含税单价", "$113", "map says CNY"),
    ("税率", "130%", "rate from 0"),
    ("价税合计", "452.001", "3 decimals"),
    ("价税合计", "453.00", "quantity × unit price is 45200"),
    ("价税合计", "-452", "credit notes"),
    ("入库日期", "2026-02-30", "no day"),
    ("发票号码", "x" * 61, "60 are allowed"),
]


@pytest.mark.parametrize(("column", "value", "reason"), bad_cells)
def test_a_bad_cell_excludes_its_row_and_is_named(
    tmp_path: Path, column: str, value: str, reason: str
) -> None:
    other = {"订单号": "PO-2", "送货单号": "SH-9", "入库单号": "RK-9", "发票号码": "F9"}
    trade = read(tmp_path, other, {column: value})
    assert trade.errors
    assert {error.line for error in trade.errors} == {3}
    found = next(error for error in trade.errors if reason in error.reason)
    assert (found.column, found.value) == (column, value)
    assert [order.number for order in trade.orders] == ["PO-2"]
    assert (trade.rows, trade.taken) == (2, 1)


def test_all_that_is_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    trade = read(tmp_path, {"订单数量": "x", "税率": "y", "入库日期": "z"})
    assert {error.column for error in trade.errors} >= {"订单数量", "入库日期"}


def test_a_document_that_lost_a_row_is_incomplete_and_says_so(tmp_path: Path) -> None:
    trade = read(tmp_path, {}, {"订单行号": "20", "入库数量": "?"})
    (error,) = trade.errors
    assert (error.document, error.consequence) == ("order PO-1", "order PO-1 is incomplete")
    assert trade.orders[0].incomplete
    assert trade.despatches[0].incomplete
    assert trade.deliveries[0].incomplete
    assert trade.invoices[0].incomplete
    alone = read(tmp_path, {"入库数量": "?"})
    assert alone.errors[0].consequence == "order PO-1 is left out"


conflicts = [
    ({"供应商": "乙"}, "供应商", "order PO-1 has 上海某电芯厂 on line 2"),
    ({"订单日期": "2026-03-02"}, "订单日期", "order PO-1 has 2026-03-01 on line 2"),
    ({"订单数量": "11"}, "订单数量", "another ordered quantity"),
    ({"含税单价": "100", "价税合计": "400"}, "价税合计", "another price"),
    ({"入库单号": "RK-1", "入库日期": "2026-03-09"}, "入库日期", "delivery RK-1 has 2026-03-05"),
]


@pytest.mark.parametrize(("change", "column", "reason"), conflicts)
def test_rows_of_one_document_must_agree(
    tmp_path: Path, change: dict[str, str], column: str, reason: str
) -> None:
    other = {"送货单号": "SH-2", "入库单号": "RK-2", "发票号码": "F2"}
    trade = read(tmp_path, {}, {**other, **change})
    assert any(error.column == column and reason in error.reason for error in trade.errors)
    assert all(error.line == 3 for error in trade.errors)
    assert trade.taken == 1


def test_what_has_not_happened_yet_makes_no_document(tmp_path: Path) -> None:
    trade = read(tmp_path, {"发票号码": "未开票", "开票日期": "", "入库日期": "", "入库单号": ""})
    assert (len(trade.orders), len(trade.despatches), trade.deliveries, trade.invoices) == (
        1,
        1,
        (),
        (),
    )
    assert trade.errors == ()


def test_more_cells_than_headers_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\n".join(",".join(row) for row in rows_of({})) + ",x\n", encoding="utf-8")
    mapping = load_mapping(Path("erp-zh"))
    (error,) = read_trade(open_mapped(path, mapping), mapping).errors
    assert (error.value, "delimiter" in error.reason) == ("x", True)


simple = """
title = "t"
kinds = ["orders"]
currency = "CNY"
fill_down = ["order_number", "order_date", "seller"]
[columns]
order_number = "单号"
order_date = "日期"
seller = "供应商"
seller_code = {header = "税号"}
item_name = "品名"
quantity = "数量"
unit_price = "单价"
[constants]
buyer = "甲方"
"""


def read_simple(tmp_path: Path, body: str, text: str = simple) -> Trade:
    path = tmp_path / "simple.csv"
    path.write_text("单号,日期,供应商,税号,品名,数量,单价\n" + body, encoding="utf-8")
    mapping = parse_mapping(text)
    return read_trade(open_mapped(path, mapping), mapping)


def test_rows_of_an_order_may_be_scattered_and_merged_cells_are_filled(tmp_path: Path) -> None:
    trade = read_simple(
        tmp_path,
        "1,2026-1-1,乙,,a,1,2\n2,2026-1-2,乙,,b,1,2\n,,,,c,3,0.125\n1,2026-1-1,乙,,d,1,2\n",
    )
    assert [(o.number, [(line.number, line.item.name) for line in o.lines]) for o in trade.orders] == [
        ("1", [("1", "a"), ("2", "d")]), ("2", [("1", "b"), ("2", "c")]),
    ]  # fmt: skip
    assert trade.orders[1].lines[1].worth.net == 38
    assert trade.value == 638


def test_a_firm_has_one_code(tmp_path: Path) -> None:
    trade = read_simple(
        tmp_path, "1,2026-1-1,乙,,a,1,2\n1,2026-1-1,乙,91A,a,1,2\n2,2026-1-1,乙,91B,a,1,2\n"
    )
    assert [(p.name, p.code) for p in trade.parties()] == [("甲方", ""), ("乙", "91A")]
    (error,) = trade.errors
    assert (error.column, error.reason) == ("税号", "乙 had 91A before")


def test_an_order_line_twice_is_an_error_unless_ordered_quantities_say_why(tmp_path: Path) -> None:
    text = simple.replace("[constants]", 'order_line = "税号"\n[constants]').replace(
        'seller_code = {header = "税号"}\n', ""
    )
    trade = read_simple(tmp_path, "1,2026-1-1,乙,10,a,1,2\n1,2026-1-1,乙,0010,a,1,2\n", text)
    (error,) = trade.errors
    assert "order line 10 is on line 2 of the file already" in error.reason


def test_progress_is_told(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(
        "单号,日期,供应商,税号,品名,数量,单价\n" + "1,2026-1-1,乙,,a,1,2\n" * 1201, encoding="utf-8"
    )
    told: list[int] = []
    mapping = parse_mapping(simple)
    read_trade(open_mapped(path, mapping), mapping, told.append)
    assert told == [500, 1000, 1201]


def test_errors_are_written_for_excel(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    errors = [
        RowError(3, "数量", "=1+1", "is not a number", "order PO-1", "order PO-1 is incomplete")
    ]
    assert write_errors(path, errors) == 1
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        written = list(csv.DictReader(stream))
    assert written == [
        {"line": "3", "column": "数量", "value": "'=1+1", "reason": "is not a number",
         "document": "order PO-1", "consequence": "order PO-1 is incomplete"}
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 10**6),
    st.integers(0, 6),
    st.integers(0, 10**9),
    st.sampled_from([0, 30_000, 60_000, 130_000]),
)
def test_net_tax_and_gross_always_add_up(value: int, scale: int, minor: int, ppm: int) -> None:
    quantity = Quantity(value, scale)
    for field in ("net_amount", "gross_amount"):
        worth = line_worth({field: minor}, {}, ppm, quantity)
        assert worth is not None
        assert worth.net + worth.tax == worth.gross
        assert minor == (worth.gross if worth.includes_tax else worth.net)
        assert worth.of(quantity) == worth
        double = worth.of(Quantity(2 * value, scale))
        assert (double.gross if worth.includes_tax else double.net) == 2 * minor
        assert worth.same_price(double)


def test_a_row_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(BadValue, match="are not gross"):
        line_worth(
            {"net_amount": 100, "tax_amount": 13, "gross_amount": 114}, {}, None, Quantity(1, 0)
        )
    with pytest.raises(BadValue, match="less than its own tax"):
        line_worth({"gross_amount": 10, "tax_amount": 13}, {}, None, Quantity(1, 0))


def test_a_rate_is_read_off_the_amounts_where_no_column_says_it() -> None:
    worth = line_worth(
        {"net_amount": amount("88.50", "CNY"), "tax_amount": amount("11.51", "CNY")},
        {},
        None,
        Quantity(1, 0),
    )
    assert worth is not None
    assert worth.tax_ppm == 130_000


def test_the_unit_price_may_be_rounded_by_half_its_last_decimal() -> None:
    prices = {"unit_price": price("0.33", "CNY")}
    assert line_worth({"net_amount": 33333}, dict(prices), 0, Quantity(1000, 0)) is not None
    with pytest.raises(BadValue, match="quantity × unit price"):
        line_worth({"net_amount": 33600}, dict(prices), 0, Quantity(1000, 0))
