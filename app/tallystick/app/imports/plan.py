"""From drafts to entry bodies: what would be put on record, in an order in which references exist.

Orders come first, then despatches, deliveries and invoices. Ids are the same in every run: UUIDv7 (RFC 9562 §5.7)
in shape, with the document's date as time and SHA-256 of (author, type, document name) for its random
bits, so that a second import meets its own entries. A document that is not wholly read, or rests on an
order that is not, is held back and named: it comes complete with a later import, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tallystick.finance as finance
from tallystick.app.imports.bodies import (
    delivery_body,
    despatch_body,
    invoice_body,
    order_body,
    order_scale,
    terms,
)
from tallystick.app.imports.contracts import framework
from tallystick.app.imports.drafts import (
    DeliveryDraft,
    DeliveryLine,
    DespatchDraft,
    Draft,
    InvoiceDraft,
    InvoiceLine,
    OrderDraft,
    OrderLine,
    Party,
    orders_of,
)
from tallystick.app.imports.entry_ids import entry_id
from tallystick.app.imports.mapping import importer as importing
from tallystick.app.imports.trade import Trade
from tallystick.ledger import Body

document_lines_max = 1000
quantity_max = 10**12

Handles = Callable[[Party], str]


@dataclass(frozen=True, slots=True)
class Planned:
    """One entry to be made. `author` is the organisation that speaks, `lines` are the file's."""

    id: str
    type: str
    author: str
    name: str
    body: Body
    lines: tuple[int, ...]
    draft: Draft


@dataclass(frozen=True, slots=True)
class Held:
    """A document that is not put on record, and why."""

    kind: str
    number: str
    lines: tuple[int, ...]
    reason: str


class Plan:
    """Iterates over what to put on record; `held` says what is not.

    `handle_of` gives each firm of the file its organisation. With `play` every document is by its own
    issuer (order: buyer; despatch, invoice: seller; delivery: buyer), which only a simulated store may
    do; else all are by `importer`, and those of others are its copies.
    """

    def __init__(
        self, trade: Trade, *, importer: str, handle_of: Handles, play: bool = False
    ) -> None:
        self._trade = trade
        self._importer = importer
        self._handle_of = handle_of
        self._play = play
        self._scales: dict[tuple[str, str], int] = {}
        #: Framework contracts of the orders planned so far: (who puts it on record, the contract) by name.
        self.contracts: dict[str, tuple[str, finance.Contract]] = {}
        self.held: tuple[Held, ...] = tuple(self._holds())
        self._held = {(held.kind, held.number, held.lines) for held in self.held}

    def __iter__(self) -> Iterator[Planned]:
        for draft in self._documents():
            if (_kind(draft), draft.number, draft.sources) not in self._held:
                yield self._planned(draft)

    def __len__(self) -> int:
        return sum(1 for _ in self._documents()) - len(self.held)

    def handle(self, party: Party) -> str:
        """The organisation of a firm."""
        return self._importer if party.name == importing else self._handle_of(party)

    def _documents(self) -> Iterator[Draft]:
        yield from self._trade.orders
        yield from self._trade.despatches
        yield from self._trade.deliveries
        yield from self._trade.invoices

    def _holds(self) -> Iterator[Held]:
        missing: set[str] = set()
        for draft in self._documents():
            reason = self._why_not(draft, missing)
            if reason:
                if isinstance(draft, OrderDraft):
                    missing.add(draft.number)
                yield Held(_kind(draft), draft.number, draft.sources, reason)

    def _why_not(self, draft: Draft, missing: set[str]) -> str:
        if draft.incomplete:
            return "a row of it could not be read"
        if len(draft.lines) > document_lines_max:
            return f"it has more than {document_lines_max} lines"
        lost = next((number for number in orders_of(draft) if number in missing), None)
        if lost is not None and not isinstance(draft, OrderDraft):
            return f"order {lost} is held back"
        return self._unsayable(draft)

    def _unsayable(self, draft: Draft) -> str:
        """Why finance could not say the document's quantities or prices exactly."""
        for line in draft.lines:
            if isinstance(line, OrderLine):
                scale = order_scale(line.item, line.quantity)
                self._scales[draft.number, line.number] = scale
            else:
                scale = self._scales.get((line.order, line.order_line), 6)
            quantity = line.received if isinstance(line, DeliveryLine) else line.quantity
            if quantity.scale > scale:
                return f"line {line.source} has more decimals than its order line"
            if not 0 < quantity.at(scale) <= quantity_max:
                return f"line {line.source} has a quantity of zero, or beyond {quantity_max}"
            if isinstance(line, OrderLine | InvoiceLine) and terms(line) is None:
                return f"line {line.source} has a price that no fraction in range says exactly"
        return ""

    def _planned(self, draft: Draft) -> Planned:
        buyer, seller = self.handle(draft.buyer), self.handle(draft.seller)
        kind = _kind(draft)
        issuer = {"order": buyer, "despatch": seller, "invoice": seller}.get(
            kind, buyer if self._play else self._importer
        )
        author = issuer if self._play else self._importer
        name = finance.document_name(author, issuer, draft.number)
        entry_type = f"finance.{kind}/1"
        return Planned(
            id=entry_id(author, entry_type, name, draft.date),
            type=entry_type,
            author=author,
            name=name,
            body=self._body(draft, author, buyer, seller),
            lines=draft.sources,
            draft=draft,
        )

    def _body(self, draft: Draft, author: str, buyer: str, seller: str) -> Body:
        match draft:
            case OrderDraft():
                contract = self._contract(author, buyer, seller, draft.currency)
                return order_body(draft, buyer, seller, contract)
            case DespatchDraft():
                return despatch_body(draft, buyer, seller, self._name)
            case DeliveryDraft():
                return delivery_body(draft, buyer, seller, self._name)
            case InvoiceDraft():
                return invoice_body(draft, buyer, seller, self._name)

    def _contract(self, author: str, buyer: str, seller: str, currency: str) -> str:
        contract = framework(buyer, seller, currency)
        name = finance.document_name(author, author, contract.number)
        self.contracts.setdefault(name, (author, contract))
        return name

    def _name(self, issuer: str, number: str) -> str:
        return finance.document_name(issuer if self._play else self._importer, issuer, number)


def _kind(draft: Draft) -> str:
    match draft:
        case OrderDraft():
            return "order"
        case DespatchDraft():
            return "despatch"
        case DeliveryDraft():
            return "delivery"
        case InvoiceDraft():
            return "invoice"
