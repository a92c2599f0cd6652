"""A certificate as its parties see it: holdings, transfers, financing, payouts, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from tallystick.finance.agreements.errors import AssignmentBanned
from tallystick.finance.agreements.judging import require_assignable
from tallystick.finance.calendars.payment import PaymentDate, payment_date
from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.parties import held_because
from tallystick.finance.reading.access import (
    Reading,
    act_listed,
    certificate_listed,
    readable_organisation,
    seen_certificate,
    still_listed,
)
from tallystick.finance.reading.hold_views import Hold, holds_of
from tallystick.finance.reading.interest_views import Interest, interests_of
from tallystick.finance.reading.pages import Page, page, page_of_names
from tallystick.finance.receivables.budgets import holdings_max
from tallystick.finance.trade.lines import line_name
from tallystick.ledger import View


@dataclass(frozen=True, slots=True)
class Holding:
    """Units [start, end), who holds them and how."""

    start: int
    end: int
    holder: str
    state: str
    lock: str
    batch: str

    @property
    def amount(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class CertificateView:
    """What the reader sees of one certificate; amounts are minor units of its currency.

    `payment`: when it is paid. `holders`: who holds how much now. `transfers`: edges of its tree, in the order of the
    log. `held`: holders to whom payments wait, with the reason, for themselves and for who pays. `holds`: pledges,
    locks, freezes, disputes and proposed cancellations that go on. `splits`: left to the reader's own. `noticed`: by the
    entry of each assignment, the notice that the debtor has of it. `interests`: what the debtor bears or may bear.
    """

    name: str
    head: Row
    payment: PaymentDate
    holdings: tuple[Holding, ...]
    holders: Mapping[str, int]
    transfers: tuple[Row, ...]
    offers: tuple[Row, ...]
    financings: tuple[Row, ...]
    claims: Mapping[str, Row]
    payouts: tuple[Row, ...]
    held: tuple[Row, ...] = ()
    holds: tuple[Hold, ...] = ()
    splits: Mapping[str, int] = field(default_factory=dict)
    noticed: Mapping[int, Row] = field(default_factory=dict)
    interests: tuple[Interest, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """Goods behind units: the receipt, how much of it, the scan, and the items it named."""

    part: str
    quantity: int
    evidence: str
    event: str
    device: str
    items: tuple[str, ...]
    lots: tuple[str, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Backing:
    """Units [start, end) rest on this invoice line, and through it on these receipts."""

    start: int
    end: int
    invoice: str
    line: int
    order: str
    order_line: int
    quantity: int
    receipts: tuple[ReceiptLine, ...]


def assignment_barred(reading: Reading, name: str) -> bool:
    """Whether a contract on which it rests bans passing it on, as it stands now."""
    found, _ = seen_certificate(reading, name)
    try:
        require_assignable(reading.view, found, name)
    except AssignmentBanned:
        return True
    return False


def certificate(reading: Reading, name: str) -> CertificateView:
    """One certificate, as the reader may see it; raises `NotReadable`."""
    (head, seen), view = seen_certificate(reading, name), reading.view
    rows = [cast(Row, value) for value in view.group("holding", name).values()]
    holdings = tuple(_holding(row) for row in rows if seen.holding(view, row))
    offers = view.find("offer-of-certificate", name, limit=holdings_max)

    def hop(kind: str, row: Row, *sides: str) -> bool:
        parties = [row[side] for side in sides]
        return seen.hop(*parties) and act_listed(reading, kind, name, row, *parties)

    claims = {
        part: cast(Row, value)
        for part, value in view.group("claim", name).items()
        if seen.everybody or seen.mine(part.split()[0])
    }
    return CertificateView(
        name=name,
        head=seen.head(head),
        payment=payment_date(view, name, head),
        holdings=holdings,
        holders=_holders(holdings),
        transfers=_rows(view, "transfer", name, lambda row: hop("transfer", row, "from", "to")),
        offers=tuple(
            cast(Row, {**row.value, "offer": row.name})
            for row in offers
            if hop("offer", cast(Row, row.value), "from", "to")
        ),
        financings=_rows(
            view, "financing", name, lambda row: hop("financing", row, "bank", "seller")
        ),
        claims=claims,
        payouts=_rows(view, "payout", name, lambda row: seen.everybody or seen.mine(row["holder"])),
        held=tuple(_held(reading, head, (*claims, *_holders(holdings)))),
        holds=tuple(holds_of(reading, name, seen.hop)),
        splits=_splits(view, name, seen.hop),
        noticed={
            int(part): cast(Row, row)
            for part, row in view.group("notice", name).items()
            if hop("notice", cast(Row, row), "issuer", "from", "to")
        },
        interests=tuple(interests_of(view, name, head, seen)),
    )


def certificates_held(
    reading: Reading, holder: str | None = None, after: str | None = None, limit: int = 50
) -> Page[str]:
    """Names of the certificates of which an organisation holds a part now."""
    mine = readable_organisation(reading, holder)
    return _listed(reading, page_of_names(reading.view, "holding-of", mine, after, limit))


def certificates_issued(
    reading: Reading, issuer: str | None = None, after: str | None = None, limit: int = 50
) -> Page[str]:
    """Names of the certificates that an organisation owes or owed."""
    mine = readable_organisation(reading, issuer)
    found = page(reading.view, "certificate-by-issuer", mine, after, limit)
    return _listed(reading, Page(tuple(row.name for row in found.rows), found.after))


def certificates_of(
    reading: Reading, party: str | None = None, after: str | None = None, limit: int = 50
) -> Page[str]:
    """Names of the certificates in which an organisation has or had any part."""
    mine = readable_organisation(reading, party)
    return _listed(reading, page_of_names(reading.view, "certificate-of-party", mine, after, limit))


def _listed(reading: Reading, found: Page[str]) -> Page[str]:
    rows = tuple(name for name in found.rows if certificate_listed(reading, name))
    return Page(rows, found.after)


def lineage(
    reading: Reading, name: str, start: int = 0, end: int | None = None
) -> tuple[Backing, ...]:
    """What units [start, end) rest on: invoice line, receipts, items. The whole face by default.

    Only of units whose evidence the reader may see; raises `NotReadable` where there are none.
    """
    (head, seen), view = seen_certificate(reading, name), reading.view
    if not seen.evidence:
        raise NotReadable(name)
    last = head["face"] if end is None else end
    rows = [cast(Row, value) for value in view.group("backing", name).values()]
    return tuple(
        _backing(view, row, low, high)
        for row in rows
        if row["start"] < last and start < row["end"] and _shows(reading, row)
        for low, high in seen.shown(max(start, row["start"]), min(last, row["end"]))
    )


def _shows(reading: Reading, row: Row) -> bool:
    """Whether the invoice behind a part is not kept from the reader by a grade that was raised since."""
    invoice = cast(Row | None, reading.view.get("invoice", row["invoice"]))
    return invoice is None or still_listed(reading, "invoice", row["invoice"], invoice)


def _backing(view: View, row: Row, start: int, end: int) -> Backing:
    name = line_name(row["order"], row["order_line"])
    return Backing(
        start=start,
        end=end,
        invoice=row["invoice"],
        line=row["line"],
        order=row["order"],
        order_line=row["order_line"],
        quantity=row["quantity"],
        receipts=tuple(_receipt(view, name, used) for used in row["receipts"]),
    )


def _receipt(view: View, name: str, used: Row) -> ReceiptLine:
    row = cast(Row, view.get("receipt", name, used["part"]) or {})
    return ReceiptLine(
        part=used["part"],
        quantity=used["quantity"],
        evidence=row["evidence"],
        event=row["event"],
        device=row["device"],
        items=tuple(row["items"]),
        lots=tuple(lot["lot"] for lot in row["lots"]),
        index=row["index"],
    )


def _holding(row: Row) -> Holding:
    return Holding(row["start"], row["end"], row["holder"], row["state"], row["lock"], row["batch"])


def _held(reading: Reading, head: Row, holders: Iterable[str]) -> Iterator[Row]:
    """The list of sanctions on which a holder stands, for issuer, paying bank, and the holder itself."""
    for holder in sorted({holder.split()[0] for holder in holders}):
        row = held_because(reading.view, holder)
        payers = (head["issuer"], head["paying_bank"], holder)
        if row is not None and reading.reader.may_read("parties", payers):
            told = {name: row[name] for name in ("list", "version", "time")}
            yield {"holder": holder, "reason": "sanctions", **told}


def _holders(holdings: tuple[Holding, ...]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for holding in holdings:
        sums[holding.holder] = sums.get(holding.holder, 0) + holding.amount
    return dict(sorted(sums.items()))


def _rows(view: View, kind: str, name: str, wanted: Callable[[Row], bool]) -> tuple[Row, ...]:
    found = (cast(Row, value) for value in view.group(kind, name).values())
    return tuple(row for row in found if wanted(row))


def _splits(view: View, name: str, mine: Callable[..., bool]) -> dict[str, int]:
    rows = view.group("split-budget", name).items()
    return {holder: cast(Row, row)["left"] for holder, row in rows if mine(holder)}
