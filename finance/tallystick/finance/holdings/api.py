"""HTTP: what a transfer would spend of splits, and freezes; how many freezes there are is for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.reading import hold_views
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import Page, page_rows_max
from tallystick.finance.schemas import HoldModel

#: A FastAPI dependency that says who reads, with or without something to close afterwards.
Reader = Callable[..., Reading] | Callable[..., Iterator[Reading]]
_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]


class PreviewModel(BaseModel):
    """What a transfer of `amount` would do to splits."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    rule: str
    holder: str
    amount: int
    free: int
    left: int
    costs: int
    goes_along: int
    keeps: int
    fragments: int
    fragments_max: int
    possible: bool
    whole: list[int]


class HoldsModel(BaseModel):
    """A page of them."""

    model_config = ConfigDict(frozen=True)

    holds: list[HoldModel]
    after: str | None

    @classmethod
    def of(cls, page: Page[hold_views.Hold]) -> HoldsModel:
        return cls(holds=[HoldModel.of(row) for row in page.rows], after=page.after)


class CountModel(BaseModel):
    """How many freezes were entered, extended and lifted, came to their end, and are in force."""

    entered: int
    extended: int
    lifted: int
    ended: int
    in_force: int


def add(routes: APIRouter, reader: Reader) -> None:
    """To be added before the routes of certificates, whose names hold `/`."""

    @routes.get("/certificates/{name:path}/splits")
    def splits(
        name: str,
        amount: Annotated[int, Query(gt=0)],
        reading: Reading = Depends(reader),
        holder: str | None = None,
    ) -> PreviewModel:
        """What moving so much would spend of the holder's splits, and what would go along."""
        return PreviewModel.model_validate(hold_views.preview(reading, name, amount, holder))

    @routes.get("/freezes/count")
    def count(reading: Reading = Depends(reader)) -> CountModel:
        """For everybody: how many, and nothing about whom."""
        return CountModel(**hold_views.freeze_count(reading.view))

    @routes.get("/freezes/proposals")
    def proposals(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        after: str | None = None,
        limit: _Limit = 50,
    ) -> HoldsModel:
        """What one person of a node proposed, for its second person."""
        return HoldsModel.of(hold_views.freeze_proposals(reading, organisation, after, limit))

    @routes.get("/freezes")
    def freezes(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        after: str | None = None,
        limit: _Limit = 50,
    ) -> HoldsModel:
        """Of a node those that its people entered; of anybody else those of its own units."""
        return HoldsModel.of(hold_views.freezes(reading, organisation, after, limit))
