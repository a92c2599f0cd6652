"""Charges and allowances on the head of an invoice (EN 16931 BG-20, BG-21), as UBL and CII say them."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pydantic import ValidationError

import tallystick.finance as finance
from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms import exact
from tallystick.app.documents.forms.xml import child, children, needed, said
from tallystick.app.imports.worth import round_half_up

ppm = 1_000_000


def of_ubl(root: Element, currency: str) -> tuple[finance.Charge, ...]:
    """`cac:AllowanceCharge` of a UBL document."""
    return tuple(_ubl(root, currency))


def of_cii(settlement: Element | None, currency: str) -> tuple[finance.Charge, ...]:
    """`SpecifiedTradeAllowanceCharge` of a CII settlement."""
    return tuple(_cii(settlement, currency))


def _ubl(root: Element, currency: str) -> Iterator[finance.Charge]:
    for one in children(root, "AllowanceCharge"):
        rate = said(one, "TaxCategory", "Percent")
        yield from _charge(
            needed(one, "ChargeIndicator"),
            needed(one, "Amount"),
            rate,
            said(one, "AllowanceChargeReason"),
            currency,
        )


def _cii(settlement: Element | None, currency: str) -> Iterator[finance.Charge]:
    for one in children(settlement, "SpecifiedTradeAllowanceCharge"):
        indicator = child(one, "ChargeIndicator")
        yield from _charge(
            said(indicator, "Indicator") or needed(indicator),
            needed(one, "ActualAmount"),
            said(one, "CategoryTradeTax", "RateApplicablePercent"),
            said(one, "Reason"),
            currency,
        )


def _charge(
    indicator: str, amount: str, rate: str, reason: str, currency: str
) -> Iterator[finance.Charge]:
    if indicator not in ("true", "false", "1", "0"):
        raise DocumentUnreadable(f"ChargeIndicator is {indicator[:20]!r}")
    net = exact.money(amount, currency, "Amount")
    if not net:
        return
    tax_ppm = exact.percent(rate, "Percent") if rate else 0
    kind = "charge" if indicator in ("true", "1") else "allowance"
    told = {"kind": kind, "net": net, "tax": round_half_up(net * tax_ppm, ppm)}
    try:
        yield finance.Charge.model_validate({**told, "reason": exact.words(reason) or None})
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise DocumentUnreadable(f"AllowanceCharge: {wrong['msg']}") from None
