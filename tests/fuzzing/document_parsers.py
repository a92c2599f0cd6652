"""Parsers of trade documents in every form, and of files of banks."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from tests.app.bank_files.camt import Entry, notification, versions
from tests.app.documents import samples
from tests.fuzzing.engine import Parser

from tallystick.app.bank_files.camt import read_notification
from tallystick.app.documents.forms import cii, fapiao, json_form, pdf, reading, ubl, xml
from tallystick.app.documents.sealing import seal_of

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


def _notifications() -> list[bytes]:
    batch = Entry(amount="3.03", split=(("A", "1.01"), ("B", "2.02")))
    back = Entry(side="CRDT", returned="AC04", remittance="99.100/O-1#C-17", reversal="false")
    exact = Entry(currency="KWD", amount="0.005", booked="<DtTm>2026-03-16T23:30:00+08:00</DtTm>")
    return [notification([Entry(), batch, back, exact], version) for version in versions]


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
    "app.bank_files.camt.read_notification": Parser(read_notification, _notifications),
    f"{_forms}.pdf, its seal": Parser(lambda data: seal_of(data, now), _pdfs),
}
