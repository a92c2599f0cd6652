"""An order of a core enterprise with goods and invoices, and the two persons who set and release."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import Desk, checker, core, maker, supplier

from tallystick import finance
from tallystick.finance import DespatchLine, InvoiceLine, LotQuantity, OrderLine, Price

price = Price(amount=8850)
dear = Price(amount=8900)
vat = 130_000
standing = {
    "currency": "CNY",
    "over_delivery_ppm": 5_000,
    "under_delivery_ppm": 0,
    "price_ppm": 5_000,
    "price_absolute_minor": 100_00,
    "rounding_minor": 1,
    "release_minor": 0,
    "after": 0,
}


class Shop:
    """One order line of 1,000 pieces at 88.50 and 13 % of tax, unless told otherwise."""

    def __init__(self, **contract: Any) -> None:
        self.desk = Desk()
        root = self.desk.contract(**contract)
        line = OrderLine(line=1, quantity=1000, price=price, tax_ppm=vat)
        self.order = self.desk.order("PO-1", line, contract=root)
        self._lots = 0

    def deliver(self, quantity: int, rejected: int = 0) -> str:
        """Despatched and scanned in; `rejected` of it arrives damaged. The despatch."""
        self._lots += 1
        lot = f"99.100.8/LOT-{self._lots}"
        despatch = self.desk.despatch(
            f"DA-{self._lots}",
            DespatchLine(
                line=1,
                order=self.order,
                order_line=1,
                quantity=quantity,
                lots=(LotQuantity(lot=lot, quantity=quantity),),
            ),
        )
        if quantity > rejected:
            self.desk.scan(despatch, lots=[(lot, quantity - rejected)])
        if rejected:
            self.desk.scan(despatch, lots=[(lot, rejected)], disposition="damaged")
        return despatch

    def send_back(self, despatch: str, quantity: int) -> None:
        lot = f"99.100.8/LOT-{despatch.rpartition('-')[2]}"
        self.desk.scan(despatch, lots=[(lot, quantity)], back=True)

    def bill(self, number: str, quantity: int, at: Price = price, tax_ppm: int = vat) -> str:
        line = InvoiceLine(
            line=1, order=self.order, order_line=1, quantity=quantity, price=at, tax_ppm=tax_ppm
        )
        return self.desk.invoice(number, line)

    def match(self, invoice: str) -> finance.Match:
        return finance.match_invoice(self.desk.state, invoice)

    def confirm(self, invoice: str, amount: int, **more: Any) -> str:
        name = self.desk.approve(self.desk.propose(invoice, amount, **more))
        self.desk.accept_certificate(name)
        return name

    def set(self, **stated: Any) -> str:
        """Tolerances by two persons; the approval's payload hash."""
        proposal = self.propose(**stated)
        return self.approve(proposal)

    def propose(self, by: str = maker(core), **stated: Any) -> str:
        body = finance.TolerancesPropose(**{**standing, **stated})
        return self.desk.play("finance.tolerances.propose/1", by, body)

    def approve(self, proposal: str, by: str = checker(core)) -> str:
        body = finance.TolerancesApprove(proposal=proposal)
        return self.desk.play("finance.tolerances.approve/1", by, body)

    def ask(self, invoice: str, *reasons: Any, by: str = maker(core), line: int = 1) -> str:
        body = finance.ReleasePropose(invoice=invoice, line=line, reasons=reasons)
        return self.desk.play("finance.match.release.propose/1", by, body)

    def let_pass(self, proposal: str, by: str = checker(core)) -> str:
        body = finance.ReleaseApprove(proposal=proposal)
        return self.desk.play("finance.match.release.approve/1", by, body)

    def credit(self, number: str, invoice: str, net: int, tax: int, quantity: int = 0) -> str:
        body = finance.Credit(
            number=number,
            seller=supplier,
            buyer=core,
            currency="CNY",
            credited_on="2026-01-11",
            invoice=invoice,
            lines=(
                finance.CreditLine(line=1, invoice_line=1, quantity=quantity, net=net, tax=tax),
            ),
        )
        return self.desk.play("finance.credit/1", maker(supplier), body)
