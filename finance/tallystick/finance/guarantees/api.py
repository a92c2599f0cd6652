"""HTTP: guarantees, for applicant, beneficiary and bank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.guarantees import views
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]


class GuaranteeModel(BaseModel):
    """`available`: minor units that can be demanded today."""

    model_config = ConfigDict(frozen=True)

    name: str
    guarantee: dict[str, Any]
    available: int
    amendments: dict[str, dict[str, Any]]
    demands: dict[str, dict[str, Any]]
    proposals: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, view: views.GuaranteeView) -> GuaranteeModel:
        return cls(
            name=view.name,
            guarantee=dict(view.row),
            available=view.available,
            amendments={part: dict(row) for part, row in view.amendments.items()},
            demands={part: dict(row) for part, row in view.demands.items()},
            proposals={name: dict(row) for name, row in view.proposals.items()},
        )


class GuaranteesModel(BaseModel):
    """A page of them."""

    model_config = ConfigDict(frozen=True)

    guarantees: list[GuaranteeModel]
    after: str | None


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get("/guarantees", summary="Guarantees of an organisation")
    def guarantees(
        reading: Reading = Depends(reader),
        organisation: Annotated[str | None, Query(max_length=255)] = None,
        after: Annotated[str | None, Query(max_length=700)] = None,
        limit: _Limit = 50,
    ) -> GuaranteesModel:
        """Those of which it is applicant, beneficiary or bank; your own organisation's by default."""
        page = views.guarantees(reading, organisation, after, limit)
        rows = [GuaranteeModel.of(row) for row in page.rows]
        return GuaranteesModel(guarantees=rows, after=page.after)

    @routes.get("/guarantees/{name:path}", summary="One guarantee")
    def guarantee(
        name: Annotated[str, Path(max_length=64)], reading: Reading = Depends(reader)
    ) -> GuaranteeModel:
        """Its terms, amendments and demands, for its three parties alone."""
        return GuaranteeModel.of(views.guarantee(reading, name))
