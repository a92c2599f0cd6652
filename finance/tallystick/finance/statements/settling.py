"""Credit notes that follow from agreed lines below zero: which invoices they are of, and what of each.

A note is of one invoice and takes an invoice line once. What went back is credited of the invoice that billed it, as
far as that has so much left, and then of the newest other one of the same order line, price and rate: what was billed
there may have been lowered by returns of the same month already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tallystick.finance.draft import Row, row
from tallystick.finance.errors import QuantityInexact
from tallystick.finance.statements.crediting import same_terms, still_below, worth
from tallystick.finance.statements.errors import StatementUnknown
from tallystick.finance.statements.finding import lines_of_order_line
from tallystick.finance.trade.documents import Credit, CreditLine, document_lines_max
from tallystick.finance.trade.lines import line_part
from tallystick.finance.trade.quantities import rescale
from tallystick.ledger import View


@dataclass(frozen=True, slots=True)
class Settling:
    """`notes`: the lines of each note, by the invoice it is of; `unbilled`: lines of which some was not invoiced yet,
    so that there is nothing of which to credit it."""

    notes: tuple[tuple[str, tuple[CreditLine, ...]], ...]
    unbilled: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Credited:
    """What a note says of an invoice line, in the order's unit; without a quantity, the one that comes to that money."""

    quantity: int
    scale: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class _Billing:
    """An invoice line: how much of it is left, and how much it billed of the goods that went back."""

    of: tuple[str, int]
    left: int
    gone: int


def creditable(view: View, statement: str) -> Iterator[Row]:
    """The agreed lines of a statement below zero that no credit note has settled whole."""
    for found in view.group("statement-line", statement).values():
        line = row(found) or {}
        if line["status"] == "agreed" and line["quantity"] < 0 and still_below(line):
            yield line


def settling(view: View, statement: str) -> Settling:
    """What settles the agreed lines of a statement below zero, as far as they were billed."""
    if view.get("statement", statement) is None:
        raise StatementUnknown(statement)
    notes: list[tuple[str, list[CreditLine]]] = []
    unbilled: list[Row] = []
    taken = Counter[tuple[str, int]]()
    for line in creditable(view, statement):
        done = 0
        for (invoice, number), part in _shares(_billing(view, line), still_below(line), taken):
            net, tax = worth(line, part, done)
            lines = _note(notes, invoice, number)
            lines.append(
                CreditLine(
                    line=len(lines) + 1,
                    invoice_line=number,
                    quantity=part,
                    scale=line["scale"],
                    net=net,
                    tax=tax,
                    statement=statement,
                    statement_line=line["line"],
                )
            )
            taken[invoice, number] += part
            done += part
        if still_below(line, done):
            unbilled.append(line)
    return Settling(tuple((invoice, tuple(lines)) for invoice, lines in notes), tuple(unbilled))


def settled_line(
    view: View, billed: Row, told: Credited, taken: Mapping[tuple[str, int], int]
) -> tuple[tuple[str, int, int] | None, tuple[tuple[str, Row], ...]]:
    """Statement, line and quantity that a note from elsewhere settles of an invoice line, and all lines that it might:
    its own system knows neither our statements nor their lines.

    `taken`: what the same note settles already. The oldest line that fits is taken.
    """
    still = [
        (name, line)
        for name, line in lines_of_order_line(view, billed["order"], billed["order_line"])
        if line["status"] == "agreed" and line["quantity"] < 0 and same_terms(line, billed)
        if still_below(line, taken.get((name, line["line"]), 0)) > 0
    ]
    still.sort(key=lambda one: (int(one[0].rpartition("-")[2]), one[1]["line"]))
    try:
        quantity = rescale(told.quantity, told.scale, billed["scale"])
    except QuantityInexact:
        return None, tuple(still)
    for name, line in still:
        done = taken.get((name, line["line"]), 0)
        left = still_below(line, done)
        size = quantity or left
        if size <= left and worth(line, size, done) == (told.net, told.tax):
            return (name, line["line"], size), tuple(still)
    return None, tuple(still)


def credits_of(
    view: View, statement: str, number: str, credited_on: str
) -> tuple[tuple[Credit, ...], tuple[Row, ...]]:
    """The notes with numbers `number`, `number`-2 …, and the lines that wait for their invoice."""
    head = row(view.get("statement", statement))
    found = settling(view, statement)
    notes = tuple(
        Credit(
            number=number if place == 1 else f"{number}-{place}",
            seller=(head or {})["seller"],
            buyer=(head or {})["buyer"],
            currency=(head or {})["currency"],
            credited_on=credited_on,
            invoice=invoice,
            lines=lines,
        )
        for place, (invoice, lines) in enumerate(found.notes, start=1)
    )
    return notes, found.unbilled


def _note(notes: list[tuple[str, list[CreditLine]]], invoice: str, number: int) -> list[CreditLine]:
    """The note of this invoice that takes the line; a new one where none can."""
    for of, lines in notes:
        free = all(line.invoice_line != number for line in lines)
        if of == invoice and free and len(lines) < document_lines_max:
            return lines
    notes.append((invoice, []))
    return notes[-1][1]


def _shares(
    billing: Sequence[_Billing], most: int, taken: Mapping[tuple[str, int], int]
) -> Iterator[tuple[tuple[str, int], int]]:
    """What is credited of each invoice line: first what it billed of the goods that went back, then whatever is left."""
    shares = dict.fromkeys((one.of for one in billing), 0)
    for whole in (False, True):
        for one in billing:
            free = one.left - taken.get(one.of, 0) - shares[one.of]
            part = max(0, min(most, free if whole else min(free, one.gone)))
            shares[one.of] += part
            most -= part
    return ((of, part) for of, part in shares.items() if part)


def _billing(view: View, line: Row) -> list[_Billing]:
    """Invoice lines of which it may be credited, the newest first."""
    gone = {one["part"]: -one["quantity"] for one in line["receipts"] if one["quantity"] < 0}
    found: list[tuple[int, _Billing]] = []
    for name, agreed in lines_of_order_line(view, line["order"], line["order_line"]):
        if "invoice" not in agreed or not same_terms(agreed, line):
            continue
        of = agreed["invoice"], agreed["invoice_line"]
        billed: Mapping[str, Any] = cast(Row, view.get("invoice-line", of[0], line_part(of[1])))
        left = billed["quantity"] - billed["credited_quantity"]
        own = sum(
            min(gone.get(one["part"], 0), max(0, one["quantity"])) for one in agreed["receipts"]
        )
        found.append((int(name.rpartition("-")[2]), _Billing(of, left, own)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]
