"""HTTP: order financing, for borrower and funder, and for the suppliers that are paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.advances import views
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_Mark = Annotated[str | None, Query(max_length=700)]
_Firm = Annotated[str | None, Query(max_length=255)]


class FacilityModel(BaseModel):
    """Minor units, as of today. `owed`: principal and interest together."""

    model_config = ConfigDict(frozen=True)

    name: str
    facility: dict[str, Any]
    milestone: str
    drawable: int
    unbought: int
    principal: int
    interest: int
    owed: int
    overdue: bool
    advances: dict[str, dict[str, Any]]
    repayments: dict[str, dict[str, Any]]
    proposals: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, view: views.FacilityView) -> FacilityModel:
        return cls(
            name=view.name,
            facility=dict(view.row),
            milestone=view.milestone,
            drawable=view.drawable,
            unbought=view.unbought,
            principal=view.owed.principal,
            interest=view.owed.interest,
            owed=view.owed.total,
            overdue=view.overdue,
            advances={part: dict(row) for part, row in view.advances.items()},
            repayments={part: dict(row) for part, row in view.repayments.items()},
            proposals={name: dict(row) for name, row in view.proposals.items()},
        )


class FacilitiesModel(BaseModel):
    """A page of them."""

    model_config = ConfigDict(frozen=True)

    facilities: list[FacilityModel]
    after: str | None


class AdvanceModel(BaseModel):
    """An advance that pays a supplier."""

    model_config = ConfigDict(frozen=True)

    facility: str
    name: str
    currency: str
    advance: dict[str, Any]


class AdvancesModel(BaseModel):
    """A page of them."""

    model_config = ConfigDict(frozen=True)

    advances: list[AdvanceModel]
    after: str | None


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get("/facilities", summary="Order financing of an organisation")
    def facilities(
        reading: Reading = Depends(reader),
        organisation: _Firm = None,
        after: _Mark = None,
        limit: _Limit = 50,
    ) -> FacilitiesModel:
        """Facilities under which it borrows or lends; your own organisation's by default."""
        page = views.facilities(reading, organisation, after, limit)
        rows = [FacilityModel.of(row) for row in page.rows]
        return FacilitiesModel(facilities=rows, after=page.after)

    @routes.get("/facilities/{name:path}", summary="One facility")
    def facility(
        name: Annotated[str, Path(max_length=64)], reading: Reading = Depends(reader)
    ) -> FacilityModel:
        """What can be drawn, what is owed, its advances and repayments, for borrower and funder alone."""
        return FacilityModel.of(views.facility(reading, name))

    @routes.get("/advances", summary="Advances that pay an organisation")
    def advances(
        reading: Reading = Depends(reader),
        organisation: _Firm = None,
        after: _Mark = None,
        limit: _Limit = 50,
    ) -> AdvancesModel:
        """As the supplier of a purchase, which may state that it was paid."""
        page = views.advances(reading, organisation, after, limit)
        rows = [
            AdvanceModel(
                facility=row.facility, name=row.name, currency=row.currency, advance=dict(row.row)
            )
            for row in page.rows
        ]
        return AdvancesModel(advances=rows, after=page.after)
