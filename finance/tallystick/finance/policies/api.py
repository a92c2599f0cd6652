"""HTTP: standing policies and conditions, for the organisation that signed them. Changes are signed entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.policies import views
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_After = Annotated[str | None, Query(max_length=700)]
_Organisation = Annotated[str | None, Query(max_length=255)]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}


class PolicyModel(BaseModel):
    """`used`: minor units issued under each cap: total, day <date>, supplier <handle>."""

    model_config = ConfigDict(frozen=True)

    name: str
    standing: str
    policy: dict[str, Any]
    used: dict[str, int]

    @classmethod
    def of(cls, view: views.PolicyView) -> PolicyModel:
        return cls(
            name=view.name, standing=view.standing, policy=dict(view.row), used=dict(view.used)
        )


class PoliciesModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    policies: list[PolicyModel]
    after: str | None


class ConditionsModel(BaseModel):
    """`conditions`: those in force, None while none were signed. `waivers`: texts on record, by name."""

    model_config = ConfigDict(frozen=True)

    conditions: dict[str, Any] | None
    waivers: dict[str, dict[str, Any]]


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/finance/v1", tags=["finance"], responses=_refusals)

    @routes.get("/policies", summary="Standing policies of an organisation")
    def listed(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> PoliciesModel:
        """Your own organisation's by default; those that were stopped or ended, too."""
        page = views.policies(reading, organisation, after, limit)
        return PoliciesModel(policies=[PolicyModel.of(row) for row in page.rows], after=page.after)

    @routes.get("/policies/{name:path}", summary="One standing policy")
    def one(
        name: Annotated[str, Path(max_length=300)], reading: Reading = Depends(reader)
    ) -> PolicyModel:
        return PolicyModel.of(views.policy(reading, name))

    @routes.get("/conditions", summary="What an organisation asks before its certificates live")
    def conditions(
        reading: Reading = Depends(reader), organisation: _Organisation = None
    ) -> ConditionsModel:
        mine = views.own(reading, organisation)
        found = views.conditions(reading, organisation)
        texts = {one.name: dict(one.row) for one in views.waivers(reading, mine)}
        return ConditionsModel(conditions=None if found is None else dict(found), waivers=texts)

    return routes
