"""A confirmed and accepted certificate on a bench log: order, despatch, receiving scan, invoice, two persons."""

from __future__ import annotations

from dataclasses import dataclass

from bench.log import BenchLog, batches
from bench.pens import bank, checker, core, gate, maker, started, suppliers

from tallystick import finance, trace
from tallystick.ledger import Body, Submission, payload_hash
from tallystick.trace import builders as epcis

face = 9_000_000_000
part = 1_000_000
due_on = "2026-07-10"
#: What the contract of two firms is worth: more than they ever pass on.
owed_total = 10**15
units = 1000

owner = suppliers[0]
others = suppliers[1:]


@dataclass(frozen=True, slots=True)
class Transfer:
    """An offer and its acceptance."""

    offer: Submission
    accept: Submission


class Trade:
    """Writes the trade's documents and the acts on its certificates."""

    def __init__(self, log: BenchLog, after: int = 0) -> None:
        """Documents are numbered from the one `after`."""
        self.log = log
        self._number = after
        self._agreed = after > 0
        self._pairs: dict[tuple[str, str], str] = {}

    def certificate(self) -> str:
        """The name of a new certificate over `face`, held whole by the first supplier."""
        self._number += 1
        n, log = self._number, self.log
        order, despatch, invoice = f"PO-{n}", f"DA-{n}", f"INV-{n}"
        things, handles = log.pens.items(1)
        log.append([handles])
        price = finance.Price(amount=face, per=units)
        self._documents(order, despatch, invoice, things[0], price)
        proposal = self._write(
            maker(core),
            "finance.confirm.propose/1",
            finance.ConfirmPropose(
                invoice=f"{owner}#{invoice}",
                amount=face,
                currency="CNY",
                due_on=due_on,
                paying_bank=bank,
                lines=(finance.ConfirmLine(line=1, amount=face),),
            ),
        )
        approval = finance.ConfirmApprove(proposal=payload_hash(proposal.envelope).hex())
        said = [proposal, self._write(checker(core), "finance.confirm.approve/1", approval)]
        name = f"{core}#C-{log.append([said])[-1].index}"
        accept = finance.CertificateAccept(certificate=name)
        log.append([[self._write(maker(owner), "finance.certificate.accept/1", accept)]])
        return name

    def split(self, certificate: str, holdings: int) -> None:
        """Give parts to the others in turn until the certificate lies in so many holdings."""
        made = [
            self.transfer(certificate, owner, others[n % len(others)]) for n in range(holdings - 1)
        ]
        self.log.append(batches([act for t in made for act in (t.offer, t.accept)], 256))

    def transfer(self, certificate: str, holder: str, to: str, amount: int = part) -> Transfer:
        """Offered by the holder's maker, accepted by the other's checker."""
        offer = self._write(
            maker(holder),
            "finance.transfer.offer/1",
            finance.TransferOffer(
                certificate=certificate,
                amount=amount,
                to=to,
                evidence=(self._owed(holder, to, amount),),
            ),
        )
        accept = finance.TransferAccept(offer=payload_hash(offer.envelope).hex())
        return Transfer(offer, self._write(checker(to), "finance.transfer.accept/1", accept))

    def _owed(self, giver: str, taker: str, amount: int) -> finance.HopEvidence:
        """By the contract of the two, agreed once."""
        name = self._pairs.get((giver, taker))
        if name is None:
            number = f"HOPS-{self._number}-{taker.rpartition('/')[2]}"
            name = self._pairs[giver, taker] = f"{giver}#{number}"
            body = finance.Contract(
                number=number, buyer=giver, seller=taker, currency="CNY", signed_on="2026-01-01",
                valid_from="2026-01-01", payment_days=365, total=owed_total,
            )  # fmt: skip
            proposed = self._write(maker(giver), "finance.contract/1", body)
            agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
            self.log.append([[proposed, self._write(maker(taker), "finance.agree/1", agree)]])
        return finance.HopEvidence(kind="contract", name=name, amount=amount)

    def _documents(
        self, order: str, despatch: str, invoice: str, lot: str, price: finance.Price
    ) -> None:
        line = finance.OrderLine(line=1, text="cell", quantity=units, price=price)
        ordered = finance.Order(
            number=order, buyer=core, seller=owner, contract=self._contract(), currency="CNY",
            ordered_on="2026-01-02", lines=(line,),
        )  # fmt: skip
        sent = finance.DespatchLine(
            line=1,
            order=f"{core}#{order}",
            order_line=1,
            quantity=units,
            lots=(finance.LotQuantity(lot=lot, quantity=units),),
        )
        despatched = finance.Despatch(
            number=despatch, seller=owner, buyer=core, despatched_on="2026-01-05", lines=(sent,)
        )
        billed = finance.InvoiceLine(
            line=1, order=f"{core}#{order}", order_line=1, quantity=units, price=price
        )
        invoiced = finance.Invoice(
            number=invoice, seller=owner, buyer=core, currency="CNY",
            invoiced_on="2026-01-10", lines=(billed,),
        )  # fmt: skip
        self.log.append(
            [
                [self._write(maker(core), "finance.order/1", ordered)],
                [self._write(maker(owner), "finance.despatch/1", despatched)],
                [self._received(order, despatch, lot)],
                [self._write(maker(owner), "finance.invoice/1", invoiced)],
            ]
        )

    def _contract(self) -> str:
        """The contract of all orders, agreed once."""
        if not self._agreed:
            body = finance.Contract(
                number="FC-1", buyer=core, seller=owner, currency="CNY", signed_on="2026-01-01",
                valid_from="2026-01-01", payment_days=365,
            )  # fmt: skip
            proposed = self._write(maker(core), "finance.contract/1", body)
            agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
            self.log.append([[proposed, self._write(maker(owner), "finance.agree/1", agree)]])
            self._agreed = True
        return f"{core}#FC-1"

    def _received(self, order: str, despatch: str, lot: str) -> Submission:
        lots = [trace.Quantity(lot=lot, quantity=units)]
        references = [
            trace.Reference(type="po", id=f"{core}#{order}"),
            trace.Reference(type="desadv", id=f"{owner}#{despatch}"),
        ]
        return self.log.pens.capture(
            [
                epcis.commissioning(lots=lots, time=started, read_point=gate),
                epcis.receiving(
                    lots=lots,
                    time=started,
                    read_point=gate,
                    references=references,
                    source=owner,
                    destination=core,
                ),
            ]
        )

    def _write(self, author: str, entry_type: str, body: Body) -> Submission:
        return self.log.pens.write(author, entry_type, body)
