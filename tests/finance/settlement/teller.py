"""A desk with everybody whom a certificate's money may reach, and one act for each thing that may be said of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.finance.desk import bank, core, digest, maker, other_bank, supplier
from tests.finance.insurance.desk import Insurance, friend, insurer
from tests.finance.limits.floor import Floor
from tests.finance.settlement.papers import Deal, Payout

from tallystick import finance
from tallystick.ledger import Change

account = f"{friend}#A-1"
other_limit = 400_000
insured_limit = 300_000
firms, banks = (supplier, friend), (bank, other_bank)
#: Who can be owed anything: the node, the log and the debtor cannot.
payees = {*firms, *banks, insurer}


class Teller(Insurance, Floor):
    """The friend's account is kept by the other bank, whose limit is set; what the bank holds can be insured."""

    def __init__(self) -> None:
        super().__init__()
        row = {"details": {"hash": digest("a")}, "tail": "1234", "bank_code": "1"}
        kept = {"how": "bank", "by": other_bank, "index": 0, "time": self.time}
        payee = {"account": account, "since": 0}
        self.state.apply(
            [
                Change("bank-account", account, {**row, "status": "confirmed", "confirmed": kept}),
                Change("payee", friend, payee, "CNY"),
            ]
        )
        self.limit("funder", other_limit, other_bank)
        debtor = finance.InsuredDebtor(debtor=core, currency="CNY", limit=insured_limit)
        self.insured_by = self.cover(debtors=(debtor,))
        for giver, taker in ((supplier, friend), (friend, supplier)):
            self.hop(giver, taker, 1)

    def quoted(self, deal: Deal, rate_ppm: int, **changed: Any) -> str:
        """A quote as it was worked out beside the rules."""
        told: dict[str, Any] = {
            "certificate": deal.paper.name, "holder": deal.holder, "amount": deal.amount, "rate_ppm": rate_ppm,
            "value_on": deal.value_on.isoformat(), "due_on": deal.paper.due.isoformat(), "recourse": deal.recourse,
            "days": (deal.paper.due - deal.value_on).days, "discount": deal.discount, "net": deal.net, **changed,
        }  # fmt: skip
        return self.play("finance.quote/1", maker(deal.bank), finance.Quote(**told))

    def accepted(self, quote: str, by: str) -> str:
        return self.play("finance.quote.accept/1", maker(by), finance.QuoteAccept(quote=quote))

    def sent(self, deal: Deal, sent_at: str, number: str, ends_on: date, by: str = "") -> str:
        registration = finance.Registration(number=number, ends_on=ends_on.isoformat())
        body = finance.Instruct(
            quote=deal.name,
            registration=None if deal.early else registration,
            reference=f"E2E-{self.index}",
            sent_at=sent_at,
        )
        return self.play("finance.instruct/1", maker(by or deal.bank), body)

    def disbursed(
        self, quote: str, amount: int, paid_at: str, by: str, evidence: str | None = None
    ) -> str:
        body = finance.Disburse(
            quote=quote, amount_minor=amount, evidence=evidence or self.evidence(), paid_at=paid_at
        )
        return self.play("finance.disburse/1", maker(by), body)

    def got(self, quote: str, by: str) -> str:
        return self.play(
            "finance.disburse.receive/1", maker(by), finance.DisburseAnswer(quote=quote)
        )

    def renewed(self, quote: str, number: str, ends_on: date, by: str) -> str:
        registration = finance.Registration(number=number, ends_on=ends_on.isoformat())
        body = finance.RegistrationRenew(quote=quote, registration=registration)
        return self.play("finance.registration.renew/1", maker(by), body)

    def cancelled(self, quote: str, number: str, by: str) -> str:
        body = finance.RegistrationCancel(quote=quote, number=number)
        return self.play("finance.registration.cancel/1", maker(by), body)

    def paid(
        self,
        name: str,
        amount: int,
        by: str = bank,
        evidence: str | None = None,
        late: bool = False,
    ) -> str:
        told: dict[str, Any] = {"certificate": name, "amount_minor": amount, "paid_at": self.time}
        told["evidence"] = evidence or self.evidence()
        if late:
            return self.play("finance.pay.late/1", maker(by), finance.PayLate(**told))
        return self.play("finance.pay/1", maker(by), finance.Pay(**told))

    def sent_back(self, name: str, payout: Payout, by: str, **changed: Any) -> str:
        payment = finance.Payment(certificate=name, index=payout.index)
        told: dict[str, Any] = {
            "payment": payment, "payee": payout.payee, "amount_minor": payout.amount, "reason": "other",
            "evidence": self.evidence(), "returned_at": self.time, **changed,
        }  # fmt: skip
        return self.play("finance.pay.return/1", maker(by), finance.Returned(**told))

    def receipt(self, name: str, payout: Payout, by: str) -> str:
        payment = finance.Payment(certificate=name, index=payout.index)
        body = finance.Received(payee=payout.payee, payments=(payment,))
        return self.play("finance.pay.receive/1", maker(by), body)

    def lifted(self, freeze: str) -> str:
        self.change_freeze(freeze, None)
        return freeze
