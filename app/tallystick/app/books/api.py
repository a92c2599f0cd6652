"""HTTP: the journal of an organisation, and a funder's exposure, for themselves alone and whoever they share all with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.books import files

csv_type = "text/csv; charset=utf-8"
_Organisation = Annotated[str | None, Query(max_length=255)]
_Day = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
_Form = Literal["json", "csv"]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}


class JournalModel(BaseModel):
    """Postings by entry, each once; debits and credits in minor units, equal in each posting."""

    model_config = ConfigDict(frozen=True)

    organisation: str
    postings: list[dict[str, Any]]


class ExposureModel(BaseModel):
    """Minor units by currency; `by_core`, `by_group`, `by_supplier`: principal by handle (or code) and currency.

    `advances` and `advance_interest`: what is owed on advances until that day, which no limit counts.
    """

    model_config = ConfigDict(frozen=True)

    organisation: str
    on: str
    principal: dict[str, int]
    discount: dict[str, int]
    earned: dict[str, int]
    by_core: dict[str, dict[str, int]]
    by_group: dict[str, dict[str, int]]
    by_supplier: dict[str, dict[str, int]]
    advances: dict[str, int]
    advance_interest: dict[str, int]


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/finance/v1", tags=["finance"], responses=_refusals)

    @routes.get("/journal", summary="Journal lines for the books of an organisation")
    def journal(
        first: _Day,
        last: _Day,
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        form: _Form = "json",
    ) -> Any:
        """Whatever moved money, in double entry; the same days give the same file."""
        mine = finance.views.readable_organisation(reading, organisation)
        found = files.postings(reading, mine, first, last)
        if form == "csv":
            return _file(files.journal_csv(found), f"journal-{first}-{last}.csv")
        return JournalModel(organisation=mine, postings=[one.document() for one in found])

    @routes.get("/exposure", summary="What a funder holds: principal, discount, and what is earned")
    def held(
        on: _Day,
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        form: _Form = "json",
    ) -> Any:
        """As it holds now, with the discount that is earned until a day; as CSV each holding."""
        mine = finance.views.readable_organisation(reading, organisation)
        found = finance.books.exposure(reading, on, mine)
        if form == "csv":
            return _file(files.exposure_csv(found), f"exposure-{on}.csv")
        sums = finance.books.Exposure.empty()
        for one in found:
            sums.add(one)
        for lent in finance.books.lent(reading, on, mine):
            sums.lend(lent)
        return ExposureModel(
            organisation=mine,
            on=on,
            principal=sums.principal,
            discount=sums.discount,
            earned=sums.earned,
            by_core=_nested(sums.by_core),
            by_group=_nested(sums.by_group),
            by_supplier=_nested(sums.by_supplier),
            advances=sums.advances,
            advance_interest=sums.advance_interest,
        )

    return routes


def _file(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        text, media_type=csv_type, headers={**headers, "Cache-Control": "private, no-store"}
    )


def _nested(sums: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (name, currency), amount in sorted(sums.items()):
        found.setdefault(name, {})[currency] = amount
    return found
