"""Insurance as JSON, over HTTP and in packs of claims."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from tallystick.finance.insurance import views


class CoverModel(BaseModel):
    """`debtors`: limit and minor units insured now, by debtor and currency."""

    model_config = ConfigDict(frozen=True)

    name: str
    cover: dict[str, Any]
    debtors: dict[str, dict[str, Any]]
    declarations: dict[str, dict[str, Any]]
    proposals: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, view: views.CoverView) -> CoverModel:
        return cls(
            name=view.name,
            cover=dict(view.row),
            debtors={part: dict(row) for part, row in view.debtors.items()},
            declarations={name: dict(row) for name, row in view.declarations.items()},
            proposals={name: dict(row) for name, row in view.proposals.items()},
        )


class CoversModel(BaseModel):
    """A page of them."""

    model_config = ConfigDict(frozen=True)

    covers: list[CoverModel]
    after: str | None


class NoticeModel(BaseModel):
    """`loss`: insured minor units that are unpaid; `insured`: the insured share of them. `due` and `penalty`: what the
    insurer is to pay on the claim, and owes because it is late. A debtor gets zeros, and no claim."""

    model_config = ConfigDict(frozen=True)

    name: str
    notice: dict[str, Any]
    loss: int
    insured: int
    claim: dict[str, Any] | None
    due: int
    penalty: int
    proposals: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, view: views.NoticeView) -> NoticeModel:
        return cls(
            name=view.name,
            notice=dict(view.row),
            loss=view.loss,
            insured=view.insured,
            claim=None if view.claim is None else dict(view.claim),
            due=view.due,
            penalty=view.penalty,
            proposals={name: dict(row) for name, row in view.proposals.items()},
        )


class NoticesModel(BaseModel):
    """A page of them."""

    model_config = ConfigDict(frozen=True)

    notices: list[NoticeModel]
    after: str | None
