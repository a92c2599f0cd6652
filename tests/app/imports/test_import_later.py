"""Rows to changes, cancellations, credit notes and statements of use: what each becomes, and why one is left out."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tallystick.app.documents.forms.reading import read_document
from tallystick.app.imports import (
    LaterDocuments,
    MapRefused,
    guess,
    open_mapped,
    open_table,
    parse_mapping,
    read_later,
)

ours = "99.100/O-BUYER0000000"
theirs = "91110000600037341L"
heads = {
    "changes": {
        "order_number": "订单号", "change_number": "变更号", "change_date": "变更日期", "seller": "供应商",
        "order_line": "订单行号", "item_code": "物料编码", "item_name": "物料名称", "quantity": "数量", "unit": "单位",
        "unit_price": "不含税单价", "tax_rate": "税率",
    },
    "cancellations": {
        "order_number": "订单号", "change_number": "变更号", "change_date": "取消日期", "seller": "供应商",
        "order_line": "订单行号",
    },
    "credits": {
        "credit_number": "红字发票号码", "credit_date": "红字发票日期", "invoice_number": "发票号码",
        "invoice_line": "发票行号", "seller": "销方名称", "quantity": "数量", "net_amount": "不含税金额", "tax_amount": "税额",
        "gross_amount": "价税合计",
    },
    "usages": {
        "usage_number": "工时单号", "used_from": "开始日期", "used_until": "结束日期", "order_number": "订单号",
        "order_line": "订单行号", "seller": "供应商", "quantity": "数量", "device": "设备", "meter_from": "起始读数",
        "meter_until": "结束读数",
    },
}  # fmt: skip
good = {
    "changes": {
        "order_number": "PO-1", "change_number": "1", "change_date": "2026-01-05", "seller": theirs, "order_line": "1",
        "item_code": "MAT-1", "item_name": "电容", "quantity": "900", "unit": "个", "unit_price": "88.50",
        "tax_rate": "13%",
    },
    "cancellations": {
        "order_number": "PO-1", "change_number": "2", "change_date": "2026-01-06", "seller": theirs, "order_line": "1",
    },
    "credits": {
        "credit_number": "CN-1", "credit_date": "2026-02-01", "invoice_number": "INV-1", "invoice_line": "1",
        "seller": theirs, "quantity": "-10", "net_amount": "-885.00", "tax_amount": "-115.05", "gross_amount": "",
    },
    "usages": {
        "usage_number": "U-1", "used_from": "2026-01-01", "used_until": "2026-01-31", "order_number": "PO-1",
        "order_line": "1", "seller": theirs, "quantity": "12.5", "device": "", "meter_from": "100",
        "meter_until": "112.5",
    },
}  # fmt: skip


def table(path: Path, kind: str, *changes: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(heads[kind].values()))
        writer.writeheader()
        for change in changes:
            row = {**good[kind], **change}
            writer.writerow({heads[kind][name]: value for name, value in row.items()})
    return path


def map_of(kind: str, more: str = "") -> str:
    columns = "\n".join(f"{field} = {json.dumps(head)}" for field, head in heads[kind].items())
    return (
        f'title = "t"\nkinds = ["{kind}"{more}]\ncurrency = "CNY"\n[columns]\n{columns}\n'
        '[constants]\nbuyer = "@importer"\n'
    )


def read(tmp_path: Path, kind: str, *changes: dict[str, str]) -> LaterDocuments:
    mapping = parse_mapping(map_of(kind))
    path = table(tmp_path / "rows.csv", kind, *changes)
    return read_later(open_mapped(path, mapping), mapping, ours)


def bodies(found: LaterDocuments) -> list[dict[str, Any]]:
    return [json.loads(one.data) for one in found.documents]


def test_rows_become_documents_that_are_read_exactly(tmp_path: Path) -> None:
    changed = read(
        tmp_path, "changes", {}, {"order_line": "2", "quantity": "3", "unit_price": "0.01"}
    )
    told = read_document(changed.documents[0].data)
    assert (told.kind, told.order, told.change, told.buyer.ids[0][1]) == ("change", "PO-1", 1, ours)
    first, second = told.lines
    assert (first.buyer_item, first.quantity, first.net, first.tax) == (
        "MAT-1",
        900,
        7_965_000,
        1_035_450,
    )
    assert (first.tax_ppm, second.number, second.net) == (130_000, 2, 3)

    whole = read_document(read(tmp_path, "cancellations", {"order_line": ""}).documents[0].data)
    assert (whole.kind, whole.change, whole.lines) == ("cancellation", 2, ())

    credited = read_document(read(tmp_path, "credits", {}).documents[0].data)
    (line,) = credited.lines
    assert (credited.kind, credited.refers, line.order_line) == ("credit", "INV-1", 1)
    assert (line.quantity, line.net, line.tax) == (10, 88_500, 11_505)

    used = read_document(read(tmp_path, "usages", {}).documents[0].data)
    (line,) = used.lines
    assert (used.kind, used.date, used.until) == ("usage", "2026-01-01", "2026-01-31")
    assert (line.quantity, line.scale, line.meter_from, line.meter_until) == (125, 1, 1000, 1125)


def test_the_same_rows_are_the_same_bytes_wherever_they_stand(tmp_path: Path) -> None:
    other = {"credit_number": "CN-2"}
    one = read(tmp_path, "credits", {}, other, {"invoice_line": "2"})
    two = read(tmp_path, "credits", other, {}, {"invoice_line": "2"})
    assert {found.data for found in one.documents} == {found.data for found in two.documents}
    assert [len(found.lines) for found in one.documents] == [2, 1]


def test_money_alone_is_credited_without_a_quantity(tmp_path: Path) -> None:
    (body,) = bodies(
        read(tmp_path, "credits", {"quantity": "", "tax_amount": "", "gross_amount": "-1000.05"})
    )
    assert body["lines"] == [
        {"line": 1, "order_line": 1, "net": "885.00", "tax": "115.05", "tax_percent": "13.0000"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "second", "column", "reason"),
    [
        ("changes", {"quantity": "901"}, "订单行号", "PO-1 1 has this line on line 2 of the file already"),
        ("changes", {"order_line": "2", "change_date": "2026-01-06"}, "变更日期", "has 2026-01-05 on line 2"),
        ("changes", {"order_line": "2", "change_number": "none"}, "变更号", "is not a line number"),
        ("cancellations", {}, "订单行号", "PO-1 2 has this line on line 2 of the file already"),
        ("cancellations", {"order_line": ""}, "订单行号", "cancels the whole order on another line"),
        ("credits", {"quantity": "-5"}, "发票行号", "CN-1 has this line on line 2 of the file already"),
        ("credits", {"invoice_line": "2", "tax_amount": "115.05"}, "税额", "has another sign than quantity"),
        ("credits", {"invoice_line": "2", "invoice_number": "INV-2"}, "发票号码", "has INV-1 on line 2"),
        ("credits", {"invoice_line": "2", "net_amount": "-8.8.5"}, "不含税金额", "is not a number"),
        ("credits", {"invoice_line": ""}, "发票行号", "is missing (credit)"),
        ("usages", {"quantity": "1"}, "订单行号", "U-1 has this line on line 2 of the file already"),
        ("usages", {"order_line": "2", "used_until": "2026-02-01"}, "结束日期", "has 2026-01-31 on line 2"),
        ("usages", {"order_line": "2", "quantity": "0"}, "数量", "is zero"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_its_document_left_out(
    tmp_path: Path, kind: str, second: dict[str, str], column: str, reason: str
) -> None:
    number = {"credits": "credit_number", "usages": "usage_number"}.get(kind, "order_number")
    found = read(tmp_path, kind, {}, second, {number: "OTHER-9"})
    error = found.errors[0]
    assert (error.line, error.column) == (3, column)
    assert reason in error.reason
    if second.get("change_number"):
        assert error.consequence == "the row is left out"
        return
    assert error.consequence.endswith("is left out")
    assert [one.name.split()[1] for one in found.documents] == ["OTHER-9"]


def test_what_refers_to_another_is_alone_in_its_file_and_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(MapRefused, match="changes are alone in their file"):
        parse_mapping(map_of("changes", ', "orders"'))
    for kind, headed in heads.items():
        proposed = guess(open_table(table(tmp_path / f"{kind}.csv", kind, {})))
        mapping = parse_mapping(proposed)
        assert mapping.later == kind, proposed
        assert mapping.columns.keys() >= headed.keys()
