"""Statements of 10^5 lines, against a database that adds up the same receipts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate

from tallystick.finance import statements
from tallystick.ledger import Change, MemoryState

lines_each, tax_ppm = 1000, 130_000
contracts = tuple(f"99.100/O-CORE#FC-{n}" for n in range(100))
cut_off = "2026-03-31"


def rows(bench: Bench) -> Iterator[Result]:
    state, table = _state(), _table()
    count = len(contracts) * lines_each

    def ours() -> int:
        for contract in contracts:
            statements.totals(statements.lines_of(state, contract, cut_off))
        return count

    def database() -> int:
        for contract in contracts:
            table.execute(_sum, (contract, cut_off)).fetchall()
        return count

    spent = in_turn(bench.scale.rounds, ours=ours, database=database)
    yield Row(
        "lines stated from what waits, with amounts and digest",
        median_rate(spent["ours"]),
        median_rate(spent["database"]),
        "lines/s",
        "the same receipts joined, added up and priced by SQLite in memory, without a digest",
    )


_sum = (
    "SELECT w.po, w.line, p.price, SUM(w.quantity), SUM(w.quantity) * p.price, "
    "(SUM(w.quantity) * p.price * p.tax + 500000) / 1000000 "
    "FROM waits w JOIN priced p ON p.po = w.po AND p.line = w.line "
    "WHERE w.contract = ? AND w.day <= ? GROUP BY w.po, w.line ORDER BY w.po, w.line"
)


def _state() -> MemoryState:
    state = MemoryState()
    for number, contract in enumerate(contracts):
        order = f"99.100/O-CORE#PO-{number}"
        for line in range(1, lines_each + 1):
            ordered = {
                "unit": "H87", "scale": 0, "price": {"amount": 100 + line, "per": 1},
                "tax_ppm": tax_ppm,
            }  # fmt: skip
            receipt = f"{number:012d}-000-{line:06d}"
            waits = {
                "order": order, "order_line": line, "receipt": receipt, "quantity": 7 + line,
                "on": "2026-03-05",
            }  # fmt: skip
            part = f"{order} {line:06d} {receipt}"
            state.apply(
                [
                    Change("order-line", order, ordered, f"{line:06d}"),
                    Change("unstated", contract, waits, part),
                ]
            )
    return state


def _table() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE waits (contract, po, line INTEGER, quantity INTEGER, day)")
    made.execute("CREATE TABLE priced (po, line INTEGER, price INTEGER, tax INTEGER)")
    for number, contract in enumerate(contracts):
        order = f"PO-{number}"
        lines = range(1, lines_each + 1)
        made.executemany(
            "INSERT INTO waits VALUES (?, ?, ?, ?, ?)",
            [(contract, order, line, 7 + line, "2026-03-05") for line in lines],
        )
        made.executemany(
            "INSERT INTO priced VALUES (?, ?, ?, ?)",
            [(order, line, 100 + line, tax_ppm) for line in lines],
        )
    made.execute("CREATE INDEX of_contract ON waits (contract)")
    made.execute("CREATE UNIQUE INDEX of_line ON priced (po, line)")
    return made
