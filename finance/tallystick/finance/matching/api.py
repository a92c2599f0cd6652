"""HTTP: what waits in the match and why, one line with its quantities side by side, and the tolerances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.matching import views
from tallystick.finance.matching.views import Reason, Status
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max
from tallystick.finance.trade.match_reasons import releases

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_Number = Annotated[int, Path(ge=1, le=999_999)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class HeldLineModel(Model):
    """`waiting`: money that is neither confirmed, nor set off, nor confirmable now; `release`: what ends each reason."""

    invoice: str
    line: int
    buyer: str
    seller: str
    order: str
    order_line: int
    currency: str
    status: Status
    reasons: list[Reason]
    release: dict[str, str]
    gross: int
    confirmed: int
    confirmable: int
    set_off: int
    waiting: int
    retained: int
    policy: int

    @classmethod
    def of(cls, found: views.HeldLine) -> HeldLineModel:
        match, row = found.match, found.row
        return cls(
            invoice=found.invoice,
            line=match.line,
            buyer=row["buyer"],
            seller=row["seller"],
            order=row["order"],
            order_line=row["order_line"],
            currency=found.head["currency"],
            status=match.status,
            reasons=list(match.reasons),
            release={reason: releases[reason] for reason in match.reasons},
            gross=match.gross,
            confirmed=match.confirmed,
            confirmable=match.confirmable,
            set_off=match.set_off,
            waiting=match.waiting,
            retained=match.retained,
            policy=found.policy,
        )


class HeldLinesModel(Model):
    """A page; with `after` there is more, even where no line stands on this one."""

    lines: list[HeldLineModel]
    after: str | None


class TallyModel(Model):
    """Lines by status and reason, money by currency; `more`: others were not counted."""

    lines: int
    more: bool
    statuses: dict[str, int]
    reasons: dict[str, int]
    confirmable: dict[str, int]
    waiting: dict[str, int]


class SidesModel(Model):
    """Quantities in 10^-`scale` of `unit`."""

    unit: str
    scale: int
    ordered: int
    despatched: int
    received: int
    rejected: int
    returned: int
    accepted: int
    invoiced: int
    credited: int
    confirmed: int


class OneLineModel(Model):
    """One line. `net` and `tax` are of `confirmable`; `excess`: what is asked above the order's terms; `missing`: billed
    and not accepted; `until`: when the retention ends, as far as it runs. Certificates on credited invoices of the
    order line carry `carried` of the quantity and hold `set_off` of the money. `limit`, `let_pass` and `asked`: the buyer's.
    """

    invoice: str
    line: int
    currency: str
    order: str
    order_line: int
    status: Status
    reasons: list[Reason]
    release: dict[str, str]
    quantities: SidesModel
    billable: int
    carried: int
    short: int
    missing: int
    missing_worth: int
    price_ordered: dict[str, int]
    price_invoiced: dict[str, int]
    price: dict[str, int]
    tax_ppm: int
    gross: int
    confirmed: int
    confirmable: int
    net: int
    tax: int
    set_off: int
    waiting: int
    excess: int
    retained: int
    until: str | None
    policy: int
    limit: int | None
    let_pass: dict[str, Any] | None
    asked: list[str]

    @classmethod
    def of(cls, view: views.LineView) -> OneLineModel:
        match, row = view.match, view.row
        running = view.retention or {}
        return cls(
            invoice=view.invoice,
            line=match.line,
            currency=view.head["currency"],
            order=row["order"],
            order_line=row["order_line"],
            status=match.status,
            reasons=list(match.reasons),
            release={reason: releases[reason] for reason in match.reasons},
            quantities=SidesModel.model_validate(view.sides),
            billable=match.billable,
            carried=match.carried,
            short=match.short,
            missing=view.missing,
            missing_worth=view.missing_worth,
            price_ordered=view.ordered["price"],
            price_invoiced=row["price"],
            price=match.price.model_dump(),
            tax_ppm=match.tax_ppm,
            gross=match.gross,
            confirmed=match.confirmed,
            confirmable=match.confirmable,
            net=match.net,
            tax=match.tax,
            set_off=match.set_off,
            waiting=match.waiting,
            excess=match.excess,
            retained=match.retained,
            until=running["until"] if running.get("status") == "running" else None,
            policy=view.version,
            limit=None if view.policy is None else view.policy.release_minor,
            let_pass=None if view.release is None else dict(view.release),
            asked=[ask.proposal for ask in view.asks],
        )


class TolerancesModel(Model):
    """What is in force by currency, what two persons still have to agree on, and what holds where nothing is set."""

    organisation: str
    current: list[dict[str, Any]]
    proposed: list[dict[str, Any]]
    otherwise: dict[str, Any]


class VersionsModel(Model):
    versions: list[dict[str, Any]]
    after: str | None


def add(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """The routes of the match."""
    _add_lines(routes, reader)
    _add_tolerances(routes, reader)


def _add_lines(routes: APIRouter, reader: Callable[..., Any]) -> None:
    @routes.get("/matching")
    def matching(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        reason: Reason | None = None,
        status: Status | None = None,
        after: str | None = None,
        limit: _Limit = 50,
    ) -> HeldLinesModel:
        """Invoice lines that are not confirmed whole: why, and what would release them."""
        found = views.held_lines(
            reading, organisation, reason=reason, status=status, after=after, limit=limit
        )
        return HeldLinesModel(
            lines=[HeldLineModel.of(line) for line in found.rows], after=found.after
        )

    @routes.get("/matching/counts")
    def counts(reading: Reading = Depends(reader), organisation: str | None = None) -> TallyModel:
        """How many lines wait for each reason."""
        return TallyModel.model_validate(views.tally(reading, organisation))

    @routes.get("/invoices/{name:path}/match/{line}")
    def line(name: str, line: _Number, reading: Reading = Depends(reader)) -> OneLineModel:
        """One line with what was ordered, received, accepted, returned, invoiced and credited side by side."""
        return OneLineModel.of(views.one_line(reading, name, line))


def _add_tolerances(routes: APIRouter, reader: Callable[..., Any]) -> None:
    @routes.get("/tolerances")
    def tolerances(
        reading: Reading = Depends(reader), organisation: str | None = None
    ) -> TolerancesModel:
        """Of one's own organisation."""
        found = views.tolerances_of(reading, organisation)
        return TolerancesModel(
            organisation=found.organisation,
            current=[dict(one.row) for one in found.current],
            proposed=[{"proposal": one.proposal, **one.row} for one in found.proposed],
            otherwise=asdict(found.otherwise),
        )

    @routes.get("/tolerances/versions")
    def versions(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        after: str | None = None,
        limit: _Limit = 50,
    ) -> VersionsModel:
        """Every version that was ever in force, from the index of its approval on."""
        found = views.tolerance_versions(reading, organisation, after, limit)
        return VersionsModel(versions=[dict(one.row) for one in found.rows], after=found.after)
