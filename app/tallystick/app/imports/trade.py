"""Rows of a table to trade documents.

Rows of one document may stand anywhere in the file: orders are one by (buyer, number), despatches,
deliveries and invoices by (seller, number). Rows of a document must agree in its head (parties,
dates); a row that disagrees with the first is an error. Nothing is raised for a row: a bad one is
named with its reason and left out, and its documents are marked incomplete.
A row without a despatch or invoice number, or without a delivery date, has no such document. An order line is a row,
unless the file has line numbers, or ordered quantities beside delivered ones: then rows of one line
(by number, else by item) are one, and must agree in ordered quantity and price.
Drafts are held in memory until the last row is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tallystick.app.imports.documents import (
    AnyBook,
    DeliveryBook,
    DespatchBook,
    InvoiceBook,
    OrderBook,
)
from tallystick.app.imports.drafts import (
    DeliveryDraft,
    DespatchDraft,
    InvoiceDraft,
    OrderDraft,
    Party,
)
from tallystick.app.imports.errors import RowError
from tallystick.app.imports.facts import Facts, Refused, RowReader, numbers_of
from tallystick.app.imports.fields import Field, Kind, required, worth_fields
from tallystick.app.imports.files.table import Row, Table
from tallystick.app.imports.mapping import Mapping

progress_rows = 500
_kind_words: dict[Kind, str] = {
    "orders": "order",
    "despatches": "despatch",
    "deliveries": "delivery",
    "invoices": "invoice",
}
_codes: dict[Field, Field] = {"buyer": "buyer_code", "seller": "seller_code"}


@dataclass(frozen=True, slots=True)
class Trade:
    """All documents of one file. `rows` were read, of which `taken` became lines of documents and
    `totals` were sums; the rest are named in `errors`, which may name a row more than once.
    `codes` are the tax or credit codes of firms, by name."""

    orders: tuple[OrderDraft, ...]
    despatches: tuple[DespatchDraft, ...]
    deliveries: tuple[DeliveryDraft, ...]
    invoices: tuple[InvoiceDraft, ...]
    errors: tuple[RowError, ...]
    rows: int
    taken: int
    totals: int
    codes: dict[str, str]

    def parties(self) -> tuple[Party, ...]:
        """Every firm of the file once, by name, with its code where any row told it."""
        drafts = (*self.orders, *self.despatches, *self.deliveries, *self.invoices)
        names = (party.name for draft in drafts for party in (draft.buyer, draft.seller))
        return tuple(Party(name, self.codes.get(name, "")) for name in dict.fromkeys(names))

    @property
    def value(self) -> int:
        """Sum of the gross value of order lines (of invoice lines where there are no orders)."""
        documents: Iterable[OrderDraft | InvoiceDraft] = self.orders or self.invoices
        return sum(line.worth.gross for draft in documents for line in draft.lines)


def read_trade(
    table: Table, mapping: Mapping, progress: Callable[[int], None] | None = None
) -> Trade:
    """Read the whole table; `progress` is told the rows read so far.

    Raises `ColumnsMissing` before the first row, `TableRefused` where the file itself breaks.
    """
    reading = _Reading(mapping, RowReader(mapping, table))
    for row in table:
        reading.take(row)
        if progress is not None and reading.rows % progress_rows == 0:
            progress(reading.rows)
    if progress is not None:
        progress(reading.rows)
    return reading.result()


@dataclass(slots=True)
class _Reading:
    mapping: Mapping
    reader: RowReader
    rows: int = 0
    taken: int = 0
    totals: int = 0
    errors: list[tuple[RowError, tuple[Kind, str] | None]] = field(default_factory=list)
    bad: dict[Kind, set[str]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    orders: OrderBook = field(init=False)
    despatches: DespatchBook = field(init=False)
    deliveries: DeliveryBook = field(init=False)
    invoices: InvoiceBook = field(init=False)

    def __post_init__(self) -> None:
        self.orders = OrderBook(self.mapping)
        self.despatches = DespatchBook(self.mapping)
        self.deliveries = DeliveryBook(self.mapping)
        self.invoices = InvoiceBook(self.mapping)

    def take(self, row: Row) -> None:
        self.rows += 1
        if self.reader.is_total(row):
            self.totals += 1
            return
        facts = self.reader.read(row)
        if isinstance(facts, Refused):
            self._refuse(facts.errors, facts.numbers)
        elif errors := self._enter(facts):
            self._refuse(errors, numbers_of(facts.texts))
        else:
            self.taken += 1

    def result(self) -> Trade:
        bad = {kind: frozenset(numbers) for kind, numbers in self.bad.items()}
        none: frozenset[str] = frozenset()
        return Trade(
            self.orders.drafts(bad.get("orders", none)),
            self.despatches.drafts(bad.get("despatches", none)),
            self.deliveries.drafts(bad.get("deliveries", none)),
            self.invoices.drafts(bad.get("invoices", none)),
            tuple(self._told(*error) for error in self.errors),
            self.rows,
            self.taken,
            self.totals,
            self.codes,
        )

    def _books(self) -> dict[Kind, AnyBook]:
        return {
            "orders": self.orders,
            "despatches": self.despatches,
            "deliveries": self.deliveries,
            "invoices": self.invoices,
        }

    def _enter(self, facts: Facts) -> list[RowError]:
        """Enter the row in the books of all its documents, or in none."""
        books = self._books()
        present: list[Kind] = [kind for kind in self.mapping.goods if books[kind].concerns(facts)]
        if not present:
            return [self.reader.error(facts.row, "order_number", "the row names no document")]
        wrong: dict[Field, str] = {}
        for kind in present:
            for choice in required[kind]:
                if not any(_says(facts, name) for name in choice):
                    wrong.setdefault(choice[0], f"is missing ({_kind_words[kind]})")
            if not wrong:
                wrong.update(books[kind].conflicts(facts))
        wrong.update(self._firms(facts))
        if wrong:
            return [self.reader.error(facts.row, name, reason) for name, reason in wrong.items()]
        line = self.orders.line_of(facts)
        for kind in present:
            books[kind].enter(facts, line)
        return []

    def _firms(self, facts: Facts) -> dict[Field, str]:
        """A firm's name has one code throughout the file."""
        wrong: dict[Field, str] = {}
        for name, code in _codes.items():
            if code in facts.texts:
                before = self.codes.setdefault(facts.texts.get(name, ""), facts.texts[code])
                if before != facts.texts[code]:
                    wrong[code] = f"{facts.texts.get(name, '')} had {before} before"
        return wrong

    def _refuse(self, errors: Iterable[RowError], numbers: dict[Kind, str]) -> None:
        named: list[Kind] = [kind for kind in self.mapping.goods if kind in numbers]
        for kind in named:
            self.bad.setdefault(kind, set()).add(numbers[kind])
        document = (named[0], numbers[named[0]]) if named else None
        self.errors.extend((error, document) for error in errors)

    def _told(self, error: RowError, document: tuple[Kind, str] | None) -> RowError:
        """The error with what it leaves incomplete, which is known when all rows are read."""
        if document is None:
            return replace(error, consequence="the row is left out")
        kind, number = document
        name = f"{_kind_words[kind]} {number}"
        left = "is incomplete" if self._books()[kind].knows(number) else "is left out"
        return replace(error, document=name, consequence=f"{name} {left}")


def _says(facts: Facts, name: Field) -> bool:
    return facts.worth is not None if name in worth_fields else facts.says(name)
