"""Rules for what happens to a certificate from its due date on: paid, returned, late, in default, recovered."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.finance.desk import bank, core, other_bank
from tests.finance.insurance.desk import insurer
from tests.finance.settlement.before_due import slips
from tests.finance.settlement.papers import Demand, Paper, later
from tests.finance.settlement.secondary import Secondary
from tests.finance.settlement.teller import firms

#: For how long nobody has said anything when a payment is stated, mostly not at all.
quiet_hours = st.sampled_from([0, 0, 0, 0, 1, 30, 24 * 9])


class Settlement(Secondary):
    def due(self, paper: Paper) -> bool:
        return self.book.today >= paper.pays_on

    # Paid by the debtor's bank

    @precondition(lambda self: any(p.open and self.due(p) for p in self.book.papers.values()))
    @rule(data=st.data(), slip=slips, quiet=quiet_hours)
    def pay(self, data: st.DataObject, slip: int, quiet: int) -> None:
        """In full, short, above what is owed, twice by one record, by another bank, too early; at once, or after days."""
        self.fall_quiet(quiet)
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
        self.wake()

    @precondition(lambda self: any(p.open and self.due(p) for p in self.book.papers.values()))
    @rule(data=st.data(), slip=slips, quiet=quiet_hours)
    def pay_a_day(self, data: st.DataObject, slip: int, quiet: int) -> None:
        """One amount for all papers of a day."""
        self.fall_quiet(quiet)
        self.pay_all_of(data, slip)
        self.wake()

    def pay_all_of(self, data: st.DataObject, slip: int) -> None:
        some = self.paper(data, lambda p: p.open and self.due(p))
        papers = [p for p in self.book.papers.values() if p.open and p.pays_on == some.pays_on]
        amount = max(1, self.share(data, self.payable_now(papers)))
        pays_on, by, why = some.pays_on, bank, self.cannot_pay(papers, amount)
        if slip == 0:
            pays_on, why = later(pays_on, 1), {"nothing-due"}
            if any(p.open and p.pays_on == pays_on for p in self.book.papers.values()):
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
        if amount <= self.payable_now(papers):
            return set()
        return {self.because({self.book.waits(part) for p in papers for part in self.book.owed(p)})}

    def because(self, waits: set[str]) -> str:
        """How a payment is refused that would reach somebody whom nothing may reach, for these reasons."""
        told = waits - {""}
        if told == {"list"}:
            return "payment-held"
        return "account-held" if told == {"account"} else "claims-wait"

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
        if paper.status in ("live", "cancelled"):
            why = {"wrong-status"}
        elif not paper.arrears or not weights:
            why = {"not-in-arrears"}
        elif amount > sum(weights.values()):
            why = {"over-payment"}
        elif amount > sum(w for part, w in weights.items() if not self.book.waits(part)):
            why = {self.because({self.book.waits(part) for part in weights})}
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

    @precondition(lambda self: any(self.stood_in(p) for p in self.book.papers.values()))
    @rule(data=st.data(), slip=slips)
    def pursue_the_seller(self, data: st.DataObject, slip: int) -> None:
        """The whole way: to the default, the demand, and what comes of it."""
        paper = self.paper(data, lambda p: bool(self.stood_in(p)))
        holder, party = self.one_of(data, sorted(self.stood_in(paper)))
        if paper.arrears == "overdue":
            self.go_on(
                max(datetime.fromisoformat(at) for at in (paper.defaults_at, self.desk.time))
            )
        asked = len(self.book.demands)
        self.ask(paper, party, holder)
        if len(self.book.demands) > asked:
            self.recover_on(data, list(self.book.demands.values())[-1], slip)

    def stood_in(self, paper: Paper) -> set[tuple[str, str]]:
        """Who holds what of a paper in arrears, and who stands in for it."""
        free = paper.strip.those(lambda unit: unit.state == "free" and unit.recourse != "")
        return {(run.unit.holder, run.unit.recourse) for run in free if paper.in_arrears}

    @precondition(lambda self: any(p.in_arrears for p in self.book.papers.values()))
    @rule(
        data=st.data(),
        party=st.sampled_from(firms),
        by=st.sampled_from([bank, bank, other_bank, insurer]),
    )
    def demand(self, data: st.DataObject, party: str, by: str) -> None:
        self.ask(self.paper(data, lambda p: p.in_arrears), party, by)

    def ask(self, paper: Paper, party: str, by: str) -> None:
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
        self.recover_on(data, self.one_of(data, list(self.book.demands.values())[-3:]), slip)

    def recover_on(self, data: st.DataObject, demand: Demand, slip: int) -> None:
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
