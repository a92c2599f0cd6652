"""A seller with an order worth 1,000,000.00 whose materials cost 500,000.00 at one supplier, and a funder."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import (
    Desk,
    bank,
    checker,
    core,
    digest,
    maker,
    other_bank,
    scanner,
    supplier,
)

from tallystick import finance
from tallystick.finance.advances.owing import counted_to, owed
from tallystick.finance.money.dates import money_date
from tallystick.ledger.state import Change

mill, carrier = "99.100/O-MILL", "99.100/O-CARR"
funder = other_bank
account = f"{supplier}#A-1"
worth, cost = 1_000_000_00, 500_000_00
lot = "99.100.7/LOT-STEEL"


class Lender(Desk):
    def __init__(self) -> None:
        super().__init__([mill, carrier])
        row = {
            "details": {"hash": digest("a")},
            "tail": "1234",
            "bank_code": "1",
            "status": "confirmed",
        }
        paid = {"account": account, "since": 0}
        self.state.apply(
            [Change("bank-account", account, row), Change("payee", supplier, paid, "CNY")]
        )
        self.named = self.taken("PO-1", worth, core, supplier)
        self.purchase = self.taken("PO-M", cost, supplier, mill)

    def taken(self, number: str, amount: int, buyer: str, seller: str) -> str:
        """An order of one line that its seller accepted."""
        price = finance.Price(amount=amount, per=1000)
        line = finance.OrderLine(line=1, quantity=1000, price=price)
        name = self.order(number, line, seller=seller, buyer=buyer)
        proposal = str(self.row("order", name)["proposal"])
        self.play("finance.agree/1", maker(seller), finance.Agree(proposal=proposal))
        return name

    def ask(self, by: str = supplier, **changed: Any) -> str:
        told: dict[str, Any] = {
            "order": self.named, "funder": funder, "limit": worth, "purchases": (self.purchase,), **changed,
        }  # fmt: skip
        return self.play("finance.facility.request/1", maker(by), finance.FacilityRequest(**told))

    def terms(self, name: str, by: str = funder, **changed: Any) -> str:
        told: dict[str, Any] = {
            "facility": name, "limit": worth, "rate_ppm": 60_000, "available_until": "2026-05-31",
            "repay_on": "2026-09-30", "account": account, **changed,
        }  # fmt: skip
        return self.play("finance.facility.propose/1", maker(by), finance.FacilityPropose(**told))

    def approve_terms(self, proposal: str, by: str = checker(funder)) -> str:
        return self.play(
            "finance.facility.approve/1", by, finance.FacilityApprove(proposal=proposal)
        )

    def take_terms(self, name: str, by: str = supplier) -> str:
        return self.play(
            "finance.facility.accept/1", maker(by), finance.FacilityAccept(facility=name)
        )

    def opened(self, **terms: Any) -> str:
        name = self.ask()
        self.approve_terms(self.terms(name, **terms))
        self.take_terms(name)
        return name

    def draw(self, name: str, amount: int, by: str = supplier, **changed: Any) -> str:
        told: dict[str, Any] = {
            "facility": name, "purchase": self.purchase, "amount": amount, "mandate": finance.mandate, **changed,
        }  # fmt: skip
        return self.play("finance.advance.draw/1", maker(by), finance.AdvanceDraw(**told))

    def instruct(self, name: str, advance: str, by: str = funder) -> str:
        body = finance.AdvanceInstruct(facility=name, advance=advance)
        return self.play("finance.advance.instruct/1", maker(by), body)

    def paid_out(
        self, name: str, advance: str, amount: int, by: str = funder, **changed: Any
    ) -> str:
        told: dict[str, Any] = {
            "currency": "CNY", "amount": amount, "evidence": digest(advance), "paid_at": self.time, **changed,
        }  # fmt: skip
        body = finance.AdvancePaid(facility=name, advance=advance, **told)
        return self.play("finance.advance.paid/1", maker(by), body)

    def unpaid(self, name: str, advance: str, by: str = funder) -> str:
        body = finance.AdvanceUnpaid(facility=name, advance=advance)
        return self.play("finance.advance.unpaid/1", maker(by), body)

    def lent(self, name: str, amount: int) -> str:
        advance = self.draw(name, amount)
        self.instruct(name, advance)
        self.paid_out(name, advance, amount)
        return advance

    def repaid(self, name: str, amount: int, by: str = funder, **changed: Any) -> str:
        told: dict[str, Any] = {
            "account": account, "currency": "CNY", "amount": amount, "evidence": digest(f"{self.index}"),
            "paid_at": self.time, **changed,
        }  # fmt: skip
        body = finance.AdvanceRepaid(facility=name, **told)
        return self.play("finance.advance.repaid/1", maker(by), body)

    def owed(self, name: str) -> int:
        row = self.row("facility", name)
        return owed(row, counted_to(row, money_date(self.time))).total

    def delivers(self, number: str, order: str, seller: str, buyer: str, goods: str = lot) -> str:
        line = finance.DespatchLine(
            line=1, order=order, order_line=1, quantity=1000, lots=(finance.LotQuantity(lot=goods, quantity=1000),)
        )  # fmt: skip
        return self.despatch(number, line, seller=seller, buyer=buyer)

    def material_in(self) -> None:
        sent = self.delivers("DA-M", self.purchase, mill, supplier)
        self.scan(sent, lots=[(lot, 1000)], author=scanner(supplier), seller=mill, buyer=supplier)

    def goods_in(self) -> None:
        sent = self.delivers("DA-1", self.named, supplier, core, "99.100.7/LOT-GOODS")
        self.scan(sent, lots=[("99.100.7/LOT-GOODS", 1000)])

    def certified(self, amount: int = worth) -> str:
        """A certificate on the order, offered to the seller."""
        price = finance.Price(amount=worth, per=1000)
        billed = finance.InvoiceLine(
            line=1, order=self.named, order_line=1, quantity=1000, price=price
        )
        return self.approve(self.propose(self.invoice("INV-1", billed), amount))


__all__ = ["Lender", "account", "bank", "carrier", "core", "cost", "funder", "lot", "mill", "worth"]
