"""Parsers of trade documents in every form, and of files of banks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from xml.etree.ElementTree import Element

import openpyxl
from tests.app.bank_files.camt import Entry, notification, versions
from tests.app.documents import samples
from tests.fuzzing.engine import Parser

from tallystick.app.bank_files.camt import read_notification
from tallystick.app.documents.forms import cii, fapiao, json_form, pdf, reading, ubl, xml
from tallystick.app.documents.sealing import seal_of
from tallystick.app.statements.answers import read_answers
from tallystick.finance import bank_records, statements

now = "2026-03-05T08:00:00.000Z"


def _ubl() -> list[bytes]:
    return [
        samples.order(), samples.change(1, "900"), samples.cancellation(), samples.despatch(),
        samples.invoice(), samples.credit(),
    ]  # fmt: skip


def _in_xml(read: Callable[[Element], object]) -> Callable[[bytes], object]:
    return lambda data: read(xml.read_xml(data))


def _all() -> list[bytes]:
    return [*_ubl(), samples.cii(), samples.fapiao(), samples.in_json()]


def _pdfs() -> list[bytes]:
    return [samples.with_attachment("factur-x.xml", samples.cii())]


def _read_and_cut(data: bytes) -> object:
    """Every line of a file that is read can be cut out of it, and the same bytes come out again."""
    found = read_notification(data)
    for one in found.payments[:3]:
        cut = found.source.excerpt([one.place])
        assert cut == found.source.excerpt([one.place])
    return found


def _records() -> list[bytes]:
    return [b"%PDF-1.7\n", b"PK\x03\x04", *_notifications()]


def _notifications() -> list[bytes]:
    batch = Entry(amount="3.03", split=(("A", "1.01"), ("B", "2.02")))
    back = Entry(side="CRDT", returned="AC04", remittance="99.100/O-1#C-17", reversal="false")
    exact = Entry(currency="KWD", amount="0.005", booked="<DtTm>2026-03-16T23:30:00+08:00</DtTm>")
    return [notification([Entry(), batch, back, exact], version) for version in versions]


class _Stated:
    """A view of one statement of three lines."""

    def group(self, _kind: str, _name: str) -> dict[str, Any]:
        line: dict[str, Any] = {
            "order": "99.100/O-A#PO-1", "order_line": 1, "unit": "H87", "scale": 0, "quantity": 5,
            "price": {"amount": 8850, "per": 1}, "tax_ppm": 130_000, "net": 44_250, "tax": 5_753,
            "receipts": [], "status": "open",
        }  # fmt: skip
        return {f"{number:06d}": {"line": number, **line} for number in (1, 2, 3)}


def _answers(data: bytes) -> object:
    head = statements.views.StatementView("99.100/O-A#FC-1#S-1", {"currency": "CNY"})
    with TemporaryDirectory() as folder:
        file = Path(folder) / ("a.xlsx" if data.startswith(b"PK") else "a.csv")
        file.write_bytes(data)
        return read_answers(cast(Any, _Stated()), head, file)


def _answered() -> list[bytes]:
    text = "line,order,quantity,net,answer,dispute reason\r\n1,99.100/O-A#PO-1,5,442.50,agree,\r\n"
    text += "2,99.100/O-A#PO-1,5,442.50,争议,价格\r\n3,,,,,\r\n"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in csv.reader(io.StringIO(text)):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return [text.encode("utf-8-sig"), text.encode("gb18030"), out.getvalue()]


_forms = "app.documents.forms"
parsers: dict[str, Parser] = {
    f"{_forms}.reading.read_document": Parser(reading.read_document, _all),
    f"{_forms}.reading.read_invoice_xml": Parser(reading.read_invoice_xml, _ubl),
    f"{_forms}.xml.read_xml": Parser(xml.read_xml, _ubl),
    f"{_forms}.ubl.read_ubl": Parser(_in_xml(ubl.read_ubl), _ubl),
    f"{_forms}.cii.read_cii": Parser(
        _in_xml(cii.read_cii), lambda: [samples.cii(), samples.cii("CN-1", "381")]
    ),
    f"{_forms}.fapiao.read_fapiao": Parser(
        _in_xml(fapiao.read_fapiao), lambda: [samples.fapiao(), samples.red_fapiao("1" * 20)]
    ),
    f"{_forms}.json_form.read_json": Parser(json_form.read_json, lambda: [samples.in_json()]),
    f"{_forms}.pdf.read_pdf": Parser(pdf.read_pdf, _pdfs),
    "app.bank_files.camt.read_notification": Parser(_read_and_cut, _notifications),
    "finance.bank_records.type_of": Parser(bank_records.type_of, _records),
    "app.statements.answers.read_answers": Parser(_answers, _answered),
    f"{_forms}.pdf, its seal": Parser(lambda data: seal_of(data, now), _pdfs),
}
