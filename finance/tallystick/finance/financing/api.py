"""HTTP: the description of a receivable for the public register, for the bank that finances it and its seller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict

from tallystick.finance.financing.description import Language, described
from tallystick.finance.reading.access import Reading


class DescriptionModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    quote: str
    text: str


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

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
