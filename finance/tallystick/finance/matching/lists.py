"""What waits in the match, by reason: for the clerk of a buyer, and for the seller whose money it is.

Reasons follow from documents, receipts and tolerances, and are stored nowhere: lists look at the lines that are not
confirmed whole, up to a bound, and match each invoice once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.reading.access import Reading, readable_organisation, still_listed
from tallystick.finance.reading.pages import Page, mark_of, read_mark
from tallystick.finance.trade.lines import line_part
from tallystick.finance.trade.match import LineMatch, Match
from tallystick.finance.trade.match_reasons import Reason, Status
from tallystick.finance.trade.matching import Settled, match_invoice
from tallystick.ledger import Found

#: Lines that one request looks at; a list that found too few in them goes on behind its mark.
looked_at_max = 2_000
_batch = 200


@dataclass(frozen=True, slots=True)
class HeldLine:
    """An invoice line that is not confirmed whole, with its order line and its match."""

    invoice: str
    head: Row
    row: Row
    ordered: Row
    match: LineMatch
    policy: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines there are of each status and reason, and what they are worth; `more`: there are others behind.

    `confirmable` and `waiting`: minor units by currency.
    """

    statuses: Mapping[str, int]
    reasons: Mapping[str, int]
    confirmable: Mapping[str, int]
    waiting: Mapping[str, int]
    lines: int
    more: bool


def held_lines(
    reading: Reading,
    organisation: str | None = None,
    *,
    reason: Reason | None = None,
    status: Status | None = None,
    after: str | None = None,
    limit: int = 25,
) -> Page[HeldLine]:
    """Of an organisation, as buyer or seller: those with this reason or status, in the order of their invoices."""
    mine = readable_organisation(reading, organisation, "documents")
    rows: list[HeldLine] = []
    last = ""
    for seen, line in enumerate(_open(reading, mine, after), 1):
        if _wanted(line, reason, status):
            if len(rows) == limit:
                return Page(tuple(rows), last)
            rows.append(line)
        last = mark_of(line.invoice, line_part(line.match.line))
        if seen == looked_at_max:
            return Page(tuple(rows), last)
    return Page(tuple(rows), None)


def tally(reading: Reading, organisation: str | None = None) -> Tally:
    """What waits of an organisation, counted."""
    mine = readable_organisation(reading, organisation, "documents")
    statuses, reasons = Counter[str](), Counter[str]()
    confirmable, waiting = Counter[str](), Counter[str]()
    seen, more = 0, False
    for line in _open(reading, mine, None):
        if seen == looked_at_max:
            more = True
            break
        seen += 1
        if not _wanted(line, None, None):
            continue
        statuses[line.match.status] += 1
        reasons.update(line.match.reasons)
        confirmable[line.head["currency"]] += line.match.confirmable
        waiting[line.head["currency"]] += line.match.waiting
    return Tally(statuses, reasons, confirmable, waiting, sum(statuses.values()), more)


def _wanted(line: HeldLine, reason: Reason | None, status: Status | None) -> bool:
    """A line that is let pass as delivered short, and confirmed as far, waits for nothing."""
    if not line.match.reasons and not line.match.confirmable:
        return False
    if status is not None and line.match.status != status:
        return False
    return reason is None or reason in line.match.reasons


def _open(reading: Reading, organisation: str, after: str | None) -> Iterator[HeldLine]:
    view, matched = reading.view, ""
    match: Match | None = None
    head: Row = {}
    settled: Settled = {}
    for found in _lines(reading, organisation, after):
        if matched != found.name:
            head = cast(Row, view.get("invoice", found.name) or {})
            shown = still_listed(reading, "invoice", found.name, head)
            matched = found.name
            match = match_invoice(view, found.name, settled=settled) if shown else None
        line = None if match is None else match.line(int(found.part))
        row = cast(Row, found.value)
        ordered = cast(Row, view.get("order-line", row["order"], line_part(row["order_line"])))
        if line is not None and match is not None:
            yield HeldLine(found.name, head, row, ordered, line, match.policy)


def _lines(reading: Reading, organisation: str, after: str | None) -> Iterator[Found]:
    mark = read_mark(after)
    while True:
        found = reading.view.find("invoice-line-open", organisation, after=mark, limit=_batch)
        yield from found
        if len(found) < _batch:
            return
        mark = (found[-1].name, found[-1].part)
