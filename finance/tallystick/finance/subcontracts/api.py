"""HTTP: subcontract orders, for their two firms. Materials and notes are signed entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max
from tallystick.finance.subcontracts import views

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_After = Annotated[str | None, Query(max_length=700)]
_Organisation = Annotated[str | None, Query(max_length=255)]
_Order = Annotated[str, Path(max_length=400)]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class MaterialModel(Model):
    """In 10^-`scale` of `unit`. The subcontractor answers for `balance`; `held` of it is lost above the agreed share,
    and `there` must lie with it."""

    item: str
    part: str
    unit: str
    scale: int
    loss_ppm: int
    issued: int
    returned: int
    used: int
    lost: int
    allowed: int
    held: int
    balance: int
    there: int
    uses: list[dict[str, Any]]

    @classmethod
    def of(cls, one: views.MaterialView) -> MaterialModel:
        found, row = one.balance, one.row
        stated = {name: row[name] for name in ("part", "unit", "scale", "loss_ppm")}
        return cls(
            item=one.item,
            **stated,
            **asdict(found),
            held=found.held,
            balance=found.balance,
            there=found.there,
            uses=[dict(use) for use in one.uses],
        )


class SubcontractModel(Model):
    order: str
    head: dict[str, Any]
    materials: list[MaterialModel]

    @classmethod
    def of(cls, view: views.SubcontractView) -> SubcontractModel:
        materials = [MaterialModel.of(one) for one in view.materials]
        return cls(order=view.order, head=dict(view.head), materials=materials)


class SubcontractsModel(Model):
    subcontracts: list[SubcontractModel]
    after: str | None


class NoteModel(Model):
    name: str
    note: dict[str, Any]


class NotesModel(Model):
    notes: list[NoteModel]
    after: str | None


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/finance/v1/subcontracts", tags=["finance"], responses=_refusals)

    @routes.get("", summary="Subcontract orders of an organisation")
    def listed(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> SubcontractsModel:
        found = views.subcontracts(reading, organisation, after, limit)
        rows = [SubcontractModel.of(one) for one in found.rows]
        return SubcontractsModel(subcontracts=rows, after=found.after)

    @routes.get("/{order:path}/notes", summary="What was issued, returned and lost under an order")
    def notes(
        order: _Order, reading: Reading = Depends(reader), after: _After = None, limit: _Limit = 50
    ) -> NotesModel:
        found = views.notes(reading, order, after, limit)
        rows = [NoteModel(name=one.name, note=dict(one.row)) for one in found.rows]
        return NotesModel(notes=rows, after=found.after)

    @routes.get("/{order:path}", summary="The buyer's material at the subcontractor of an order")
    def one(order: _Order, reading: Reading = Depends(reader)) -> SubcontractModel:
        return SubcontractModel.of(views.subcontract(reading, order))

    return routes
