"""A desk with everybody whom a certificate's money may reach, and one act for each thing that may be said of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.finance.desk import bank, checker, core, digest, maker, other_bank, supplier
from tests.finance.holdings.vault import node
from tests.finance.insurance.desk import Insurance, friend, insurer
from tests.finance.limits.floor import Floor
from tests.finance.settlement.almanac import Almanac
from tests.finance.settlement.papers import Deal, Payout

from tallystick import finance
from tallystick.finance import accounts, calendars
from tallystick.ledger import Change
from tallystick.ledger.state import Kind

account = f"{friend}#A-1"
calendar = f"{node}#CN"
year, source = 2026, calendars.Source(authority="State Council", title="Holidays")
other_limit = 400_000
insured_limit = 300_000
firms, banks = (supplier, friend), (bank, other_bank)
#: Who can be owed anything: the node, the log and the debtor cannot.
payees = {*firms, *banks, insurer}


class Teller(Insurance, Floor):
    """The friend's account is kept by the other bank, whose limit is set; what the banks hold can be insured."""

    def __init__(self) -> None:
        super().__init__()
        row = {
            "organisation": friend, "bank": other_bank, "node": node, "country": "CN", "currency": "CNY",
            "details": {"hash": digest("a")}, "tail": "1234", "bank_code": "1",
        }  # fmt: skip
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
        passes = self.cover(other_bank, debtors=(debtor,), recourse="passes")
        #: By cover: who is insured, and whether recourse passes to the insurer.
        self.covers = {self.insured_by: (bank, False), passes: (other_bank, True)}
        for giver, taker in ((supplier, friend), (friend, supplier)):
            self.hop(giver, taker, 1)
        #: What came to be beside the acts, by the index of the act behind it: the registry's own decisions.
        self.beside: dict[int, list[Change]] = {}
        self.rules.add_kinds(Kind("hold"))

    def published(self, almanac: Almanac) -> str:
        """The table of a year, by two people of the node."""
        holidays, worked = (
            tuple(calendars.Day(on=day.isoformat()) for day in sorted(days))
            for days in (almanac.holidays, almanac.worked)
        )
        body = calendars.CalendarPropose(
            code="CN", year=year, rest=(6, 7), holidays=holidays, working=worked,
            known_until=f"{year}-12-31", source=source, after=almanac.version - 1,
        )  # fmt: skip
        proposal = self.play("finance.calendar.propose/1", maker(node), body)
        body = calendars.CalendarApprove(proposal=proposal)
        return self.play("finance.calendar.approve/1", checker(node), body)

    def listed(self, organisation: str, on: bool = True) -> str:
        """Two people of the node hold, or release, payments to an organisation: entries of the registry."""
        row = {
            "list": "UN",
            "version": "1",
            "evidence": digest("list"),
            "by": [],
            "time": self.time,
            "index": self.index,
        }
        change = Change("hold", organisation, row if on else None)
        self.state.apply([change])
        self.beside.setdefault(self.index, []).append(change)
        return organisation

    def closed(self, by: str = other_bank) -> str:
        body = accounts.AccountClose(account=account, reason="closed")
        return self.play("finance.account.close/1", checker(by), body)

    def sold(self, name: str, seller: str, to: str, amount: int, hours: int) -> str:
        sale = finance.Sale(agreement=digest("sale"), price=max(1, amount - 1))
        body = finance.TransferOffer(
            certificate=name, amount=amount, to=to, sale=sale, valid_hours=hours
        )
        return self.play("finance.transfer.offer/1", maker(seller), body)

    def bought(self, offer: str, by: str, paid_at: str) -> str:
        body = finance.TransferAccept(offer=offer, payment=self.evidence(), paid_at=paid_at)
        return self.play("finance.transfer.accept/1", checker(by), body)

    def extended(self, freeze: str, ends_on: str) -> str:
        self.change_freeze(freeze, ends_on)
        return freeze

    def quoted(self, deal: Deal, rate_ppm: int, **changed: Any) -> str:
        """A quote as it was worked out beside the rules."""
        told: dict[str, Any] = {
            "certificate": deal.paper.name, "holder": deal.holder, "amount": deal.amount, "rate_ppm": rate_ppm,
            "value_on": deal.value_on.isoformat(), "due_on": deal.paper.due.isoformat(), "recourse": deal.recourse,
            "days": deal.days, "discount": deal.discount, "net": deal.net,
        }  # fmt: skip
        if deal.paper.roll != "none":
            told |= {
                "roll": deal.paper.roll,
                "calendar": calendar,
                "calendar_version": deal.version,
            }
            told |= {"pays_on": deal.pays_on.isoformat()}
            told["rolled_days"] = "holder" if deal.counted else "funder"
        told |= changed
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
