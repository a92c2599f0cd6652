"""HTTP: tenders and sealed bids, for the holder and the funders that were asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.bidding import views
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class CardModel(Model):
    """Bids of one funder: every sealed one is opened, lapsed, released, or still sealed."""

    sealed: int
    opened: int
    lapsed: int


class TenderModel(Model):
    """`order`: funders whose bids are open, the best first, as far as you may see them."""

    name: str
    tender: dict[str, Any]
    bids: dict[str, dict[str, Any]]
    order: list[str]
    confided: list[str]
    cards: dict[str, CardModel]

    @classmethod
    def of(cls, view: views.TenderView) -> TenderModel:
        bids = {funder: dict(bid) for funder, bid in view.bids.items()}
        return cls(
            name=view.name,
            tender=dict(view.row),
            bids=bids,
            order=list(view.order),
            confided=list(view.confided),
            cards={one: CardModel.model_validate(card) for one, card in view.cards.items()},
        )


class TendersModel(Model):
    tenders: list[TenderModel]
    after: str | None


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get("/tenders", summary="Tenders of an organisation")
    def tenders(
        reading: Reading = Depends(reader),
        organisation: Annotated[str | None, Query(max_length=255)] = None,
        after: Annotated[str | None, Query(max_length=700)] = None,
        limit: _Limit = 50,
    ) -> TendersModel:
        """Those that it opened, or in which it was asked for a bid; your own organisation's by default."""
        page = views.tenders(reading, organisation, after, limit)
        return TendersModel(tenders=[TenderModel.of(row) for row in page.rows], after=page.after)

    @routes.get("/tenders/{name:path}", summary="One tender")
    def tender(
        name: Annotated[str, Path(max_length=64)], reading: Reading = Depends(reader)
    ) -> TenderModel:
        """The holder sees all bids, a funder its own. Before the deadline nobody sees a rate."""
        return TenderModel.of(views.tender(reading, name))
