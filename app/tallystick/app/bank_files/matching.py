"""A bank's notification held against what waits: nothing that differs by a cent is ever proposed.

    matches     an entry is proposed, which whoever may sign it can say
    stated      it is on record already
    twice       another line of this file speaks of the same payment
    differs     amount, currency, account or day is another; `why` says which
    together    a payment at maturity whose others of the day are not all in this file: one entry states a day's payments
    pending     not booked
    reversal    a booking that was taken back, which a person looks into
    unknown     nothing waits for its reference

What an entry rests on is cut from the file (`excerpt`); its hex SHA-256 is the entry's evidence.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import tallystick.finance as finance
from tallystick.app.bank_files.camt import Booked, Notification
from tallystick.app.bank_files.waiting import Expected, Waiting
from tallystick.ledger import Body

State = Literal[
    "matches", "stated", "twice", "differs", "together", "pending", "reversal", "unknown"
]
states: tuple[State, ...] = get_args(State)
_reasons = {
    "account-closed": ("AC04", "AC05", "AC07"),
    "account-wrong": ("AC01", "AC02", "AC03", "AC06", "AC13", "AC14", "BE01", "BE04", "RC01", "RC04"),
    "payee-refused": ("CUST", "MD06", "MS02", "SL11", "SL12"),
    "no-funds": ("AM04",),
}  # fmt: skip
_reason_of = {code: reason for reason, codes in _reasons.items() for code in codes}


@dataclass(frozen=True, slots=True)
class Line:
    """One payment of the file, and what it comes to."""

    booked: Booked
    state: State
    why: str = ""
    what: str = ""
    target: str = ""

    def document(self) -> dict[str, Any]:
        told = {"state": self.state, "why": self.why, "what": self.what, "target": self.target}
        return {**self.booked.document(), **told}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry that lines of the file are evidence of. `record`: these lines, cut from the file."""

    type: str
    body: Body
    places: tuple[str, ...]
    record: bytes = field(repr=False)

    def document(self) -> dict[str, Any]:
        body = self.body.model_dump(mode="json", exclude_none=True)
        told = {"type": self.type, "body": body, "places": list(self.places)}
        return {**told, "record": base64.b64encode(self.record).decode()}


@dataclass(frozen=True, slots=True)
class Matched:
    lines: tuple[Line, ...]
    proposals: tuple[Proposal, ...]

    @property
    def counts(self) -> dict[State, int]:
        found = Counter(line.state for line in self.lines)
        return {state: found[state] for state in states if found[state]}


def matched(notification: Notification, waiting: Waiting) -> Matched:
    """Every line by its reference, in the order of the file."""
    taken: set[Expected] = set()
    lines: list[Line] = []
    fits: list[tuple[int, Expected]] = []
    for booked in notification.payments:
        line, expected = _line(booked, waiting, taken)
        if expected is not None:
            taken.add(expected)
            fits.append((len(lines), expected))
        lines.append(line)
    proposals: list[Proposal] = []
    days: defaultdict[finance.due.Run, list[tuple[int, Expected]]] = defaultdict(list)
    for position, expected in fits:
        if expected.run is not None:
            days[expected.run].append((position, expected))
        else:
            proposals += _proposed(notification, lines[position].booked, expected)
    wanted = Counter(one.run for many in waiting.values() for one in many if one.run in days)
    for run, found in days.items():
        if wanted[run] == len(found):
            proposals.append(_day(notification, [lines[place].booked for place, _ in found], run))
            continue
        missing = wanted[run] - len(found)
        for position, _ in found:
            why = f"{missing} more of {run.pays_on}"
            lines[position] = replace(lines[position], state="together", why=why)
    return Matched(tuple(lines), tuple(proposals))


def _line(booked: Booked, waiting: Waiting, taken: set[Expected]) -> tuple[Line, Expected | None]:
    if booked.booking != "BOOK":
        return Line(booked, "pending", booked.booking), None
    if booked.reversal:
        return Line(booked, "reversal"), None
    named = [name for name in (booked.reference, *booked.remittance) if name in waiting]
    if not named:
        return Line(booked, "unknown"), None
    back = bool(booked.returned)
    known = [one for one in waiting[named[0]] if (one.credit, one.back) == (booked.credit, back)]
    if not known:
        side = "credit" if booked.credit else "debit"
        return Line(booked, "differs", f"a {side}{' that came back' if back else ''}"), None
    told = [(one, _differs(booked, one)) for one in known]
    fitting = [one for one, why in told if not why]
    if not fitting:
        one, why = told[0]
        return Line(booked, "differs", why, one.what, one.target), None
    fresh = [one for one in fitting if one not in taken and one.what != "stated"]
    if fresh:
        return Line(booked, "matches", "", fresh[0].what, fresh[0].target), fresh[0]
    one = fitting[0]
    twice = any(another in taken for another in fitting)
    return Line(booked, "twice" if twice else "stated", "", one.what, one.target), None


def _differs(booked: Booked, one: Expected) -> str:
    """Why it is not this movement; empty if it is."""
    if booked.currency != one.currency:
        return f"currency: {booked.currency}, not {one.currency}"
    if booked.amount_minor != one.amount:
        said, right = (
            finance.format_amount(n, one.currency) for n in (booked.amount_minor, one.amount)
        )
        return f"amount: {said}, not {right}"
    for side, number, tail in (
        ("own", booked.account, one.own),
        ("other", booked.other, one.other),
    ):
        if number and tail and not number.upper().endswith(tail):
            return f"account: {side} ends in {number[-4:]}, not {tail}"
    if not booked.booked_on:
        return "day: the bank names none"
    if booked.booked_on < one.since:
        return f"day: {booked.booked_on}, before {one.since}"
    return ""


def _proposed(notification: Notification, booked: Booked, one: Expected) -> list[Proposal]:
    record, evidence = _record(notification, [booked])
    at = _at(booked, one.zone)
    if one.what == "disburse":
        told: Body = finance.Disburse(
            quote=one.target, amount_minor=one.amount, evidence=evidence, paid_at=at
        )
    elif one.what == "disburse.receive":
        told = finance.DisburseAnswer(quote=one.target, evidence=evidence)
    elif one.what == "disburse.return":
        told = finance.DisburseEnd(
            quote=one.target, reason=_reason(booked), evidence=evidence, at=at
        )
    elif one.what == "pay":
        told = finance.Pay(
            certificate=one.target, amount_minor=one.amount, evidence=evidence, paid_at=at
        )
    elif one.what == "pay.receive":
        payments = tuple(
            finance.Payment(certificate=name, index=index) for name, index, _ in one.payments
        )
        told = finance.Received(payee=one.payee, payments=payments, evidence=evidence)
    else:
        return _returned(notification, booked, one, at)
    return [Proposal(f"finance.{one.what}/1", told, (booked.place,), record)]


def _returned(notification: Notification, booked: Booked, one: Expected, at: str) -> list[Proposal]:
    """One entry for each certificate that the payment was for."""
    several = len(one.payments) > 1
    proposals: list[Proposal] = []
    for name, index, amount in one.payments:
        record, evidence = _record(notification, [booked], name if several else "")
        told = finance.Returned(
            payment=finance.Payment(certificate=name, index=index),
            payee=one.payee,
            amount_minor=amount,
            reason=_reason(booked),
            evidence=evidence,
            returned_at=at,
        )
        proposals.append(Proposal("finance.pay.return/1", told, (booked.place,), record))
    return proposals


def _day(notification: Notification, lines: Sequence[Booked], run: finance.due.Run) -> Proposal:
    """All that was to be paid on a day, paid when the last of it was booked."""
    last = max(lines, key=lambda one: (one.booked_on, one.booked_at))
    record, evidence = _record(notification, lines)
    body = finance.PayDue(
        issuer=run.issuer,
        currency=run.currency,
        pays_on=run.pays_on,
        amount_minor=sum(one.amount_minor for one in lines),
        evidence=evidence,
        paid_at=_at(last, "Asia/Shanghai"),
    )
    places = tuple(one.place for one in lines)
    return Proposal("finance.pay.due/1", body, places, record)


def _record(
    notification: Notification, lines: Sequence[Booked], certificate: str = ""
) -> tuple[bytes, str]:
    """What the lines come to, cut from the file, and its digest."""
    cut = notification.source.excerpt([one.place for one in lines], certificate)
    return cut, hashlib.sha256(cut).hexdigest()


def _at(booked: Booked, zone: str) -> str:
    """The bank's instant, or the beginning of its day."""
    return booked.booked_at or finance.day_start(booked.booked_on, zone)


def _reason(booked: Booked) -> Any:
    return _reason_of.get(booked.returned, "other")
