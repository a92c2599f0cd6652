"""Lines of trade documents: their names, and with which counters an order line begins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.finance.draft import Row
from tallystick.finance.errors import DocumentWrong

signed = "signed"
document_only = "document-only"
progress = {
    "received": 0,
    "rejected": 0,
    "returned": 0,
    "rejected_returned": 0,
}


def line_part(line: int) -> str:
    """Part of a line's document: sorts as the number does."""
    return f"{line:06d}"


def line_name(order: str, line: int) -> str:
    """Name under which everything about one order line is grouped."""
    return f"{order}#{line}"


def fresh_line(told: Row) -> Row:
    """An order line of which nothing has happened yet."""
    return {**told, **progress, "consumed": 0, "despatched": 0}


def check_once(values: Iterable[Any], what: str) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise DocumentWrong(f"{what} {value} is listed twice")
        seen.add(value)
