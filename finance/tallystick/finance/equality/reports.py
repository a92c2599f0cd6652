"""The equality of one day: entries that speak of payments and registrations, held against the ledger's documents.

Both are gone through once and streamed; kept in memory is one small row for each financing that was ever instructed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from tallystick.finance.accounts.payees import claim_target
from tallystick.finance.calendars.payment import payment_date
from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.equality import beside
from tallystick.finance.equality.report import Reason, Report, Reports
from tallystick.finance.equality.said import Said, Sent, State, payer, said, types
from tallystick.finance.financing.disbursement import silence_days
from tallystick.finance.money.dates import days_between
from tallystick.finance.settlement.claims import payee, waits_because
from tallystick.identity import ledger_time
from tallystick.ledger import Accepted, View

__all__ = ["of_day", "types"]
names_at_once = 1000
#: Why nothing was financed by a payment that is registered.
_open: Mapping[State, Reason] = {
    "sent": "in-payment",
    "returned": "returned",
    "unpaid": "not-paid",
}
_instructed = ("paying", "financed", "returned", "unpaid")


def of_day(
    view: View, entries: Iterable[Accepted], day: str, end: int, *, last: bool
) -> list[Report]:
    """All banks together, then each. `entries`: all of `types`; `end`: the index behind those of the day.

    `last`: whether nothing was said since; then the books are counted as well.
    """
    told, reports = said(view, entries, end), Reports(day, end, whole=last)
    still_owed: dict[str, int] = {}
    insured = beside.claims_paid(view, end)
    for name in _certificates(view):
        head = row(view.get("certificate", name)) or {}
        if head.get("accepted", end) < end:
            _certificate(view, reports, told, name, head, insured.get(name, []), still_owed)
    beside.of_others(view, reports, insured)
    for to, amount in told.paid.items():
        reports.add(to, "paid", other=amount)
    for one in told.ordinary.values():
        if one.by:
            reports.add((one.buyer, one.currency), "ordinary", other=one.amount)
    for (line, whose, currency), amount in told.beside.items():
        if line != "recovered" or last:
            reports.add((whose, currency), line, other=amount)
    for quote in told.sent:
        _sent(view, reports, quote, told, still_owed.get(quote, 0))
    return reports.done()


def _certificates(view: View) -> Iterator[str]:
    after = ""
    while names := view.names("certificate", after=after, limit=names_at_once):
        yield from names
        after = names[-1]


def _certificate(
    view: View,
    reports: Reports,
    told: Said,
    name: str,
    head: Row,
    insured: list[Row],
    still_owed: dict[str, int],
) -> None:
    to, end = (head["paying_bank"], head["currency"]), reports.entries
    rows = (cast(Row, value) for value in view.group("payout", name).values())
    payouts = [payout for payout in rows if payout["index"] < end]
    stand = [one for one in payouts if one.get("returned", {"index": end})["index"] >= end]
    paid = sum(one["amount"] for one in stand)
    reports.add(to, "paid", ledger=paid)
    owes = head["face"] - head.get("cancelled", 0) - head.get("early", 0)
    pays_on = payment_date(view, name, head).on
    if pays_on <= reports.day:
        reports.add(to, "due", ledger=owes, other=paid)
        back = min(owes - paid, sum(one["amount"] for one in payouts) - paid)
        reports.add(to, "due", because="returned", amount=back)
        _late(view, reports, name, to, pays_on, owes - paid - back)
    if reports.whole:
        lots = (cast(Row, value) for value in view.group("holding", name).values())
        alive = (one for one in lots if one["state"] not in ("paid", "cancelled"))
        units = sum(one["end"] - one["start"] for one in alive)
        reports.add(to, "outstanding", ledger=units, other=owes - paid)
    _financings(view, reports, told, name, head["currency"], stand, insured, still_owed)


def _late(
    view: View, reports: Reports, name: str, to: tuple[str, str], pays_on: str, amount: int
) -> None:
    """What is owed still; of it what nothing may be paid on waits, and the rest is overdue behind the day."""
    if pays_on == reports.day:
        reports.add(to, "due", because="due-today", amount=amount)
    elif amount:
        waits = min(amount, _waiting(view, name, to[1]))
        reports.add(to, "due", because="waiting", amount=waits)
        reports.add(to, "due", because="overdue", amount=amount - waits)


def _waiting(view: View, name: str, currency: str) -> int:
    draft, now, found = Draft(view), ledger_time(view), 0
    for part, claim in draft.rows("claim", name).items():
        to = claim_target(draft, claim, payee(part, claim), currency, now)
        if waits_because(draft, part, claim, to):
            found += claim["due"] - claim["paid"]
    return found


def _financings(
    view: View,
    reports: Reports,
    told: Said,
    name: str,
    currency: str,
    stand: list[Row],
    insured: list[Row],
    still_owed: dict[str, int],
) -> None:
    """What financings of a certificate cost, and how much of each is still owed."""
    recovered = list(told.recovered.get(name, ()))
    for quote, value in view.group("financing", name).items():
        found = cast(Row, value)
        if found["index"] >= reports.entries:
            continue
        reports.add((found["bank"], currency), "disbursed", ledger=found["net"])
        if found.get("early"):
            continue
        lots = (lot for payout in stand for lot in payout["lots"] if lot["batch"] == quote)
        owed = found["amount"] - sum(lot["end"] - lot["start"] for lot in lots)
        owed -= beside.taken_over(insured, found["lots"]) if insured else 0
        for place, (holder, party, amount) in enumerate(recovered):
            if (holder, party) == (found["bank"], found["seller"]):
                taken = min(owed, amount)
                owed -= taken
                recovered[place] = (holder, party, amount - taken)
        still_owed[quote] = owed
        reports.add((found["bank"], currency), "registered", ledger=owed)


def _sent(view: View, reports: Reports, name: str, told: Said, owed: int) -> None:
    sent = told.sent[name]
    quote = row(view.get("quote", name)) or {}
    to = (quote["bank"], payer(view, quote["certificate"])[1])
    reports.add(to, "disbursed", other=sent.paid)
    if sent.back_since:
        reports.add(to, "disbursed", because="returned-since", amount=-sent.paid)
    net = quote["net"] if quote["status"] in _instructed else 0
    reports.add(to, "sent", ledger=net, other=sent.paid)
    if sent.state == "sent":
        silent = days_between(sent.on, reports.day) > silence_days
        why: Reason = "silent" if silent else "in-payment"
        reports.add(to, "sent", because=why, amount=quote["net"])
    elif sent.state != "paid":
        reports.add(to, "sent", because=_open[sent.state], amount=quote["net"])
    _registered(reports, to, quote["amount"], sent, owed)
    _interest(view, reports, name, to, told)


def _interest(view: View, reports: Reports, quote: str, to: tuple[str, str], told: Said) -> None:
    """What the debtor bears of a financing, as it stood at the end of the day."""
    found = row(view.get("interest", quote))
    until = [one for one in (found or {"history": []})["history"] if one["index"] < reports.entries]
    if found is None or not until:
        return
    owed = 0 if until[-1]["status"] in ("cancelled", "paid-back") else found["amount"]
    reports.add(to, "interest", ledger=owed, other=told.interest[quote])
    if until[-1]["status"] == "owed":
        why: Reason = "overdue" if found["due_on"] < reports.day else "due-today"
        reports.add(to, "interest", because=why, amount=owed)


def _registered(reports: Reports, to: tuple[str, str], amount: int, sent: Sent, owed: int) -> None:
    if sent.number and not sent.cancelled and sent.ends_on >= reports.day:
        reports.add(to, "registered", other=amount)
        reports.add(to, "registered", because=_more(sent, owed), amount=owed - amount)
    elif owed:
        why: Reason = "ended" if sent.number else "unregistered"
        why = "cancelled-early" if sent.cancelled else why
        reports.add(to, "registered", because=why, amount=owed)


def _more(sent: Sent, owed: int) -> Reason:
    """Why more is registered than is owed."""
    if sent.back_since:
        return "returned-since"
    if sent.state == "paid":
        return "repaid" if owed else "not-cancelled"
    return _open[sent.state]
