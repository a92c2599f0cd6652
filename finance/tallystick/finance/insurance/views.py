"""Insurance as its parties see it: a cover for insurer and insured; a notice also for the debtor, who does not learn
whether, by whom and for how much its creditor is insured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row, row
from tallystick.finance.errors import NotReadable
from tallystick.finance.insurance.terms import (
    cover_parties,
    due_now,
    dunning_parties,
    insured_lots,
    penalty,
    size,
)
from tallystick.finance.money.allocation import insured_claim
from tallystick.finance.money.dates import money_date
from tallystick.finance.reading.access import Reading, act_listed
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.receivables.book import Book
from tallystick.finance.receivables.certificates import lots_in
from tallystick.identity import ledger_time
from tallystick.ledger import Found

#: Proposals of an insurer that wait for its second person, looked through for one cover or claim.
_waiting_max = 200
#: What of a notice is between insurer and insured.
_of_insurance = ("cover", "insurer", "amount", "claim_on", "claim")


@dataclass(frozen=True, slots=True)
class CoverView:
    """`debtors`: limit and what is insured now, by debtor and currency. `declarations`: by payload hash. `proposals`: what
    waits for the insurer's second person."""

    name: str
    row: Row
    debtors: Mapping[str, Row]
    declarations: Mapping[str, Row]
    proposals: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice, and for insurer and insured what can be claimed on it now, its claim, and what is due on that."""

    name: str
    row: Row
    loss: int
    insured: int
    claim: Row | None
    due: int
    penalty: int
    proposals: Mapping[str, Row]


def covers(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[CoverView]:
    """Those of which an organisation is insurer or insured."""
    found = _page(reading, "insurance-cover-of", organisation, after, limit)
    rows = ((one.name, cast("Row", one.value)) for one in found.rows)
    shown = tuple(_cover(reading, name, one) for name, one in rows if _listed(reading, name, one))
    return Page(shown, found.after)


def cover(reading: Reading, name: str) -> CoverView:
    """Raises `NotReadable` for whoever is none of its two parties."""
    found = row(reading.view.get("insurance-cover", name))
    sides: tuple[str, ...] = tuple(str(found[side]) for side in cover_parties) if found else ()
    if found and found["status"] == "proposed":
        sides = (str(found["insurer"]),)
    may = reading.reader.may_read("parties", sides)
    if found is None or not may or not _listed(reading, name, found):
        raise NotReadable(name)
    return _cover(reading, name, found)


def notices(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[NoticeView]:
    """Those of which an organisation is insured, insurer or debtor."""
    found = _page(reading, "dunning-of", organisation, after, limit)
    rows = ((one.part, cast("Row", one.value)) for one in found.rows)
    shown = tuple(_notice(reading, part, one) for part, one in rows if _noticed(reading, part, one))
    return Page(shown, found.after)


def notice(reading: Reading, name: str) -> NoticeView:
    """Raises `NotReadable` for whoever is none of its three parties."""
    named = reading.view.find("dunning-named", name, limit=1)
    found = cast("Row", named[0].value) if named else None
    sides = tuple(str(found[side]) for side in dunning_parties) if found else ()
    may = reading.reader.may_read("parties", sides)
    if found is None or not may or not _noticed(reading, name, found):
        raise NotReadable(name)
    return _notice(reading, name, found)


def claim(reading: Reading, name: str) -> NoticeView:
    """The notice of a claim, for insurer and insured. Raises `NotReadable`."""
    found = row(reading.view.get("insurance-claim", name))
    sides = [str(found[side]) for side in cover_parties] if found else []
    if found is None or not reading.reader.may_read("parties", sides):
        raise NotReadable(name)
    return notice(reading, found["notice"])


def _page(
    reading: Reading, index: str, organisation: str | None, after: str | None, limit: int
) -> Page[Found]:
    mine = reading.reader.lists_of(organisation)
    if mine is None:
        raise NotReadable(organisation or "")
    return page(reading.view, index, mine, after, limit)


def _listed(reading: Reading, name: str, found: Row) -> bool:
    sides = [found[side] for side in cover_parties]
    return act_listed(reading, "insurance-cover", name, found, *sides)


def _noticed(reading: Reading, name: str, found: Row) -> bool:
    return act_listed(reading, "dunning", name, found, *(found[side] for side in dunning_parties))


def _cover(reading: Reading, name: str, found: Row) -> CoverView:
    debtors = cast("Mapping[str, Row]", reading.view.group("insured-debtor", name))
    waiting = _proposals(reading, "cover-proposal", found["insurer"])
    declared = cast("Mapping[str, Row]", reading.view.group("insurance-declaration", name))
    proposals = {key: one for key, one in waiting if key == name}
    return CoverView(name, found, debtors, declared, proposals)


def _notice(reading: Reading, name: str, found: Row) -> NoticeView:
    sides = [str(found[side]) for side in cover_parties]
    if not reading.reader.may_read("parties", sides):
        shown = {key: value for key, value in found.items() if key not in _of_insurance}
        if shown["status"] in ("claimed", "closed"):
            shown["status"] = "unpaid"
        return NoticeView(name, shown, 0, 0, None, 0, 0, {})
    view = reading.view
    cover_row = cast("Row", view.get("insurance-cover", found["cover"]))
    book = Book(lots_in(view, found["certificate"]))
    loss = size(insured_lots(book, found["insured"], found["cover"]))
    claim_row = row(view.get("insurance-claim", found["claim"])) if "claim" in found else None
    due = late = 0
    if claim_row is not None and claim_row["status"] == "accepted":
        due = due_now(claim_row, cover_row, loss)
        late = penalty(claim_row, cover_row, due, money_date(ledger_time(view), cover_row["zone"]))
    waiting = _proposals(reading, "decision-proposal", found["insurer"])
    proposals = {key: one for key, one in waiting if one["claim"] == found.get("claim")}
    insured = insured_claim(loss, cover_row["share_ppm"])
    return NoticeView(name, found, loss, insured, claim_row, due, late, proposals)


def _proposals(reading: Reading, kind: str, insurer: str) -> Iterable[tuple[str, Row]]:
    """For the insurer alone."""
    if not reading.reader.may_read("parties", (insurer,)):
        return
    for one in reading.view.find(f"{kind}-of", insurer, limit=_waiting_max):
        yield one.name, cast("Row", one.value)
