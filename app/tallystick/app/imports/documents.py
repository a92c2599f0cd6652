"""Books in which the rows of a file are gathered into documents, one book for each kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tallystick.app.imports.cells.values import Quantity
from tallystick.app.imports.drafts import (
    DeliveryDraft,
    DeliveryLine,
    DespatchDraft,
    DespatchLine,
    InvoiceDraft,
    InvoiceLine,
    Item,
    OrderDraft,
    OrderLine,
    Party,
)
from tallystick.app.imports.facts import Facts
from tallystick.app.imports.fields import Field, date_fields
from tallystick.app.imports.mapping import Mapping
from tallystick.app.imports.worth import Worth

Line = TypeVar("Line", OrderLine, DespatchLine, DeliveryLine, InvoiceLine)
Key = tuple[str, str]


@dataclass(slots=True)
class _Page(Generic[Line]):
    """One document in the making: its head is that of its first row."""

    head: dict[Field, str]
    first_line: int
    buyer: Party
    seller: Party
    lines: list[Line] = field(default_factory=list)
    derived: set[Field] = field(default_factory=set)


class Book(ABC, Generic[Line]):
    """All documents of one kind. `head` are the fields in which rows of a document must agree."""

    word: str
    number: Field
    owner: Field
    head: tuple[Field, ...]

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._pages: dict[Key, _Page[Line]] = {}
        self._numbers: set[str] = set()
        self._items: dict[Item, Item] = {}

    def concerns(self, facts: Facts) -> bool:
        """Whether the row belongs to a document of this kind."""
        return bool(self._number(facts))

    def conflicts(self, facts: Facts) -> Iterator[tuple[Field, str]]:
        """Why the row cannot be of its document: (field, reason)."""
        page = self._pages.get(self._key(facts))
        if page is None:
            return
        for name in self.head:
            said, before = facts.texts.get(name, ""), page.head.get(name, "")
            if said != before and name not in facts.derived and name not in page.derived:
                other = before or "nothing"
                yield (
                    name,
                    f"{self.word} {self._number(facts)} has {other} on line {page.first_line}",
                )

    def enter(self, facts: Facts, order_line: str) -> None:
        """Add the row to its document; `conflicts` must have been empty."""
        key = self._key(facts)
        page = self._pages.get(key)
        if page is None:
            page = self._open(facts)
            self._pages[key] = page
            self._numbers.add(key[1])
        else:
            self._date(page, facts)
        if (line := self._line(facts, order_line, page)) is not None:
            page.lines.append(line)

    def knows(self, number: str) -> bool:
        """Whether any document of that number has a line."""
        return number in self._numbers

    @abstractmethod
    def _line(self, facts: Facts, order_line: str, page: _Page[Line]) -> Line | None:
        """The line that the row adds to the document, if it adds one."""

    def _number(self, facts: Facts) -> str:
        return facts.texts.get(self.number, "")

    def _key(self, facts: Facts) -> Key:
        return facts.texts.get(self.owner, ""), self._number(facts)

    def _open(self, facts: Facts) -> _Page[Line]:
        texts = facts.texts
        head: dict[Field, str] = {name: texts[name] for name in self.head if name in texts}
        buyer = Party(texts["buyer"], texts.get("buyer_code", ""))
        seller = Party(texts["seller"], texts.get("seller_code", ""))
        derived = facts.derived & {*self.head, self.number}
        return _Page(head, facts.row.line, buyer, seller, derived=set(derived))

    def _date(self, page: _Page[Line], facts: Facts) -> None:
        """A derived date is the earliest of its rows' (orders, despatches) or the latest (deliveries,
        invoices); one that a row says wins."""
        for name in page.derived & date_fields & facts.texts.keys():
            said = facts.texts[name]
            if name not in facts.derived:
                page.derived.discard(name)
                page.head[name] = said
            else:
                choose = min if name in ("order_date", "despatch_date") else max
                page.head[name] = choose(said, page.head.get(name, said))

    def _item(self, facts: Facts) -> Item:
        said = facts.texts
        item = Item(
            said.get("item_code", ""),
            said.get("item_name", ""),
            said.get("specification", ""),
            said.get("manufacturing_site", ""),
            said.get("unit", ""),
        )
        return self._items.setdefault(item, item)


class OrderBook(Book[OrderLine]):
    word, number, owner = "order", "order_number", "buyer"
    head = ("buyer", "seller", "order_date")

    def __init__(self, mapping: Mapping) -> None:
        super().__init__(mapping)
        self._lines: dict[tuple[Key, str], OrderLine] = {}

    def line_of(self, facts: Facts) -> str:
        """The number of the order line that a row is about: its own, that of the same item, or the next."""
        if "order_line" in facts.texts:
            return facts.texts["order_line"]
        known = self._known(facts)
        if known is not None:
            return known.number
        page = self._pages.get(self._key(facts))
        return str(len(page.lines) + 1 if page else 1)

    def conflicts(self, facts: Facts) -> Iterator[tuple[Field, str]]:
        yield from super().conflicts(facts)
        known = self._known(facts)
        if known is None:
            return
        at = f"order line {known.number}"
        if "order_quantity" not in facts.quantities:
            yield "order_line", f"{at} is on line {known.source} of the file already"
        elif known.quantity != facts.quantities["order_quantity"]:
            yield "order_quantity", f"{at} has another ordered quantity on line {known.source}"
        elif facts.worth is not None and not known.worth.same_price(facts.worth):
            yield _price_field(facts), f"{at} has another price on line {known.source}"

    def drafts(self, bad: frozenset[str]) -> tuple[OrderDraft, ...]:
        return tuple(
            OrderDraft(
                number, page.buyer, page.seller, number in bad, frozenset(page.derived),
                self._mapping.currency, page.head["order_date"], tuple(page.lines),
            )
            for (_, number), page in self._pages.items()
        )  # fmt: skip

    def _known(self, facts: Facts) -> OrderLine | None:
        return self._lines.get((self._key(facts), self._identity(facts)))

    def _identity(self, facts: Facts) -> str:
        """What makes rows one order line; empty where every row is its own."""
        if "order_line" in facts.texts:
            return "#" + facts.texts["order_line"]
        if "order_quantity" in facts.quantities:
            return repr(self._item(facts))
        return ""

    def _line(self, facts: Facts, order_line: str, page: _Page[OrderLine]) -> OrderLine | None:
        quantity = _quantity(facts, "order_quantity")
        if facts.worth is None or self._known(facts) is not None:
            return None
        line = OrderLine(
            order_line, self._item(facts), quantity, facts.worth.of(quantity),
            facts.texts.get("scheduled_date"), facts.row.line,
        )  # fmt: skip
        if identity := self._identity(facts):
            self._lines[self._key(facts), identity] = line
        return line


class DespatchBook(Book[DespatchLine]):
    word, number, owner = "despatch", "despatch_number", "seller"
    head = ("buyer", "seller", "despatch_date")

    def drafts(self, bad: frozenset[str]) -> tuple[DespatchDraft, ...]:
        return tuple(
            DespatchDraft(
                number, page.buyer, page.seller, number in bad, frozenset(page.derived),
                page.head["despatch_date"], tuple(page.lines),
            )
            for (_, number), page in self._pages.items()
        )  # fmt: skip

    def _line(self, facts: Facts, order_line: str, page: _Page[DespatchLine]) -> DespatchLine:
        return DespatchLine(
            facts.texts["order_number"], order_line, self._item(facts), facts.texts.get("lot", ""),
            _quantity(facts, "despatch_quantity"), facts.row.line,
        )  # fmt: skip


class DeliveryBook(Book[DeliveryLine]):
    word, number, owner = "delivery", "receipt_number", "seller"
    head = ("buyer", "seller", "delivery_date", "despatch_number")

    def concerns(self, facts: Facts) -> bool:
        return super().concerns(facts) and "delivery_date" in facts.texts

    def drafts(self, bad: frozenset[str]) -> tuple[DeliveryDraft, ...]:
        return tuple(
            DeliveryDraft(
                number, page.buyer, page.seller, number in bad, frozenset(page.derived),
                page.head.get("despatch_number", ""), page.head["delivery_date"], tuple(page.lines),
            )
            for (_, number), page in self._pages.items()
        )  # fmt: skip

    def _number(self, facts: Facts) -> str:
        return super()._number(facts) or facts.texts.get("despatch_number", "")

    def _line(self, facts: Facts, order_line: str, page: _Page[DeliveryLine]) -> DeliveryLine:
        rejected = facts.quantities.get("rejected_quantity", Quantity(0, 0))
        return DeliveryLine(
            facts.texts["order_number"], order_line, self._item(facts), facts.texts.get("lot", ""),
            _quantity(facts, "received_quantity"), rejected, facts.row.line,
        )  # fmt: skip


class InvoiceBook(Book[InvoiceLine]):
    word, number, owner = "invoice", "invoice_number", "seller"
    head = ("buyer", "seller", "invoice_date", "due_date")

    def concerns(self, facts: Facts) -> bool:
        undated = "invoice_number" in facts.derived and "invoice_date" not in facts.texts
        return super().concerns(facts) and not undated

    def drafts(self, bad: frozenset[str]) -> tuple[InvoiceDraft, ...]:
        return tuple(
            InvoiceDraft(
                number, page.buyer, page.seller, number in bad, frozenset(page.derived),
                self._mapping.currency, page.head["invoice_date"], page.head.get("due_date"),
                tuple(page.lines),
            )
            for (_, number), page in self._pages.items()
        )  # fmt: skip

    def _line(self, facts: Facts, order_line: str, page: _Page[InvoiceLine]) -> InvoiceLine:
        quantity = _quantity(facts, "invoice_quantity")
        return InvoiceLine(
            facts.texts["order_number"], order_line, facts.texts.get("despatch_number", ""),
            self._item(facts), quantity, _worth(facts).of(quantity), facts.row.line,
        )  # fmt: skip


AnyBook = OrderBook | DespatchBook | DeliveryBook | InvoiceBook


def _price_field(facts: Facts) -> Field:
    return "gross_amount" if facts.worth is not None and facts.worth.includes_tax else "net_amount"


def _quantity(facts: Facts, name: Field) -> Quantity:
    """The quantity of that name, else the row's only one; `required` has seen that there is one."""
    return facts.quantities.get(name) or facts.quantities["quantity"]


def _worth(facts: Facts) -> Worth:
    if facts.worth is None:
        raise LookupError("a row without value has reached an invoice")
    return facts.worth
