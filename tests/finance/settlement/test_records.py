"""A bank's record beside the entry: only the file whose SHA-256 was signed, of a kind that banks give, and restricted."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from tests.app.bank_files.camt import Entry, notification, versions

from tallystick import finance
from tallystick.app.bootstrap import rule_set
from tallystick.finance import bank_records
from tallystick.finance.errors import RecordWrong
from tallystick.ledger import Attachment, reference_to

salt = bytes(32)
pdf, ofd = b"%PDF-1.7\n% receipt", b"PK\x03\x04 OFD.xml"
stating = (
    "finance.search/1", "finance.disburse/1", "finance.disburse.receive/1", "finance.disburse.fail/1",
    "finance.disburse.return/1", "finance.interest.pay/1", "finance.interest.return/1", "finance.pay/1",
    "finance.pay.due/1", "finance.pay.late/1", "finance.pay.receive/1", "finance.pay.return/1",
    "finance.recourse.receive/1", "finance.insurance.paid/1", "finance.guarantee.paid/1", "finance.advance.paid/1",
    "finance.advance.repaid/1", "finance.ordinary.paid/1", "finance.ordinary.close/1", "finance.transfer.accept/1",
)  # fmt: skip


def stated(data: bytes, kind: str, **more: Any) -> tuple[finance.DisburseAnswer, Attachment]:
    grade = more.pop("grade", "restricted")
    kept = Attachment(kind, data, salt, grade)
    told = {"quote": "0" * 64, "evidence": hashlib.sha256(data).hexdigest()}
    return finance.DisburseAnswer(**{**told, "record": reference_to(kept), **more}), kept


def admit(body: finance.DisburseAnswer, *kept: Attachment) -> None:
    bank_records.admit(body, {one.hash(): one.data for one in kept})


def test_every_entry_that_rests_on_a_record_takes_it() -> None:
    types = rule_set().types
    resting = {name for name, one in types.items() if "evidence" in one.body.model_fields}
    resting |= {name for name, one in types.items() if issubclass(one.body, bank_records.Recorded)}
    # Evidence of other things: of trade, of a dispute, of a hold, of a name, a clone.
    others = {name for name in resting if not name.startswith("finance.")} | {
        "finance.transfer.offer/1",
        "finance.dispute/1",
        "finance.policy.propose/1",
    }
    assert resting - others == set(stating)
    for name in stating:
        assert types[name].admit is bank_records.admit, name
        assert types[name].attachments is bank_records.attached, name
        marks = types[name].data.attachments
        assert marks is not None
        assert marks.grade == "restricted", name


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (pdf, bank_records.pdf),
        (ofd, bank_records.ofd),
        *((notification([Entry()], version), bank_records.camt) for version in versions),
        (b"\xef\xbb\xbf" + notification([Entry()]), bank_records.camt),
    ],
)
def test_what_banks_give_is_taken(data: bytes, kind: str) -> None:
    admit(*stated(data, kind))
    assert bank_records.type_of(data) == kind
    assert bank_records.said(stated(data, kind)[0])["record"] == kind


wrong: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "not restricted": (pdf, bank_records.pdf, {"grade": "parties"}),
    "public": (pdf, bank_records.pdf, {"grade": "public"}),
    "another type": (pdf, "text/plain", {}),
    "an image": (b"\x89PNG\r\n", "image/png", {}),
    "a PDF that is none": (b"<html>", bank_records.pdf, {}),
    "an OFD that is a PDF": (pdf, bank_records.ofd, {}),
    "XML that is no camt.054": (b"<Document xmlns='urn:x'/>", bank_records.camt, {}),
    "another message of ISO 20022": (
        notification([Entry()]).replace(b"camt.054", b"camt.053"),
        bank_records.camt,
        {},
    ),
    "nothing": (b"", bank_records.pdf, {}),
    "another file": (pdf, bank_records.pdf, {"evidence": "ab" * 32}),
    "no evidence": (pdf, bank_records.pdf, {"evidence": None}),
    "too large": (pdf + bytes(bank_records.record_bytes_max), bank_records.pdf, {}),
}


@pytest.mark.parametrize("case", wrong.values(), ids=wrong.keys())
def test_anything_else_is_refused(case: tuple[bytes, str, dict[str, Any]]) -> None:
    data, kind, more = case
    with pytest.raises(RecordWrong):
        admit(*stated(data, kind, **more))


def test_an_entry_without_it_stands_as_before() -> None:
    admit(finance.DisburseAnswer(quote="0" * 64))
    assert bank_records.said(finance.DisburseAnswer(quote="0" * 64)) == {}


def test_what_is_no_record_has_no_type() -> None:
    for data in (b"", b"hello", b"<Document/>", b"\x89PNG"):
        with pytest.raises(RecordWrong):
            bank_records.type_of(data)
    # Looking at how a file begins takes no longer for one that begins in vain.
    with pytest.raises(RecordWrong):
        bank_records.type_of(b"<?" * 1_000_000)
