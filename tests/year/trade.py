"""How trade becomes a certificate, and how a certificate is financed: each act by whoever has to say it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from tests.year.parties import Party, digest
from tests.year.stage import Stage, keepers, place_of

from tallystick import finance
from tallystick.identity import CreateHandles, HandleRecord
from tallystick.trace import Quantity, Reference, builders

pieces = 1000
long_days = 200


@dataclass(frozen=True, slots=True)
class Sale:
    """One order, delivered and billed, and what may be confirmed of it, in minor units."""

    seller: str
    buyer: str
    number: str
    amount: int
    lot: str

    @property
    def price(self) -> finance.Price:
        return finance.Price(amount=self.amount, per=pieces)


@dataclass
class Trade:
    """`certificates`: by the number of the order."""

    stage: Stage
    certificates: dict[str, str] = field(default_factory=dict)

    def contract(self, buyer: str, seller: str) -> str:
        """Agreed by both; under it everything between the two happens."""
        ours, theirs = self.stage[buyer], self.stage[seller]
        body = finance.Contract(
            number=f"FC-{seller.upper()}", buyer=ours.handle, seller=theirs.handle, currency="CNY",
            signed_on="2026-01-05", valid_from="2026-01-05", payment_days=long_days,
        )  # fmt: skip
        proposal = ours.say("finance.contract/1", body)
        theirs.say("finance.agree/1", finance.Agree(proposal=proposal))
        return f"{ours.handle}#{body.number}"

    def order(self, buyer: str, seller: str, number: str, amount: int) -> Sale:
        """Accepted by its seller."""
        ours, theirs = self.stage[buyer], self.stage[seller]
        sale = Sale(seller, buyer, number, amount, f"{place_of(buyer)}/LOT-{number}")
        line = finance.OrderLine(line=1, text="parts", quantity=pieces, price=sale.price)
        body = finance.Order(
            number=f"PO-{number}", buyer=ours.handle, seller=theirs.handle,
            contract=f"{ours.handle}#FC-{seller.upper()}", currency="CNY", ordered_on=self.stage.today,
            lines=(line,),
        )  # fmt: skip
        proposal = ours.say("finance.order/1", body)
        theirs.say("finance.agree/1", finance.Agree(proposal=proposal))
        return sale

    def deliver(self, sale: Sale) -> None:
        """Despatched, and received by the buyer's scanner."""
        ours, theirs = self.stage[sale.buyer], self.stage[sale.seller]
        made = CreateHandles(handles=(HandleRecord(handle=sale.lot, values=()),))
        ours.say("identity.handle.create/1", made, "administrator")
        line = finance.DespatchLine(
            line=1, order=f"{ours.handle}#PO-{sale.number}", order_line=1, quantity=pieces,
            lots=(finance.LotQuantity(lot=sale.lot, quantity=pieces),),
        )  # fmt: skip
        body = finance.Despatch(
            number=f"DA-{sale.number}", seller=theirs.handle, buyer=ours.handle,
            despatched_on=self.stage.today, lines=(line,),
        )  # fmt: skip
        theirs.say("finance.despatch/1", body)
        self._scan(sale, builders.receiving, pieces, theirs, ours)

    def returned(self, sale: Sale, quantity: int) -> None:
        """So much goes back, under an authorisation that the event names."""
        ours, theirs = self.stage[sale.buyer], self.stage[sale.seller]
        authorised = Reference(type="rma", id=f"{ours.handle}#RMA-{sale.number}")
        self._scan(sale, builders.shipping, quantity, ours, theirs, authorised)

    def _scan(
        self, sale: Sale, made: Any, quantity: int, source: Party, to: Party, *more: Reference
    ) -> None:
        """One event of the buyer's scanner about the lot of a despatch."""
        buyer, seller = self.stage[sale.buyer], self.stage[sale.seller]
        despatch = Reference(type="desadv", id=f"{seller.handle}#DA-{sale.number}")
        event = made(
            lots=[Quantity(lot=sale.lot, quantity=quantity)], time=self.stage.now,
            read_point=f"{place_of(sale.buyer)}/GATE", references=[despatch, *more],
            source=source.handle, destination=to.handle,
        )  # fmt: skip
        buyer.capture(f"{place_of(sale.buyer)}/SCANNER-1", [event], self.stage.now)

    def bill(self, sale: Sale) -> str:
        ours, theirs = self.stage[sale.buyer], self.stage[sale.seller]
        line = finance.InvoiceLine(
            line=1, order=f"{ours.handle}#PO-{sale.number}", order_line=1, quantity=pieces,
            price=sale.price,
        )  # fmt: skip
        body = finance.Invoice(
            number=f"INV-{sale.number}", seller=theirs.handle, buyer=ours.handle, currency="CNY",
            invoiced_on=self.stage.today, lines=(line,),
        )  # fmt: skip
        theirs.say("finance.invoice/1", body)
        return f"{theirs.handle}#INV-{sale.number}"

    def promised(self, sale: Sale, due_on: str, paying_bank: str) -> finance.ConfirmPropose:
        theirs = self.stage[sale.seller]
        return finance.ConfirmPropose(
            invoice=f"{theirs.handle}#INV-{sale.number}", amount=sale.amount, currency="CNY",
            due_on=due_on, paying_bank=self.stage[paying_bank].handle,
            term_reason="agreed-in-contract",
            lines=(finance.ConfirmLine(line=1, amount=sale.amount),),
        )  # fmt: skip

    def confirm(self, sale: Sale, due_on: str, paying_bank: str = "west") -> str:
        """By two persons of the buyer; offered to the seller."""
        ours = self.stage[sale.buyer]
        body = self.promised(sale, due_on, paying_bank)
        proposal = ours.say("finance.confirm.propose/1", body)
        approve = finance.ConfirmApprove(proposal=proposal)
        index = ours.post(ours.write("finance.confirm.approve/1", approve, "checker"))
        name = f"{ours.handle}#C-{index}"
        self.certificates[sale.number] = name
        return name

    def certificate(self, seller: str, number: str, amount: int, due_on: str) -> str:
        """From order to a live certificate."""
        sale = self.order("core", seller, number, amount)
        self.deliver(sale)
        self.bill(sale)
        name = self.confirm(sale, due_on)
        self.stage[seller].say(
            "finance.certificate.accept/1", finance.CertificateAccept(certificate=name)
        )
        return name

    def pass_on(self, name: str, giver: str, taker: str, amount: int) -> None:
        """For a debt of the giver to the taker, as their contract says."""
        ours, theirs = self.stage[giver], self.stage[taker]
        body = finance.Contract(
            number=f"FC-{giver.upper()}-{taker.upper()}-{amount}", buyer=ours.handle,
            seller=theirs.handle, currency="CNY", signed_on="2026-01-05", valid_from="2026-01-05",
            payment_days=180, total=amount,
        )  # fmt: skip
        proposal = ours.say("finance.contract/1", body)
        theirs.say("finance.agree/1", finance.Agree(proposal=proposal))
        evidence = finance.HopEvidence(
            kind="contract", name=f"{ours.handle}#{body.number}", amount=amount
        )
        offer = ours.say(
            "finance.transfer.offer/1",
            finance.TransferOffer(
                certificate=name, amount=amount, to=theirs.handle, evidence=(evidence,)
            ),
        )
        theirs.say("finance.transfer.accept/1", finance.TransferAccept(offer=offer))

    # Financing

    def figures(self, amount: int, rate_ppm: int, value_on: str, due_on: str) -> Any:
        return finance.discounted(finance.DiscountTerms(amount, rate_ppm, value_on, due_on))

    def quoted(
        self, bank: str, holder: str, name: str, amount: int, rate_ppm: int, value_on: str,
        due_on: str, **more: Any,
    ) -> str:  # fmt: skip
        """A price, which binds once the bank has searched the register."""
        told = self.figures(amount, rate_ppm, value_on, due_on)
        net = amount if more.get("borne_by") == "buyer" else told.net
        body = finance.Quote(
            certificate=name, holder=self.stage[holder].handle, currency="CNY", amount=amount,
            rate_ppm=rate_ppm, value_on=value_on, due_on=due_on, days=told.days,
            discount=told.discount, net=net, valid_hours=24 * 7, **more,
        )  # fmt: skip
        return self.stage[bank].say("finance.quote/1", body)

    def searched(self, bank: str, holder: str, name: str) -> None:
        body = finance.Search(
            certificate=name, holder=self.stage[holder].handle, number=f"CX-{digest(name)[:8]}",
            evidence=self.stage.record(f"search {bank} {holder} {name}"), searched_at=self.stage.now,
        )  # fmt: skip
        self.stage[bank].say("finance.search/1", body)

    def take(self, holder: str, quote: str) -> None:
        self.stage[holder].say("finance.quote.accept/1", finance.QuoteAccept(quote=quote))

    def financed(
        self, bank: str, holder: str, name: str, amount: int, due_on: str, rate_ppm: int = 42_000,
        **more: Any,
    ) -> str:  # fmt: skip
        """Searched, quoted, taken, sent, paid and received on one day."""
        self.searched(bank, holder, name)
        quote = self.quoted(bank, holder, name, amount, rate_ppm, self.stage.today, due_on, **more)
        self.take(holder, quote)
        self.instruct(bank, holder, quote)
        self.disburse(bank, quote, self.figures(amount, rate_ppm, self.stage.today, due_on).net)
        if keepers[holder] != bank:
            answer = finance.DisburseAnswer(quote=quote)
            self.stage[holder].say("finance.disburse.receive/1", answer)
        return quote

    def instruct(self, bank: str, holder: str, quote: str, *, early: bool = False) -> None:
        """Sent to the account that stood when the holder accepted. A debtor that pays early registers nothing."""
        number = f"ZDW-{quote[:10]}"
        registration = finance.Registration(number=number, ends_on="2028-12-31")
        body = finance.Instruct(
            quote=quote, registration=None if early else registration,
            account=self.stage.accounts.get(holder), reference=f"E2E-{os.urandom(8).hex()}",
            sent_at=self.stage.now,
        )  # fmt: skip
        self.stage[bank].say("finance.instruct/1", body)

    def disburse(self, bank: str, quote: str, net: int, by: str = "") -> None:
        body = finance.Disburse(
            quote=quote, amount_minor=net, evidence=self.stage.record(f"paid {quote}"),
            paid_at=self.stage.now,
        )  # fmt: skip
        self.stage[by or bank].say("finance.disburse/1", body)

    def cancelled(self, bank: str, quote: str) -> None:
        """What was registered is taken back once nothing of it is owed."""
        body = finance.RegistrationCancel(quote=quote, number=f"ZDW-{quote[:10]}")
        self.stage[bank].say("finance.registration.cancel/1", body)

    # The day on which it is due

    def pay(self, name: str, amount: int, bank: str = "west") -> None:
        body = finance.Pay(
            certificate=name, amount_minor=amount, evidence=self.stage.record(f"pay {name}"),
            paid_at=self.stage.now,
        )  # fmt: skip
        self.stage[bank].say("finance.pay/1", body)

    def owed(self, name: str, by: str = "core") -> dict[str, int]:
        """What is still owed, by holder's name, as its debtor reads it."""
        names = {self.stage[one].handle: one for one in self.stage.parties}
        claims = self.read(name, by)["claims"]
        return {
            names[part.partition(" ")[0]]: row["due"] - row["paid"]
            for part, row in claims.items()
            if row["due"] > row["paid"]
        }

    def holders(self, name: str) -> dict[str, int]:
        """Minor units by holder, as each of them reads of itself."""
        found = {}
        for one in (*keepers, "east", "west", "insurer"):
            answer = self.stage[one].ask(self._path(name))
            own = self.stage[one].handle
            if answer.is_success and answer.json()["holders"].get(own):
                found[one] = int(answer.json()["holders"][own])
        return found

    def read(self, name: str, by: str = "core") -> Any:
        return self.stage[by].get(self._path(name))

    def _path(self, name: str) -> str:
        return f"/finance/v1/certificates/{name.replace('#', '%23')}"
