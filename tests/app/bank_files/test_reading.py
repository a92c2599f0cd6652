"""camt.054 as three versions say it; whatever is wrong is refused with its line and element, and nothing of it is read."""

from __future__ import annotations

import hashlib

import pytest
from tests.app.bank_files.camt import Entry, notification, other_number, own_number, versions

from tallystick.app.bank_files import camt, parts
from tallystick.app.bank_files.camt import read_notification
from tallystick.app.bank_files.errors import NotificationTooLarge, NotificationUnreadable


@pytest.mark.parametrize("version", versions)
def test_a_payment_is_read_exactly(version: str) -> None:
    data = notification(
        [Entry(amount="1234567.8"), Entry(side="CRDT", returned="AC04", remittance="C-17")], version
    )
    found = read_notification(data)
    assert (found.message, found.digest) == ("MSG-1", hashlib.sha256(data).hexdigest())
    paid, back = found.payments
    assert (paid.place, back.place) == ("1.1.1", "1.2.1")
    assert (paid.amount_minor, paid.currency, paid.credit) == (123_456_780, "CNY", False)
    assert (paid.account, paid.other, paid.reference) == (own_number, other_number, "E2E-1")
    assert (paid.booking, paid.reversal, paid.returned) == ("BOOK", False, "")
    assert (paid.booked_on, paid.booked_at, paid.value_on) == ("2026-03-16", "", "2026-03-16")
    assert paid.servicer_reference == "SVC-1"
    assert (back.credit, back.returned, back.remittance) == (True, "AC04", ("C-17",))
    assert paid.line == 6


@pytest.mark.parametrize("version", versions)
def test_a_batch_is_its_payments(version: str) -> None:
    entry = Entry(amount="3.03", split=(("A", "1.01"), ("B", "2.02")))
    first, second = read_notification(notification([entry], version)).payments
    assert (first.place, first.reference, first.amount_minor) == ("1.1.1", "A", 101)
    assert (second.place, second.reference, second.amount_minor) == ("1.1.2", "B", 202)


def test_an_instant_is_one_and_a_day_is_a_day() -> None:
    told = Entry(booked="<DtTm>2026-03-16T23:30:00+08:00</DtTm>")
    plain = Entry(booked="<DtTm>2026-03-16T23:30:00</DtTm>")
    exact, local = read_notification(notification([told, plain])).payments
    assert (exact.booked_at, exact.booked_on) == ("2026-03-16T15:30:00.000Z", "2026-03-16")
    assert (local.booked_at, local.booked_on) == ("", "2026-03-16")


def test_currencies_have_their_own_decimals() -> None:
    entries = [Entry(currency="JPY", amount="1000"), Entry(currency="KWD", amount="0.005")]
    assert [one.amount_minor for one in read_notification(notification(entries)).payments] == [
        1000,
        5,
    ]


wrong = {
    "an amount with half a cent": (Entry(amount="1.005"), "line 6: Amt: '1.005' has more than 2"),
    "an amount below zero": (Entry(amount="-1.00"), "line 6: Amt: '-1.00' is no amount"),
    "an amount of words": (Entry(amount="1e3"), "line 6: Amt: '1e3' is no amount"),
    "digits of another script": (Entry(amount="\u0661.00"), "line 6: Amt:"),
    "no currency": (Entry(currency=""), "line 6: Amt: '' is not a currency"),
    "a side that is none": (Entry(side="BOTH"), "line 6: CdtDbtInd: 'BOTH'"),
    "a status that is none": (Entry(status="DONE"), "line 6: Sts: 'DONE' is none of BOOK"),
    "a flag that is none": (Entry(reversal="maybe"), "line 6: RvslInd: 'maybe'"),
    "a day that is none": (Entry(booked="<Dt>2026-02-30</Dt>"), "line 6: BookgDt: '2026-02-30'"),
    "a moment that is none": (Entry(booked="<DtTm>later</DtTm>"), "line 6: BookgDt: 'later'"),
    "a reference that is too long": (Entry(reference="E" * 36), "line 6: EndToEndId: more than 35"),
    "a batch that does not add up": (
        Entry(amount="3.04", split=(("A", "1.01"), ("B", "2.02"))),
        "line 6: Amt: its 2 transactions do not come to it",
    ),
    "a batch without amounts": (
        Entry(split=(("A", ""), ("B", ""))),
        "line 6: Amt: it is missing",
    ),
}


@pytest.mark.parametrize("entry", wrong.values(), ids=wrong.keys())
def test_what_is_wrong_is_named_with_line_and_element(entry: tuple[Entry, str]) -> None:
    with pytest.raises(NotificationUnreadable) as refused:
        read_notification(notification([entry[0]]))
    assert refused.value.detail.startswith(entry[1])


def test_a_file_that_breaks_off_gives_nothing() -> None:
    whole = notification([Entry(), Entry(reference="E2E-2")])
    for size in (0, 1, len(whole) // 2, len(whole) - 5):
        with pytest.raises(NotificationUnreadable, match=r"^line \d"):
            read_notification(whole[:size])


bomb = (
    '<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or chr(0)};" * 10}">' for n in range(1, 10)).replace(
        "lol\0", "lol"
    )
    + "]>"
)
outside = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [bomb, outside, "<!DOCTYPE x>"])
def test_no_document_type_is_read_and_nothing_is_fetched(head: str) -> None:
    data = notification([Entry(reference="&lol9;")], head=head)
    with pytest.raises(NotificationUnreadable, match="DTDForbidden"):
        read_notification(data)


def test_other_documents_are_refused() -> None:
    for data in (
        b"<Document/>",
        b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'/>",
        notification([]).replace(b"camt.054", b"camt.053"),
        notification([]).replace(b"001.08", b"001.01"),
        b"{}",
        b"%PDF-1.7",
        "<Document>\u0000".encode(),
    ):
        with pytest.raises(NotificationUnreadable):
            read_notification(data)
    assert read_notification(notification([])).payments == ()


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = notification([Entry(remittance="<a>" * 30 + "</a>" * 30)])
    with pytest.raises(NotificationTooLarge, match="line 6: a: more than 24 levels"):
        read_notification(deep)
    with pytest.raises(NotificationTooLarge, match="line 6: Ustrd: more than 4000 characters"):
        read_notification(notification([Entry(remittance="x" * 4001)]))
    monkeypatch.setattr(camt, "payments_max", 2)
    with pytest.raises(NotificationTooLarge, match="line 8: more than 2 payments"):
        read_notification(notification([Entry()] * 3))
    monkeypatch.setattr(parts, "parts_max", 5)
    with pytest.raises(NotificationTooLarge, match="line 6: Ntry: more than 5 elements"):
        read_notification(notification([Entry()]))
    monkeypatch.setattr(parts, "file_bytes_max", 100)
    with pytest.raises(NotificationTooLarge, match="at most 100"):
        read_notification(notification([Entry()]))


def test_an_entry_in_front_of_its_account_is_refused() -> None:
    data = notification([Entry()]).replace(b"<Acct>", b"<Acc>").replace(b"</Acct>\n", b"</Acc>\n")
    with pytest.raises(NotificationUnreadable, match="Ntry: its notification names no account"):
        read_notification(data)
