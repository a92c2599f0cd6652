"""A desk at which an insurer covers what a bank or a supplier holds of a core's certificates."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import bank, checker, core, maker, supplier
from tests.finance.settlement.cashier import Cashier, due, due_on, face, paid_out_at, value_on

from tallystick import finance
from tallystick.finance.insurance.counting import differences

__all__ = ["Insurance", "due", "due_on", "face", "insurer", "overdue", "value_on"]

insurer, friend = "99.100/O-INS", "99.100/O-FRIEND"
#: The payment date, 2026-07-10, is over.
overdue = "2026-07-11T16:00:00.000Z"
grace_days, waiting_days, payment_days = 10, 20, 15
#: A notice on 12 July leaves until the end of 22 July in Shanghai; a claim waits until 31 July.
grace_over, claimable = "2026-07-22T16:00:00.000Z", "2026-07-30T16:00:00.000Z"
limit = 400_000_000


class Insurance(Cashier):
    def __init__(self) -> None:
        super().__init__([friend])
        self.enrol(insurer, "insurer")

    def propose_cover(self, insured: str = bank, by: str = maker(insurer), **changed: Any) -> str:
        debtor = finance.InsuredDebtor(debtor=core, currency="CNY", limit=limit)
        told: dict[str, Any] = {
            "insured": insured, "debtors": (debtor,), "share_ppm": 900_000, "valid_from": "2026-01-12",
            "expires_on": "2026-12-31", "grace_days": grace_days, "waiting_days": waiting_days,
            "payment_days": payment_days, "penalty_day_ppm": 500, **changed,
        }  # fmt: skip
        return self.play("finance.insurance.propose/1", by, finance.CoverPropose(**told))

    def approve_cover(self, proposal: str, by: str = checker(insurer)) -> str:
        body = finance.CoverApprove(proposal=proposal)
        return self.play("finance.insurance.approve/1", by, body)

    def answer(self, cover: str, insured: str = bank, accepted: bool = True) -> str:
        body = finance.CoverAnswer(cover=cover, accepted=accepted)
        return self.play("finance.insurance.answer/1", maker(insured), body)

    def cover(self, insured: str = bank, **changed: Any) -> str:
        """In force."""
        name = self.propose_cover(insured, **changed)
        self.approve_cover(name)
        self.answer(name, insured)
        return name

    def declare(self, cover: str, name: str, amount: int, insured: str = bank) -> str:
        body = finance.CoverDeclare(cover=cover, certificate=name, amount=amount)
        return self.play("finance.insurance.declare/1", maker(insured), body)

    def notice(self, name: str, insured: str = bank) -> str:
        body = finance.DunningNotice(certificate=name)
        return self.play("finance.insurance.notice/1", maker(insured), body)

    def claim(
        self, notice: str, name: str, loss: int, amount: int, insured: str = bank, **changed: Any
    ) -> str:
        told = {"notice": notice, "insurer": insurer, "certificate": name, "currency": "CNY"}
        stated: dict[str, Any] = {**told, "loss_minor": loss, "amount_minor": amount, **changed}
        body = finance.InsuranceClaim(**stated)
        return self.play("finance.insurance.claim/1", maker(insured), body)

    def decide(self, claim: str, accepted: int, reason: str | None = None) -> str:
        body = finance.ClaimDecide(claim=claim, accepted_minor=accepted, reason=reason)
        return self.play("finance.insurance.decide/1", maker(insurer), body)

    def approve_decision(self, proposal: str, by: str = checker(insurer)) -> str:
        body = finance.ClaimApprove(proposal=proposal)
        return self.play("finance.insurance.decide.approve/1", by, body)

    def decided(self, claim: str, accepted: int, reason: str | None = None) -> None:
        self.approve_decision(self.decide(claim, accepted, reason))

    def claim_paid(self, claim: str, amount: int, by: str = insurer, **changed: Any) -> str:
        told: dict[str, Any] = {
            "currency": "CNY", "evidence": self.evidence(), "paid_at": self.time, **changed,
        }  # fmt: skip
        body = finance.ClaimPaid(claim=claim, amount_minor=amount, **told)
        return self.play("finance.insurance.paid/1", maker(by), body)

    def insured(self, cover: str, debtor: str = core, currency: str = "CNY") -> int:
        return int(self.row("insured-debtor", cover, f"{debtor} {currency}")["insured"])

    def check(self, name: str) -> None:
        """Each unit has one holder, and what is insured is what lots say."""
        self.check_partition(name)
        assert list(differences(self.state)) == []

    def short(self, paid: int = 800_000_000) -> tuple[str, str]:
        """The worked case up to the notice: a bank holds 3,133,671.78 of 9,000,000.00, insured; 8,000,000.00 are paid."""
        name = self.live(face)
        self.disburse(self.financed(name, 313_367_178), paid_out_at)
        self.declare(self.cover(), name, 313_367_178)
        self.block(due)
        if paid:
            self.pay(name, paid, due)
        self.block(overdue)
        return name, self.notice(name)

    def filed(self) -> tuple[str, str]:
        """The worked case up to the claim."""
        name, notice = self.short()
        self.block(grace_over)
        self.block(claimable)
        return name, self.claim(notice, name, 34_818_575, 31_336_718)

    def debt(self, name: str) -> dict[str, int]:
        """What is still owed to whom."""
        return {part.rpartition("-")[2]: amount for part, amount in self.owed(name).items()}


__all__ += [
    "claimable",
    "friend",
    "grace_over",
    "limit",
    "payment_days",
    "supplier",
    "waiting_days",
]
