"""Playing a whole file in a simulated store: every firm an organisation, every row goods and money.

Only a log whose origin ends in `/simulated` admits it; each key is marked as played (formats §4). Month
by month of delivery, the ledger's clock follows the file: orders, lots, despatches, scans of despatch and
receipt, invoices, confirmation by two persons, acceptance of the certificate, its financing by the better of two
banks if that is asked for (`lenders`), and its payment on the due day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import tallystick.finance as finance
import tallystick.scanners as scanners
import tallystick.trace as trace
from tallystick.app.imports.contracts import contract_date, contract_id, contract_type
from tallystick.app.imports.drafts import DespatchDraft, InvoiceDraft
from tallystick.app.imports.entry_ids import entry_id
from tallystick.app.imports.lenders import Held, Lenders
from tallystick.app.imports.parties import Cast
from tallystick.app.imports.pens import Pens, Wanted
from tallystick.app.imports.plan import Plan, Planned
from tallystick.app.imports.trade import Trade
from tallystick.identity import CreateHandles, HandleRecord
from tallystick.ledger import Answer, InvariantError, SetClock
from tallystick.trace import builders as epcis

handles_per_entry = 200
scan_hour = "T08:00:00.000Z"
end_of_day = "T09:00:00.000Z"

Progress = Callable[[int, int], None]


@dataclass
class Played:
    """What was confirmed, and what stays a document because it is worth nothing."""

    confirmed: int = 0
    worthless_lines: int = 0


@dataclass
class Simulation:
    """Plays `trade` with `pens`, whose keys are derived, and the clock of a simulated ledger."""

    trade: Trade
    cast: Cast
    pens: Pens
    clock: SetClock
    played: Played = field(default_factory=Played)
    lenders: Lenders | None = None
    _units: dict[tuple[str, int], str] = field(default_factory=dict)
    #: What the bank pays on which day.
    _due: dict[str, list[Wanted]] = field(default_factory=dict)

    def run(self, progress: Progress) -> Plan:
        """Write everything; documents come from the plan, scans and acts from here."""
        plan = Plan(
            self.trade,
            importer=self.cast.operator,
            handle_of=lambda party: self.cast.firm(party).handle,
            play=True,
        )
        self.cast.register(self.trade.parties(), self.pens)
        planned = [item for item in plan if item.type != "finance.delivery/1"]
        for item in planned:
            if isinstance(item.body, finance.Order):
                for line in item.body.lines:
                    self._units[item.name, line.line] = line.unit
        self._agree(plan)
        self._limit(planned)
        done, total = 0, len(planned)
        for month, group in _months(planned):
            self._month(month, group)
            done += len(group)
            progress(done, total)
        self._pay_until("9999-12-31")
        self.pens.ledger.seal()
        return plan

    def _agree(self, plan: Plan) -> None:
        """The contracts of all orders, each put on record by its buyer and agreed by its seller."""
        wanted: list[Wanted] = []
        for buyer, contract in plan.contracts.values():
            proposal = contract_id(buyer, contract)
            maker = self.cast.maker_of(buyer)
            wanted += [
                Wanted(proposal, contract_type, maker, contract),
                Wanted(
                    entry_id(contract.seller, "finance.agree/1", contract.number, contract_date),
                    "finance.agree/1",
                    self.cast.maker_of(contract.seller),
                    _agreeing(proposal),
                ),
            ]
        self.pens.write(wanted)

    def _limit(self, planned: Iterable[Planned]) -> None:
        """The banks' own limits, on each core enterprise as much as it confirms in all."""
        if self.lenders is None:
            return
        by_core: dict[str, int] = {}
        for item in planned:
            if isinstance(item.draft, InvoiceDraft) and item.draft.gross > 0:
                core = self.cast.firm(item.draft.buyer).handle
                by_core[core] = by_core.get(core, 0) + item.draft.gross
        currency = self.trade.invoices[0].currency if self.trade.invoices else "CNY"
        self.lenders.limit(by_core, currency)

    def _month(self, month: str, group: list[Planned]) -> None:
        # An order may be dated after its first delivery; the clock follows the goods.
        goods = [item.draft.date for item in group if item.type != "finance.order/1"]
        last = max(goods, default=f"{month}-01")
        self._pay_until(last)
        self.pens.ledger.seal()
        self.clock.set(f"{last}{end_of_day}")
        by_type: dict[str, list[Planned]] = {}
        for item in group:
            by_type.setdefault(item.type, []).append(item)
        despatches = by_type.get("finance.despatch/1", [])
        invoices = by_type.get("finance.invoice/1", [])
        worth = [item for item in invoices if self._worth(item)]
        answers = self.pens.write(
            [
                *(self._document(item) for item in by_type.get("finance.order/1", ())),
                *self._lots(despatches),
                *(self._despatch(item) for item in despatches),
                *(self._shipping(item) for item in despatches),
                *(self._receiving(item) for item in despatches),
                *(self._document(item) for item in invoices),
                *(self._proposal(item) for item in worth),
                *(self._approval(item) for item in worth),
            ]
        )
        held = self._accept(worth, answers)
        if self.lenders is not None:
            self.lenders.finance(held, last)

    def _document(self, item: Planned) -> Wanted:
        return Wanted(item.id, item.type, self.cast.maker_of(item.author), item.body)

    def _lots(self, despatches: Iterable[Planned]) -> Iterator[Wanted]:
        """Records of all lots, several to an entry, by the firms that name them."""
        by_seller: dict[str, list[str]] = {}
        for item in despatches:
            for lot in self._lots_of(item):
                by_seller.setdefault(item.author, []).append(lot)
        for seller, lots in by_seller.items():
            for start in range(0, len(lots), handles_per_entry):
                some = lots[start : start + handles_per_entry]
                name = f"{some[0]}..{some[-1]}"
                body = CreateHandles(
                    handles=tuple(HandleRecord(handle=lot, values=()) for lot in some)
                )
                date = "2000-01-01"
                yield Wanted(
                    entry_id(seller, "identity.handle.create/1", name, date),
                    "identity.handle.create/1",
                    seller,
                    body,
                )

    def _lots_of(self, item: Planned) -> list[str]:
        prefix = self.cast.prefix_of(item.author)
        draft = item.draft
        return [f"{prefix}/L-{draft.number}-{line.source}" for line in draft.lines]

    def _despatch(self, item: Planned) -> Wanted:
        body = item.body
        if not isinstance(body, finance.Despatch):
            raise InvariantError(item.type)
        lines = tuple(
            line.model_copy(
                update={
                    "lots": (
                        finance.LotQuantity(lot=lot, quantity=line.quantity, scale=line.scale),
                    )
                }
            )
            for line, lot in zip(body.lines, self._lots_of(item), strict=True)
        )
        with_lots = replace(item, body=body.model_copy(update={"lines": lines}))
        return self._document(with_lots)

    def _quantities(self, item: Planned) -> list[trace.Quantity]:
        body = item.body
        if not isinstance(body, finance.Despatch):
            raise InvariantError(item.type)
        return [
            trace.Quantity(
                lot=lot,
                quantity=line.quantity,
                scale=line.scale,
                unit=self._units[line.order, line.order_line],
            )
            for line, lot in zip(body.lines, self._lots_of(item), strict=True)
        ]

    def _shipping(self, item: Planned) -> Wanted:
        lots, time = self._quantities(item), f"{item.draft.date}{scan_hour}"
        events = [
            epcis.commissioning(lots=lots, time=time),
            epcis.shipping(lots=lots, time=time, **self._between(item)),
        ]
        return self._capture(item, item.author, "ship", events, time)

    def _receiving(self, item: Planned) -> Wanted:
        lots, time = self._quantities(item), f"{item.draft.date}{scan_hour}"
        buyer = self.cast.firm(item.draft.buyer).handle
        events = [epcis.receiving(lots=lots, time=time, **self._between(item))]
        return self._capture(item, buyer, "receive", events, time)

    def _between(self, item: Planned) -> dict[str, Any]:
        body = item.body
        if not isinstance(body, finance.Despatch):
            raise InvariantError(item.type)
        return {
            "references": [
                trace.Reference(type="po", id=body.lines[0].order),
                trace.Reference(type="desadv", id=item.name),
            ],
            "source": body.seller,
            "destination": body.buyer,
        }

    def _capture(
        self, item: Planned, organisation: str, what: str, events: list[epcis.Event], time: str
    ) -> Wanted:
        device = self.cast.device_of(organisation)
        prepared = scanners.prepare(events, time, self.pens.random)
        return Wanted(
            entry_id(device, f"trace.capture/1 {what}", item.name, item.draft.date),
            "trace.capture/1",
            device,
            trace.Capture.model_validate_json(prepared.body),
            attachments=prepared.attachments,
            streamed=True,
        )

    def _worth(self, item: Planned) -> bool:
        draft = item.draft
        if not isinstance(draft, InvoiceDraft):
            raise InvariantError(item.type)
        self.played.worthless_lines += sum(line.worth.gross == 0 for line in draft.lines)
        return draft.gross > 0

    def _accept(self, invoices: list[Planned], answers: Mapping[str, Answer]) -> list[Held]:
        """The sellers accept, and hold what they accepted; a certificate is named after the approval's index."""
        accepts, held = list[Wanted](), list[Held]()
        for item in invoices:
            answer, draft = answers[self._id(item, "approve")], item.draft
            if not answer.accepted or not isinstance(draft, InvoiceDraft):
                continue
            self.played.confirmed += draft.gross
            certificate = f"{self.cast.firm(draft.buyer).handle}#C-{answer.index}"
            body = finance.CertificateAccept(certificate=certificate)
            held.append(Held(certificate, item, draft))
            paid = self._payment(item, draft, certificate)
            self._due.setdefault(draft.due or draft.date, []).append(paid)
            maker = self.cast.maker_of(item.author)
            accepts.append(
                Wanted(self._id(item, "accept"), "finance.certificate.accept/1", maker, body)
            )
        self.pens.write(accepts)
        return held

    def _pay_until(self, last: str) -> None:
        """Each day on which something is due has a block of its own, so that nothing is paid late."""
        for day in sorted(day for day in self._due if day <= last):
            wanted = self._due.pop(day)
            if not self.pens.knows(wanted):
                self.pens.ledger.seal()
                self.clock.set(f"{day}{end_of_day}")
                self.pens.ledger.seal(force=True)
            self.pens.write(wanted)

    def _payment(self, item: Planned, draft: InvoiceDraft, certificate: str) -> Wanted:
        due = draft.due or draft.date
        body = finance.Pay(
            certificate=certificate,
            amount_minor=draft.gross,
            evidence=hashlib.sha256(f"payment of {item.name}".encode()).hexdigest(),
            paid_at=f"{due}{scan_hour}",
        )
        return Wanted(
            self._id(item, "pay"), "finance.pay/1", self.cast.maker_of(self.cast.bank), body
        )

    def _approval(self, item: Planned) -> Wanted:
        proposal, checker = self._id(item, "propose"), self.cast.firm(item.draft.buyer).checker
        return Wanted(
            self._id(item, "approve"),
            "finance.confirm.approve/1",
            checker,
            lambda hashes: finance.ConfirmApprove(proposal=hashes[proposal]),
        )

    def _proposal(self, item: Planned) -> Wanted:
        body, draft = item.body, item.draft
        if not isinstance(body, finance.Invoice) or not isinstance(draft, InvoiceDraft):
            raise InvariantError(item.type)
        lines = tuple(
            finance.ConfirmLine(line=line.line, amount=said.worth.gross)
            for line, said in zip(body.lines, draft.lines, strict=True)
            if said.worth.gross
        )
        propose = finance.ConfirmPropose(
            invoice=item.name,
            amount=draft.gross,
            currency=draft.currency,
            due_on=draft.due or draft.date,
            zone="Etc/UTC",
            paying_bank=self.cast.bank,
            lines=lines,
        )
        core = self.cast.firm(draft.buyer)
        return Wanted(self._id(item, "propose"), "finance.confirm.propose/1", core.maker, propose)

    def _id(self, item: Planned, act: str) -> str:
        return entry_id(item.author, f"finance.{act}", item.name, item.draft.date)


def _agreeing(proposal: str) -> Callable[[Mapping[str, str]], finance.Agree]:
    return lambda hashes: finance.Agree(proposal=hashes[proposal])


def _months(planned: list[Planned]) -> Iterator[tuple[str, list[Planned]]]:
    """Documents by month of what they rest on: an order goes with the first delivery that needs it."""
    first: dict[tuple[str, str], str] = {}
    for item in planned:
        for number in _orders(item):
            key = (item.draft.buyer.name, number)
            first[key] = min(first.get(key, "9999"), item.draft.date)

    def month(item: Planned) -> str:
        date = item.draft.date
        if item.type == "finance.order/1":
            date = first.get((item.draft.buyer.name, item.draft.number), date)
        return date[:7]

    for name, group in groupby(sorted(planned, key=month), key=month):
        yield name, list(group)


def _orders(item: Planned) -> set[str]:
    draft = item.draft
    if isinstance(draft, DespatchDraft | InvoiceDraft):
        return {line.order for line in draft.lines}
    return set()
