"""A statement as a table: CSV, or an Excel workbook. A cell that a spreadsheet would calculate is text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from tallystick.finance.draft import Row
from tallystick.finance.money.amounts import exponent
from tallystick.finance.statements.views import LineView, StatementView

#: Left empty for whoever takes the table along, answers in it and brings it back (`answering`).
answer_columns = ("answer", "dispute reason")
columns = (
    "line", "order", "order line", "item", "description", "unit", "quantity", "sent", "price",
    "per", "tax rate", "net", "tax", "gross", "status", "reason", "invoice", "receipts", "credited",
    "credit note", *answer_columns,
)  # fmt: skip
csv_type = "text/csv; charset=utf-8"
xlsx_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: By it spreadsheets see that the file is UTF-8.
_mark = "\ufeff"


def as_csv(view: StatementView, lines: Iterable[LineView]) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(columns)
    for cells in _rows(view, lines):
        table.writerow(cells)
    return _mark + out.getvalue()


def as_workbook(view: StatementView, lines: Iterable[LineView]) -> bytes:
    import openpyxl  # only for who asks for a workbook: it takes long to load

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(view.head["cut_off"])
    sheet.append(list(columns))
    for cells in _rows(view, lines):
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def file_name(view: StatementView, ending: str) -> str:
    """ASCII whatever the contract is called."""
    return f"statement-{view.head['cut_off']}-{view.head['number']}.{ending}"


def stated(line: Row, digits: int) -> dict[str, Any]:
    """What a line states, by column; numbers as they are written. `digits`: of the currency."""
    return {
        "line": line["line"],
        "order": _text(line["order"]),
        "order line": line["order_line"],
        "unit": line["unit"],
        "quantity": _decimal(line["quantity"], line["scale"]),
        "price": _decimal(line["price"]["amount"], digits),
        "per": line["price"]["per"],
        "tax rate": _decimal(line["tax_ppm"], 6),
        "net": _decimal(line["net"], digits),
        "tax": _decimal(line["tax"], digits),
        "gross": _decimal(line["net"] + line["tax"], digits),
    }


def _rows(view: StatementView, lines: Iterable[LineView]) -> Iterator[list[Any]]:
    digits = exponent(view.head["currency"])
    for one in lines:
        line = one.row
        cells = {
            **stated(line, digits),
            "item": _text(line.get("item", "")),
            "description": _text(line.get("text", "")),
            "sent": "" if one.sent is None else _decimal(one.sent, line["scale"]),
            "status": line["status"],
            "reason": line.get("reason", ""),
            "invoice": _text(line.get("invoice", "")),
            "receipts": len(line["receipts"]),
            "credited": _decimal(line["credited"], line["scale"]) if "credited" in line else "",
            "credit note": _text(line.get("credit", "")),
        }
        yield [cells.get(column, "") for column in columns]


def _decimal(whole: int, digits: int) -> Decimal:
    return Decimal(whole).scaleb(-digits)


def _text(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
