"""Tenders as their parties see them: the holder sees all bids, a funder its own alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.bidding.best import ranked
from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.reading.access import Reading, act_listed
from tallystick.finance.reading.pages import Page, page


@dataclass(frozen=True, slots=True)
class Card:
    """How many bids a funder sealed, opened, and let lapse, in all tenders."""

    sealed: int
    opened: int
    lapsed: int


@dataclass(frozen=True, slots=True)
class TenderView:
    """`bids`: by funder, those that the reader may see. `order`: of these, open ones, the best first.

    `cards`: how funders keep their bids, for the holder who asked them; a funder sees its own.
    """

    name: str
    row: Row
    bids: Mapping[str, Row]
    order: tuple[str, ...]
    confided: tuple[str, ...]
    cards: Mapping[str, Card]


def tenders(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[TenderView]:
    """Those that an organisation opened, or in which it was asked."""
    mine = reading.reader.lists_of(organisation)
    if mine is None:
        raise NotReadable(organisation or "")
    found = page(reading.view, "tender-of", mine, after, limit)
    rows = ((one.name, cast("Row", one.value)) for one in found.rows)
    shown = tuple(_view(reading, name, row) for name, row in rows if _listed(reading, name, row))
    return Page(shown, found.after)


def tender(reading: Reading, name: str) -> TenderView:
    """Raises `NotReadable` for whoever neither opened it nor was asked."""
    found = cast("Row | None", reading.view.get("tender", name))
    told = found or {"holder": "", "funders": ()}
    may = _reads(reading, (str(told["holder"]), *told["funders"]))
    if found is None or not may or not _listed(reading, name, found):
        raise NotReadable(name)
    return _view(reading, name, found)


def _listed(reading: Reading, name: str, found: Row) -> bool:
    return act_listed(reading, "tender", name, found, found["holder"], *found["funders"])


def _view(reading: Reading, name: str, row: Row) -> TenderView:
    bids = cast("Mapping[str, Row]", reading.view.group("bid", name))
    shown = {
        funder: bid
        for funder, bid in bids.items()
        if _reads(reading, (str(row["holder"]), funder))
        and act_listed(reading, "bid", name, {"funder": funder}, row["holder"], funder)
    }
    holder = str(row["holder"])
    seen = [one for one in row["funders"] if _reads(reading, (holder, one))]
    confided = [one for one in row.get("confided", {}) if one in seen]
    row = {key: value for key, value in row.items() if key != "confided"}
    cards = {one: _card(reading, one) for one in seen}
    return TenderView(name, row, shown, tuple(ranked(shown)), tuple(confided), cards)


def _card(reading: Reading, funder: str) -> Card:
    row = cast("Row | None", reading.view.get("funder-card", funder)) or {}
    return Card(*(int(row.get(key, 0)) for key in ("sealed", "opened", "lapsed")))


def _reads(reading: Reading, parties: tuple[str, ...]) -> bool:
    """Tenders are in no sharing agreement and no remit: whoever shares a certificate shares no price."""
    return reading.reader.may_read("parties", parties)
