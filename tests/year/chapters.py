"""The chapters of the year. Each says what has to pass, what has to be refused, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.year.parties import digest
from tests.year.trade import Trade, pieces

from tallystick import finance
from tallystick.finance.money.allocation import late_interest

million = 1_000_000_00
#: The worked case: 9,000,000.00, of which a bank finances 3,133,671.78, and 8,000,000.00 are paid on the day.
face, held, short = 900_000_000, 313_367_178, 800_000_000
share_ppm, grace_days, waiting_days, payment_days = 900_000, 20, 45, 15
titles = ("Statement of default",)


@dataclass
class Year:
    """`told`: what each chapter came to, in minor units; `refused`: the codes of what had to be refused."""

    trade: Trade
    told: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    # January: contracts, limits, cover

    def begin(self) -> None:
        stage = self.trade.stage
        for seller in ("alpha", "beta", "gamma"):
            self.trade.contract("core", seller)
        self.trade.contract("gamma", "alpha")
        core = stage["core"].handle
        self._limit("node", kind="core", subject=core, amount=30 * million)
        for bank, amount in (("east", 8 * million), ("west", 4 * million)):
            self._limit(bank, kind="funder", amount=amount)
            self._limit(bank, kind="funder-core", subject=core, amount=amount)
        debtor = finance.InsuredDebtor(debtor=core, currency="CNY", limit=4 * million)
        terms = finance.CoverPropose(
            insured=stage["east"].handle, debtors=(debtor,), share_ppm=share_ppm,
            valid_from=stage.today, expires_on="2026-12-31", grace_days=grace_days,
            waiting_days=waiting_days, payment_days=payment_days, penalty_day_ppm=500,
        )  # fmt: skip
        cover = stage["insurer"].say("finance.insurance.propose/1", terms)
        approve = finance.CoverApprove(proposal=cover)
        one = stage["insurer"].refused("finance.insurance.approve/1", approve)
        self.refused["a cover by one person"] = one
        stage["insurer"].say("finance.insurance.approve/1", approve, "checker")
        answer = finance.CoverAnswer(cover=cover, accepted=True)
        stage["east"].say("finance.insurance.answer/1", answer)
        self._names["cover"] = cover

    def _limit(self, by: str, **told: Any) -> None:
        body = finance.LimitPropose(currency="CNY", after=0, **told)
        proposal = self.trade.stage[by].say("finance.limit.propose/1", body)
        approve = finance.LimitApprove(proposal=proposal)
        self.trade.stage[by].say("finance.limit.approve/1", approve, "checker")

    # Normal: split, financed, paid early in part, paid on the day

    def normal(self) -> None:
        """1,000,000.00 until 10 April: 300,000.00 passed on, 500,000.00 financed, 100,000.00 paid early."""
        trade, stage, due_on = self.trade, self.trade.stage, "2026-04-10"
        name = trade.certificate("alpha", "NORMAL", million, due_on)
        self._names["normal"] = name
        trade.pass_on(name, "alpha", "beta", 300_000_00)
        lock = finance.Lock(certificate=name, amount=700_000_01, hours=1)
        self.refused["more than is held"] = stage["alpha"].refused("finance.lock/1", lock)
        quote = trade.financed("east", "alpha", name, 500_000_00, due_on)
        self._names["normal quote"] = quote
        self.told["normal discount"] = 500_000_00 - self._net(500_000_00, due_on)
        above = trade.quoted("west", "beta", name, 200_000_00, 60_000, stage.today, due_on)
        unsearched = stage["beta"].refused(
            "finance.quote.accept/1", finance.QuoteAccept(quote=above)
        )
        self.refused["a quote without a search"] = unsearched
        early = trade.quoted("core", "beta", name, 100_000_00, 60_000, stage.today, due_on)
        trade.take("beta", early)
        trade.instruct("core", "beta", early, early=True)
        net = self._net(100_000_00, due_on, 60_000)
        paid = finance.Disburse(
            quote=early, amount_minor=net, evidence=stage.record("core"), paid_at=stage.now
        )
        own = stage["core"].refused("finance.disburse/1", paid)
        self.refused["a debtor's own word"] = own
        trade.disburse("core", early, net, by="west")
        self.told["early discount"] = 100_000_00 - net

    def normal_paid(self) -> None:
        name = self._names["normal"]
        stage = self.trade.stage
        more = finance.Pay(
            certificate=name, amount_minor=900_000_01, evidence=stage.record("more"),
            paid_at=stage.now,
        )  # fmt: skip
        self.refused["more than is owed"] = stage["west"].refused("finance.pay/1", more)
        self.trade.pay(name, 900_000_00)
        self.trade.cancelled("east", self._names["normal quote"])
        self._settled(name)

    # Recall: sealed bids, financed, then a part of the goods goes back

    def tendered(self) -> None:
        """1,200,000.00 of 2,000,000.00 until 20 May are financed by the better of two sealed bids."""
        trade, stage, due_on = self.trade, self.trade.stage, "2026-05-20"
        amount, value_on = 1_200_000_00, finance.plus_days(stage.today, 5)
        sale = trade.order("core", "beta", "RECALL", 2 * million)
        self.sale = sale
        trade.deliver(sale)
        trade.bill(sale)
        name = trade.confirm(sale, due_on)
        accept = finance.CertificateAccept(certificate=name)
        stage["beta"].say("finance.certificate.accept/1", accept)
        self._names["recall"] = name
        told = finance.TenderOpen(
            certificate=name, amount=amount, seal_hours=24, open_hours=24, accept_hours=48,
            funders=tuple(stage[bank].handle for bank in ("east", "west")), value_on=value_on,
        )  # fmt: skip
        tender = stage["beta"].say("finance.tender.open/1", told)
        rates = {"east": 43_500, "west": 41_000}
        salts = {bank: digest(f"salt {bank}") for bank in rates}
        for bank, rate in rates.items():
            stage[bank].say("finance.tender.confide/1", finance.TenderConfide(tender=tender))
            sealed = finance.commitment(tender, stage[bank].handle, rate, salts[bank])
            stage[bank].say("finance.bid.seal/1", finance.BidSeal(tender=tender, commitment=sealed))
            trade.searched(bank, "beta", name)
        opened = {bank: self._opened(tender, rates[bank], salts[bank], value_on) for bank in rates}
        early = stage["east"].refused("finance.bid.open/1", opened["east"])
        self.refused["a bid opened early"] = early
        stage.until(finance.plus_days(stage.today, 1))
        quotes = {
            bank: stage[bank].say("finance.bid.open/1", body) for bank, body in opened.items()
        }
        stage.until(finance.plus_days(stage.today, 1))
        worse = finance.QuoteAccept(quote=quotes["east"])
        self.refused["the worse bid"] = stage["beta"].refused("finance.quote.accept/1", worse)
        trade.take("beta", quotes["west"])
        stage.until(value_on)
        trade.instruct("west", "beta", quotes["west"])
        trade.disburse("west", quotes["west"], opened["west"].net)
        self._names["recall quote"] = quotes["west"]
        self.told["tendered discount"] = opened["west"].discount

    def _opened(self, tender: str, rate: int, salt: str, value_on: str) -> finance.BidOpen:
        told = self.trade.figures(1_200_000_00, rate, value_on, "2026-05-20")
        return finance.BidOpen(
            tender=tender, rate_ppm=rate, salt=salt, due_on="2026-05-20", days=told.days,
            discount=told.discount, net=told.net,
        )  # fmt: skip

    def recalled(self) -> None:
        """A tenth goes back after it was financed: the bank's units stay, the note says what is above."""
        trade, stage, back = self.trade, self.trade.stage, pieces // 10
        trade.returned(self.sale, back)
        worth = self.sale.amount // 10
        line = finance.CreditLine(line=1, invoice_line=1, quantity=back, net=worth)
        beta, core = stage["beta"].handle, stage["core"].handle
        note = finance.Credit(
            number="CN-RECALL", seller=beta, buyer=core, currency="CNY", credited_on=stage.today,
            invoice=f"{beta}#INV-RECALL", lines=(line,),
        )  # fmt: skip
        stage["beta"].say("finance.credit/1", note)
        before = trade.holders(self._names["recall"])
        assert before == {"beta": 800_000_00, "west": 1_200_000_00}, before
        # What the seller still holds can be given up by both; what the bank holds can not.
        told = finance.CancelPropose(
            certificate=self._names["recall"], amount=worth, reason="returned"
        )
        cancellation = stage["core"].say("finance.cancel.propose/1", told)
        agree = finance.CancelAnswer(cancellation=cancellation)
        stage["beta"].say("finance.cancel.agree/1", agree, "checker")
        self.told["recalled"] = worth

    def recall_paid(self) -> None:
        name = self._names["recall"]
        self.trade.pay(name, 2 * million - self.told["recalled"])
        self.trade.cancelled("west", self._names["recall quote"])
        self._settled(name)

    # Returned: a disbursement comes back, and so does a payment at maturity

    def sent_back(self) -> None:
        """600,000.00 are paid in full, since the debtor bears the interest; they come back, and are paid again."""
        trade, stage, due_on = self.trade, self.trade.stage, "2026-06-03"
        name = trade.certificate("beta", "RETURNED", 1_500_000_00, due_on)
        self._names["returned"] = name
        trade.searched("west", "beta", name)
        amount, interest = 600_000_00, 600_000_00 - self._net(600_000_00, due_on)
        quote = trade.quoted(
            "west", "beta", name, amount, 42_000, stage.today, due_on, borne_by="buyer"
        )
        early = stage["beta"].refused("finance.quote.accept/1", finance.QuoteAccept(quote=quote))
        self.refused["interest that the debtor has not agreed to"] = early
        bears = finance.InterestPropose(quote=quote)
        proposal = stage["core"].say("finance.interest.propose/1", bears)
        approve = finance.InterestApprove(proposal=proposal)
        stage["core"].say("finance.interest.approve/1", approve, "checker")
        trade.take("beta", quote)
        trade.instruct("west", "beta", quote)
        trade.disburse("west", quote, amount)
        assert trade.holders(name) == {"beta": 900_000_00, "west": 600_000_00}
        back = finance.DisburseEnd(
            quote=quote, reason="account-wrong", evidence=stage.record("back"), at=stage.now
        )
        stage["east"].say("finance.disburse.return/1", back)
        assert trade.holders(name) == {"beta": 1_500_000_00}
        stage.until(finance.plus_days(stage.today, 1))
        trade.instruct("west", "beta", quote)
        trade.disburse("west", quote, amount)
        paid = finance.InterestPay(
            quote=quote, amount_minor=interest, evidence=stage.record("interest"), paid_at=stage.now
        )
        own = stage["core"].refused("finance.interest.pay/1", paid)
        self.refused["a debtor's own word on interest"] = own
        stage["west"].say("finance.interest.pay/1", paid)
        self.told["interest that the debtor bears"] = interest
        stage["beta"].say("finance.disburse.receive/1", finance.DisburseAnswer(quote=quote))
        again = stage["east"].refused("finance.disburse.return/1", back)
        self.refused["a return of what is final"] = again
        self._names["returned quote"] = quote

    def payout_came_back(self) -> None:
        """What comes back is owed again, exactly; and paid again."""
        trade, stage, name = self.trade, self.trade.stage, self._names["returned"]
        trade.pay(name, 1_500_000_00)
        beta = stage["beta"].handle
        (payout,) = [row for row in trade.read(name)["payouts"] if row["holder"] == beta]
        body = finance.Returned(
            payment=finance.Payment(certificate=name, index=payout["index"]), payee=beta,
            amount_minor=payout["amount"], reason="account-wrong", evidence=stage.record("bounced"),
            returned_at=stage.now,
        )  # fmt: skip
        stage["east"].say("finance.pay.return/1", body)
        assert trade.owed(name) == {"beta": 900_000_00}
        trade.pay(name, 900_000_00)
        trade.cancelled("west", self._names["returned quote"])
        self._settled(name)

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

    # Last

    def free_again(self) -> None:
        """All is paid: the debtor promises again, until the next year."""
        name = self.trade.certificate("gamma", "LAST", million, "2027-01-04")
        self._names["last"] = name

    def last_paid(self) -> None:
        self.trade.pay(self._names["last"], million)
        self._settled(self._names["last"])

    def _settled(self, name: str) -> None:
        found = self.trade.read(name)
        assert found["head"]["status"] == "settled", found["head"]

    def _net(self, amount: int, due_on: str, rate_ppm: int = 42_000) -> int:
        today = self.trade.stage.today
        return int(self.trade.figures(amount, rate_ppm, today, due_on).net)
