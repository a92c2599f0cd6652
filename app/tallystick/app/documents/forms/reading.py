"""Which form a document has, and what it tells."""

from __future__ import annotations

from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms.cii import read_cii
from tallystick.app.documents.forms.fapiao import read_fapiao
from tallystick.app.documents.forms.json_form import read_json
from tallystick.app.documents.forms.pdf import read_pdf
from tallystick.app.documents.forms.ubl import read_ubl
from tallystick.app.documents.forms.xml import name_of, read_xml
from tallystick.app.documents.told import Told

_marks = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_document(data: bytes) -> Told:
    """By its own bytes, whatever a sender calls it. Raises `DocumentUnreadable` or `DocumentTooLarge`."""
    if data.startswith(b"%PDF-"):
        return read_invoice_xml(read_pdf(data))
    head = data[:200]
    for mark in _marks:
        head = head.removeprefix(mark)
    if head.lstrip()[:1] == b"{":
        return read_json(data.removeprefix(_marks[0]))
    return read_invoice_xml(data)


def read_invoice_xml(data: bytes) -> Told:
    """UBL, CII or 数电票, told apart by the root element."""
    root = read_xml(data)
    space, local = name_of(root)
    if local == "CrossIndustryInvoice":
        return read_cii(root)
    if local == "EInvoice":
        return read_fapiao(root)
    if space.startswith("urn:oasis:names:specification:ubl:"):
        return read_ubl(root)
    raise DocumentUnreadable(f"{local[:80]!r} is the root of no form that is read here")
