"""Maps: what they must say, how headers are found, and what a guess proposes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.app.imports import guess, load_mapping, open_table, parse_mapping, shipped_maps
from tallystick.app.imports.errors import ColumnsMissing, MapRefused
from tallystick.app.imports.fields import header_key, synonyms
from tallystick.app.imports.mapping import bind

least = """
title = "t"
kinds = ["orders"]
currency = "CNY"
[columns]
order_number = ["订单号", "PO"]
order_date = "日期"
seller = "供应商"
item_name = "品名"
quantity = "数量"
net_amount = "金额"
[constants]
buyer = "@importer"
"""
headers = ["订单号", "日期", "供应商", "品名", "数量", "金额"]


def test_the_shipped_maps_are_valid() -> None:
    assert shipped_maps() == ("erp-zh", "scms")
    for name in shipped_maps():
        mapping = load_mapping(Path(name))
        assert mapping.notes
        assert all(derivation.note for derivation in mapping.derive.values())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("title", "titel"), "titel: Extra inputs"),
        (('currency = "CNY"', 'currency = "XXX"'), "currency XXX"),
        (('"orders"', '"receipts"'), "kinds"),
        (("order_number", "order_numbr"), "order_numbr"),
        (('seller = "供应商"', ""), "orders need seller"),
        (('net_amount = "金额"', ""), "orders need gross_amount or net_amount"),
        (('buyer = "@importer"', 'seller = "x"\nbuyer = "y"'), "by a column and by a constant"),
        (('"orders"', '"invoices"'), "invoices need invoice_number"),
        (("[constants]", "[constants"), "not TOML"),
        (("[constants]", '[derive.due_date]\nfrom = "lot"\nnote = "n"\n[constants]'), "nothing feeds"),
        (("[constants]", '[derive.due_date]\nfrom = "seller"\nnote = "n"\n[constants]'), "from a date"),
        (("[constants]", '[derive.lot]\nfrom = "order_date"\nadd_days = 3\nnote = "n"\n[constants]'), "to a date"),
        (("[constants]", '[derive.lot]\nfrom = "seller"\n[constants]'), "note: Field required"),
        (('"供应商"', '{header = "供应商", template = "no place"}'), "seller.template"),
    ],
)  # fmt: skip
def test_maps_refused(change: tuple[str, str], reason: str) -> None:
    text = least.replace(*change)
    assert text != least
    with pytest.raises(MapRefused, match=reason):
        parse_mapping(text)


def test_derivations_in_a_circle_are_refused() -> None:
    circle = '[derive.due_date]\nfrom = "invoice_date"\nnote = "n"\n[derive.invoice_date]\nfrom = "due_date"\nnote = "n"\n'
    with pytest.raises(MapRefused, match="nothing feeds"):
        parse_mapping(least + circle)


def test_without_orders_rows_need_line_numbers() -> None:
    text = least.replace('"orders"', '"despatches"') + ""
    text = text.replace(
        "[constants]", 'despatch_number = "送货单号"\ndespatch_date = "送货日期"\n[constants]'
    )
    with pytest.raises(MapRefused, match="order_line"):
        parse_mapping(text)


def test_a_map_that_is_not_there_names_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(MapRefused, match="erp-zh, scms"):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(MapRefused, match="UTF-8"):
        load_mapping(tmp_path / "latin.toml")


def test_headers_are_found_through_blanks_width_case_and_marks() -> None:
    mapping = parse_mapping(least)
    found = bind(mapping, ["* ｐｏ ", "日 期", "供应商：", "品名", "数量", "金额（元）"])
    assert found["order_number"] == "* ｐｏ "
    assert found["net_amount"] == "金额（元）"


def test_an_exact_header_wins_and_the_order_of_names_decides() -> None:
    mapping = parse_mapping(least)
    assert bind(mapping, ["PO", *headers])["order_number"] == "订单号"
    assert bind(mapping, ["po", *headers[1:], "PO"])["order_number"] == "PO"


def test_ten_thousands_of_yuan_are_not_yuan() -> None:
    assert header_key("金额(万元)") != header_key("金额")
    with pytest.raises(ColumnsMissing, match="net_amount \\(金额\\)"):
        bind(parse_mapping(least), [*headers[:5], "金额(万元)"])


def test_every_missing_column_is_named_at_once() -> None:
    with pytest.raises(ColumnsMissing) as refused:
        bind(parse_mapping(least), ["日期", "品名", "金额"])
    said = str(refused.value)
    assert "order_number (订单号 / PO)" in said
    assert "seller (供应商)" in said
    assert "quantity (数量) or order_quantity" in said
    assert "The file has: 日期, 品名, 金额" in said


def test_a_header_over_two_columns_is_refused_only_where_it_is_used() -> None:
    mapping = parse_mapping(least)
    assert bind(mapping, [*headers, "备注", "备注"], frozenset({"备注"}))
    with pytest.raises(ColumnsMissing, match="two columns are headed 数量"):
        bind(mapping, [*headers, "数量"], frozenset({"数量"}))


def test_no_two_fields_share_a_synonym() -> None:
    seen: dict[str, str] = {}
    for field, words in synonyms.items():
        for word in words:
            assert seen.setdefault(header_key(word), field) == field


def proposal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    return guess(open_table(path))


def test_a_guess_at_a_chinese_export_is_a_map_that_reads_it(tmp_path: Path) -> None:
    said = proposal(
        tmp_path,
        "订单号,订单日期,供应商名称,物料编码,规格型号,数量,单位,含税单价,税率,价税合计,送货单号,送货日期,入库单号,入库日期,发票号码,开票日期,备注\n"
        "PO1,2026年3月5日,甲,M1,X,1,个,￥113.00,13%,￥113.00,D1,2026/3/6,R1,2026/3/7,F1,2026/3/8,急\n",
    )
    mapping = parse_mapping(said)
    assert mapping.kinds == ("orders", "despatches", "deliveries", "invoices")
    assert mapping.currency == "CNY"
    assert mapping.columns["gross_unit_price"].header == ("含税单价",)
    assert mapping.constants == {"buyer": "@importer"}
    assert '# not used: ["备注"]' in said
    assert said.count("CHECK") == 1


def test_a_guess_at_an_english_export_marks_what_is_uncertain(tmp_path: Path) -> None:
    said = proposal(
        tmp_path,
        "PO Number;Order Date;Vendor Name;Our Customer;Item Description;Ordered Qty;Net Price;Amount\n"
        "1;4/30/14;A;B;bolt;3;$1.00;$3.00\n2;5/1/14;A;B;nut;3;$1.00;$3.00\n3;Not Captured;A;B;nut;3;1;3\n",
    )
    mapping = parse_mapping(said)
    assert mapping.kinds == ("orders",)
    assert (mapping.currency, mapping.date_formats, mapping.absent) == (
        "USD",
        ("m/d/yy",),
        ("Not Captured",),
    )
    assert 'net_amount = "Amount"  # CHECK' in said
    assert "# invoices: not proposed, the file has no invoice_number" in said


def test_a_guess_at_day_first_dates(tmp_path: Path) -> None:
    said = proposal(tmp_path, "PO,Order Date\n1,30/4/2014\n2,1/5/2014\n")
    assert 'date_formats = ["d/m/yyyy"]\n' in said
    both = proposal(tmp_path, "PO,Order Date\n1,3/4/2014\n")
    assert 'date_formats = ["m/d/yyyy"]  # CHECK: both are possible' in both


def test_a_guess_at_strange_headers_quotes_them(tmp_path: Path) -> None:
    said = proposal(tmp_path, 'PO,"a ""b"" \\c"\n1,2\n')
    assert r'# not used: ["a \"b\" \\c"]' in said
    with pytest.raises(MapRefused):
        parse_mapping(said)
