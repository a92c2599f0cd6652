"""Retention (质保金): the share of a claim that a contract lets the buyer keep until the goods have proved good.

It runs for the contract's `retention_days` from the last receipt that a confirmation took goods of. A block ends it;
two persons of the buyer may end it before. What is retained is confirmed after that, on the same goods.

    retention  <invoice>  part <line>: {until, receipts: [part], status: running | ended, released_on?, index}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.finance.trade.lines import line_name, line_part
from tallystick.ledger import Act

hours_a_day = 24
_kind = "retention"


def retention_of(draft: Draft, contract: Row, invoice: str, part: str) -> int:
    """The share of a line that is still retained, in parts per million."""
    share = int(contract.get("retention_ppm", 0))
    if not share:
        return 0
    found = draft.row(_kind, invoice, part)
    return 0 if found is not None and found["status"] == "ended" else share


def is_running(draft: Draft, invoice: str, part: str) -> bool:
    found = draft.row(_kind, invoice, part)
    return found is not None and found["status"] == "running"


def run(draft: Draft, invoice: str, part: str, line: Row, taken: Sequence[str]) -> None:
    """Let the retention of a line run from the last of the goods that were taken for it."""
    order = draft.row("order", line["order"]) or {}
    contract = draft.row("contract", order.get("contract", "")) or {}
    before = draft.row(_kind, invoice, part)
    if not contract.get("retention_ppm") or (before and before["status"] == "ended"):
        return
    name = line_name(line["order"], line["order_line"])
    days = int(contract.get("retention_days", 0))
    times = [(draft.row("receipt", name, receipt) or {})["event_time"] for receipt in taken]
    until = max((end_after(time, days * hours_a_day) for time in times), default="")
    receipts = list(taken)
    if before:
        unschedule(draft, before["until"], _kind, _scheduled(invoice, part))
        until = max(until, before["until"])
        receipts = [*dict.fromkeys([*before["receipts"], *taken])]
    draft.put(_kind, invoice, {"until": until, "receipts": receipts, "status": "running"}, part)
    schedule(draft, until, _kind, _scheduled(invoice, part))


def stop(draft: Draft, invoice: str, part: str) -> None:
    """A confirmation was undone, and nothing of the line is confirmed any more."""
    found = draft.row(_kind, invoice, part)
    if found is not None and found["status"] == "running":
        unschedule(draft, found["until"], _kind, _scheduled(invoice, part))
        draft.put(_kind, invoice, None, part)


def end(draft: Draft, scheduled: str, act: Act[Any]) -> None:
    """The step of a block at which a retention has run its time."""
    invoice, _, part = scheduled.rpartition(" ")
    found = draft.row(_kind, invoice, part)
    if found is not None and found["status"] == "running":
        finish(draft, invoice, part, act)


def finish(draft: Draft, invoice: str, part: str, act: Act[Any]) -> None:
    """Nothing of the line is retained any more."""
    found = draft.row(_kind, invoice, part) or {"receipts": [], "until": act.time}
    if found.get("status") == "running":
        unschedule(draft, found["until"], _kind, _scheduled(invoice, part))
    ended = {**found, "status": "ended", "released_on": act.time, "index": act.index}
    draft.put(_kind, invoice, ended, part)


def carried_by(draft: Draft, invoice: str, line: int) -> tuple[str, ...]:
    """The receipts on which money rests that is confirmed when a retention has ended."""
    found = draft.row(_kind, invoice, line_part(line))
    return () if found is None else tuple(found["receipts"])


def _scheduled(invoice: str, part: str) -> str:
    return f"{invoice} {part}"
