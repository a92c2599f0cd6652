"""An order is financed, what came of it is frozen and freed, and a guarantee is issued, demanded and lapses."""

from __future__ import annotations

from tests.year.parties import digest
from tests.year.told import (
    Told,
    million,
)

from tallystick import finance

titles = ("Statement of default",)


class Lending(Told):
    # Order financing, and a freeze on what came of it

    def borrowed(self) -> None:
        """200,000.00 pay for materials of an order over 1,000,000.00, at 6 %."""
        trade, stage = self.trade, self.trade.stage
        self.order = trade.order("core", "gamma", "ADVANCE", million)
        materials = trade.order("gamma", "alpha", "STEEL", 500_000_00)
        gamma = stage["gamma"]
        asked = finance.FacilityRequest(
            order=f"{stage['core'].handle}#PO-ADVANCE", funder=stage["west"].handle, limit=million,
            purchases=(f"{gamma.handle}#PO-STEEL",),
        )  # fmt: skip
        facility = gamma.say("finance.facility.request/1", asked)
        terms = finance.FacilityPropose(
            facility=facility, limit=million, rate_ppm=60_000, available_until="2026-09-30",
            repay_on="2026-12-31", account=stage.accounts["gamma"],
        )  # fmt: skip
        proposal = stage["west"].say("finance.facility.propose/1", terms)
        approve = finance.FacilityApprove(proposal=proposal)
        stage["west"].say("finance.facility.approve/1", approve, "checker")
        gamma.say("finance.facility.accept/1", finance.FacilityAccept(facility=facility))
        draw = finance.AdvanceDraw(
            facility=facility, purchase=f"{gamma.handle}#PO-STEEL", amount=200_000_00,
            mandate=finance.mandate,
        )  # fmt: skip
        more = draw.model_copy(update={"amount": 200_000_01})
        self.refused["more than can be drawn"] = gamma.refused("finance.advance.draw/1", more)
        advance = gamma.say("finance.advance.draw/1", draw)
        sent = finance.AdvanceInstruct(facility=facility, advance=advance)
        stage["west"].say("finance.advance.instruct/1", sent)
        paid = finance.AdvancePaid(
            facility=facility, advance=advance, currency="CNY", amount=200_000_00,
            evidence=stage.record("advance"), paid_at=stage.now,
        )  # fmt: skip
        stage["alpha"].say("finance.advance.paid/1", paid)
        trade.deliver(materials)
        self._names["facility"] = facility

    def converted(self, due_on: str) -> None:
        """The order's certificate repays it in the entry that accepts it: 200,000.00 and the interest of its days."""
        trade, stage = self.trade, self.trade.stage
        trade.deliver(self.order)
        trade.bill(self.order)
        name = trade.confirm(self.order, due_on)
        owed = stage["gamma"].get(f"/finance/v1/facilities/{self._names['facility']}")["owed"]
        accept = finance.CertificateAccept(certificate=name)
        stage["gamma"].say("finance.certificate.accept/1", accept)
        assert trade.holders(name) == {"gamma": million - owed, "west": owed}
        self._names["advance"], self.told["advance repaid"] = name, owed

    def frozen(self) -> None:
        """By order of a court until 31 October: 250,000.00 neither move nor take money. Its officer reads it."""
        stage, name = self.trade.stage, self._names["advance"]
        order = finance.FreezePropose(
            certificate=name, holder=stage["gamma"].handle, amount=250_000_00, order=digest("order"),
            case="（2026）京01执保12号", ends_on="2026-10-31",
        )  # fmt: skip
        freeze = stage["node"].say("finance.freeze.propose/1", order)
        approve = finance.FreezeApprove(proposal=freeze)
        one = stage["node"].refused("finance.freeze.approve/1", approve)
        self.refused["a freeze by one person"] = one
        stage["node"].say("finance.freeze.approve/1", approve, "checker")
        free = million - self.told["advance repaid"] - 250_000_00
        lock = finance.Lock(certificate=name, amount=free + 1, hours=24)
        refused = stage["gamma"].refused("finance.lock/1", lock)
        self.refused["a lock on what is frozen"] = refused
        assert self.trade.read(name, "court")["holders"], "the court's officer reads by its remit"
        self._names["freeze"] = freeze

    def paid_but_frozen(self) -> None:
        stage, name = self.trade.stage, self._names["advance"]
        more = finance.Pay(
            certificate=name,
            amount_minor=million,
            evidence=stage.record("frozen"),
            paid_at=stage.now,
        )
        self.refused["paying what is frozen"] = stage["west"].refused("finance.pay/1", more)
        self.trade.pay(name, million - 250_000_00)
        assert self.trade.owed(name) == {"gamma": 250_000_00}

    def lifted(self) -> None:
        stage, name = self.trade.stage, self._names["advance"]
        change = finance.FreezeChange(
            freeze=self._names["freeze"], order=digest("lift"), case="（2026）京01执保12号"
        )
        proposal = stage["node"].say("finance.freeze.change/1", change)
        approve = finance.FreezeApprove(proposal=proposal)
        stage["node"].say("finance.freeze.approve/1", approve, "checker")
        self.trade.pay(name, 250_000_00)
        self._settled(name)

    # A guarantee

    def guaranteed(self) -> None:
        stage = self.trade.stage
        asked = finance.GuaranteeRequest(
            underlying="contract", name=f"{stage['core'].handle}#FC-BETA", bank=stage["west"].handle,
            beneficiary=stage["core"].handle, currency="CNY", amount=million,
            valid_from=stage.today, expires_on="2026-10-31", documents=titles,
            form=finance.Form(name="URDG 758", sha256=digest("form")),
        )  # fmt: skip
        name = stage["beta"].say("finance.guarantee.request/1", asked)
        put = finance.GuaranteePropose(guarantee=name)
        proposal = stage["west"].say("finance.guarantee.propose/1", put)
        approve = finance.GuaranteeApprove(proposal=proposal)
        stage["west"].say("finance.guarantee.approve/1", approve, "checker")
        amend = finance.GuaranteeAmend(guarantee=name, amount=1_200_000_00)
        amendment = stage["west"].say("finance.guarantee.amend/1", amend)
        approve = finance.GuaranteeApprove(proposal=amendment)
        stage["west"].say("finance.guarantee.approve/1", approve, "checker")
        answer = finance.AmendmentAnswer(guarantee=name, amendment=amendment, accepted=True)
        stage["core"].say("finance.guarantee.answer/1", answer)
        self._names["guarantee"] = name

    def demanded(self) -> None:
        """For what was recalled beyond what the seller gave up."""
        stage, name = self.trade.stage, self._names["guarantee"]
        presented = tuple(finance.Presented(title=one, sha256=digest(one)) for one in titles)
        body = finance.GuaranteeDemand(guarantee=name, amount=400_000_00, documents=presented)
        bare = body.model_copy(update={"documents": ()})
        self.refused["a demand without its papers"] = stage["core"].refused(
            "finance.guarantee.demand/1", bare
        )
        demand = stage["core"].say("finance.guarantee.demand/1", body)
        paid = finance.DemandPaid(
            guarantee=name, demand=demand, currency="CNY", amount=400_000_00,
            evidence=stage.record("guarantee"), paid_at=stage.now,
        )  # fmt: skip
        stage["west"].say("finance.guarantee.paid/1", paid)
        self.told["guarantee paid"] = 400_000_00

    def lapsed(self) -> None:
        """What nobody demanded ends with its last day."""
        path = f"/finance/v1/guarantees/{self._names['guarantee']}"
        found = self.trade.stage["core"].get(path)
        assert found["guarantee"]["status"] == "expired", found
