"""From what a document tells to the body of an entry: who, under which order, which line, in which unit.

Nothing is guessed. What the document does not say and no agreed mapping answers is missing, and named; the
document then waits. What is exact in the document stays exact in the body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import tallystick.finance as finance
from tallystick.app.documents.crediting import credit_body
from tallystick.app.documents.errors import DocumentUnreadable, NotYourDocument
from tallystick.app.documents.lines import Wants, despatch_body, invoice_body
from tallystick.app.documents.ordering import cancel_body, change_body, order_body
from tallystick.app.documents.parties import organisation_of
from tallystick.app.documents.told import Kind, Told
from tallystick.app.documents.using import usage_body
from tallystick.ledger import Body, View

contracts_max = 200


@dataclass(frozen=True, slots=True)
class Missing:
    """What a document lacks: at which line (0: its head), and what it says there."""

    what: Wants
    line: int
    said: str


@dataclass(frozen=True, slots=True)
class Hints:
    """What the sender says beside the document."""

    order: str = ""
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """`body` is there if nothing is missing. `kind`, `name`, `part`: where the rule will write it."""

    type: str
    kind: str = ""
    name: str = ""
    part: str = ""
    date: str = ""
    body: Body | None = None
    missing: tuple[Missing, ...] = ()


@dataclass
class Resolving:
    """One document, held against a view, for the organisation that sends it."""

    view: View
    author: str
    told: Told
    hints: Hints
    buyer: str = ""
    seller: str = ""
    missing: list[Missing] = field(default_factory=list)
    billed: set[tuple[str, int]] = field(default_factory=set)
    settled: Counter[tuple[str, int]] = field(default_factory=Counter)

    def lack(self, what: Wants, line: int, said: object) -> None:
        self.missing.append(Missing(what, line, str(said)[:200]))

    @property
    def pair(self) -> str:
        return finance.pair_name(self.buyer, self.seller)

    def contract(self) -> str:
        """The contract that the order names, or the only one of the pair that runs then; else it is missing."""
        wanted = self.hints.contract or self.told.contract
        for owner in (self.buyer, self.seller):
            name = wanted if "#" in wanted else f"{owner}#{wanted}"
            if wanted and self._between("contract", name):
                return name
        if wanted:
            self.lack("contract", 0, wanted)
            return ""
        running = list(self._running())
        if len(running) != 1:
            self.lack("contract", 0, f"{len(running)} contracts run on {self.told.date}")
            return ""
        return running[0]

    def order(self, number: str, line: int) -> str:
        """The order of that number, or of the sender's hint; the buyer's own, or the sender's copy of it."""
        wanted = number or self.told.order or self.hints.order
        for name in (wanted, f"{self.buyer}#{wanted}", f"{self.author}#{self.buyer}#{wanted}"):
            if wanted and "#" in name and self._between("order", name):
                return name
        self.lack("order", line, wanted or "the document names no order")
        return ""

    def invoice(self) -> str:
        wanted = self.told.refers
        for name in (f"{self.seller}#{wanted}", f"{self.author}#{self.seller}#{wanted}"):
            if wanted and self._between("invoice", name):
                return name
        self.lack("invoice", 0, wanted)
        return ""

    def _running(self) -> Iterator[str]:
        for row in self.view.find("contract-of", self.author, limit=contracts_max):
            found: Any = row.value
            until = found.get("valid_until")
            if (
                (found["buyer"], found["seller"]) == (self.buyer, self.seller)
                and found["currency"] == self.told.currency
                and found["status"] != "declined"
                and found["valid_from"] <= self.told.date
                and (until is None or self.told.date <= until)
            ):
                yield row.name

    def _between(self, kind: str, name: str) -> bool:
        """Whether there is such a document between the two firms, of which the author is one."""
        found: Any = self.view.get(kind, name)
        return found is not None and (found["buyer"], found["seller"]) == (self.buyer, self.seller)


_Body = Callable[[Resolving], Body | None]
_types: dict[Kind, tuple[str, str, _Body]] = {
    "order": ("finance.order/1", "order", order_body),
    "change": ("finance.order.change/1", "order-change", change_body),
    "cancellation": ("finance.order.cancel/1", "order-change", cancel_body),
    "despatch": ("finance.despatch/1", "despatch", despatch_body),
    "invoice": ("finance.invoice/1", "invoice", invoice_body),
    "credit": ("finance.credit/1", "credit", credit_body),
    "usage": ("finance.usage/1", "usage", usage_body),
}


def resolve(view: View, author: str, told: Told, hints: Hints | None = None) -> Resolved:
    """The body that the document comes to, or what it lacks; raises `NotYourDocument`.

    `author`: the organisation that sends it.
    """
    entry_type, kind, make = _types[told.kind]
    work = Resolving(view, author, told, hints or Hints())
    for side, party in (("buyer", told.buyer), ("seller", told.seller)):
        found = organisation_of(view, author, party)
        if found is None:
            said = party.name or ", ".join(text for _, text in party.ids)
            work.missing.append(Missing("buyer" if side == "buyer" else "seller", 0, said[:200]))
        else:
            setattr(work, side, found)
    if work.missing:
        return Resolved(entry_type, missing=tuple(work.missing))
    if work.buyer == work.seller:
        raise DocumentUnreadable(f"{work.buyer} is buyer and seller")
    if author not in (work.buyer, work.seller):
        raise NotYourDocument(f"between {work.buyer} and {work.seller}")
    body = make(work)
    if work.missing or body is None:
        return Resolved(entry_type, missing=tuple(work.missing))
    name, part = _place(work, body)
    return Resolved(entry_type, kind, name, part, told.date, body)


def _place(work: Resolving, body: Any) -> tuple[str, str]:
    kind = work.told.kind
    if kind in ("change", "cancellation"):
        return body.order, f"{body.number:03d}"
    issuer = work.buyer if kind == "order" else work.seller
    return finance.document_name(work.author, issuer, body.number), ""
