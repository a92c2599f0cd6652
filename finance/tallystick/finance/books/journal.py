"""Journal lines of one organisation: double entry that follows from accepted entries, for its ERP to take in.

Each entry gives at most one posting, whose debits equal its credits; it is named by the entry's index, so that a file
that is taken in twice is known. Accounts are named, not numbered: the ERP knows its own chart.

    entry                           whose      debit                     credit
    certificate.accept (issued)     issuer     accounts-payable          certificates-payable
                                    holder     certificates-receivable   accounts-receivable
    transfer.accept                 giver      accounts-payable          certificates-receivable
                                    taker      certificates-receivable   accounts-receivable
    disburse (return: the reverse)  seller     bank, interest-expense    certificates-receivable
                                    funder     certificates-receivable   bank, unearned-interest
                                    payer      certificates-payable      bank, interest-income (of an early payment)
    interest.pay (return: the       issuer     interest-expense          bank
      reverse)                      funder     bank                      unearned-interest (of what the debtor bears)
    pay (return: the reverse)       issuer     certificates-payable      bank
                                    holder     bank                      certificates-receivable
    pay.late                        issuer     late-interest-expense     bank
                                    holder     bank                      late-interest-income
    recourse.receive                holder     bank                      certificates-receivable
                                    party      certificates-receivable   bank
    cancel.agree (cancelled)        issuer     certificates-payable      accounts-payable
                                    holder     accounts-receivable       certificates-receivable
    insurance.paid                  insurer    certificates-receivable, penalty-expense   bank
                                    insured    bank                      certificates-receivable, penalty-income
    advance.paid                    funder     advances-receivable       bank
                                    borrower   accounts-payable          advances-payable
                                    supplier   bank                      accounts-receivable
    advance.repaid                  borrower   advances-payable, interest-expense         bank
                                    funder     bank                      advances-receivable, interest-income
    certificate.accept (converted)  borrower, funder: as advance.repaid, with certificates-receivable instead of bank
    guarantee.paid                  bank       guarantees-receivable     bank
                                    applicant  guarantee-compensation    guarantees-payable
                                    beneficiary  bank                    guarantee-compensation

Of a sale between funders the other account is the bank's. What a pledgee is paid on units of somebody else stands with
both against pledge-proceeds: with the pledgee instead of certificates-receivable, with the holder instead of the bank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from tallystick.finance.books import beside
from tallystick.finance.books.accounts import Account, Sums, accounts, moved
from tallystick.finance.books.beside import Moves, converted, listed
from tallystick.finance.draft import Row, row
from tallystick.finance.money.dates import money_date
from tallystick.finance.reading.access import Reading, readable_organisation
from tallystick.ledger import Accepted, View


@dataclass(frozen=True, slots=True)
class Posting:
    """What one entry is in the books of one organisation. `lines`: debits above zero, credits below; together zero."""

    index: int
    day: str
    what: str
    certificates: tuple[str, ...]
    currency: str
    lines: tuple[tuple[Account, int], ...]

    def document(self) -> dict[str, Any]:
        lines = [
            {"account": account, "debit": max(0, amount), "credit": max(0, -amount)}
            for account, amount in self.lines
        ]
        head = {"entry": self.index, "day": self.day, "what": self.what}
        return {
            **head,
            "certificates": list(self.certificates),
            "currency": self.currency,
            "lines": lines,
        }


@dataclass(slots=True)
class _Made:
    """What an entry moves for an organisation, on which certificates; on none, where it is beside them."""

    sums: Sums
    certificates: list[str]

    def currency(self, view: View, body: Row) -> str:
        """What is paid beside certificates names its own."""
        if not self.certificates:
            return str(body["currency"])
        return str((row(view.get("certificate", self.certificates[0])) or {})["currency"])


def journal(reading: Reading, entries: Iterable[Accepted], organisation: str) -> Iterator[Posting]:
    """Of entries of `types`, in their order. Raises `NotReadable`.

    None where the organisation has no part in one, or only in a certificate that is kept from the reader.
    """
    return _postings(reading, entries, readable_organisation(reading, organisation))


def _postings(
    reading: Reading, entries: Iterable[Accepted], organisation: str
) -> Iterator[Posting]:
    view = reading.view
    for entry in entries:
        body = cast(Row, orjson.loads(entry.body))
        made = _made(reading, entry, body, organisation)
        lines: tuple[tuple[Account, int], ...] = tuple(
            (account, made.sums[account]) for account in accounts if made.sums[account]
        )
        if lines:
            names = tuple(dict.fromkeys(made.certificates))
            day, currency = money_date(entry.time), made.currency(view, body)
            yield Posting(entry.index, day, _what(entry.type), names, currency, lines)


def _what(entry_type: str) -> str:
    return entry_type.removeprefix("finance.").partition("/")[0]


def _made(reading: Reading, entry: Accepted, body: Row, whose: str) -> _Made:
    made = _Made(Counter(), [])
    for what, sides in _steps[entry.type](reading.view, entry, body):
        for side, sums in sides:
            if side == whose and listed(reading, what):
                made.certificates += [what] if isinstance(what, str) else []
                made.sums.update(sums)
    return made


def _issued(view: View, entry: Accepted, body: Row) -> Moves:
    found = _certificate(view, body["certificate"])
    face = found["face"]
    owed = moved("accounts-payable", "certificates-payable", face)
    held = moved("certificates-receivable", "accounts-receivable", face)
    yield body["certificate"], [(found["issuer"], owed), (found["holder"], held)]
    yield from converted(view, entry, body["certificate"])


def _cancelled(view: View, _entry: Accepted, body: Row) -> Moves:
    told = row(view.get("cancellation", body["cancellation"])) or {}
    found, amount = _certificate(view, told["certificate"]), told["amount"]
    owed = moved("certificates-payable", "accounts-payable", amount)
    held = moved("accounts-receivable", "certificates-receivable", amount)
    yield told["certificate"], [(found["issuer"], owed), (found["holder"], held)]


def _transferred(view: View, _entry: Accepted, body: Row) -> Moves:
    offer = row(view.get("offer", body["offer"])) or {}
    amount = offer["amount"]
    gave = moved("accounts-payable", "certificates-receivable", amount)
    took = moved("certificates-receivable", "accounts-receivable", amount)
    if "sale" in offer:
        price = offer["sale"]["price"]
        gave = moved("bank", "certificates-receivable", price)
        gave.update(moved("interest-expense", "certificates-receivable", amount - price))
        took = moved("certificates-receivable", "bank", price)
        took.update(moved("certificates-receivable", "unearned-interest", amount - price))
    yield offer["certificate"], [(offer["from"], gave), (offer["to"], took)]


def _disbursed(view: View, _entry: Accepted, body: Row, sign: int = 1) -> Moves:
    quote = row(view.get("quote", body["quote"])) or {}
    name = quote["certificate"]
    amount, net = (sign * quote[key] for key in ("amount", "net"))
    discount = amount - net
    sold: Sums = Counter({"bank": net, "interest-expense": discount})
    sold["certificates-receivable"] = -amount
    bought: Sums = Counter({"certificates-receivable": amount, "unearned-interest": -discount})
    if quote["bank"] == _certificate(view, name)["issuer"]:
        bought = Counter({"certificates-payable": amount, "interest-income": -discount})
    bought["bank"] = -net
    yield name, [(quote["holder"], sold), (quote["bank"], bought)]


def _disbursed_back(view: View, entry: Accepted, body: Row) -> Moves:
    yield from _disbursed(view, entry, body, -1)


def _interest(view: View, _entry: Accepted, body: Row, sign: int = 1) -> Moves:
    """The discount that the debtor bears, when it is paid: the seller has no part in it."""
    found = row(view.get("interest", body["quote"])) or {}
    amount = sign * found["amount"]
    paid, got = (
        moved("interest-expense", "bank", amount),
        moved("bank", "unearned-interest", amount),
    )
    yield found["certificate"], [(found["issuer"], paid), (found["bank"], got)]


def _interest_back(view: View, entry: Accepted, body: Row) -> Moves:
    yield from _interest(view, entry, body, -1)


def _paid(view: View, entry: Accepted, _body: Row) -> Moves:
    after: tuple[str, str] | None = None
    while found := view.find("payout-of-entry", f"{entry.index:012d}", after=after, limit=200):
        for one in found:
            issuer = _certificate(view, one.name)["issuer"]
            yield one.name, _settled(issuer, cast(Row, one.value))
        after = (found[-1].name, found[-1].part)


def _paid_back(view: View, _entry: Accepted, body: Row) -> Moves:
    name = body["payment"]["certificate"]
    part = f"{body['payment']['index']:012d} {body['payee']}"
    issuer, payout = _certificate(view, name)["issuer"], row(view.get("payout", name, part)) or {}
    yield name, _settled(issuer, payout, -1)


def _settled(issuer: str, payout: Row, sign: int = 1) -> list[tuple[str, Sums]]:
    """What a payout paid, by whose units they were: a pledgee is paid on those of others."""
    payee, amount = payout["holder"], sign * payout["amount"]
    sides = [(issuer, moved("certificates-payable", "bank", amount))]
    own: Counter[str] = Counter()
    for lot in payout["lots"]:
        own[lot["holder"]] += sign * (lot["end"] - lot["start"])
    for holder, units in own.items():
        if holder == payee:
            sides.append((payee, moved("bank", "certificates-receivable", units)))
        else:
            sides.append((payee, moved("bank", "pledge-proceeds", units)))
            sides.append((holder, moved("pledge-proceeds", "certificates-receivable", units)))
    return sides


def _paid_late(view: View, entry: Accepted, body: Row) -> Moves:
    name = body["certificate"]
    issuer = _certificate(view, name)["issuer"]
    yield name, [(issuer, moved("late-interest-expense", "bank", body["amount_minor"]))]
    for part, value in view.group("late-payout", name).items():
        if part.startswith(f"{entry.index:012d} "):
            told = cast(Row, value)
            got = moved("bank", "late-interest-income", told["amount"])
            yield name, [(told["holder"], got)]


def _recovered(view: View, _entry: Accepted, body: Row) -> Moves:
    asked, amount = row(view.get("recourse", body["demand"])) or {}, body["amount_minor"]
    got = moved("bank", "certificates-receivable", amount)
    paid = moved("certificates-receivable", "bank", amount)
    yield asked["certificate"], [(asked["holder"], got), (asked["party"], paid)]


def _certificate(view: View, name: str) -> Row:
    return row(view.get("certificate", name)) or {}


_steps: Mapping[str, Callable[[View, Accepted, Row], Moves]] = {
    "finance.certificate.accept/1": _issued,
    "finance.transfer.accept/1": _transferred,
    "finance.disburse/1": _disbursed,
    "finance.disburse.return/1": _disbursed_back,
    "finance.interest.pay/1": _interest,
    "finance.interest.return/1": _interest_back,
    "finance.pay/1": _paid,
    "finance.pay.due/1": _paid,
    "finance.pay.late/1": _paid_late,
    "finance.pay.return/1": _paid_back,
    "finance.recourse.receive/1": _recovered,
    "finance.cancel.agree/1": _cancelled,
    **beside.steps,
}
types = tuple(_steps)
