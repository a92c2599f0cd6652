"""A bank's record of a payment speaks for one payment: whoever states it, states it once.

The record itself may come along, as an attachment that whoever states it may restrict or erase later: its digest is what
was signed, and stays. A notification of the bank is a camt.054 (ISO 20022), a receipt (电子回单) a PDF or an OFD.

bank-record  <digest>  part <organisation>: {index, ordinary?: the reference of an ordinary payment}
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import EvidenceUsed, RecordWrong
from tallystick.ledger import Act, AttachmentRef, Body, Hex32, Mark, graded

#: Behind the day of a payment a bank can send it back for so many days; then it is final.
return_days = 3
record_bytes_max = 4 << 20
pdf, ofd, camt = "application/pdf", "application/ofd", "application/xml"
_begins: Mapping[str, re.Pattern[bytes]] = {
    pdf: re.compile(rb"%PDF-[12]\.[0-9]"),
    ofd: re.compile(rb"PK\x03\x04"),
}
_camt_root = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.054\.001\.[0-9]{2}\}Document")
record_types = (pdf, ofd, camt)
#: Of entries whose parties are the two sides of a payment, and whoever owes or is owed by it: those of them who see
#: restricted money see the record.
between_sides = graded("money", "partner", attachments=Mark("money", "restricted"), shared=True)
#: Of entries that many may read: whoever states it and auditors see the record.
of_its_owner = graded("money", "partner", attachments=Mark("money", "restricted"))


class Recorded(Body):
    """`record`: the bank's record, if it comes along, as a restricted attachment. evidence_field: what states its hex
    SHA-256."""

    evidence_field: ClassVar[str] = "evidence"
    record: AttachmentRef | None = None


class Evidenced(Recorded):
    """`evidence`: hex SHA-256 of the bank's record."""

    evidence: Hex32


class MayBeEvidenced(Recorded):
    """As `Evidenced`, where the word of whoever received the money is enough."""

    evidence: Hex32 | None = None


def attached(body: Recorded) -> Iterable[AttachmentRef]:
    return () if body.record is None else (body.record,)


def admit(body: Recorded, attachments: Mapping[str, bytes]) -> None:
    """The record is what the body says. Raises `RecordWrong`, which repeats nothing of it."""
    ref = body.record
    if ref is None:
        return
    if ref.grade != "restricted":
        raise RecordWrong("it is restricted")
    if ref.type not in record_types:
        raise RecordWrong(f"{ref.type} is none of {', '.join(record_types)}")
    data = attachments[ref.hash]
    if len(data) > record_bytes_max:
        raise RecordWrong(f"it has more than {record_bytes_max} bytes")
    if type_of(data) != ref.type:
        raise RecordWrong(f"it is no file of {ref.type}")
    if hashlib.sha256(data).hexdigest() != getattr(body, body.evidence_field):
        raise RecordWrong("its SHA-256 is not the evidence")


def type_of(data: bytes) -> str:
    """The media type of a record. Raises `RecordWrong` for what is none."""
    for name, begins in _begins.items():
        if begins.match(data):
            return name
    if _camt_root.fullmatch(_root(data)) is None:
        raise RecordWrong("it is neither a camt.054 nor begins as a PDF or an OFD")
    return camt


class _Root:
    """The target of a parser that keeps the name of the first element and looks at nothing else."""

    def __init__(self) -> None:
        self.name = ""

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self.name = self.name or tag

    def close(self) -> str:
        return self.name


def _root(data: bytes) -> str:
    """With its namespace; empty for what is no whole XML, or has a document type."""
    try:
        parser = DefusedXMLParser(target=_Root(), forbid_dtd=True)
        parser.feed(data)
        return str(parser.close())
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return ""


def said(body: Evidenced | MayBeEvidenced) -> Row:
    """What a document keeps of it: the digest, and of a record that came along its media type."""
    told = {"evidence": body.evidence, "record": body.record.type if body.record else None}
    return {name: value for name, value in told.items() if value is not None}


def use_once(draft: Draft, act: Act[Any], organisation: str, digest: str) -> None:
    """Raises `EvidenceUsed` where the organisation stated another payment by this record before."""
    if draft.get("bank-record", digest, organisation) is not None:
        raise EvidenceUsed(digest)
    draft.put("bank-record", digest, {"index": act.index}, organisation)
