"""Standing policies, conditions and waivers as their readers see them, and the payment clock of a certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.money.dates import days_between, money_date
from tallystick.finance.reading.access import (
    Reading,
    act_listed,
    readable_certificate,
    seen_certificate,
)
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.trade.lines import line_name
from tallystick.identity import ledger_time
from tallystick.ledger import View

#: 保障中小企业款项支付条例 (State Council Decree 802, in force 2025-06-01): within 60 days from delivery.
payment_days_by_law = 60


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy, what was issued under it by cap, and whether it is in force: in-force, stopped or ended."""

    name: str
    row: Row
    standing: str
    used: Mapping[str, int]
    today: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What waits for a second person; by its payload hash."""

    name: str
    row: Row


@dataclass(frozen=True, slots=True)
class Clock:
    """Days of payment counted from the scanned delivery, the last one behind a certificate.

    `term`: from it to the due date. `passed`: from it to now, or to the settlement's day. `late`: the term is longer
    than the law allows small suppliers.
    """

    delivered_on: str
    due_on: str
    term: int
    passed: int
    contract_days: int | None
    late: bool


def policies(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 25
) -> Page[PolicyView]:
    """Of an organisation, those that ended too."""
    mine = own(reading, organisation)
    found = page(reading.view, "standing-policy-of", mine, after, limit)
    now = ledger_time(reading.view)
    rows = ((one.name, cast(Row, one.value)) for one in found.rows)
    shown = (one for one in rows if _listed(reading, "standing-policy", *one))
    return Page(tuple(_policy(reading.view, *one, now) for one in shown), found.after)


def policy(reading: Reading, name: str) -> PolicyView:
    """Raises `NotReadable`."""
    row = cast("Row | None", reading.view.get("standing-policy", name))
    told = row or {"organisation": ""}
    may = reading.reader.may_read("parties", (told["organisation"],))
    if row is None or not may or not _listed(reading, "standing-policy", name, row):
        raise NotReadable(name)
    return _policy(reading.view, name, row, ledger_time(reading.view))


def proposals(reading: Reading, kind: str, organisation: str | None = None) -> tuple[Proposal, ...]:
    """Open proposals of policies (`policy`) or conditions (`conditions`)."""
    mine = own(reading, organisation)
    found = page(reading.view, f"{kind}-proposal-of", mine, None, 100)
    rows = (Proposal(one.name, cast(Row, one.value)) for one in found.rows)
    return tuple(
        one
        for one in rows
        if one.row["status"] == "open" and _listed(reading, f"{kind}-proposal", one.name, one.row)
    )


def conditions(reading: Reading, organisation: str | None = None) -> Row | None:
    """What holds for certificates issued now; None while nothing was ever signed."""
    mine = own(reading, organisation)
    found = cast("Row | None", reading.view.get("conditions", mine))
    told = {"organisation": mine}
    return found if _listed(reading, "conditions", mine, told) else None


def waivers(reading: Reading, organisation: str) -> tuple[Proposal, ...]:
    """Texts that an organisation registered; anybody may read them."""
    found = page(reading.view, "waiver-of", organisation, None, 100)
    rows = (Proposal(one.name, cast(Row, one.value)) for one in found.rows)
    return tuple(one for one in rows if _listed(reading, "waiver", one.name, one.row))


def waiver(view: View, name: str) -> Row | None:
    return cast("Row | None", view.get("waiver", name))


def acknowledgements(reading: Reading, certificate: str) -> Mapping[int, Row]:
    """By the index of the assignment whose notice the debtor has."""
    head = readable_certificate(reading, certificate)
    if not act_listed(reading, "acknowledgement", certificate, head, head["issuer"]):
        return {}
    rows = cast(Mapping[str, Row], reading.view.group("acknowledgement", certificate))
    return {int(part): row for part, row in rows.items()}


def clock(reading: Reading, certificate: str) -> Clock | None:
    """None where nothing was scanned. Raises `NotReadable`."""
    head, seen = seen_certificate(reading, certificate)
    if not seen.whole:
        return None
    backing = cast(Mapping[str, Row], reading.view.group("backing", certificate)).values()
    lines = {
        (line_name(row["order"], row["order_line"]), used["part"])
        for row in backing
        for used in row["receipts"]
    }
    return _clock(reading.view, head, lines, head["due_on"], _paid_at(reading.view, certificate))


def clock_of_invoice(reading: Reading, invoice: str, zone: str = "Asia/Shanghai") -> Clock | None:
    """Of goods that are not confirmed yet: how long ago they were scanned in. For who may read the invoice."""
    view = reading.view
    head = cast("Row | None", view.get("invoice", invoice))
    if head is None or not reading.reader.may_read("parties", (head["buyer"], head["seller"])):
        raise NotReadable(invoice)
    rows = cast(Mapping[str, Row], view.group("invoice-line", invoice)).values()
    names = {line_name(row["order"], row["order_line"]) for row in rows}
    lines = {(name, part) for name in names for part in view.group("receipt", name)}
    return _clock(view, {"zone": zone, "contracts": []}, lines, "")


def _paid_at(view: View, certificate: str) -> str:
    """The last payout, empty while none was made."""
    rows = cast(Mapping[str, Row], view.group("payout", certificate)).values()
    return max((str(row["paid_at"]) for row in rows), default="")


def _clock(
    view: View, head: Row, lines: set[tuple[str, str]], due_on: str, paid_at: str = ""
) -> Clock | None:
    delivered = max(_delivered(view, head["zone"], lines), default=None)
    if delivered is None:
        return None
    settled = head.get("status") == "settled"
    until = paid_at if settled and paid_at else ledger_time(view)
    passed = max(0, days_between(delivered, money_date(until, head["zone"])))
    term = days_between(delivered, due_on) if due_on else passed
    named = [cast(Row, view.get("contract", name) or {}) for name in head.get("contracts", ())]
    days = [row["payment_days"] for row in named if "payment_days" in row]
    late = term > payment_days_by_law
    return Clock(delivered, due_on, term, passed, min(days, default=None), late)


def _delivered(view: View, zone: str, lines: set[tuple[str, str]]) -> Iterator[str]:
    for name, part in lines:
        row = cast("Row | None", view.get("receipt", name, part))
        if row is not None and row["evidence"] == "device":
            yield money_date(row["event_time"], zone)


def own(reading: Reading, organisation: str | None) -> str:
    """One's own, or for an auditor anybody's: what an organisation lets its software do is shared with nobody."""
    asked = reading.reader.lists_of(organisation)
    if asked is None:
        raise NotReadable(organisation or "")
    return asked


def _listed(reading: Reading, kind: str, name: str, row: Mapping[str, object]) -> bool:
    return act_listed(reading, kind, name, row, row["organisation"])


def _policy(view: View, name: str, row: Row, now: str) -> PolicyView:
    used = cast(Mapping[str, Row], view.group("policy-use", name))
    today = money_date(now, row["zone"])
    ended = row["status"] == "in-force" and today > row["until"]
    amounts = {part: int(found["amount"]) for part, found in used.items()}
    standing = "ended" if ended else row["status"]
    return PolicyView(name, row, standing, amounts, amounts.get(f"day {today}", 0))
