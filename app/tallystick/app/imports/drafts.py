"""Trade documents as a company's file tells them, before anybody has a handle.

All numbers are integers; each line says the line of the file that it comes from. `incomplete` means
that a row of the document could not be read; `derived` names the fields that the map added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.app.imports.cells.values import Quantity
from tallystick.app.imports.fields import Field
from tallystick.app.imports.worth import Worth


@dataclass(frozen=True, slots=True)
class Party:
    """A firm by its name in the file, or `@importer`; `code` is its tax or credit code if told."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Goods. `unit` is a code of UN/CEFACT, empty where the file names none."""

    code: str = ""
    name: str = ""
    specification: str = ""
    manufacturing_site: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    number: str
    item: Item
    quantity: Quantity
    worth: Worth
    scheduled: str | None
    source: int


@dataclass(frozen=True, slots=True)
class DespatchLine:
    order: str
    order_line: str
    item: Item
    lot: str
    quantity: Quantity
    source: int


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    order: str
    order_line: str
    item: Item
    lot: str
    received: Quantity
    rejected: Quantity
    source: int


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    order: str
    order_line: str
    despatch: str
    item: Item
    quantity: Quantity
    worth: Worth
    source: int


@dataclass(frozen=True, slots=True)
class _Draft:
    number: str
    buyer: Party
    seller: Party
    incomplete: bool
    derived: frozenset[Field]


@dataclass(frozen=True, slots=True)
class OrderDraft(_Draft):
    currency: str
    date: str
    lines: tuple[OrderLine, ...]

    @property
    def sources(self) -> tuple[int, ...]:
        return tuple(line.source for line in self.lines)


@dataclass(frozen=True, slots=True)
class DespatchDraft(_Draft):
    date: str
    lines: tuple[DespatchLine, ...]

    @property
    def sources(self) -> tuple[int, ...]:
        return tuple(line.source for line in self.lines)


@dataclass(frozen=True, slots=True)
class DeliveryDraft(_Draft):
    """`number` is the receipt's, or the despatch's where the file has none of its own."""

    despatch: str
    date: str
    lines: tuple[DeliveryLine, ...]

    @property
    def sources(self) -> tuple[int, ...]:
        return tuple(line.source for line in self.lines)


@dataclass(frozen=True, slots=True)
class InvoiceDraft(_Draft):
    currency: str
    date: str
    due: str | None
    lines: tuple[InvoiceLine, ...]

    @property
    def sources(self) -> tuple[int, ...]:
        return tuple(line.source for line in self.lines)

    @property
    def gross(self) -> int:
        """Minor units, with tax."""
        return sum(line.worth.gross for line in self.lines)


Draft = OrderDraft | DespatchDraft | DeliveryDraft | InvoiceDraft


def orders_of(draft: Draft) -> Iterator[str]:
    """Numbers of the orders that a document rests on (an order: itself)."""
    if isinstance(draft, OrderDraft):
        yield draft.number
    else:
        yield from dict.fromkeys(line.order for line in draft.lines)
