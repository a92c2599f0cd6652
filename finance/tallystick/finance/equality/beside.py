"""Payments beside financing and maturity as the ledger has them: late interest, recourse, insurance, advances,
guarantees, sales between funders. What banks and payees said of them is in `said`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from tallystick.finance.draft import Row, row
from tallystick.finance.equality.report import Reports
from tallystick.ledger import View

_at_once = 1000


def of_certificate(view: View, reports: Reports, name: str, head: Row) -> None:
    """Late interest, sales, and what insurers paid on it."""
    end, currency = reports.entries, head["currency"]
    for value in view.group("late-payout", name).values():
        found = cast(Row, value)
        if found["index"] < end:
            reports.add((head["paying_bank"], currency), "late", ledger=found["amount"])
    for value in view.group("transfer", name).values():
        passed = cast(Row, value)
        if passed.get("sold") and passed["index"] < end:
            offer = row(view.get("offer", passed["offer"])) or {}
            reports.add((passed["to"], currency), "sold", ledger=offer["sale"]["price"])
    for claim in claims_paid(view, name, end):
        to = (claim["insurer"], currency)
        reports.add(to, "insured", ledger=claim["paid"] + claim["penalty"])


def claims_paid(view: View, name: str, end: int) -> Iterator[Row]:
    """Claims on a certificate that insurers had paid in front of an index."""
    for notice in view.group("dunning", name).values():
        told = cast(Row, notice)
        claim = row(view.get("insurance-claim", told["claim"])) if "claim" in told else None
        if claim is not None and claim.get("settled", end) < end:
            yield claim


def taken_over(claims: list[Row], lots: list[Row]) -> int:
    """Units of a financing that insurers hold since they paid for them."""
    return sum(
        max(0, min(lot["end"], taken["end"]) - max(lot["start"], taken["start"]))
        for claim in claims
        for taken in claim["taken"]
        for lot in lots
    )


def of_others(view: View, reports: Reports) -> None:
    """Of documents that stand beside certificates."""
    for name in _names(view, "facility"):
        _facility(view, reports, name)
    for name in _names(view, "guarantee"):
        found = row(view.get("guarantee", name)) or {}
        for value in view.group("guarantee-demand", name).values():
            demand = cast(Row, value)
            if demand["status"] == "paid" and demand["answered"] < reports.entries:
                to = (found["bank"], found["currency"])
                reports.add(to, "guaranteed", ledger=demand["amount"])
    if reports.whole:
        for name in _names(view, "recourse"):
            asked = row(view.get("recourse", name)) or {}
            head = row(view.get("certificate", asked["certificate"])) or {}
            reports.add((asked["holder"], head["currency"]), "recovered", ledger=asked["paid"])


def _facility(view: View, reports: Reports, name: str) -> None:
    found, end = row(view.get("facility", name)) or {}, reports.entries
    to = (found["funder"], found["currency"])
    for value in view.group("advance", name).values():
        advance = cast(Row, value)
        if advance["status"] == "paid" and advance["answered"] < end:
            reports.add(to, "advanced", ledger=advance["amount"])
        elif advance["status"] in ("paid", "instructed") and advance.get("instructed", end) < end:
            amount = advance["amount"]
            reports.add(to, "advanced", ledger=amount, because="in-payment", amount=amount)
    for value in view.group("advance-repayment", name).values():
        repaid = cast(Row, value)
        if repaid["index"] < end:
            amount = repaid["amount"]
            reports.add(to, "repaid", ledger=amount)
            if "certificate" in repaid:
                reports.add(to, "repaid", because="converted", amount=amount)


def _names(view: View, kind: str) -> Iterator[str]:
    after = ""
    while names := view.names(kind, after=after, limit=_at_once):
        yield from names
        after = names[-1]
