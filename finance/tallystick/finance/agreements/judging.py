"""What contracts say of certificates: judged where an invoice is confirmed, and where units move.

- Confirmed: both parties agreed the contract of every order behind the invoice, each order was placed while its
  contract ran, and the due date is within the payment term. Goods ordered in time are paid for after the
  contract's end too.
- A ban on assignment (禁止转让) is fixed at issue: such a certificate is held to maturity by its original holder.
  Two parties may bar a claim for money from being assigned, which no third party need heed (Civil Code of the
  PRC, art. 545); here such an assignment is not made in the first place. A supplement that lifts the ban frees
  the units; one that bans later touches no certificate that was issued.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from tallystick.finance.agreements.contracts import require_agreed, require_running
from tallystick.finance.agreements.errors import AssignmentBanned, PaymentTermExceeded
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DateRefused
from tallystick.finance.money.dates import money_date
from tallystick.finance.trade.lines import line_name, line_part
from tallystick.ledger import State


def judge_confirmation(draft: Draft, body: Any) -> dict[str, Any]:
    """What of the contracts goes onto the certificate: their names, and whether one bans assignment."""
    invoice = draft.row("invoice", body.invoice) or {}
    found: dict[str, Row] = {}
    for number in sorted({line.line for line in body.lines}):
        line = draft.row("invoice-line", body.invoice, line_part(number))
        if line is None:
            continue
        order = draft.row("order", line["order"]) or {}
        name = order["contract"]
        contract = draft.row("contract", name) or {}
        require_agreed(contract, name)
        require_running(contract, name, order["ordered_on"])
        latest = _latest_due(draft, contract, invoice, line, body.zone)
        latest = _after_retention(draft, contract, body, number, latest)
        if latest is not None and body.due_on > latest:
            raise PaymentTermExceeded(f"line {number}: due by {latest}, not {body.due_on}")
        found[name] = contract
    banned = any(contract["assignment"] == "banned" for contract in found.values())
    return {"contracts": sorted(found), "assignment": "banned" if banned else "free"}


def require_assignable(state: State | Draft, certificate: Row, name: str) -> None:
    """Raises `AssignmentBanned`."""
    if certificate.get("assignment") != "banned":
        return
    for contract in certificate["contracts"]:
        found = state.get("contract", contract)
        if found is not None and found["assignment"] == "banned":
            raise AssignmentBanned(f"{name} rests on {contract}")


def day_after(day: str, days: int) -> str:
    """The money date so many days later; raises `DateRefused` beyond the calendar.

    >>> day_after("2026-02-27", 3)
    '2026-03-02'
    """
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        raise DateRefused(f"{days} days after {day}") from None


def _latest_due(draft: Draft, contract: Row, invoice: Row, line: Row, zone: str) -> str | None:
    """The last day of the payment term; None while nothing was received from which it would run."""
    if contract["payment_from"] == "invoice":
        # A date that is still to come when the invoice is put on record makes the term no longer.
        begins = min(invoice["invoiced_on"], money_date(invoice["time"], zone))
        return day_after(begins, contract["payment_days"])
    receipts = draft.rows("receipt", line_name(line["order"], line["order_line"])).values()
    days = list(_received_on(receipts, zone))
    return day_after(max(days), contract["payment_days"]) if days else None


def _after_retention(
    draft: Draft, contract: Row, body: Any, number: int, latest: str | None
) -> str | None:
    """What was retained is paid within the term from the end of the retention."""
    found = draft.row("retention", body.invoice, line_part(number))
    if latest is None or found is None or found["status"] != "ended":
        return latest
    ended = money_date(found["released_on"], body.zone)
    return max(latest, day_after(ended, contract["payment_days"]))


def _received_on(receipts: Iterable[Row], zone: str) -> Iterable[str]:
    return (money_date(receipt["event_time"], zone) for receipt in receipts)
