"""Rules for what happens to a certificate from its due date on: paid, returned, late, in default, recovered, insured."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.finance.desk import bank, core, other_bank, supplier
from tests.finance.insurance.desk import grace_days, insurer, payment_days, waiting_days
from tests.finance.settlement.before_due import slips
from tests.finance.settlement.bookkeeper import late_ppm_a_day
from tests.finance.settlement.papers import Demand, Insured, Notice, Paper, begins, day_of, later
from tests.finance.settlement.selling import Selling
from tests.finance.settlement.strips import half_up
from tests.finance.settlement.teller import firms

insured_ppm = 900_000


class Settlement(Selling):
    def due(self, paper: Paper) -> bool:
        return self.book.today >= paper.due

    # Paid by the debtor's bank

    @precondition(lambda self: any(p.open and self.due(p) for p in self.book.papers.values()))
    @rule(data=st.data(), slip=slips)
    def pay(self, data: st.DataObject, slip: int) -> None:
        """In full, short, above what is owed, twice by one record, by another bank, too early."""
        paper = self.paper(
            data, (lambda p: True) if slip == 0 else (lambda p: p.open and self.due(p))
        )
        most = self.payable_now([paper])
        amount = max(1, self.share(data, most))
        by, evidence = bank, None
        why = self.cannot_pay([paper], amount)
        if not paper.open:
            why = {"wrong-status"}
        elif not self.due(paper):
            why = {"not-due"}
        if slip == 1:
            by, why = other_bank, why | {"not-paying-bank", "certificate-unknown"}
        if slip == 2 and self.used:
            evidence, why = self.used[-1], why | {"evidence-used"}
        fresh = evidence or self.desk.evidence()
        index = self.desk.index
        if self.attempt("pay", lambda: self.desk.paid(paper.name, amount, by, fresh), *why):
            self.post([paper], amount, index, fresh)

    @precondition(lambda self: any(p.open and self.due(p) for p in self.book.papers.values()))
    @rule(data=st.data(), slip=slips)
    def pay_a_day(self, data: st.DataObject, slip: int) -> None:
        """One amount for all papers of a day."""
        some = self.paper(data, lambda p: p.open and self.due(p))
        papers = [p for p in self.book.papers.values() if p.open and p.due == some.due]
        amount = max(1, self.share(data, self.payable_now(papers)))
        pays_on, by, why = some.due, bank, self.cannot_pay(papers, amount)
        if slip == 0:
            pays_on, why = later(pays_on, 1), {"nothing-due"}
            if any(p.open and p.due == pays_on for p in self.book.papers.values()):
                return
        if slip == 1:
            by, why = other_bank, why | {"nothing-due"}
        fresh, index = self.desk.evidence(), self.desk.index
        told = {"pays_on": pays_on.isoformat(), "evidence": fresh}
        if self.attempt("pay a day", lambda: self.desk.pay_due(amount, by, **told), *why):
            self.post(papers, amount, index, fresh)

    def payable_now(self, papers: list[Paper]) -> int:
        return sum(r.size for p in papers for runs in self.book.payable(p).values() for r in runs)

    def cannot_pay(self, papers: list[Paper], amount: int) -> set[str]:
        if amount > sum(paper.outstanding for paper in papers):
            return {"over-payment"}
        return {"claims-wait"} if amount > self.payable_now(papers) else set()

    def post(self, papers: list[Paper], amount: int, index: int, evidence: str) -> None:
        """What comes in goes out, to the cent, to those whom the bookkeeper names (I22, I23, I27)."""
        self.used.append(evidence)
        self.came_in["pay"] += amount
        self.book.pay(papers, amount, self.book.today, index)
        found = {
            (paper.name, row["holder"]): row["amount"]
            for paper in papers
            for row in self.desk.rows("payout", paper.name).values()
            if row["index"] == index
        }
        known = {
            (paper.name, payout.payee): payout.amount
            for paper in papers
            for payout in paper.payouts
            if payout.index == index
        }
        assert found == known
        assert sum(found.values()) == amount

    @precondition(lambda self: any(p.payouts for p in self.book.papers.values()))
    @rule(data=st.data(), back=st.booleans(), slip=slips)
    def answer_payment(self, data: st.DataObject, back: bool, slip: int) -> None:
        """It came back, or arrived: once, in its days, by whoever can know."""
        paper = self.paper(data, lambda p: bool(p.payouts))
        open_ones = [p for p in paper.payouts if not p.final and not p.returned]
        payout = self.one_of(data, open_ones or paper.payouts)
        keeps = other_bank if payout.payee == firms[1] else ""
        why = {"payment-final"} if payout.final or payout.returned else set[str]()
        if back:
            by, changed = (keeps or bank) if slip < 4 else bank, {}
            if slip == 9:
                by, why = core, why | {"payment-unknown"}
            elif slip == 8:
                changed, why = {"amount_minor": payout.amount + 1}, why | {"evidence-wrong"}
            elif slip == 7 and self.used and by == bank:
                changed, why = {"evidence": self.used[-1]}, why | {"evidence-used"}
            if self.attempt(
                "came back", lambda: self.desk.sent_back(paper.name, payout, by, **changed), *why
            ):
                self.went_out["back"] += payout.amount
                self.book.come_back(paper, payout)
            return
        by = keeps if keeps and slip < 5 else payout.payee
        if slip == 9:
            by, why = core, why | {"payment-unknown"}
        if self.attempt("arrived", lambda: self.desk.receipt(paper.name, payout, by), *why):
            payout.final = True

    @precondition(lambda self: any(p.arrears for p in self.book.papers.values()))
    @rule(data=st.data(), slip=slips)
    def pay_late(self, data: st.DataObject, slip: int) -> None:
        paper = self.paper(data, lambda p: bool(p.late_owed)) if slip else self.paper(data)
        by, weights = bank, self.book.late_weights(paper)
        amount = max(1, self.share(data, paper.late_owed))
        why = set[str]()
        if paper.status == "live":
            why = {"wrong-status"}
        elif not paper.arrears or not weights:
            why = {"not-in-arrears"}
        elif amount > sum(weights.values()):
            why = {"over-payment"}
        if slip == 1:
            by, why = other_bank, why | {"not-paying-bank", "certificate-unknown"}
        index = self.desk.index
        if not self.attempt(
            "pay late", lambda: self.desk.paid(paper.name, amount, by, late=True), *why
        ):
            return
        given = self.book.pay_late(paper, amount)
        rows = self.desk.rows("late-payout", paper.name).values()
        assert {row["holder"]: row["amount"] for row in rows if row["index"] == index} == given

    # Recourse

    @precondition(lambda self: any(p.in_arrears for p in self.book.papers.values()))
    @rule(
        data=st.data(),
        party=st.sampled_from(firms),
        by=st.sampled_from([bank, bank, other_bank, insurer]),
    )
    def demand(self, data: st.DataObject, party: str, by: str) -> None:
        paper = self.paper(data, lambda p: p.in_arrears)
        told = Demand("", paper, by, party, 0, self.book.today)
        told.amount = sum(run.size for run in self.book.standing_in(told))
        why = set[str]()
        if paper.arrears != "default":
            why = {"not-in-arrears"}
        elif not told.amount:
            why = {"recourse-refused"}
        if why and by != bank:
            why |= {"certificate-unknown"}
        made = self.attempt("demand", lambda: self.desk.demand(paper.name, party, by), *why)
        if made:
            told.name = made
            self.book.demands[made] = told

    @precondition(lambda self: self.book.demands)
    @rule(data=st.data(), slip=slips)
    def recover(self, data: st.DataObject, slip: int) -> None:
        """Whoever sold with recourse paid: it holds exactly those cents, and is asked no more for them (I25)."""
        demand = self.one_of(data, list(self.book.demands.values())[-3:])
        there = sum(run.size for run in self.book.standing_in(demand))
        most = min(there, demand.amount - demand.paid)
        amount = max(1, self.share(data, most))
        by, why = demand.holder, {"recourse-refused"} if amount > most else set[str]()
        if slip == 0:
            by, why = demand.party, why | {"recourse-unknown"}
        before = demand.paper.holding(demand.party)
        if self.attempt("recover", lambda: self.desk.recovered(demand.name, amount, by), *why):
            self.book.recover(demand, amount)
            assert demand.paper.holding(demand.party) == before + amount

    # Insurance

    @precondition(lambda self: any(p.in_arrears for p in self.book.papers.values()))
    @rule(data=st.data())
    def give_notice(self, data: st.DataObject) -> None:
        cover = self.desk.insured_by
        paper = self.paper(data, lambda p: p.in_arrears and bool(self.book.insured_runs(p, cover)))
        running = [n for n in self.book.notices.values() if n.paper is paper]
        why = set[str]()
        if any(n.status in ("open", "unpaid", "claimed") for n in running):
            why = {"notice-stands"}
        elif not self.book.insured_runs(paper, cover):
            why = {"not-insured"}
        if not paper.in_arrears:
            why = {"not-in-arrears"}
        made = self.attempt("notice", lambda: self.desk.notice(paper.name), *why)
        if made:
            today = self.book.today
            claim_on = max(later(paper.due, waiting_days + 1), later(today, grace_days + 1))
            until = begins(later(today, grace_days + 1))
            self.book.notices[made] = Notice(made, paper, until, claim_on)

    @precondition(lambda self: self.book.notices)
    @rule(data=st.data(), slip=slips, patient=st.integers(0, 3))
    def claim(self, data: st.DataObject, slip: int, patient: int) -> None:
        """The insured share of what is unpaid of the insured cents, half a cent rounded up."""
        notice = self.one_of(data, list(self.book.notices.values())[-2:])
        if patient and self.book.today < notice.claim_on:
            self.go_on_to(notice.claim_on)
        cover = self.desk.insured_by
        loss = sum(run.size for run in self.book.insured_runs(notice.paper, cover))
        amount = half_up(loss * insured_ppm, 10**6)
        why = set[str]()
        if notice.status in ("withdrawn", "claimed", "closed"):
            why = {"claim-closed"}
        elif notice.status == "open" or self.book.today < notice.claim_on:
            why = {"claim-too-early"}
        elif not loss:
            why = {"not-insured"}
        elif slip == 0:
            why = {"claim-wrong"}
        stated = max(1, amount + (slip == 0))
        made = self.attempt(
            "claim",
            lambda: self.desk.claim(notice.name, notice.paper.name, max(1, loss), stated),
            *why,
        )
        if made:
            self.book.claims[made] = Insured(made, notice, loss, amount)
            notice.status, notice.claim = "claimed", made

    def go_on_to(self, day: date) -> None:
        self.go_on(datetime.fromisoformat(begins(day)))

    @precondition(lambda self: self.book.claims)
    @rule(data=st.data(), percent=st.sampled_from([0, 60, 100, 100, 101]))
    def decide(self, data: st.DataObject, percent: int) -> None:
        claim = self.one_of(data, list(self.book.claims.values())[-2:])
        accepted = claim.amount * percent // 100 + (percent > 100)
        why = set[str]()
        if claim.status != "filed":
            why = {"claim-closed"}
        elif accepted > claim.amount:
            why = {"decision-wrong"}
        reason = "Delivered late" if accepted < claim.amount else None
        made = self.attempt("decide", lambda: self.desk.decide(claim.name, accepted, reason), *why)
        if not made:
            return
        self.attempt("decided", lambda: self.desk.approve_decision(made))
        claim.accepted, claim.status = accepted, "accepted" if accepted else "rejected"
        claim.pay_by = later(self.book.today, payment_days)
        if not accepted:
            self.book.uninsure(claim.notice.paper, self.desk.insured_by)
            claim.notice.status = "closed"

    @precondition(lambda self: self.book.claims)
    @rule(data=st.data(), slip=slips)
    def claim_paid(self, data: st.DataObject, slip: int) -> None:
        """The insurer holds exactly what it paid for; the same claim is paid once (I25)."""
        claim = self.one_of(data, list(self.book.claims.values())[-2:])
        paper, cover = claim.notice.paper, self.desk.insured_by
        unpaid = sum(run.size for run in self.book.insured_runs(paper, cover))
        amount = min(claim.accepted, half_up(unpaid * insured_ppm, 10**6))
        days = max(0, (self.book.today - claim.pay_by).days)
        penalty = half_up(amount * days * late_ppm_a_day, 10**6)
        why, by = set[str](), insurer if slip > 4 else bank
        if claim.status != "accepted" or not amount:
            why = {"claim-closed"}
        elif slip == 0:
            why, amount = {"evidence-wrong"}, amount + 1
        if slip == 1:
            by, why = supplier, why | {"claim-unknown"}
        before = paper.holding(insurer)
        stated = {"penalty_minor": penalty}
        made = self.attempt(
            "claim paid",
            lambda: self.desk.claim_paid(claim.name, max(1, amount), by, **stated),
            *why,
        )
        if made:
            self.book.subrogate(claim, amount, cover)
            assert paper.holding(insurer) == before + amount
            assert day_of(self.desk.time) == self.book.today
