"""Rules for insuring what a bank holds, for its notices and claims, and for what the insurer pays on them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.finance.desk import bank, other_bank, supplier
from tests.finance.insurance.desk import grace_days, insurer, payment_days, waiting_days
from tests.finance.settlement.before_due import least_part, slips
from tests.finance.settlement.bookkeeper import late_ppm_a_day
from tests.finance.settlement.disbursing import Disbursing
from tests.finance.settlement.papers import Insured, Notice, Paper, begins, day_of, later
from tests.finance.settlement.strips import half_up
from tests.finance.settlement.teller import banks, insured_limit

insured_ppm = 900_000


class Insuring(Disbursing):
    @precondition(
        lambda self: any(
            p.status == "live" and (p.holding(bank) or p.holding(other_bank))
            for p in self.book.papers.values()
        )
    )
    @rule(data=st.data(), whose=st.sampled_from(banks))
    def declare(self, data: st.DataObject, whose: str) -> None:
        paper = self.paper(data, lambda p: p.status == "live" and p.holding(whose) > 0)
        self.insure(data, paper, whose)

    def cover_of(self, whose: str) -> str:
        (cover,) = (name for name, (insured, _) in self.book.covers.items() if insured == whose)
        return cover

    def insure(self, data: st.DataObject, paper: Paper, whose: str) -> None:
        runs = [run for run in paper.strip.free(whose) if not run.unit.cover]
        amount = self.share(data, sum(run.size for run in runs) or least_part)
        cover = self.cover_of(whose)
        why = self.cannot_move(paper) or self.not_enough(runs, amount)
        if self.book.overdue:
            why = why | {"issuer-stopped"}
        if self.insured(cover) + amount > insured_limit:
            why = why | {"debtor-limit-reached"}
        if self.book.today > date(2026, 12, 31):
            why = {"cover-not-in-force"}
        if why and whose != bank:
            why = why | {"certificate-unknown"}
        if self.attempt(
            "declare", lambda: self.desk.declare(cover, paper.name, amount, whose), *why, cuts=True
        ):
            self.book.insure(paper, amount, cover)

    @precondition(lambda self: any(p.in_arrears for p in self.book.papers.values()))
    @rule(data=st.data(), whose=st.sampled_from(banks))
    def give_notice(self, data: st.DataObject, whose: str) -> None:
        cover = self.cover_of(whose)
        paper = self.paper(data, lambda p: p.in_arrears and bool(self.book.insured_runs(p, cover)))
        self.notify(paper, whose)

    @precondition(lambda self: self.insured_late())
    @rule(data=st.data(), percent=st.sampled_from([0, 60, 100, 100]), slip=slips)
    def pursue_the_insurer(self, data: st.DataObject, percent: int, slip: int) -> None:
        """The whole way: notice, grace and waiting period, claim, decision, payment."""
        paper, whose = self.one_of(data, self.insured_late())
        self.notify(paper, whose)
        notice = list(self.book.notices.values())[-1]
        self.claim_on(notice, slip, patient=True)
        if notice.claim:
            claim = self.book.claims[notice.claim]
            self.decide_on(claim, percent)
            self.go_on(datetime.fromisoformat(self.desk.time) + timedelta(days=slip * 3))
            self.pay_claim(claim, slip)

    def insured_late(self) -> list[tuple[Paper, str]]:
        """Papers in arrears of which somebody holds insured units, and has given no notice that stands."""
        running = [
            (notice.paper.name, notice.cover)
            for notice in self.book.notices.values()
            if notice.status in ("open", "unpaid", "claimed")
        ]
        return [
            (paper, whose)
            for paper in self.book.papers.values()
            for cover, (whose, _) in self.book.covers.items()
            if paper.in_arrears and self.book.insured_runs(paper, cover)
            if (paper.name, cover) not in running
        ]

    def notify(self, paper: Paper, whose: str) -> None:
        cover = self.cover_of(whose)
        told = (paper, cover)
        running = [n for n in self.book.notices.values() if (n.paper, n.cover) == told]
        why = set[str]()
        if any(n.status in ("open", "unpaid", "claimed") for n in running):
            why = {"notice-stands"}
        elif not self.book.insured_runs(paper, cover):
            why = {"not-insured"}
        if not paper.in_arrears:
            why = {"not-in-arrears"}
        if why and whose != bank:
            why = why | {"certificate-unknown"}
        made = self.attempt("notice", lambda: self.desk.notice(paper.name, whose), *why)
        if made:
            today = self.book.today
            claim_on = max(later(paper.pays_on, waiting_days + 1), later(today, grace_days + 1))
            until = begins(later(today, grace_days + 1))
            self.book.notices[made] = Notice(made, cover, paper, until, claim_on)

    @precondition(lambda self: self.book.notices)
    @rule(data=st.data(), slip=slips, patient=st.integers(0, 3))
    def claim(self, data: st.DataObject, slip: int, patient: int) -> None:
        """The insured share of what is unpaid of the insured cents, half a cent rounded up."""
        self.claim_on(self.one_of(data, list(self.book.notices.values())[-2:]), slip, patient > 0)

    def claim_on(self, notice: Notice, slip: int, patient: bool) -> None:
        if patient and self.book.today < notice.claim_on:
            self.go_on_to(notice.claim_on)
        insured, _ = self.book.covers[notice.cover]
        loss = sum(run.size for run in self.book.insured_runs(notice.paper, notice.cover))
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
            lambda: self.desk.claim(notice.name, notice.paper.name, max(1, loss), stated, insured),
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
        self.decide_on(self.one_of(data, list(self.book.claims.values())[-2:]), percent)

    def decide_on(self, claim: Insured, percent: int) -> None:
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
            self.book.uninsure(claim.notice.paper, claim.notice.cover)
            claim.notice.status = "closed"

    @precondition(lambda self: self.book.claims)
    @rule(data=st.data(), slip=slips)
    def claim_paid(self, data: st.DataObject, slip: int) -> None:
        """The insurer holds exactly what it paid for; the same claim is paid once (I25)."""
        self.pay_claim(self.one_of(data, list(self.book.claims.values())[-2:]), slip)

    def pay_claim(self, claim: Insured, slip: int) -> None:
        paper, cover = claim.notice.paper, claim.notice.cover
        insured, _ = self.book.covers[cover]
        unpaid = sum(run.size for run in self.book.insured_runs(paper, cover))
        amount = min(claim.accepted, half_up(unpaid * insured_ppm, 10**6))
        days = max(0, (self.book.today - claim.pay_by).days)
        penalty = half_up(amount * days * late_ppm_a_day, 10**6)
        why, by = set[str](), insurer if slip > 4 else insured
        if claim.status != "accepted" or not amount:
            why = {"claim-closed"}
        elif slip == 0:
            why, amount = {"evidence-wrong"}, amount + 1
        if slip == 1:
            by, why = supplier, why | {"claim-unknown"}
        if by == insurer and insured in self.book.listed:
            why = why | {"payment-held"}
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
