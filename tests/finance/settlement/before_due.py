"""Rules for what happens to a certificate until it is due: passed on, pledged, locked."""

from __future__ import annotations

from typing import cast

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.finance.desk import bank, other_bank, supplier
from tests.finance.settlement.machine import Money
from tests.finance.settlement.papers import Hold, Paper, hours_after
from tests.finance.settlement.strips import Run
from tests.finance.settlement.teller import firms

least_part = 10_000
slips = st.integers(0, 9)


class BeforeDue(Money):
    def cannot_move(self, paper: Paper) -> set[str]:
        if paper.status != "live":
            return {"wrong-status"}
        return {"matured"} if self.book.today >= paper.recorded_on else set()

    def not_enough(self, runs: list[Run], amount: int) -> set[str]:
        available = sum(run.size for run in runs)
        if amount > available:
            return {"not-enough-free"}
        return {"below-minimum"} if amount < least_part and amount != available else set()

    def holder(self, data: st.DataObject, paper: Paper, financed: bool = True) -> str:
        """A firm that has something to give, mostly; sometimes any."""
        runs = paper.strip.free if financed else lambda firm: self.book.sellable(paper, firm)
        having = [firm for firm in firms if runs(firm)]
        return cast(str, self.one_of(data, [*having * 3, *firms]))

    def share(self, data: st.DataObject, whole: int) -> int:
        """Of what there is, some, all, or one cent more."""
        percent = data.draw(st.sampled_from([10, 33, 50, 75, 100, 100, 101]))
        return max(1, whole * percent // 100 + (percent > 100))

    # Passed on and held

    @precondition(lambda self: any(p.status == "live" for p in self.book.papers.values()))
    @rule(data=st.data(), to=st.sampled_from(firms), slip=slips)
    def pass_on(self, data: st.DataObject, to: str, slip: int) -> None:
        paper = self.paper(data, lambda p: p.status == "live")
        giver = firms[0] if to == firms[1] else firms[1]
        free = paper.strip.free(giver)
        amount = self.share(data, sum(run.size for run in free) or least_part)
        hours = data.draw(st.sampled_from([1, 100, 700]))
        why = self.cannot_move(paper) or self.not_enough(free, amount)
        if not paper.holding(giver) and giver != supplier:
            why |= {"certificate-unknown", "not-enough-free"}
        made = self.attempt(
            "offer", lambda: self.desk.offer(paper.name, giver, to, amount, hours), *why, cuts=True
        )
        if not made:
            return
        until = hours_after(self.desk.time, hours)
        self.book.hold(made, Hold("offer", paper, giver, to, amount, until, "open"))
        if slip:
            self.take_offer(made, to)

    def take_offer(self, name: str, by: str) -> None:
        hold = self.book.holds[name]
        why = {"ended"} if hold.status != "open" else self.cannot_move(hold.paper)
        if hold.to != by:
            why = {"offer-unknown", "not-entitled"}
        if not self.attempt("transfer", lambda: self.desk.accept(name, by), *why):
            return
        self.book.pass_over(name)

    @precondition(lambda self: any(h.kind == "offer" for h in self.book.holds.values()))
    @rule(data=st.data(), slip=slips)
    def answer_offer(self, data: st.DataObject, slip: int) -> None:
        names = [name for name, hold in self.book.holds.items() if hold.kind == "offer"]
        name = self.one_of(data, names[-4:])
        self.take_offer(name, other_bank if slip == 0 else self.book.holds[name].to)

    @precondition(lambda self: any(p.status == "live" for p in self.book.papers.values()))
    @rule(data=st.data(), kind=st.sampled_from(["pledge", "lock"]))
    def hold_units(self, data: st.DataObject, kind: str) -> None:
        paper = self.paper(data, lambda p: p.status == "live")
        holder = self.holder(data, paper)
        free = paper.strip.free(holder)
        amount = self.share(data, sum(run.size for run in free) or least_part)
        why = self.cannot_move(paper) or self.not_enough(free, amount)
        if not paper.holding(holder) and holder != supplier:
            why |= {"certificate-unknown", "not-enough-free"}
        if kind == "lock":
            hours = data.draw(st.sampled_from([1, 50, 2000]))
            made = self.attempt(
                "lock", lambda: self.desk.lock(paper.name, holder, amount, hours), *why, cuts=True
            )
            if made:
                ends = hours_after(self.desk.time, hours)
                self.book.hold(made, Hold("lock", paper, holder, "", amount, ends, "locked"))
            return
        to, days = other_bank, data.draw(st.sampled_from([1, 22, 70]))
        made = self.attempt(
            "pledge",
            lambda: self.desk.pledge(paper.name, holder, to, amount, days),
            *why,
            cuts=True,
        )
        if made:
            ends = hours_after(self.desk.time, 168)
            self.book.hold(made, Hold("pledge", paper, holder, to, amount, ends, "offered", days))
            if data.draw(st.integers(0, 3)):
                self.take_pledge(made)

    def take_pledge(self, name: str) -> None:
        hold = self.book.holds[name]
        why = {"hold-ended"} if hold.status != "offered" else self.cannot_move(hold.paper)
        if not self.attempt("pledge taken", lambda: self.desk.take_pledge(name, hold.to), *why):
            return
        runs = hold.paper.strip.locked(name)
        hold.paper.strip.paint(runs, lambda unit: unit._replace(state="pledged"))
        hold.status, hold.until = "pledged", hours_after(self.desk.time, 24 * hold.days)

    @precondition(lambda self: any(h.kind == "pledge" for h in self.book.holds.values()))
    @rule(data=st.data(), verb=st.sampled_from(["take", "release", "withdraw"]), slip=slips)
    def answer_pledge(self, data: st.DataObject, verb: str, slip: int) -> None:
        names = [name for name, hold in self.book.holds.items() if hold.kind == "pledge"]
        name = self.one_of(data, names[-3:])
        hold = self.book.holds[name]
        if verb == "take":
            self.take_pledge(name)
            return
        by = hold.to if verb == "release" else hold.giver
        why = set[str]()
        if (
            hold.status != ("pledged" if verb == "release" else "offered")
            or hold.paper.status != "live"
        ):
            why = {"hold-ended"}
        if slip == 0:
            by, why = bank, {"hold-unknown"}
        if self.attempt(verb, lambda: self.desk.answer_pledge(verb, name, by), *why):
            self.book.unlock(hold.paper, name)
            hold.status = "released"
