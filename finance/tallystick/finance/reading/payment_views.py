"""Payments on which somebody's word is waited for, and who may say what of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tallystick.finance.accounts.rules import keeper
from tallystick.finance.draft import Row
from tallystick.finance.financing.disbursement import waits
from tallystick.finance.financing.quotes import pays_early
from tallystick.finance.reading.access import Reading, act_listed, readable_organisation
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.receivables.budgets import holdings_max
from tallystick.finance.receivables.certificates import issuer_in
from tallystick.ledger import View


@dataclass(frozen=True, slots=True)
class PaymentView:
    """The payment of a financing, `net` in minor units.

    `silent`: nobody has said for two days what became of it. `final_on`: until when it can come back. `may`: what the
    organisation may state of it now, as entry types without version.
    """

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
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class MaturityView:
    """What an organisation may state of a certificate that was due; amounts in minor units.

    `payouts`: payments to holders that are not final, with what may be said of each. `late`: late interest that is owed,
    for the paying bank. `parties`: whom a holder may ask for recourse. `demands`: its own that are not paid, by name,
    with what is left of them.
    """

    payouts: tuple[tuple[Row, frozenset[str]], ...]
    late: int
    parties: tuple[str, ...]
    demands: tuple[tuple[str, Row], ...]


def payments_of(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[PaymentView]:
    """Of a bank or a holder, by quote; of each what the organisation may state."""
    mine = readable_organisation(reading, organisation)
    found = page(reading.view, "quote-waiting", mine, after, limit)
    listed = ((one.name, cast(Row, one.value)) for one in found.rows)
    seen = ((name, row) for name, row in listed if _listed(reading, name, row))
    return Page(tuple(_payment(reading.view, name, row, mine) for name, row in seen), found.after)


def payments_on(reading: Reading, certificate: str, organisation: str) -> Iterator[PaymentView]:
    """Of one certificate: those that are the organisation's, or of which it may state something."""
    view = reading.view
    locking = view.find("quote-of-certificate", certificate, limit=holdings_max)
    names = dict.fromkeys([*(one.name for one in locking), *view.group("financing", certificate)])
    for name in names:
        row = cast("Row | None", view.get("quote", name))
        if row is None or not waits(row) or not _listed(reading, name, row):
            continue
        one = _payment(view, name, row, organisation)
        if one.may or organisation in (one.bank, one.holder):
            yield one


def maturity_on(reading: Reading, certificate: str, organisation: str) -> MaturityView:
    """Of a certificate whose head the reader may read."""
    view = reading.view
    head = cast(Row, view.get("certificate", certificate))
    arrears = cast(Row, view.get("arrears", certificate) or {"status": "", "late_due": 0})
    pays = organisation == head["paying_bank"]
    late = arrears["late_due"] - arrears.get("late_paid", 0) if pays else 0
    parties: tuple[str, ...] = ()
    if arrears["status"] == "default":
        parties = tuple(sorted(_standing_in(view, certificate, organisation)))
    return MaturityView(
        payouts=tuple(_payouts(view, certificate, organisation, pays)),
        late=late,
        parties=parties,
        demands=tuple(_demands(view, certificate, organisation)),
    )


def _payment(view: View, name: str, row: Row, organisation: str) -> PaymentView:
    head = cast(Row, view.get("certificate", row["certificate"]))
    return PaymentView(
        quote=name,
        certificate=row["certificate"],
        bank=row["bank"],
        holder=row["holder"],
        currency=head["currency"],
        amount=row["amount"],
        net=row["net"],
        status=row["status"],
        value_on=row["value_on"],
        due_on=row["due_on"],
        early=pays_early(row),
        reference=row.get("reference", ""),
        silent=bool(row.get("silent")),
        final_on=row.get("final_on", ""),
        may=frozenset(_may(view, row, head, organisation)),
    )


def _may(view: View, row: Row, head: Row, organisation: str) -> Iterator[str]:
    """As the rules of these entries ask (`financing.disbursement`)."""
    payer = head["paying_bank"] if pays_early(row) else row["bank"]
    keeps = organisation == keeper(view, row)
    receives, status = keeps or organisation == row["holder"], row["status"]
    if organisation == row["bank"] and status in ("accepted", "returned"):
        yield "finance.instruct"
    if status == "paying" and (receives or organisation == payer):
        yield "finance.disburse"
    if status in ("paying", "returned") and organisation == payer:
        yield "finance.disburse.fail"
    if status == "financed" and receives:
        yield "finance.disburse.receive"
    if status == "financed" and (keeps or organisation == payer):
        yield "finance.disburse.return"


def _payouts(
    view: View, name: str, organisation: str, pays: bool
) -> Iterator[tuple[Row, frozenset[str]]]:
    for value in view.group("payout", name).values():
        row = cast(Row, value)
        keeps = organisation == keeper(view, row)
        if (
            "final" in row
            or "returned" in row
            or not (keeps or pays or organisation == row["holder"])
        ):
            continue
        may = {"finance.pay.receive"} if keeps or organisation == row["holder"] else set[str]()
        yield row, frozenset(may | ({"finance.pay.return"} if keeps or pays else set()))


def _standing_in(view: View, name: str, holder: str) -> set[str]:
    lots = (cast(Row, one) for one in view.group("holding", name).values())
    return {lot["recourse"] for lot in lots if lot["holder"] == holder and lot.get("recourse")}


def _demands(view: View, name: str, holder: str) -> Iterator[tuple[str, Row]]:
    after: tuple[str, str] | None = None
    while found := view.find("recourse-of", holder, after=after, limit=holdings_max):
        for one in found:
            row = cast(Row, one.value)
            mine = row["certificate"] == name and row["holder"] == holder
            if mine and row["paid"] < row["amount"]:
                yield one.name, row
        after = (found[-1].name, found[-1].part)


def _listed(reading: Reading, name: str, row: Row) -> bool:
    sides = (row["bank"], row["holder"], issuer_in(str(row["certificate"])))
    return act_listed(reading, "quote", name, row, *sides)
