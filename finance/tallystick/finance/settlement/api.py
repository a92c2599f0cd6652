"""HTTP: what is due, for debtors, their paying banks, and holders for their own lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max
from tallystick.finance.settlement import due
from tallystick.finance.trade.documents import Currency
from tallystick.ledger import Handle, MoneyDate

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_After = Annotated[str | None, Query(max_length=700)]
_Organisation = Annotated[str | None, Query(max_length=255)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class RunModel(_Model):
    issuer: str
    currency: str
    paying_bank: str
    pays_on: str


class RunsModel(_Model):
    runs: list[RunModel]
    after: str | None


class PartModel(_Model):
    """`units`: ranges [start, end) of the certificate's minor units."""

    certificate: str
    amount: int
    units: list[tuple[int, int]]


class InstructionModel(_Model):
    """One payment, in minor units. `account` is empty where none is on record.

    `held`: why nothing may go there now (frozen, paying, account-not-confirmed, account-closed, sanctions), or empty.
    `reference`: the payment's end-to-end identifier, by which a notification of the bank is known again.
    """

    run: RunModel
    holder: str
    account: str
    tail: str
    bank_code: str
    held: str
    reference: str
    amount: int
    parts: list[PartModel]


class OwedModel(_Model):
    owed: list[InstructionModel]
    after: str | None


class InstructionsModel(_Model):
    """`payable` and `held`: minor units of all instructions of the day, not of this page alone."""

    count: int
    payable: int
    held: int
    instructions: list[InstructionModel]
    after: str | None


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get(
        "/maturity", summary="Days on which an organisation has to pay, as debtor or as bank"
    )
    def runs(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> RunsModel:
        """Of certificates that are due and not settled, by debtor, currency, paying bank and day."""
        page = due.runs(reading, organisation, after, limit)
        return RunsModel(runs=[RunModel.model_validate(one) for one in page.rows], after=page.after)

    @routes.get("/maturity/owed", summary="What is due to an organisation, by certificate")
    def owed(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> OwedModel:
        page = due.owed_to(reading, organisation, after, limit)
        rows = [InstructionModel.model_validate(one) for one in page.rows]
        return OwedModel(owed=rows, after=page.after)

    @routes.get("/maturity/instructions", summary="One instruction for each holder and account")
    def instructions(
        issuer: Handle,
        currency: Currency,
        paying_bank: Handle,
        pays_on: MoneyDate,
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> InstructionsModel:
        """Of one day: all of them for debtor and paying bank, of a holder its own."""
        run = due.Run(issuer, currency, paying_bank, pays_on)
        found = due.instructions(reading, run, organisation)
        total, page = due.total(found), due.cut(found, after, limit)
        return InstructionsModel(
            count=total.instructions,
            payable=total.payable,
            held=total.held,
            instructions=[InstructionModel.model_validate(one) for one in page.rows],
            after=page.after,
        )
