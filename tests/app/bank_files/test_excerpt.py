"""What is cut from a notification: the lines that are meant as the bank wrote them, and nothing of anybody else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree as Safe
from hypothesis import given
from hypothesis import strategies as st
from tests.app.bank_files.camt import Entry, notification, versions

from tallystick import finance
from tallystick.app.bank_files.camt import Notification, read_notification
from tallystick.app.bank_files.errors import NotificationUnreadable
from tallystick.finance import bank_records

others = "6222020200007777"


def entry(number: int, **more: str) -> Entry:
    return Entry(f"{number}000.00", f"E2E-{number}", other=f"62220202000{number:05d}", **more)  # type: ignore[arg-type]


def names(data: bytes, name: str) -> list[str]:
    root: Element = Safe.fromstring(data, forbid_dtd=True)
    return ["".join(one.itertext()) for one in root.iter() if one.tag.rpartition("}")[2] == name]


def two_accounts() -> bytes:
    """A file of two notifications, each of an account of its own."""
    first = notification([entry(1), entry(2)], account="6222020200001111")
    second = notification([entry(3), entry(4)], account=others)
    inner = second[second.index(b"<Ntfctn>") : second.index(b"</BkToCstmrDbtCdtNtfctn>")]
    return first.replace(b"</BkToCstmrDbtCdtNtfctn>", inner + b"</BkToCstmrDbtCdtNtfctn>")


@pytest.mark.parametrize("version", versions)
def test_one_line_is_kept_as_the_bank_wrote_it(version: str) -> None:
    data = notification([entry(1), entry(2), entry(3)], version)
    cut = read_notification(data).source.excerpt(["1.2.1"])
    assert names(cut, "EndToEndId") == ["E2E-2"]
    assert entry(2).xml(version).encode() in cut
    assert b"0001" not in cut.replace(b"6222020200001111", b"")
    told = f'<?tallystick excerpt-of="{hashlib.sha256(data).hexdigest()}" lines="1.2.1"?>'
    assert told.encode() in cut
    assert bank_records.type_of(cut) == "application/xml"
    (payment,) = read_notification(cut).payments
    whole = read_notification(data).payments[1]
    assert (payment.amount_minor, payment.reference, payment.account) == (
        whole.amount_minor,
        whole.reference,
        whole.account,
    )


def test_each_account_keeps_its_own_lines() -> None:
    source = read_notification(two_accounts()).source
    only_second = source.excerpt(["2.1.1"])
    assert names(only_second, "EndToEndId") == ["E2E-3"]
    assert b"6222020200001111" not in only_second
    both = source.excerpt(["1.2.1", "2.2.1"])
    assert [one.reference for one in read_notification(both).payments] == ["E2E-2", "E2E-4"]
    assert [one.account[-4:] for one in read_notification(both).payments] == ["1111", "7777"]


def test_of_a_batch_the_others_are_left_out() -> None:
    batch = Entry("60.00", split=(("A", "10.00"), ("B", "20.00"), ("C", "30.00")))
    source = read_notification(notification([batch])).source
    cut = source.excerpt(["1.1.2"])
    assert names(cut, "EndToEndId") == ["B"]
    assert names(source.excerpt(["1.1.3", "1.1.1"]), "EndToEndId") == ["A", "C"]
    # An entry of 60.00 with a payment of 20.00 in it: whoever reads the excerpt again takes it for nothing that it is not.
    assert read_notification(cut).payments[0].amount_minor == 6000


def test_the_same_line_for_another_certificate_is_another_record() -> None:
    source = read_notification(notification([entry(1)])).source
    cuts = {source.excerpt(["1.1.1"], name) for name in ("", "99.100/O-A#C-1", "99.100/O-?>A#C-1")}
    assert len(cuts) == 3
    assert all(names(cut, "EndToEndId") == ["E2E-1"] for cut in cuts)


@given(st.data())
def test_any_lines_of_any_file(data: st.DataObject) -> None:
    """The lines that are meant come out in the order of the file, well formed, and no others."""
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    entries = [
        Entry(f"{size}.00", split=tuple((f"R{at}.{n}", "1.00") for n in range(size)))
        if size > 1
        else Entry("1.00", f"R{at}.0")
        for at, size in enumerate(sizes)
    ]
    found: Notification = read_notification(notification(entries))
    places = [one.place for one in found.payments]
    wanted = data.draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
    references = {one.place: one.reference for one in found.payments}
    kept = [references[place] for place in places if place in wanted]
    cut = found.source.excerpt(wanted)
    assert names(cut, "EndToEndId") == kept
    assert cut == found.source.excerpt(sorted(wanted))


def test_prefixes_of_the_bank_are_kept() -> None:
    data = notification([entry(1), entry(2)]).decode()
    for name in ("Document", "BkToCstmrDbtCdtNtfctn", "Ntfctn", "Ntry", "Acct", "GrpHdr"):
        data = data.replace(f"<{name}>", f"<c:{name}>").replace(f"</{name}>", f"</c:{name}>")
    data = data.replace("<Document xmlns=", "<c:Document xmlns:c=")
    inside = {
        "Amt",
        "CdtDbtInd",
        "Sts",
        "Cd",
        "BookgDt",
        "Dt",
        "NtryDtls",
        "TxDtls",
        "Refs",
        "EndToEndId",
    }
    for name in inside:
        data = data.replace(f"<{name}>", f"<c:{name}>").replace(f"</{name}>", f"</c:{name}>")
        data = data.replace(f"<{name} ", f"<c:{name} ")
    cut = read_notification(data.encode()).source.excerpt(["1.2.1"])
    assert names(cut, "EndToEndId") == ["E2E-2"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_refused(encoding: str) -> None:
    data = notification([entry(1)]).decode().replace("UTF-8", "UTF-16").encode(encoding)
    with pytest.raises(NotificationUnreadable, match="UTF-16"):
        read_notification(data)


salary = "Li Si, 6222 9999"
asides = {
    "a comment in front": (lambda told: told.replace("<Document", f"<!-- {salary} > -->\n<Document"), "A"),
    "a comment in the batch": (lambda told: told.replace("<TxDtls><Refs><EndToEndId>B", f"<!-- {salary} --><TxDtls><Refs><EndToEndId>B"), "A"),
    "an instruction": (lambda told: told.replace("<NtryDtls>", f"<?bank {salary}?><NtryDtls>"), "A"),
    "text about the batch": (lambda told: told.replace("</NtryDtls></Ntry>", f"</NtryDtls><AddtlNtryInf>{salary}</AddtlNtryInf></Ntry>"), "A"),
    "a transaction out of place": (lambda told: told.replace("<NtryDtls>", f"<TxDtls><AddtlTxInf>{salary}</AddtlTxInf></TxDtls><NtryDtls>"), "A"),
    "behind an empty account": (lambda told: f"{told.partition('<Acct>')[0]}<Acct/><!-- {salary} -->{told.partition('</Acct>')[2]}", "A"),
}  # fmt: skip


@pytest.mark.parametrize("case", asides.values(), ids=asides.keys())
def test_nothing_of_others_stands_beside_it(case: tuple[Callable[[str], str], str]) -> None:
    batch = Entry("3.00", split=(("A", "1.00"), ("B", "2.00")))
    data = case[0](notification([batch]).decode())
    assert salary in data
    cut = read_notification(data.encode()).source.excerpt(["1.1.1"])
    assert salary.encode() not in cut
    assert names(cut, "EndToEndId") == [case[1]]
    assert bank_records.type_of(cut) == "application/xml"


def test_an_entry_is_never_cut_under_another_account() -> None:
    whole = two_accounts().decode()
    start = whole.rindex("<Acct>")
    without = whole[:start] + whole[whole.index("</Acct>", start) + len("</Acct>") :]
    with pytest.raises(NotificationUnreadable, match="names no account"):
        read_notification(without.encode())


def test_what_only_looks_like_a_notification_is_none() -> None:
    space = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
    for data in (
        f'<!-- {space}" --><html xmlns="http://www.w3.org/1999/xhtml"><script/></html>',
        f'<html xmlns="{space}"/>',
        f'<!DOCTYPE Document><Document xmlns="{space}"/>',
        f'<Document xmlns="{space}">',
        f'<Document xmlns="{space[:-2]}"/>',
    ):
        with pytest.raises(finance.RecordWrong):
            bank_records.type_of(data.encode())
    for data in (
        f"<Document xmlns = '{space}'/>",
        f'<Document xmlns="{space.replace(".", "&#46;")}" a="x > y"/>',
        f'<?xml version="1.0" encoding="ISO-8859-1"?><b:Document xmlns:b="{space}"/>',
    ):
        assert bank_records.type_of(data.encode()) == "application/xml"
