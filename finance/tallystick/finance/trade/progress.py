"""How far a despatch has come."""

from __future__ import annotations

from tallystick.finance.draft import Draft, Row


def present(line: Row) -> int:
    """Of an order or despatch line: received and not sent back."""
    return int(line["received"] - line["returned"] - line["rejected_returned"])


def close(draft: Draft, despatch: str) -> None:
    """Set the despatch's status from its lines: open, partial or closed."""
    lines = draft.rows("despatch-line", despatch).values()
    full = all(present(line) >= line["quantity"] for line in lines)
    some = any(line["received"] for line in lines)
    status = "closed" if full else "partial" if some else "open"
    draft.amend("despatch", despatch, status=status)
