"""Certificates as documents, and the book of one read from and written to them.

    certificate        <name>   {issuer, holder, face, paid, currency, issued_on, due_on, zone, terms,
                                 status, invoice, contracts, assignment, paying_bank, accept_until, proposal | policy,
                                 index, roll, calendar?, rolled_days?, splits, split_rule, cancelled?, early?, waiver?, erp?, evidence?,
                                 accepted_time?, accepted?, refused?, ended_time?}
    holding            <name>   part <start>: {start, end, holder, state, lock, recourse, batch, cover}
    backing            <name>   part <start>: {start, end, invoice, line, order, order_line, quantity,
                                 receipts}: which units rest on which goods, frozen at issue
    certificate-party  <name>   part <organisation>: {since}: who has, or had, a part in it
    transfer           <name>   part <index>: {from, to, amount, lots, time, offer}

Status: offered -> live -> partially_paid -> settled, or live -> settled | cancelled; offered -> refused | lapsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, cast

from tallystick.finance.calendars.payment import stops_on
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import CertificateUnknown, Matured, WrongStatus
from tallystick.finance.insurance.counting import count_insured
from tallystick.finance.limits.counting import count
from tallystick.finance.money.dates import money_date
from tallystick.finance.receivables.book import Book
from tallystick.finance.receivables.lots import Held, Lot, Splits, Tag
from tallystick.ledger import InvariantError, State

Status = Literal["offered", "live", "partially_paid", "settled", "refused", "lapsed", "cancelled"]
#: What the issuer promises, fixed for all parts of a certificate (I8).
promise = "tallystick/promise/1: unconditional, no set-off, no recourse to earlier holders"


def unit_part(start: int) -> str:
    """Part of a document about units from `start` on: sorts as the number does."""
    return f"{start:012d}"


def issuer_in(name: str) -> str:
    """The issuer, who stands in every certificate's name.

    >>> issuer_in("99.100/O-A#C-7")
    '99.100/O-A'
    """
    return name.rpartition("#")[0]


def certificate(draft: Draft, name: str, *statuses: Status) -> Row:
    """The certificate, which must be in one of the statuses; what it says is for parties (`known`)."""
    found = draft.row("certificate", name)
    if found is None:
        raise CertificateUnknown(name)
    if statuses and found["status"] not in statuses:
        raise WrongStatus(f"{name} is {found['status']}, not {' or '.join(statuses)}")
    return found


def outstanding(found: Row) -> int:
    """Minor units of a certificate that are still owed."""
    return int(found["face"] - found["paid"] - found.get("cancelled", 0) - found.get("early", 0))


def movable(draft: Draft, name: str, time: str) -> Row:
    """A live certificate before its due date, and its payment date; only then do units move between firms."""
    found = certificate(draft, name, "live")
    stops = stops_on(draft, name, found, time)
    if money_date(time, found["zone"]) >= stops:
        raise Matured(f"{name} is due on {stops}")
    return found


def load_book(draft: Draft, name: str) -> Book:
    """The whole book of a certificate's holdings."""
    return Book(lots_in(draft, name), _splits(draft, name))


def lots_in(state: Draft | State, name: str) -> Iterable[Lot]:
    """The lots of a certificate, for whoever only looks at them."""
    return (_lot(cast(Row, row)) for row in state.group("holding", name).values())


def book_of(draft: Draft, name: str, holder: str) -> Book:
    """The book, open for the lots of one holder."""
    return _open(draft, name, "holder", holder)


def book_locked(draft: Draft, name: str, lock: str) -> Book:
    """The book, open for the lots that an offer or quote holds."""
    return _open(draft, name, "lock", lock)


def _open(draft: Draft, name: str, field: Literal["holder", "lock"], wanted: str) -> Book:
    """In part: an act touches a few lots, and a certificate may have hundreds.

    Raises `InvariantError` unless all of them follow upon each other.
    """
    rows = list(draft.rows("holding", name).values())
    # By comprehensions: a certificate may have hundreds of lots, and all of them are looked at.
    starts, ends = [row["start"] for row in rows], [row["end"] for row in rows]
    if starts != [0, *ends[:-1]]:
        place, edge = next((n, edge) for n, edge in enumerate([0, *ends]) if starts[n] != edge)
        raise InvariantError(f"gap or overlap at unit {starts[place]}, expected {edge}")
    if field == "lock":
        own = [n for n, row in enumerate(rows) if row["lock"] and wanted in row["lock"].split()]
    else:
        own = [n for n, row in enumerate(rows) if row[field] == wanted]
    picked = {place for n in own for place in (n - 1, n, n + 1) if 0 <= place < len(rows)}
    found = [_lot(rows[place]) for place in sorted(picked)]
    return Book.part(found, len(rows) - len(found), _splits(draft, name), _holding(rows))


def _holding(rows: Sequence[Row]) -> Held:
    """The units that each holder has."""

    def held(holder: str) -> int:
        return sum([row["end"] - row["start"] for row in rows if row["holder"] == holder])

    return held


def _splits(draft: Draft, name: str) -> Splits:
    """The splits that each holder has left."""

    def left(holder: str) -> int:
        found = draft.row("split-budget", name, holder)
        return 0 if found is None else int(found["left"])

    return left


def save_book(draft: Draft, name: str, book: Book) -> None:
    """Write what changed, after checking that the lots still partition the face."""
    book.check()
    before, after = list[Row](), list[Row]()
    for start in sorted(book.touched):
        lot, part = book.lot(start), unit_part(start)
        found = draft.row("holding", name, part)
        if found is not None:
            before.append(found)
        if lot is not None:
            after.append({"start": start, "end": lot.end, **lot.tag._asdict()})
            draft.put("holding", name, after[-1], part)
        elif found is not None:
            draft.put("holding", name, None, part)
    _count(draft, name, before, after)
    for holder, left in book.splits().items():
        found = draft.row("split-budget", name, holder)
        if (0 if found is None else found["left"]) != left:
            draft.put("split-budget", name, {"left": left} if left else None, holder)


def drop_book(draft: Draft, name: str) -> None:
    """The certificate never came to life: nobody holds anything of it."""
    _count(draft, name, draft.rows("holding", name).values(), ())
    for kind in ("holding", "split-budget"):
        for part in draft.rows(kind, name):
            draft.put(kind, name, None, part)


def _count(draft: Draft, name: str, before: Iterable[Row], after: Iterable[Row]) -> None:
    issuer, currency = issuer_in(name), (draft.row("certificate", name) or {})["currency"]
    count(draft, issuer, currency, before, after)
    count_insured(draft, issuer, currency, before, after)


def add_parties(draft: Draft, name: str, index: int, organisations: Iterable[str]) -> None:
    """Note who takes part; a reader's right once given stays."""
    for organisation in organisations:
        if draft.get("certificate-party", name, organisation) is None:
            draft.put("certificate-party", name, {"since": index}, organisation)


def lots_document(lots: Iterable[Lot]) -> list[dict[str, int]]:
    return [{"start": lot.start, "end": lot.end} for lot in sorted(lots)]


def _lot(row: Row) -> Lot:
    tag = Tag(row["holder"], row["state"], row["lock"], row["recourse"], row["batch"], row["cover"])
    return Lot(row["start"], row["end"], tag)
