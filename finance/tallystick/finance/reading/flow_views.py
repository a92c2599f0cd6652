"""四流一致: contract, goods, invoice and money of an order or a certificate, side by side.

Each document is shown to whom it is for; to others it is there, and not theirs to read. What only a document
says is called so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.known import sides
from tallystick.finance.reading.access import (
    Reading,
    readable_certificate,
    readable_document,
    seen_certificate,
    still_listed,
)
from tallystick.finance.reading.saying import receipt_thing
from tallystick.finance.trade.evidence import Fact, scanned_facts
from tallystick.finance.trade.lines import line_name

shown_max = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """A document of one of the four flows; `row` is None for whoever may not read it."""

    name: str
    row: Row | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Goods or use behind the money: `facts` that speak for it, `lacks` those of scanned goods that do not.

    Quantities of `row` count 10^-`scale` of `unit`.
    """

    order_line: str
    part: str
    row: Row
    scale: int
    unit: str
    facts: tuple[Fact, ...]
    lacks: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A delivery that only a document states; quantities of `row` count 10^-`scale` of `unit`."""

    row: Row
    scale: int
    unit: str


@dataclass(frozen=True, slots=True)
class Flows:
    """The four flows; `goods` are receipts, `stated` deliveries that only a document states."""

    contracts: tuple[Piece, ...]
    orders: tuple[Piece, ...]
    goods: tuple[Receipt, ...]
    stated: tuple[Stated, ...]
    invoices: tuple[Piece, ...]
    certificates: tuple[Piece, ...]


def flows_of_order(reading: Reading, order: str) -> Flows:
    """Raises `NotReadable`."""
    readable_document(reading, "order", order)
    found = reading.view.find("invoice-line-of-order", order, limit=shown_max)
    invoices = sorted({row.name for row in found})
    money = {
        row.name
        for invoice in invoices
        for row in reading.view.find("certificate-of-invoice", invoice, limit=shown_max)
    }
    return _flows(reading, [order], invoices, sorted(money))


def flows_of_certificate(reading: Reading, certificate: str) -> Flows:
    """Of the units whose evidence the reader may see. Raises `NotReadable`."""
    _, seen = seen_certificate(reading, certificate)
    if not seen.evidence:
        raise NotReadable(certificate)
    backing = (cast(Row, row) for row in reading.view.group("backing", certificate).values())
    rows = [row for row in backing if any(seen.shown(row["start"], row["end"]))]
    orders = sorted({row["order"] for row in rows})
    return _flows(reading, orders, sorted({row["invoice"] for row in rows}), [certificate])


def _flows(
    reading: Reading, orders: Sequence[str], invoices: Iterable[str], money: Iterable[str]
) -> Flows:
    view = reading.view
    found = [_piece(reading, "order", name) for name in orders]
    rooted = {cast(Row, view.get("order", name) or {}).get("contract", "") for name in orders}
    ours = [piece.name for piece in found if piece.row is not None]
    lines = {
        line_name(name, int(part)): cast(Row, line)
        for name in ours
        for part, line in view.group("order-line", name).items()
    }
    return Flows(
        contracts=tuple(_piece(reading, "contract", name) for name in sorted(rooted) if name),
        orders=tuple(found),
        goods=tuple(_receipts(reading, lines)),
        stated=tuple(
            Stated(cast(Row, row), ordered["scale"], ordered["unit"])
            for line, ordered in lines.items()
            for name, row in view.group("delivery-line", line).items()
            if _still_stated(reading, name)
        ),
        invoices=tuple(_piece(reading, "invoice", name) for name in invoices),
        certificates=tuple(_certificate(reading, name) for name in money),
    )


def _still_stated(reading: Reading, delivery: str) -> bool:
    head = cast(Row | None, reading.view.get("delivery", delivery))
    return head is None or still_listed(reading, "delivery", delivery, head)


def _piece(reading: Reading, kind: str, name: str) -> Piece:
    try:
        return Piece(name, readable_document(reading, kind, name))
    except NotReadable:
        return Piece(name, None)


def _certificate(reading: Reading, name: str) -> Piece:
    try:
        return Piece(name, readable_certificate(reading, name))
    except NotReadable:
        return Piece(name, None)


def _receipts(reading: Reading, lines: Mapping[str, Row]) -> Iterable[Receipt]:
    for line, ordered in lines.items():
        for part, value in reading.view.group("receipt", line).items():
            row: Any = value
            if not reading.reader.still_reads(receipt_thing(line, row), sides("receipt", row)):
                continue
            facts = _facts(reading, row)
            scanned = "device" in facts
            lacks: tuple[Fact, ...] = ()
            if scanned:
                lacks = tuple(one for one in scanned_facts if one not in facts)
            yield Receipt(line, part, row, ordered["scale"], ordered["unit"], facts, lacks)


def _facts(reading: Reading, row: Any) -> tuple[Fact, ...]:
    if row["evidence"] != "device":
        return ("statement",) if row["evidence"] == "statement" else ("document",)
    despatch: Any = reading.view.get("despatch", row["despatch"]) or {}
    inspected: tuple[Fact, ...] = ("inspection",) if "inspected" in despatch else ()
    return (*row.get("facts", ("device",)), *inspected)
