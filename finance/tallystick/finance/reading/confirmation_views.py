"""What a core enterprise has to confirm: its invoices with their match, and proposals that wait.

Where an invoice stands follows from documents and receipts and is stored nowhere: lists look at invoices one after the
other, up to a bound, and go on behind their mark. What is left to confirm is looked for among open lines alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from tallystick.finance.draft import Row
from tallystick.finance.money.dates import money_date
from tallystick.finance.reading.access import Reading, readable_organisation, still_listed
from tallystick.finance.reading.pages import Page, mark_behind, mark_of, page_by_age, read_mark
from tallystick.finance.reading.saying import confirmed_by
from tallystick.finance.reading.trade_views import MatchView, match_view
from tallystick.finance.trade.match import Match
from tallystick.finance.trade.matching import Settled, match_invoice
from tallystick.identity import ledger_time
from tallystick.ledger import Found, Thing, View

#: Something can be confirmed now; something is left, and none of it now; nothing is left; whichever.
ToConfirmShow = Literal["confirmable", "held", "done", "all"]
to_confirm_shows: tuple[ToConfirmShow, ...] = get_args(ToConfirmShow)
#: Why a proposal cannot be approved as it stands.
Stuck = Literal["above-the-match", "due-date-passed"]
#: Invoices or proposals that one request looks at.
confirmations_looked_at_max = 500
_batch = 200
_proposals_max = 200
_behind = "\U0010ffff"
_by_age = "proposal-waiting-by-age"


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """An invoice to one's own organisation: `match.match.confirmable` of it may be confirmed now; `proposed`: how much
    of it open proposals name, in minor units."""

    invoice: str
    head: Row
    match: MatchView
    proposed: int

    @property
    def standing(self) -> ToConfirmShow:
        return _standing(self.match.match)


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A confirmation that a maker proposed; `name`: the payload hash that an approval names."""

    name: str
    row: Row
    stuck: tuple[Stuck, ...]


def to_confirm(
    reading: Reading,
    organisation: str | None = None,
    show: ToConfirmShow = "confirmable",
    after: str | None = None,
    limit: int = 25,
) -> Page[ToConfirm]:
    """Invoices of which the organisation is the buyer, in the order of their names."""
    buyer = readable_organisation(reading, organisation, "documents")
    left = show in ("confirmable", "held")
    names = _names(
        reading.view, "invoice-line-to-confirm" if left else "invoice-to", buyer, read_mark(after)
    )
    rows: list[ToConfirm] = []
    settled: Settled = {}
    last = ""
    for seen, name in enumerate(names, 1):
        found = _one(reading, name, show, settled)
        if found is not None:
            if len(rows) == limit:
                return Page(tuple(rows), last)
            rows.append(found)
        last = mark_of(name, _behind)
        if seen == confirmations_looked_at_max:
            return Page(tuple(rows), last)
    return Page(tuple(rows), None)


def proposals(
    reading: Reading,
    organisation: str | None = None,
    after: str | None = None,
    limit: int = 25,
    *,
    stuck: bool = False,
) -> Page[ProposalView]:
    """Those of an organisation that wait for a second person, the oldest first; with `stuck`, those that nobody can
    approve as things stand."""
    mine = readable_organisation(reading, organisation)
    settled: Settled = {}
    rows: list[ProposalView] = []
    last = ""
    for seen, one in enumerate(_waiting(reading.view, mine, after), 1):
        view = _proposal(reading, one, settled)
        if bool(view.stuck) is stuck and reading.reader.still_reads(_said(one), (mine,)):
            if len(rows) == limit:
                return Page(tuple(rows), last)
            rows.append(view)
        last = mark_behind(one)
        if seen == confirmations_looked_at_max:
            return Page(tuple(rows), last)
    return Page(tuple(rows), None)


def _waiting(view: View, organisation: str, after: str | None) -> Iterator[Found]:
    while True:
        found = page_by_age(view, _by_age, organisation, after, _batch)
        yield from found.rows
        if found.after is None:
            return
        after = found.after


def _names(view: View, index: str, key: str, mark: tuple[str, str] | None) -> Iterator[str]:
    """Each once, however many parts of it stand under the key."""
    last = ""
    while True:
        found = view.find(index, key, after=mark, limit=_batch)
        for one in found:
            if one.name != last:
                last = one.name
                yield one.name
        if len(found) < _batch:
            return
        mark = (last, _behind)


def _one(reading: Reading, name: str, show: ToConfirmShow, settled: Settled) -> ToConfirm | None:
    """An invoice, if it is listed and stands so."""
    head = cast(Row, reading.view.get("invoice", name) or {})
    if not still_listed(reading, "invoice", name, head):
        return None
    match = match_invoice(reading.view, name, settled=settled)
    if show not in ("all", _standing(match)):
        return None
    open_ones = reading.view.find("proposal-of-invoice", name, limit=_proposals_max)
    proposed = [cast(Row, one.value) for one in open_ones if one.value["status"] == "open"]
    told = match_view(name, head, match)
    return ToConfirm(name, head, told, sum(row["amount"] for row in proposed))


def _standing(match: Match) -> ToConfirmShow:
    if match.confirmable:
        return "confirmable"
    return "held" if match.reasons else "done"


def _proposal(reading: Reading, found: Found, settled: Settled) -> ProposalView:
    row = cast(Row, found.value)
    match = match_invoice(reading.view, row["invoice"], settled=settled)
    allowed = {line.line: line.confirmable for line in match.lines}
    stuck: list[Stuck] = []
    if any(line["amount"] > allowed.get(line["line"], 0) for line in row["lines"]):
        stuck.append("above-the-match")
    if row["due_on"] <= money_date(ledger_time(reading.view), row["zone"]):
        stuck.append("due-date-passed")
    return ProposalView(found.name, row, tuple(stuck))


def _said(found: Found) -> Thing:
    """A proposal, which its organisation's maker said."""
    said = ((confirmed_by[0], str(found.value["organisation"])),)
    return Thing("certificates", found.name, said=said)
