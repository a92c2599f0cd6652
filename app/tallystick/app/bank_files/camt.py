"""camt.054, BankToCustomerDebitCreditNotification (ISO 20022), versions 2 to 13: what was booked to an account.

An entry is one payment, or a batch of them: then each of its transactions is a payment with its own amount, and together
they come to the entry's. A place `notification.entry.transaction`, counted from one, names a payment in its file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import tallystick.finance as finance
from tallystick.app.bank_files.errors import NotificationTooLarge, NotificationUnreadable
from tallystick.app.bank_files.excerpt import Source
from tallystick.app.bank_files.parts import Part, read_parts
from tallystick.ledger import TallystickError, instant

payments_max = 100_000
#: What stands where a payment has no end-to-end identifier.
not_provided = "NOTPROVIDED"
Booking = Literal["BOOK", "PDNG", "INFO", "FUTR"]
_bookings: tuple[Booking, ...] = get_args(Booking)
_space = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.054\.001\.(0[2-9]|1[0-3])")
_amount = re.compile(r"[0-9]{1,18}(\.[0-9]{1,5})?", re.ASCII)
_heads = ("GrpHdr", "Acct", "Ntry")


@dataclass(frozen=True, slots=True)
class Booked:
    """One payment as the bank notified it. `amount_minor`: exactly. `account`: whose notification it is, and `other`:
    the other side's account; each as the bank wrote it, empty where it did not. `returned`: why it came back."""

    place: str
    line: int
    account: str
    amount_minor: int
    currency: str
    credit: bool
    booking: Booking
    reversal: bool
    booked_at: str
    booked_on: str
    value_on: str
    reference: str
    remittance: tuple[str, ...]
    servicer_reference: str
    other: str
    returned: str

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Notification:
    """A file. `digest`: hex SHA-256 of its bytes. `source`: where its lines stand in it."""

    digest: str
    message: str
    payments: tuple[Booked, ...]
    source: Source = field(compare=False, repr=False)


@dataclass(slots=True)
class _Read:
    """What was read so far. Accounts stand in front of their entries."""

    source: Source
    message: str = ""
    account: str = ""
    notifications: int = 0
    entries: int = 0
    payments: list[Booked] = field(default_factory=list)

    def take(self, part: Part) -> None:
        if part.name == "GrpHdr":
            self.message = _text(part, "MsgId", most=35)
        elif part.name == "Acct":
            self.notifications, self.entries = self.notifications + 1, 0
            self.account = _account(part)
            self.source.account(part)
        else:
            self.entries += 1
            if not self.source.heads or self.source.heads[-1][0] != part.within:
                raise _wrong(part, "Ntry", "its notification names no account in front of it")
            place = f"{self.notifications}.{self.entries}"
            self.payments += self._payments(part, place)
            if len(self.payments) > payments_max:
                raise NotificationTooLarge(f"line {part.line}: more than {payments_max} payments")

    def _payments(self, entry: Part, place: str) -> Iterator[Booked]:
        """Each of a batch, or the entry itself."""
        whole = _money(entry, entry.first("Amt"))
        details = list(entry.each("NtryDtls", "TxDtls"))
        self.source.add(place, entry, details)
        if len(details) < 2:
            one = details[0] if details else None
            yield _payment(entry, one, f"{place}.1", self.account, whole)
            return
        sums = [_money(entry, _detail_amount(one)) for one in details]
        if {currency for _, currency in sums} != {whole[1]} or sum(n for n, _ in sums) != whole[0]:
            raise _wrong(entry, "Amt", f"its {len(details)} transactions do not come to it")
        for number, (one, amount) in enumerate(zip(details, sums, strict=True), 1):
            yield _payment(entry, one, f"{place}.{number}", self.account, amount)


def read_notification(data: bytes) -> Notification:
    """Raises `NotificationUnreadable` or `NotificationTooLarge`. Nothing of a file that breaks off is given."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]:
        raise NotificationUnreadable("line 1: ISO 20022 is written in UTF-8, not in UTF-16")
    found = _Read(Source(data, hashlib.sha256(data).hexdigest()))
    space, root = read_parts(data, _heads, found.take)
    if root != "Document" or _space.fullmatch(space) is None:
        raise NotificationUnreadable(
            f"line 1: {root or 'nothing'} of {space[:80] or 'no namespace'}"
        )
    return Notification(found.source.digest, found.message, tuple(found.payments), found.source)


def _payment(
    entry: Part, detail: Part | None, place: str, account: str, amount: tuple[int, str]
) -> Booked:
    told = detail or Part("", entry.line, {})
    side = told.said("CdtDbtInd") or entry.said("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise _wrong(entry, "CdtDbtInd", f"{side[:20]!r} is neither CRDT nor DBIT")
    booking = entry.said("Sts", "Cd") or entry.said("Sts")
    if booking not in _bookings:
        raise _wrong(entry, "Sts", f"{booking[:20]!r} is none of {', '.join(_bookings)}")
    reversal = entry.said("RvslInd")
    if reversal not in ("", "true", "false", "1", "0"):
        raise _wrong(entry, "RvslInd", f"{reversal[:20]!r} is neither true nor false")
    booked_at, booked_on = _day(entry, "BookgDt")
    other = "DbtrAcct" if side == "CRDT" else "CdtrAcct"
    parties = told.first("RltdPties")
    found = parties.first(other) if parties is not None else None
    reference = _text(told, "Refs", "EndToEndId", most=35)
    return Booked(
        place=place,
        line=told.line,
        account=account,
        amount_minor=amount[0],
        currency=amount[1],
        credit=side == "CRDT",
        booking=booking,
        reversal=reversal in ("true", "1"),
        booked_at=booked_at,
        booked_on=booked_on,
        value_on=_day(entry, "ValDt")[1],
        reference="" if reference == not_provided else reference,
        remittance=tuple(_remittance(told)),
        servicer_reference=_text(told, "Refs", "AcctSvcrRef", most=35)
        or _text(entry, "AcctSvcrRef", most=35),
        other="" if found is None else _account(found),
        returned=_returned(told),
    )


def _detail_amount(detail: Part) -> Part | None:
    """In version 2 a transaction's own amount stands among its details."""
    return detail.first("Amt") or detail.first("AmtDtls", "TxAmt", "Amt")


def _money(entry: Part, part: Part | None) -> tuple[int, str]:
    """Minor units and currency."""
    if part is None:
        raise _wrong(entry, "Amt", "it is missing")
    text, currency = part.text.strip(), part.attributes.get("Ccy", "")
    if _amount.fullmatch(text) is None:
        raise _wrong(part, "Amt", f"{text[:40]!r} is no amount")
    try:
        return finance.parse_amount(text, currency), currency
    except TallystickError as error:
        raise _wrong(part, "Amt", error.detail[:120]) from None


def _day(entry: Part, name: str) -> tuple[str, str]:
    """The instant, if the bank told one, and the date; both empty where it told neither."""
    part = entry.first(name)
    if part is None:
        return "", ""
    exact, day = part.said("DtTm"), part.said("Dt")
    try:
        if not exact:
            return "", finance.check_date(day)
        moment = datetime.fromisoformat(exact)
        if moment.tzinfo is None:
            return "", moment.date().isoformat()
        told = instant(int(moment.astimezone(UTC).timestamp()) * 1000)
        return told, moment.date().isoformat()
    except (ValueError, OverflowError, TallystickError):
        raise _wrong(part, name, f"{(exact or day)[:40]!r} is no date") from None


def _account(part: Part) -> str:
    return _text(part, "Id", "IBAN", most=34) or _text(part, "Id", "Othr", "Id", most=34)


def _returned(detail: Part) -> str:
    """The reason's code, or that there is none."""
    told = detail.first("RtrInf")
    if told is None:
        return ""
    return _text(told, "Rsn", "Cd", most=35) or _text(told, "Rsn", "Prtry", most=35) or "NARR"


def _remittance(detail: Part) -> Iterator[str]:
    for one in detail.each("RmtInf", "Ustrd"):
        yield one.text.strip()
    for one in detail.each("RmtInf", "Strd", "CdtrRefInf", "Ref"):
        yield one.text.strip()


def _text(part: Part, *path: str, most: int) -> str:
    text = part.said(*path)
    if len(text) > most:
        raise _wrong(part.first(*path) or part, path[-1], f"more than {most} characters")
    return text


def _wrong(part: Part, name: str, why: str) -> NotificationUnreadable:
    return NotificationUnreadable(f"line {part.line}: {name}: {why}")
