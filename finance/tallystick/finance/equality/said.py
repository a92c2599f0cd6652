"""What banks and payees said of payments and registrations: of the entries alone, whatever the ledger made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import orjson

from tallystick.finance.draft import Row, row
from tallystick.finance.equality.report import Name
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import speaker
from tallystick.ledger import Accepted, View

State = Literal["sent", "paid", "unpaid", "returned"]


@dataclass(slots=True)
class Sent:
    """A payment for a financing. `on`: since when nobody has said more of it. `back_since`: it came back behind the day."""

    state: State = "sent"
    on: str = ""
    paid: int = 0
    back_since: bool = False
    number: str = ""
    ends_on: str = ""
    cancelled: bool = False


@dataclass(slots=True)
class Ordinary:
    """An ordinary payment of an invoice, and who says that there is one."""

    buyer: str
    currency: str
    amount: int
    by: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Said:
    """`sent`: by quote. `interest`: by quote, what the debtor paid of it, less what came back. `paid`: at maturity, less
    what came back, by paying bank and currency. `recovered`: by certificate, what a holder was paid by whoever sold it
    with recourse, oldest first. `ordinary`: by invoice and reference. `beside`: by line, who paid (of recourse who was paid) and currency."""

    sent: dict[str, Sent] = field(default_factory=dict)
    paid: Counter[tuple[str, str]] = field(default_factory=Counter)
    interest: Counter[str] = field(default_factory=Counter)
    recovered: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    ordinary: dict[tuple[str, str], Ordinary] = field(default_factory=dict)
    beside: Counter[tuple[Name, str, str]] = field(default_factory=Counter)


def said(view: View, entries: Iterable[Accepted], end: int) -> Said:
    """Of entries of `types` in their order; those from index `end` on are behind the day."""
    found = Said()
    for entry in entries:
        body = cast(Row, orjson.loads(entry.body))
        if entry.index < end:
            _steps[entry.type](view, found, entry, body)
        elif entry.type == _returned and body["quote"] in found.sent:
            sent = found.sent[body["quote"]]
            sent.back_since = sent.back_since or sent.state == "paid"
    return found


def _instruct(_view: View, found: Said, entry: Accepted, body: Row) -> None:
    sent = found.sent.setdefault(body["quote"], Sent())
    sent.state, sent.on = "sent", money_date(entry.time)
    _register(sent, body.get("registration"))


def _disburse(_view: View, found: Said, _entry: Accepted, body: Row) -> None:
    sent = found.sent[body["quote"]]
    sent.state, sent.paid = "paid", body["amount_minor"]


def _fail(_view: View, found: Said, _entry: Accepted, body: Row) -> None:
    found.sent[body["quote"]].state = "unpaid"


def _send_back(_view: View, found: Said, entry: Accepted, body: Row) -> None:
    sent = found.sent[body["quote"]]
    sent.state, sent.on, sent.paid = "returned", money_date(entry.time), 0


def _renew(_view: View, found: Said, _entry: Accepted, body: Row) -> None:
    _register(found.sent[body["quote"]], body["registration"])


def _cancel(_view: View, found: Said, _entry: Accepted, body: Row) -> None:
    found.sent[body["quote"]].cancelled = True


def _register(sent: Sent, stated: Mapping[str, Any] | None) -> None:
    if stated is not None:
        sent.number, sent.ends_on = stated["number"], stated["ends_on"]


def _pay(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    found.paid[payer(view, body["certificate"])] += body["amount_minor"]


def _pay_due(view: View, found: Said, entry: Accepted, body: Row) -> None:
    bank = speaker(view, entry.author).organisation
    found.paid[bank, body["currency"]] += body["amount_minor"]


def _came_back(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    found.paid[payer(view, body["payment"]["certificate"])] -= body["amount_minor"]


def _recover(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    asked = row(view.get("recourse", body["demand"])) or {}
    told = (asked["holder"], asked["party"], body["amount_minor"])
    found.recovered.setdefault(asked["certificate"], []).append(told)
    currency = payer(view, asked["certificate"])[1]
    found.beside["recovered", asked["holder"], currency] += body["amount_minor"]


def _pay_late(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    found.beside["late", *payer(view, body["certificate"])] += body["amount_minor"]


def _sell(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    if "payment" not in body:
        return
    offer = row(view.get("offer", body["offer"])) or {}
    currency = payer(view, offer["certificate"])[1]
    found.beside["sold", offer["to"], currency] += offer["sale"]["price"]


def _insure(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    claim = row(view.get("insurance-claim", body["claim"])) or {}
    amount = body["amount_minor"] + body.get("penalty_minor", 0)
    found.beside["insured", claim["insurer"], body["currency"]] += amount


def _advance(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    _of_facility(view, found, "advanced", body)


def _repay(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    _of_facility(view, found, "repaid", body)


def _of_facility(view: View, found: Said, line: Name, body: Row) -> None:
    facility = row(view.get("facility", body["facility"])) or {}
    found.beside[line, facility["funder"], body["currency"]] += body["amount"]


def _guarantee(view: View, found: Said, _entry: Accepted, body: Row) -> None:
    bank = (row(view.get("guarantee", body["guarantee"])) or {})["bank"]
    found.beside["guaranteed", bank, body["currency"]] += body["amount"]


def _interest(_view: View, found: Said, _entry: Accepted, body: Row) -> None:
    found.interest[body["quote"]] += body["amount_minor"]


def _interest_back(_view: View, found: Said, _entry: Accepted, body: Row) -> None:
    found.interest[body["quote"]] = 0


def _ordinary(view: View, found: Said, entry: Accepted, body: Row) -> None:
    invoice = row(view.get("invoice", body["invoice"])) or {}
    told = Ordinary(invoice["buyer"], body["currency"], body["amount_minor"])
    one = found.ordinary.setdefault((body["invoice"], body["reference"]), told)
    one.by.add(speaker(view, entry.author).organisation)


def _close(view: View, found: Said, entry: Accepted, body: Row) -> None:
    one = found.ordinary[body["invoice"], body["reference"]]
    if body["how"] == "mistake":
        one.by.discard(speaker(view, entry.author).organisation)
    else:
        one.by.clear()


def payer(view: View, certificate: str) -> tuple[str, str]:
    """Paying bank and currency of a certificate."""
    found = row(view.get("certificate", certificate)) or {}
    return found["paying_bank"], found["currency"]


_returned = "finance.disburse.return/1"
_steps: Mapping[str, Callable[[View, Said, Accepted, Row], None]] = {
    "finance.instruct/1": _instruct,
    "finance.disburse/1": _disburse,
    "finance.disburse.fail/1": _fail,
    _returned: _send_back,
    "finance.registration.renew/1": _renew,
    "finance.registration.cancel/1": _cancel,
    "finance.interest.pay/1": _interest,
    "finance.interest.return/1": _interest_back,
    "finance.pay/1": _pay,
    "finance.pay.due/1": _pay_due,
    "finance.pay.return/1": _came_back,
    "finance.pay.late/1": _pay_late,
    "finance.recourse.receive/1": _recover,
    "finance.transfer.accept/1": _sell,
    "finance.insurance.paid/1": _insure,
    "finance.advance.paid/1": _advance,
    "finance.advance.repaid/1": _repay,
    "finance.guarantee.paid/1": _guarantee,
    "finance.ordinary.paid/1": _ordinary,
    "finance.ordinary.close/1": _close,
}
types = tuple(_steps)
