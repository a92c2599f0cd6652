"""Importing into an ordinary store: documents only, all signed by the importing company.

Counterparties become unverified placeholders without keys; nothing is confirmed or accepted for them, and
deliveries are graded "document only" (formats §4). A document needs its author as buyer or seller: the
side of the file that the map does not call the importer stands for a counterparty, and where a file names
neither side as the importer, the buyer is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from tallystick.app.imports.contracts import contract_id, contract_type
from tallystick.app.imports.drafts import Party
from tallystick.app.imports.entry_ids import entry_id
from tallystick.app.imports.mapping import importer as importing
from tallystick.app.imports.pens import Pens, Wanted
from tallystick.app.imports.plan import Plan
from tallystick.app.imports.trade import Trade
from tallystick.identity import AddPlaceholder, names

batch_entries = 2000
placeholder_date = "2000-01-01"
Progress = Callable[[int, int], None]


@dataclass
class DocumentsOnly:
    """Writes the documents of `trade` for the organisation `importer`."""

    trade: Trade
    importer: str
    pens: Pens
    _placeholders: dict[str, Party] = field(default_factory=dict)

    def run(self, progress: Progress) -> Plan:
        ours = self._our_side()
        plan = Plan(
            self.trade,
            importer=self.importer,
            handle_of=lambda party: self.importer if party.name in ours else self._handle(party),
        )
        planned = list(plan)
        self.pens.write([self._placeholder(h, p) for h, p in sorted(self._placeholders.items())])
        self.pens.write(
            [
                Wanted(contract_id(author, body), contract_type, author, body)
                for author, body in plan.contracts.values()
            ]
        )
        for start in range(0, len(planned), batch_entries):
            some = planned[start : start + batch_entries]
            self.pens.write([Wanted(i.id, i.type, i.author, i.body) for i in some])
            progress(start + len(some), len(planned))
        self.pens.ledger.seal()
        return plan

    def _our_side(self) -> set[str]:
        """Names in the file that mean the importing company itself."""
        drafts = (
            *self.trade.orders,
            *self.trade.despatches,
            *self.trade.deliveries,
            *self.trade.invoices,
        )
        if any(importing in (draft.buyer.name, draft.seller.name) for draft in drafts):
            return set()
        return {draft.buyer.name for draft in drafts}

    def _handle(self, party: Party) -> str:
        node = names.split(self.importer)[0]
        told = f"{self.importer}\n{party.name}\n{party.code}"
        digest = hashlib.sha256(f"tallystick placeholder\n{told}".encode()).digest()
        suffix = "".join(
            names.crockford[byte % 32] for byte in digest[: names.organisation_characters]
        )
        handle = f"{node}/O-{suffix}"
        self._placeholders[handle] = party
        return handle

    def _placeholder(self, handle: str, party: Party) -> Wanted:
        entry_type = "identity.placeholder.add/1"
        body = AddPlaceholder(
            organisation=handle, name={"en": party.name[:200]}, code=party.code or None
        )
        wanted = entry_id(self.importer, entry_type, handle, placeholder_date)
        return Wanted(wanted, entry_type, self.importer, body)
