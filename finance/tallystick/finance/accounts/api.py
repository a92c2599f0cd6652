"""HTTP: bank accounts and payees, for those who own, keep or verify them. Changes are signed entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.accounts import views
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_After = Annotated[str | None, Query(max_length=700)]
_Organisation = Annotated[str | None, Query(max_length=255)]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class AccountModel(Model):
    """`shown` is all of the number that is not in the restricted attachment. `waiting`: answer, reveal or nothing."""

    name: str
    shown: str
    waiting: str
    account: dict[str, Any]

    @classmethod
    def of(cls, view: views.AccountView) -> AccountModel:
        return cls(name=view.name, shown=view.shown, waiting=view.waiting, account=dict(view.row))


class AccountsModel(Model):
    accounts: list[AccountModel]
    after: str | None


class PayeeModel(Model):
    """To which account is paid; `change`: what is on its way, from when, and by which rule."""

    organisation: str
    currency: str
    account: str
    shown: str
    change: dict[str, Any] | None


class PayeesModel(Model):
    payees: list[PayeeModel]


class ChangeModel(Model):
    proposal: str
    change: dict[str, Any]


class ChangesModel(Model):
    changes: list[ChangeModel]
    after: str | None


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/v1/accounts", tags=["accounts"], responses=_refusals)

    @routes.get("", summary="Bank accounts of an organisation")
    def listed(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> AccountsModel:
        """Those that it owns, keeps or verifies; your own organisation's by default."""
        page = views.accounts(reading, organisation, after, limit)
        return AccountsModel(accounts=[AccountModel.of(row) for row in page.rows], after=page.after)

    @routes.get("/payees", summary="To which accounts an organisation is paid")
    def payees(
        reading: Reading = Depends(reader), organisation: _Organisation = None
    ) -> PayeesModel:
        found = views.payees(reading, organisation)
        return PayeesModel(payees=[_payee(row) for row in found])

    @routes.get("/changes", summary="Changes of payee accounts")
    def changes(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> ChangesModel:
        """Proposed, approved, cancelled and in force: what its contacts are told of."""
        page = views.changes(reading, organisation, after, limit)
        rows = [ChangeModel(proposal=row.proposal, change=dict(row.row)) for row in page.rows]
        return ChangesModel(changes=rows, after=page.after)

    @routes.get("/{name:path}", summary="One bank account")
    def one(
        name: Annotated[str, Path(max_length=300)], reading: Reading = Depends(reader)
    ) -> AccountModel:
        return AccountModel.of(views.account(reading, name))

    return routes


def _payee(view: views.PayeeView) -> PayeeModel:
    change = view.row.get("change")
    return PayeeModel(
        organisation=view.organisation,
        currency=view.currency,
        account=str(view.row["account"]),
        shown=view.account.shown if view.account else "",
        change=None if change is None else dict(change),
    )
