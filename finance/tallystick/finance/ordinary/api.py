"""HTTP: ordinary payments of invoices that something stands for, for buyer, seller and paying bank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.ordinary import views
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]


class OrdinaryModel(BaseModel):
    """One invoice; amounts in minor units. `excess`: what was paid too much, with what certificates and transfers stand
    for. `payments`: by reference, with who stated each, and what became of it."""

    model_config = ConfigDict(frozen=True)

    invoice: str
    buyer: str
    seller: str
    currency: str
    gross: int
    certified: int
    paid: int
    excess: int
    payments: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, view: views.OrdinaryView) -> OrdinaryModel:
        told = {name: getattr(view, name) for name in cls.model_fields if name != "payments"}
        return cls(**told, payments={part: dict(row) for part, row in view.payments.items()})


class OrdinariesModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    invoices: list[OrdinaryModel]
    after: str | None


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get("/ordinary-payments", summary="Invoices that were paid beside what stands for them")
    def ordinary_payments(
        reading: Reading = Depends(reader),
        organisation: Annotated[str | None, Query(max_length=255)] = None,
        after: Annotated[str | None, Query(max_length=700)] = None,
        limit: _Limit = 50,
    ) -> OrdinariesModel:
        """Of an organisation as buyer, seller or paying bank, by invoice; exceptions have an `excess`."""
        page = views.ordinary_payments(reading, organisation, after, limit)
        return OrdinariesModel(
            invoices=[OrdinaryModel.of(one) for one in page.rows], after=page.after
        )
