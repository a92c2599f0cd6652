"""The page of certificates: what a buyer's suppliers have shown it, and what an organisation holds itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.credentials.moment import now_ms
from tallystick.app.credentials.shown import Shown, shown
from tallystick.app.pages import words
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.identity.credentials import (
    Listed,
    QualificationRow,
    Standing,
    asks,
    credentials,
    credentials_for,
    needs_of,
    qualifications,
    standings,
)
from tallystick.ledger import Thing

rows_per_page = 25
_handle = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class Row:
    """A supplier and a kind; `number` and others if they were shown."""

    asked: QualificationRow
    shown: Shown | None

    @property
    def fields(self) -> list[tuple[str, Any]]:
        """In the order in which certificates have them; its kind stands beside them."""
        found = dict(self.shown.fields) if self.shown else {}
        found.pop("kind", None)
        known = [name for name in words.qualification_fields if name in found]
        return [(name, found[name]) for name in (*known, *sorted(found.keys() - {*known}))]


@dataclass(frozen=True, slots=True)
class Own:
    """A page of the organisation's own certificates."""

    rows: Sequence[Listed]
    next: str | None


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/qualifications")
    def listed(
        request: Request,
        reading: Reading = Depends(reader),
        supplier: _handle = "",
        standing: Annotated[Standing | str | None, Query(max_length=20)] = None,
        after: _handle = "",
        held: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
        organisation: _handle = "",
    ) -> Response:
        """An auditor names the `organisation` of whom it asks."""
        own = reading.reader.lists_of(organisation or None, thing=Thing("credentials"))
        wanted: Standing | None = next((one for one in standings if one == standing), None)
        view, now = reading.view, now_ms(reading.view)
        found = (
            qualifications(
                view, own, now, supplier=supplier.strip(), standing=wanted, after=after,
                limit=rows_per_page,
            )
            if own
            else None
        )  # fmt: skip
        return pages.page(
            request,
            "qualifications.html",
            own=own,
            rows=_rows(reading, found.rows) if found and own and asks(reading.reader, own) else (),
            next=found.next if found else None,
            filtered=bool(supplier.strip() or wanted),
            supplier=supplier,
            standing=wanted,
            standings=standings,
            held=_held(reading, own, now, held) if own else Own((), None),
            asked=[one for one in needs_of(view, own) if asks(reading.reader, one[0], own)]
            if own
            else (),
            organisation=organisation,
            firm=firm_names(view, choose(request)),
        )


def _rows(reading: Reading, found: Sequence[QualificationRow]) -> list[Row]:
    """With the fields that were shown, each verified."""
    return [
        Row(one, shown(reading.snapshot, reading.reader, one.found) if one.found else None)
        for one in found
    ]


def _held(reading: Reading, own: str, now: int, after: str) -> Own:
    rows = credentials(reading.view, own, "holder", now, after, rows_per_page + 1)
    more = len(rows) > rows_per_page
    shown = credentials_for(reading.reader, rows[:rows_per_page], own)
    return Own(shown, rows[rows_per_page - 1].credential if more else None)
