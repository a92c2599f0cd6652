"""Statements as their two firms read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from tallystick.finance.draft import Row, row
from tallystick.finance.reading.access import (
    Reading,
    readable_document,
    readable_organisation,
    still_listed,
)
from tallystick.finance.reading.pages import Page, page
from tallystick.finance.statements.bodies import StatementPropose
from tallystick.finance.statements.drafting import billable, cut_off_of, proposal
from tallystick.finance.statements.errors import StatementsNotUsed
from tallystick.finance.statements.lines import StatementLine
from tallystick.finance.statements.settling import credits_of
from tallystick.finance.trade.documents import Credit
from tallystick.finance.trade.lines import line_name, line_part
from tallystick.ledger import View

statement_page_lines_max = 500
Which = Literal["all", "waiting", "to-bill"]
Show = Literal["all", "open", "agreed", "disputed", "differing"]
_indexes = {
    "all": "statement-of",
    "waiting": "statement-waiting-for",
    "to-bill": "statement-to-bill",
}


@dataclass(frozen=True, slots=True)
class StatementView:
    name: str
    head: Row


@dataclass(frozen=True, slots=True)
class LineView:
    """`sent`: what the seller's despatch advices say of the goods behind the line, in its unit; None where goods
    went back alone. `price_now`: of the order line by now, where that is another."""

    row: Row
    sent: int | None
    price_now: Row | None

    @property
    def difference(self) -> int:
        """Sent less stated."""
        return 0 if self.sent is None else self.sent - int(self.row["quantity"])

    @property
    def differs(self) -> bool:
        return self.difference != 0 or self.price_now is not None


@dataclass(frozen=True, slots=True)
class LinesView:
    """Lines behind a mark; `after`: the line from which the next page goes on, None where there is none."""

    lines: tuple[LineView, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """A contract under which something waits to be stated: `rows` receipt lines, up to any day."""

    contract: str
    head: Row
    cut_off: str
    rows: int


def statements(
    reading: Reading,
    organisation: str | None = None,
    after: str | None = None,
    limit: int = 50,
    which: Which = "all",
) -> Page[StatementView]:
    """Of an organisation: all, those that wait for its answer, or those with agreed lines that it bills."""
    mine = readable_organisation(reading, organisation, "documents")
    found = page(reading.view, _indexes[which], mine, after, limit)
    rows = (StatementView(one.name, cast(Row, one.value)) for one in found.rows)
    return Page(
        tuple(one for one in rows if still_listed(reading, "statement", one.name, one.head)),
        found.after,
    )


def statement(reading: Reading, name: str) -> StatementView:
    """Raises `NotReadable` for whoever is no party of it."""
    return StatementView(name, readable_document(reading, "statement", name))


def lines(
    reading: Reading, name: str, after: int = 0, limit: int = 100, show: Show = "all"
) -> LinesView:
    """Lines of a statement behind line `after`."""
    readable_document(reading, "statement", name)
    size = max(1, min(limit, statement_page_lines_max))
    found: list[LineView] = []
    for line in _rows(reading.view, name, after, show):
        shown = _seen(reading.view, line)
        if show == "differing" and not shown.differs:
            continue
        if len(found) == size:
            return LinesView(tuple(found), int(found[-1].row["line"]))
        found.append(shown)
    return LinesView(tuple(found), None)


def all_lines(reading: Reading, name: str) -> Iterator[LineView]:
    """Every line, for a table."""
    readable_document(reading, "statement", name)
    for line in _rows(reading.view, name, 0, "all"):
        yield _seen(reading.view, line)


def due(
    reading: Reading,
    today: str,
    organisation: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Due]:
    """Contracts of an organisation under which something waits to be stated."""
    mine = readable_organisation(reading, organisation, "documents")
    found = page(reading.view, "contract-of", mine, after, limit)
    rows = []
    for one in found.rows:
        head = cast(Row, one.value)
        waits = reading.view.count("unstated-of-contract", one.name)
        waits = waits if still_listed(reading, "contract", one.name, head) else 0
        if waits and head["status"] == "agreed" and head.get("statement_day") is not None:
            rows.append(Due(one.name, head, cut_off_of(reading.view, one.name, today), waits))
    return Page(tuple(rows), found.after)


def draft(
    reading: Reading, contract: str, today: str, cut_off: str = ""
) -> tuple[StatementPropose, tuple[StatementLine, ...]]:
    """The next statement of a contract as it would be proposed now; raises `NothingToState`."""
    head = readable_document(reading, "contract", contract)
    if head.get("statement_day") is None:
        raise StatementsNotUsed(contract)
    day = cut_off or cut_off_of(reading.view, contract, today)
    return proposal(reading.view, contract, day)


def to_bill(reading: Reading, name: str) -> tuple[int, int]:
    """How many agreed lines of a statement no invoice has billed yet, and what they come to."""
    readable_document(reading, "statement", name)
    rows = list(billable(reading.view, name))
    return len(rows), sum(line["net"] + line["tax"] for line in rows)


def to_credit(
    reading: Reading, name: str, number: str, credited_on: str
) -> tuple[tuple[Credit, ...], tuple[Row, ...]]:
    """The credit notes that settle the agreed lines of a statement below zero, and the lines whose invoice is missing."""
    readable_document(reading, "statement", name)
    return credits_of(reading.view, name, number, credited_on)


def _rows(view: View, name: str, after: int, show: Show) -> Iterator[Row]:
    for found in view.group("statement-line", name).values():
        line = cast(Row, found)
        if line["line"] > after and show in ("all", "differing", line["status"]):
            yield line


def _seen(view: View, line: Row) -> LineView:
    ordered = row(view.get("order-line", line["order"], line_part(line["order_line"]))) or {}
    price = ordered.get("price")
    changed = price is not None and (
        price["amount"] * line["price"]["per"] != line["price"]["amount"] * price["per"]
    )
    return LineView(line, _sent(view, line), price if changed else None)


def _sent(view: View, line: Row) -> int | None:
    """By the despatch lines under which the goods came, each once."""
    name = line_name(line["order"], line["order_line"])
    sent: dict[tuple[str, int], int] = {}
    for told in line["receipts"]:
        receipt = row(view.get("receipt", name, told["part"]))
        if receipt is None or told["quantity"] < 0:
            continue
        of = (receipt["despatch"], receipt["despatch_line"])
        despatched = row(view.get("despatch-line", of[0], line_part(of[1])))
        quantity = receipt["received"] if despatched is None else despatched["quantity"]
        sent[of] = int(quantity)
    return sum(sent.values()) if sent else None
