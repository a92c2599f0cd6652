"""The chapters of the year. Each says what has to pass, what has to be refused, and what it came to."""

from __future__ import annotations

from typing import Any

from tests.year.insurance import Insurance
from tests.year.lending import Lending
from tests.year.parties import digest
from tests.year.told import (
    grace_days,
    million,
    payment_days,
    share_ppm,
    waiting_days,
)
from tests.year.trade import pieces
from tests.year.twice import Twice

from tallystick import finance


class Year(Insurance, Lending, Twice):
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

    # Last

    def free_again(self) -> None:
        """All is paid: the debtor promises again, until the next year."""
        name = self.trade.certificate("gamma", "LAST", million, "2027-01-04")
        self._names["last"] = name

    def last_paid(self) -> None:
        self.trade.pay(self._names["last"], million)
        self._settled(self._names["last"])
