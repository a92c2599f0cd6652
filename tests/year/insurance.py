"""What is insured: cured within grace, and in the other branch defaulted, pursued and claimed."""

from __future__ import annotations

from typing import Any

from tests.year.told import (
    Told,
    face,
    held,
    million,
    short,
)

from tallystick import finance
from tallystick.finance.money.allocation import late_interest


class Insurance(Told):
    # Insurance, first branch: paid within grace

    def insured(self, number: str, due_on: str) -> None:
        """9,000,000.00; the bank's part is declared under its cover."""
        trade, stage = self.trade, self.trade.stage
        name = trade.certificate("alpha", number, face, due_on)
        self._names[number] = name
        self._names[f"{number} quote"] = trade.financed("east", "alpha", name, held, due_on)
        declare = finance.CoverDeclare(cover=self._names["cover"], certificate=name, amount=held)
        more = declare.model_copy(update={"amount": held + 1})
        refused = stage["east"].refused("finance.insurance.declare/1", more)
        self.refused[f"{number}: more insured than held"] = refused
        stage["east"].say("finance.insurance.declare/1", declare)

    def short_paid(self, number: str) -> None:
        """8,000,000.00 of 9,000,000.00, divided to the cent."""
        name = self._names[number]
        self.trade.pay(name, short)
        owed = self.trade.owed(name)
        assert sum(owed.values()) == face - short, owed
        self.told[f"{number} bank unpaid"] = owed["east"]

    def notice(self, number: str) -> None:
        body = finance.DunningNotice(certificate=self._names[number])
        stage = self.trade.stage
        self._names[f"{number} notice"] = stage["east"].say("finance.insurance.notice/1", body)
        late = self.trade.order("core", "gamma", f"STOP-{number}", million)
        self.trade.deliver(late)
        self.trade.bill(late)
        promise = self.trade.promised(late, finance.plus_days(stage.today, 90), "west")
        proposal = stage["core"].say("finance.confirm.propose/1", promise)
        approve = finance.ConfirmApprove(proposal=proposal)
        refused = stage["core"].refused("finance.confirm.approve/1", approve, "checker")
        self.refused[f"{number}: a promise while in arrears"] = refused

    def cured(self, number: str, late_days: int, amount: int) -> None:
        """Principal, and late interest for each day."""
        stage, name = self.trade.stage, self._names[number]
        self.trade.pay(name, amount)
        late = late_interest(amount, late_days)
        body = finance.PayLate(
            certificate=name, amount_minor=late, evidence=stage.record("late"), paid_at=stage.now
        )
        stage["west"].say("finance.pay.late/1", body)
        self.told[f"{number} late interest"] = late
        self._settled(name)

    def withdrawn(self, number: str) -> None:
        """Paid within grace: there is nothing to claim, and the notice is gone."""
        found = self._notice(number)
        assert found["notice"]["status"] == "withdrawn", found
        stage = self.trade.stage
        refused = stage["east"].refused("finance.insurance.claim/1", self._claim(number, 1, 1))
        self.refused[f"{number}: a claim of what was paid"] = refused
        self.trade.cancelled("east", self._names[f"{number} quote"])

    # Second branch: default, claim, recourse

    def recourse_sold(self, number: str, due_on: str) -> None:
        """2,000,000.00 of it are sold with recourse to the seller."""
        name = self._names[number]
        self._names[f"{number} west"] = self.trade.financed(
            "west", "alpha", name, 2 * million, due_on, recourse="seller"
        )

    def defaulted(self, number: str) -> None:
        """Grace is over: the debtor is in default and the way to a claim opens; the waiting period goes on."""
        assert self._notice(number)["notice"]["status"] == "unpaid"
        stage = self.trade.stage
        body = finance.RecourseDemand(certificate=self._names[number], party=stage["alpha"].handle)
        demand = stage["west"].say("finance.recourse.demand/1", body)
        owed = self.trade.owed(self._names[number])
        paid = finance.RecourseReceived(
            demand=demand, amount_minor=owed["west"], evidence=stage.record("recourse"),
            paid_at=stage.now,
        )  # fmt: skip
        stage["west"].say("finance.recourse.receive/1", paid)
        self.told[f"{number} recourse"] = owed["west"]
        twice = paid.model_copy(update={"evidence": stage.record("recourse again")})
        refused = stage["west"].refused("finance.recourse.receive/1", twice)
        self.refused[f"{number}: recourse twice"] = refused
        after = self.trade.owed(self._names[number])
        assert after["alpha"] == owed.get("alpha", 0) + owed["west"], after
        self.trade.cancelled("west", self._names[f"{number} west"])

    def claimed(self, number: str) -> None:
        stage = self.trade.stage
        seen = self._notice(number)
        assert seen["loss"] == self.told[f"{number} bank unpaid"]
        body = self._claim(number, seen["loss"], seen["insured"])
        claim = stage["east"].say("finance.insurance.claim/1", body)
        decide = finance.ClaimDecide(claim=claim, accepted_minor=seen["insured"])
        proposal = stage["insurer"].say("finance.insurance.decide/1", decide)
        approve = finance.ClaimApprove(proposal=proposal)
        one = stage["insurer"].refused("finance.insurance.decide.approve/1", approve)
        self.refused[f"{number}: a decision by one person"] = one
        stage["insurer"].say("finance.insurance.decide.approve/1", approve, "checker")
        stage.until(finance.plus_days(stage.today, 3))
        paid = finance.ClaimPaid(
            claim=claim, currency="CNY", amount_minor=seen["insured"],
            evidence=stage.record("claim"), paid_at=stage.now,
        )  # fmt: skip
        stage["insurer"].say("finance.insurance.paid/1", paid)
        holders = self.trade.owed(self._names[number])
        assert holders["insurer"] == seen["insured"], holders
        self.told[f"{number} claim paid"] = seen["insured"]

    def _claim(self, number: str, loss: int, amount: int) -> finance.InsuranceClaim:
        stage = self.trade.stage
        return finance.InsuranceClaim(
            notice=self._names[f"{number} notice"], insurer=stage["insurer"].handle,
            certificate=self._names[number], currency="CNY", loss_minor=loss, amount_minor=amount,
        )  # fmt: skip

    def _notice(self, number: str) -> Any:
        path = f"/finance/v1/insurance/notices/{self._names[f'{number} notice']}"
        return self.trade.stage["east"].get(path)
