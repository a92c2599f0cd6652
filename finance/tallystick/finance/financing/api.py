"""HTTP: payments of financings, and the description of a receivable for the public register, for bank and seller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.financing.description import Language, described
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max
from tallystick.finance.reading.payment_views import PaymentView, payments_of

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_After = Annotated[str | None, Query(max_length=700)]
_Organisation = Annotated[str | None, Query(max_length=255)]


class PaymentModel(BaseModel):
    """One payment of a financing, in minor units. `silent`: nobody has said for two days what became of it. `final_on`:
    until when it can come back. `may`: entry types, without version, that the organisation may state of it now."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    quote: str
    certificate: str
    bank: str
    holder: str
    currency: str
    amount: int
    net: int
    status: str
    value_on: str
    due_on: str
    early: bool
    reference: str
    silent: bool
    final_on: str
    may: list[str]

    @classmethod
    def of(cls, view: PaymentView) -> PaymentModel:
        told = {name: getattr(view, name) for name in cls.model_fields if name != "may"}
        return cls(**told, may=sorted(view.may))


class PaymentsModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    payments: list[PaymentModel]
    after: str | None


class DescriptionModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    quote: str
    text: str


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get("/payments", summary="Payments of financings that wait for somebody's word")
    def payments(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> PaymentsModel:
        """Of a bank or a holder, by quote: what is to be sent, stated or received, or may still come back."""
        page = payments_of(reading, organisation, after, limit)
        return PaymentsModel(payments=[PaymentModel.of(one) for one in page.rows], after=page.after)

    @routes.get(
        "/quotes/{quote}/description", summary="Description of a receivable for the register"
    )
    def description(
        quote: Annotated[str, Path(max_length=64)],
        reading: Reading = Depends(reader),
        lang: Language = "zh",
    ) -> DescriptionModel:
        """Of an accepted quote: parties, contracts, invoices, certificate, amounts. The same quote, the same words."""
        return DescriptionModel(quote=quote, text=described(reading, quote, lang))
