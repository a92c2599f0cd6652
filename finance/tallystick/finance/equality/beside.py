"""Payments beside financing and maturity as the ledger has them: late interest, recourse, insurance, advances,
guarantees, sales between funders, ordinary payments of invoices. What banks and payees said of them is in `said`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from tallystick.finance.draft import Row, row
from tallystick.finance.equality.report import Reports
from tallystick.finance.ordinary.views import excess
from tallystick.ledger import View

_at_once = 1000


def claims_paid(view: View, end: int) -> dict[str, list[Row]]:
    """Claims that insurers had paid in front of an index, by certificate."""
    found: dict[str, list[Row]] = {}
    for name in _names(view, "dunning"):
        for notice in view.group("dunning", name).values():
            told = cast(Row, notice)
            claim = row(view.get("insurance-claim", told["claim"])) if "claim" in told else None
            if claim is not None and claim.get("settled", end) < end:
                found.setdefault(name, []).append(claim)
    return found


def taken_over(claims: list[Row], lots: list[Row]) -> int:
    """Units of a financing that insurers hold since they paid for them."""
    return sum(
        max(0, min(lot["end"], taken["end"]) - max(lot["start"], taken["start"]))
        for claim in claims
        for taken in claim["taken"]
        for lot in lots
    )


def of_others(view: View, reports: Reports, claims: dict[str, list[Row]]) -> None:
    """`claims`: of `claims_paid`."""
    for name, paid in claims.items():
        for claim in paid:
            to = (claim["insurer"], _head(view, name)["currency"])
            reports.add(to, "insured", ledger=claim["paid"] + claim["penalty"])
    for name in _names(view, "late-payout"):
        _late(view, reports, name)
    for name in _names(view, "transfer"):
        _sold(view, reports, name)
    for name in _names(view, "facility"):
        _facility(view, reports, name)
    for name in _names(view, "guarantee"):
        _guarantee(view, reports, name)
    for name in _names(view, "ordinary-payment"):
        _ordinary(view, reports, name)
    if reports.whole:
        for name in _names(view, "recourse"):
            asked = row(view.get("recourse", name)) or {}
            to = (asked["holder"], _head(view, asked["certificate"])["currency"])
            reports.add(to, "recovered", ledger=asked["paid"])


def _late(view: View, reports: Reports, name: str) -> None:
    head = _head(view, name)
    for value in view.group("late-payout", name).values():
        found = cast(Row, value)
        if found["index"] < reports.entries:
            to = (head["paying_bank"], head["currency"])
            reports.add(to, "late", ledger=found["amount"])


def _sold(view: View, reports: Reports, name: str) -> None:
    for value in view.group("transfer", name).values():
        passed = cast(Row, value)
        if passed.get("sold") and passed["index"] < reports.entries:
            offer = row(view.get("offer", passed["offer"])) or {}
            to = (passed["to"], _head(view, name)["currency"])
            reports.add(to, "sold", ledger=offer["sale"]["price"])


def _guarantee(view: View, reports: Reports, name: str) -> None:
    found = row(view.get("guarantee", name)) or {}
    for value in view.group("guarantee-demand", name).values():
        demand = cast(Row, value)
        if demand["status"] == "paid" and demand["answered"] < reports.entries:
            to = (found["bank"], found["currency"])
            reports.add(to, "guaranteed", ledger=demand["amount"])


def _ordinary(view: View, reports: Reports, name: str) -> None:
    """What was paid beside the certificate, and of it what nothing was left for."""
    rows = [cast(Row, value) for value in view.group("ordinary-payment", name).values()]
    end = reports.entries
    there = [
        one for one in rows if one["index"] < end and one.get("closed", {}).get("index", end) >= end
    ]
    if not there:
        return
    paid = sum(one["amount"] for one in there)
    twice, to = excess(view, name, paid), (there[0]["buyer"], there[0]["currency"])
    reports.add(to, "ordinary", ledger=paid - twice)
    reports.add(to, "ordinary", because="paid-twice", amount=-twice)


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


def _head(view: View, certificate: str) -> Row:
    return row(view.get("certificate", certificate)) or {}


def _names(view: View, kind: str) -> Iterator[str]:
    after = ""
    while names := view.names(kind, after=after, limit=_at_once):
        yield from names
        after = names[-1]
