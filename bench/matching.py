"""Invoice lines matched against order and receipts, 10^5 of them in the full run; the time grows with their number."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate

from tallystick import finance
from tallystick.ledger import Change, MemoryState

core, seller = "99.100/O-CORE000000000", "99.100/O-SUPPLIER00001"
invoice_lines = 1000
tax_ppm = 130_000
ppm = 1_000_000
_sql = """
SELECT sum(net + (2 * net * tax + 1000000) / 2000000) FROM (
  SELECT min(i.quantity, r.quantity, o.quantity) * i.price AS net, i.tax AS tax
  FROM invoice_line i JOIN order_line o ON o.document = i.document AND o.line = i.line
  JOIN receipt r ON r.document = i.document AND r.line = i.line)
"""


def rows(bench: Bench) -> Iterator[Result]:
    sizes = bench.scale.sizes
    growth: dict[str, float] = {}
    for lines in sizes:
        invoices = max(1, lines // invoice_lines)
        state, database = _state(invoices), _database(invoices)
        spent = in_turn(
            bench.scale.rounds,
            ours=partial(_matched, state, invoices),
            bare=partial(_joined, database, invoices, _total(state, invoices)),
        )
        database.close()
        growth[str(lines)] = median_rate(spent["ours"])
    yield Row(
        "invoice lines matched against order and receipts",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "lines/s",
        "one SQL join over the same lines in SQLite in memory, to the same cent",
        growth,
    )


def _matched(state: MemoryState, invoices: int) -> int:
    for number in range(invoices):
        finance.match_invoice(state, f"{seller}#I-{number}")
    return invoices * invoice_lines


def _total(state: MemoryState, invoices: int) -> int:
    names = (f"{seller}#I-{number}" for number in range(invoices))
    return sum(finance.match_invoice(state, name).confirmable for name in names)


def _joined(database: sqlite3.Connection, invoices: int, total: int) -> int:
    (found,) = database.execute(_sql).fetchone()
    if found != total:
        raise AssertionError(f"the reference confirms {found}, the match {total}")
    return invoices * invoice_lines


def _line(number: int) -> tuple[int, int, int, int]:
    """Ordered, accepted, billed, and the price in cents; every seventh line is delivered short."""
    ordered = 100 + number % 50
    return ordered, ordered - (number % 7 == 0) * 3, ordered, 1_000 + number % 997


def _state(invoices: int) -> MemoryState:
    state = MemoryState()
    both: dict[str, str] = {"buyer": core, "seller": seller}
    root = {"valid_from": "2026-01-01", "status": "agreed", **both}
    changes = [Change("contract", f"{core}#FC-1", root)]
    for number in range(invoices):
        order, invoice = f"{core}#O-{number}", f"{seller}#I-{number}"
        head = {"grade": "signed", "ordered_on": "2026-01-02", "contract": f"{core}#FC-1", **both}
        changes.append(Change("order", order, head))
        changes.append(Change("invoice", invoice, {"grade": "signed", "currency": "CNY", **both}))
        for line in range(1, invoice_lines + 1):
            changes += _changes(order, invoice, line)
    state.apply(changes)
    return state


def _changes(order: str, invoice: str, line: int) -> Iterator[Change]:
    ordered, accepted, billed, amount = _line(line)
    terms = {"unit": "H87", "scale": 0, "tax_ppm": tax_ppm, "price": {"amount": amount, "per": 1}}
    told = {"quantity": ordered, "received": accepted, "rejected": 0, "returned": 0, "consumed": 0}
    yield Change("order-line", order, {**terms, **told}, f"{line:06d}")
    bill = {"order": order, "order_line": line, "quantity": billed, "confirmed": 0, "consumed": 0}
    counted = {"credited": 0, "credited_quantity": 0}
    yield Change("invoice-line", invoice, {**terms, **bill, **counted}, f"{line:06d}")


def _database(invoices: int) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    for table, columns in (
        ("order_line", "quantity"),
        ("receipt", "quantity"),
        ("invoice_line", "quantity, price, tax"),
    ):
        key = "document, line, PRIMARY KEY (document, line)"
        database.execute(f"CREATE TABLE {table} ({columns}, {key}) WITHOUT ROWID")
    for number in range(invoices):
        told = [(number, line, *_line(line)) for line in range(1, invoice_lines + 1)]
        database.executemany(
            "INSERT INTO order_line VALUES (?, ?, ?)", [(o, n, i) for n, i, o, _, _, _ in told]
        )
        database.executemany(
            "INSERT INTO receipt VALUES (?, ?, ?)", [(a, n, i) for n, i, _, a, _, _ in told]
        )
        database.executemany(
            "INSERT INTO invoice_line VALUES (?, ?, ?, ?, ?)",
            [(b, p, tax_ppm, n, i) for n, i, _, _, b, p in told],
        )
    return database
