"""What moves money beside the certificates' own life: insurance, advances and guarantees, as debits and credits.

A guarantee is no part of what it secures: what the bank paid is a claim of its own against the applicant. An advance is
repaid interest first, in money or in cents of a certificate (conversion), as `advances.owing` counts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, cast

from tallystick.finance.advances.facilities import parties as facility_parties
from tallystick.finance.books.accounts import Account, Sums, moved
from tallystick.finance.draft import Row, row
from tallystick.finance.guarantees.terms import parties as guarantee_parties
from tallystick.finance.reading.access import Reading, act_listed, certificate_listed
from tallystick.ledger import Accepted, View

_sides: Mapping[str, tuple[str, ...]] = {
    "facility": facility_parties,
    "guarantee": guarantee_parties,
}


class Beside(NamedTuple):
    """What an entry moves money for, where that is no certificate."""

    kind: str
    name: str


#: What an entry moves, on a certificate or beside it, by organisation.
Moves = Iterator[tuple[str | Beside, list[tuple[str, Sums]]]]


def listed(reading: Reading, what: str | Beside) -> bool:
    """Whether a posting on it is not kept from the reader by a grade that was raised since."""
    if isinstance(what, str):
        return certificate_listed(reading, what)
    found = _row(reading.view, *what)
    return act_listed(reading, *what, found, *(found[side] for side in _sides[what.kind]))


def converted(view: View, entry: Accepted, certificate: str) -> Moves:
    """Cents of a certificate that repaid advances in the entry by which the borrower accepted it."""
    for facility, value in view.group("conversion", certificate).items():
        found = cast(Row, value)
        told = _row(view, "advance-repayment", facility, f"{entry.index:012d} {certificate}")
        yield certificate, _repaid(found["borrower"], found["funder"], told, "receivable")


def _insured(view: View, _entry: Accepted, body: Row) -> Moves:
    found = _row(view, "insurance-claim", body["claim"])
    amount, late = body["amount_minor"], body.get("penalty_minor", 0)
    paid = moved("certificates-receivable", "bank", amount)
    paid.update(moved("penalty-expense", "bank", late))
    got = moved("bank", "certificates-receivable", amount)
    got.update(moved("bank", "penalty-income", late))
    yield found["certificate"], [(found["insurer"], paid), (found["insured"], got)]


def _advanced(view: View, _entry: Accepted, body: Row) -> Moves:
    name, amount = body["facility"], body["amount"]
    found, advance = _row(view, "facility", name), _row(view, "advance", name, body["advance"])
    lent = moved("advances-receivable", "bank", amount)
    owes = moved("accounts-payable", "advances-payable", amount)
    got = moved("bank", "accounts-receivable", amount)
    sides = [(found["funder"], lent), (found["borrower"], owes), (advance["supplier"], got)]
    yield Beside("facility", name), sides


def _advance_repaid(view: View, entry: Accepted, body: Row) -> Moves:
    name = body["facility"]
    found = _row(view, "facility", name)
    told = _row(view, "advance-repayment", name, f"{entry.index:012d}")
    yield Beside("facility", name), _repaid(found["borrower"], found["funder"], told, "bank")


def _repaid(borrower: str, funder: str, told: Row, by: str) -> list[tuple[str, Sums]]:
    """By the bank, or by a receivable that passes to the funder."""
    account: Account = "bank" if by == "bank" else "certificates-receivable"
    gave = moved("advances-payable", account, told["principal"])
    gave.update(moved("interest-expense", account, told["interest"]))
    took = moved(account, "advances-receivable", told["principal"])
    took.update(moved(account, "interest-income", told["interest"]))
    return [(borrower, gave), (funder, took)]


def _guaranteed(view: View, _entry: Accepted, body: Row) -> Moves:
    name, amount = body["guarantee"], body["amount"]
    found = _row(view, "guarantee", name)
    paid = moved("guarantees-receivable", "bank", amount)
    owes = moved("guarantee-compensation", "guarantees-payable", amount)
    got = moved("bank", "guarantee-compensation", amount)
    sides = [(found["bank"], paid), (found["applicant"], owes), (found["beneficiary"], got)]
    yield Beside("guarantee", name), sides


def _row(view: View, kind: str, name: str, part: str = "") -> Row:
    return row(view.get(kind, name, part)) or {}


steps: Mapping[str, Callable[[View, Accepted, Row], Moves]] = {
    "finance.insurance.paid/1": _insured,
    "finance.advance.paid/1": _advanced,
    "finance.advance.repaid/1": _advance_repaid,
    "finance.guarantee.paid/1": _guaranteed,
}
