"""HTTP: limits, for those who set them and the core whose they are. Changes are signed entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.limits import views
from tallystick.finance.limits.bodies import LimitKind
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_After = Annotated[str | None, Query(max_length=700)]
_Organisation = Annotated[str | None, Query(max_length=255)]


class LimitModel(BaseModel):
    """Minor units. `amount` and `free` are None where no limit is set, which is another thing than zero."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    kind: LimitKind
    whose: str
    subject: str
    currency: str
    amount: int | None
    used: int
    reserved: int
    free: int | None
    owner: str
    version: int
    members: list[str]


class LimitsModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    limits: list[LimitModel]
    after: str | None


class LimitVersionModel(BaseModel):
    """A limit as two persons set it; `version` without an amount: since then there is none."""

    model_config = ConfigDict(frozen=True)

    limit: str
    currency: str
    version: dict[str, Any]


class LimitVersionsModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    versions: list[LimitVersionModel]
    after: str | None


class LimitProposalsModel(BaseModel):
    """By the payload hash that an approval names."""

    model_config = ConfigDict(frozen=True)

    proposals: dict[str, dict[str, Any]]


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get("/limits", summary="Limits of an organisation, and what is used and reserved")
    def limits(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> LimitsModel:
        """A funder sees its own, a core its own, a node those that it set; nobody else sees any."""
        page = views.limits(reading, organisation, after, limit)
        return LimitsModel(
            limits=[LimitModel.model_validate(row) for row in page.rows], after=page.after
        )

    @routes.get("/limits/proposals", summary="Limits that wait for a second person")
    def proposals(
        reading: Reading = Depends(reader), organisation: _Organisation = None
    ) -> LimitProposalsModel:
        found = views.proposals(reading, organisation)
        return LimitProposalsModel(proposals={one.proposal: dict(one.row) for one in found})

    @routes.get("/limits/versions", summary="Limits as they were set, one after the other")
    def versions(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> LimitVersionsModel:
        page = views.versions(reading, organisation, after, limit)
        rows = [
            LimitVersionModel(limit=row.limit, currency=row.currency, version=dict(row.row))
            for row in page.rows
        ]
        return LimitVersionsModel(versions=rows, after=page.after)
