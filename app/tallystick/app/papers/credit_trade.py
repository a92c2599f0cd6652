"""The lines of a credit file that say on what the units rest: invoices, who checked them when, contracts, receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import tallystick.finance as finance
from tallystick.finance.papers import Line

if TYPE_CHECKING:
    from tallystick.app.papers.credit import Gathered

Row = Mapping[str, Any]
#: Receipts that a file names one by one; all of them are in its proof.
receipts_max = 100


def trade_lines(found: Gathered) -> Iterator[Line]:
    """Of the units whose evidence the bank may read; without any, each line is missing."""
    if not found.backing:
        for label in ("invoice", "contract", "order", "receipt"):
            yield Line(label, missing="no-evidence")
    yield from _invoices(found)
    yield from _checked(found)
    yield from _orders(found)
    yield from _receipts(found)


def _invoices(found: Gathered) -> Iterator[Line]:
    for name in dict.fromkeys(one.invoice for one in found.backing):
        row = found.row_of("invoice", name) or {}
        told = found.told("invoiced", row["index"], name=name)
        yield Line("invoice", said="document", told=told, word=row["grade"])


def _checked(found: Gathered) -> Iterator[Line]:
    """The match is run by the very entries that confirm; what two persons let pass stays with the two sides."""
    whole = found.row_of("certificate", found.certificate.name) or {}
    times = {"second": found.time(found.reading.snapshot.row(whole["index"]).time)}
    proposal = found.row_of("proposal", str(whole.get("proposal", "")))
    if proposal is not None:
        times["first"] = found.time(found.reading.snapshot.row(proposal["index"]).time)
    yield Line("matched", said="matched" if proposal else "matched-policy", told=times)
    yield Line("released", missing="not-shown")
    yield Line("confirmed", said="at", told={"time": times["second"], "index": whole["index"]})


def _orders(found: Gathered) -> Iterator[Line]:
    names = dict.fromkeys(one.order for one in found.backing)
    orders = {name: found.row_of("order", name) or {} for name in names}
    contracts = dict.fromkeys(row["contract"] for row in orders.values() if row.get("contract"))
    for name in contracts:
        row = found.row_of("contract", name) or {}
        yield Line("contract", said="dated", told={"name": name}, word=str(row.get("status", "")))
    if orders and not contracts:
        yield Line("contract", missing="no-contract")
    for name, row in orders.items():
        told = found.told("ordered", row["index"], name=name)
        yield Line("order", said="document", told=told, word=row["grade"])


def _receipts(found: Gathered) -> Iterator[Line]:
    lines: dict[tuple[str, str], tuple[finance.Backing, Any]] = {}
    for one in found.backing:
        for receipt in one.receipts:
            lines[one.order, receipt.part] = (one, receipt)
    if found.backing and not lines:
        yield Line("receipt", missing="no-receipt")
    for place, (one, receipt) in enumerate(lines.values()):
        found.acts[receipt.index] = "received"
        if place < receipts_max:
            told = {"order": one.order, "quantity": receipt.quantity, "index": receipt.index}
            told["device"] = receipt.device or "–"
            yield Line("receipt", said="receipt", told=told, word=receipt.evidence)
    if len(lines) > receipts_max:
        yield Line("more", said="more", told={"count": len(lines) - receipts_max})
