"""What became of payments, by command, with the bank's record: who may have the record, and who not; on both databases."""

from __future__ import annotations

import base64
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from tests.app.bank_files.camt import Entry, notification
from tests.app.limits.bourse import face
from tests.app.payments.banker import Banker, at_home, pdf, text
from tests.app.settlement.till import Till, core_maker, funder, maker, payer, seller, supplier
from tests.ledger.world import core

part, bank = 100_000_000, maker(funder)


@pytest.fixture
def banker(place: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Banker:
    return at_home(place, tmp_path, monkeypatch)


def accepted(place: Till, name: str) -> str:
    """A quote that the holder took, on its value date."""
    quote = place.quote(name, funder, part)
    assert place.answer(place.taking(quote)) == "accepted"
    place.until("2026-01-12")
    return quote


def waiting(place: Till, person: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.get(person, "/finance/v1/payments")["payments"]
    return found


def instructed(banker: Banker, quote: str, reference: str) -> None:
    banker.said(
        bank, "payment", "instruct", quote, "--reference", reference, "--sent-at", banker.place.now(),
        "--registration", "ZDW-1", "--ends-on", "2030-12-31",
    )  # fmt: skip


def test_a_payment_from_the_instruction_to_the_receipt(banker: Banker) -> None:
    place = banker.place
    name = place.certificate("ONE")
    assert waiting(place, bank) == waiting(place, seller) == []
    quote = accepted(place, name)
    net = place.quoted(name, funder, part).net
    (one,) = waiting(place, bank)
    assert (one["quote"], one["net"], one["status"], one["may"]) == (
        quote,
        net,
        "accepted",
        ["finance.instruct"],
    )
    assert waiting(place, seller)[0]["may"] == []
    assert waiting(place, core_maker) == []
    assert "finance.instruct" in banker.ran("payment", "list", funder)
    instructed(banker, quote, "E2E-1")
    may = ["finance.disburse", "finance.disburse.fail"]
    assert waiting(place, bank)[0]["may"] == may
    assert waiting(place, seller)[0]["may"] == ["finance.disburse"]
    paid = ("payment", "paid", quote, text(net), "--paid-at", place.now())
    refused = banker.refused(bank, *paid, *banker.evidence(b"paid, says the bank"))
    assert "record-wrong: it is neither" in refused
    assert waiting(place, bank)[0]["may"] == may
    record = pdf("1")
    index = banker.said(bank, *paid, *banker.evidence(record))
    assert waiting(place, bank)[0]["may"] == ["finance.disburse.return"]
    assert waiting(place, seller)[0]["may"] == ["finance.disburse.receive"]
    _who_has_it(banker, index, record)
    # The payee's own record stays with it: its SHA-256 alone is said.
    arrived = ("payment", "arrived", quote, "--digest-only")
    index = banker.said(seller, *arrived, *banker.evidence(pdf("2")))
    assert place.get(seller, f"/v1/entries/{index}")["attachments"] == []
    assert waiting(place, bank) == waiting(place, seller) == []
    assert "No payment waits." in banker.ran("payment", "list", supplier)
    place.audit()


def _who_has_it(banker: Banker, index: int, record: bytes) -> None:
    """The two sides of the payment, as REST and as a file; nobody else, and nothing of it lies open in the store."""
    place = banker.place
    (row,) = place.get(bank, f"/v1/entries/{index}")["attachments"]
    assert (row["type"], row["grade"], row["size"]) == (
        "application/pdf",
        "restricted",
        len(record),
    )
    path = f"entries/{index}/attachments/{row['hash']}"
    for person in (bank, seller):
        told = place.get(person, f"/v1/{path}")
        assert base64.b64decode(told["data"]) == record
        file = place.ask(person, f"/log/{path}")
        assert (file.content, file.headers["content-type"]) == (record, "application/pdf")
        assert file.headers["content-disposition"].endswith('.pdf"')
        assert file.headers["cache-control"] == "private, no-store"
        assert row["hash"] in place.ask(person, f"/log/entries/{index}").text
    for person in (core_maker, maker(payer), ""):
        assert place.ask(person, f"/v1/{path}").status_code == 404
        assert place.ask(person, f"/log/{path}").status_code == 404
    folder = place.site.node.settings.folder
    kept = [one for one in folder.rglob("*") if one.is_file() and record in one.read_bytes()]
    assert kept == []


def test_of_a_notification_of_many_one_line_comes_along(banker: Banker) -> None:
    """The bank's file of the day has a salary in it; the payee gets its own line, and nothing of the other."""
    place = banker.place
    quote = accepted(place, place.certificate("ONE"))
    net = waiting(place, bank)[0]["net"]
    instructed(banker, quote, "E2E-1")
    lines = [Entry("5.00", "SALARY", other="6222999988887777"), Entry(f"{net / 100:.2f}", "E2E-1")]
    paid = ("payment", "paid", quote, text(net), "--paid-at", place.now())
    record = banker.evidence(notification(lines))
    for wrong in ((), ("--line", "1.9.1")):
        assert "2 payments" in banker.refused(bank, *paid, *record, *wrong)
    index = banker.said(bank, *paid, *record, "--line", "1.2.1")
    (row,) = place.get(seller, f"/v1/entries/{index}")["attachments"]
    file = place.ask(seller, f"/log/entries/{index}/attachments/{row['hash']}")
    assert b"E2E-1" in file.content
    assert b"SALARY" not in file.content
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == "sandbox"
    assert file.headers["content-disposition"].endswith('.xml"')


def test_what_came_back_and_what_was_never_paid(banker: Banker) -> None:
    place = banker.place
    quote = accepted(place, place.certificate("ONE"))
    net = text(waiting(place, bank)[0]["net"])
    instructed(banker, quote, "E2E-1")
    paid = ("payment", "paid", quote, net, "--paid-at", place.now())
    banker.said(bank, *paid, *banker.evidence(pdf("1")))
    back = ("payment", "came-back", quote, "--at", place.now(), "--reason", "account-closed")
    refused = banker.refused(bank, *back, *banker.evidence(pdf("1")))
    assert "evidence-used: " in refused
    banker.said(bank, *back, *banker.evidence(pdf("2")))
    (one,) = waiting(place, bank)
    assert (one["status"], one["may"]) == (
        "returned",
        ["finance.disburse.fail", "finance.instruct"],
    )
    unpaid = ("payment", "unpaid", quote, "--at", place.now())
    banker.said(bank, *unpaid, *banker.evidence(pdf("3")))
    assert waiting(place, bank) == []
    place.audit()


def test_a_day_is_paid_and_a_part_of_it_comes_back(banker: Banker) -> None:
    place = banker.place
    names = [place.certificate(number) for number in ("ONE", "TWO")]
    place.financed(names[0], part)
    place.until("2026-07-01")
    place.contract("FC-LATER")
    told = ("--paid-at", place.now())
    pay_day = ("maturity", "pay-day", core, "2026-07-01", text(2 * face), *told)
    index = banker.said(maker(payer), *pay_day, *banker.evidence(pdf("day")))
    # The debtor's own bank states it, and the debtor may see the record.
    (row,) = place.get(core_maker, f"/v1/entries/{index}")["attachments"]
    assert row["size"] == len(pdf("day"))
    payments = [f"{name}={index}" for name in names]
    assert "is not CERTIFICATE=ENTRY" in banker.refused(
        seller, "maturity", "arrived", supplier, "x"
    )
    banker.said(seller, "maturity", "arrived", supplier, payments[1])
    came_back = ("maturity", "came-back", funder, payments[0], text(part), "--at", place.now())
    banker.said(maker(payer), *came_back, *banker.evidence(pdf("back")))
    shown = banker.ran("maturity", "show", core, payer, "2026-07-01")
    (owed,) = csv.DictReader(io.StringIO(shown))
    assert (owed["holder"], owed["amount"]) == (funder, "1000000.00")
    place.until("2026-07-03")
    place.contract("FC-LATER-STILL")
    told = ("--paid-at", place.now())
    again = ("maturity", "pay", names[0], text(part), *told)
    index = banker.said(maker(payer), *again, *banker.evidence(pdf("again")))
    # Many have a part in the certificate: the bank's record of one payment to all of them is the bank's alone.
    (row,) = place.get(maker(payer), f"/v1/entries/{index}")["attachments"]
    assert place.get(bank, f"/v1/entries/{index}")["attachments"] == []
    place.audit()


def test_late_interest_and_recourse(banker: Banker) -> None:
    place = banker.place
    name = place.certificate("ONE")
    quote = place.recourse_quote(name, funder, part)
    assert place.answer(place.taking(quote)) == "accepted"
    place.until("2026-01-12")
    place.disburse(quote, funder)
    demand = ("recourse", "demand", name, supplier)
    assert "not-in-arrears: " in banker.refused(bank, *demand)
    place.until("2026-08-05")
    place.contract("FC-LATER")
    found = banker.ran(*demand, *banker.by(bank)).split()[-1]
    place.site.world.ledger.seal()
    paid = ("recourse", "paid", found, text(part), "--paid-at", place.now())
    banker.said(bank, *paid, *banker.evidence(pdf("recourse")))
    pay = ("maturity", "pay", name, text(face), "--paid-at", place.now())
    banker.said(maker(payer), *pay, *banker.evidence(pdf("late")))
    with place.site.world.reader.open() as snapshot:
        arrears: Any = snapshot.view.get("arrears", name)
    late = arrears["late_due"] - arrears["late_paid"]
    assert late > 0
    pay_late = ("maturity", "pay-late", name, text(late), "--paid-at", place.now())
    banker.said(maker(payer), *pay_late, *banker.evidence(pdf("interest")))
    with place.site.world.reader.open() as snapshot:
        arrears = snapshot.view.get("arrears", name)
    assert arrears["status"] == "cured"
    place.audit()
