"""Rules for sales between funders, and for what debtor and original holder agree to be owed no more."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.finance.desk import bank, core, other_bank, supplier
from tests.finance.settlement.before_due import least_part, slips
from tests.finance.settlement.papers import Hold, Paper, hours_after, later
from tests.finance.settlement.selling import Selling
from tests.finance.settlement.teller import banks, firms, other_limit


class Secondary(Selling):
    # Sold to another funder

    @precondition(lambda self: any(p.status == "live" for p in self.book.papers.values()))
    @rule(data=st.data(), seller=st.sampled_from([*banks, *banks, firms[1]]), slip=slips)
    def sell(self, data: st.DataObject, seller: str, slip: int) -> None:
        """What a bank has financed, to a bank; nobody else sells, and nothing else is sold."""
        paper = self.paper(data, lambda p: p.status == "live" and p.holding(seller) > 0)
        to = bank if seller == other_bank else other_bank
        to = firms[1] if slip == 0 and seller in banks else to
        runs = self.book.holdable(paper, seller, "sale")
        amount = self.share(data, sum(run.size for run in runs) or least_part)
        hours = data.draw(st.sampled_from([1, 100, 700]))
        why = self.cannot_move(paper) or self.not_enough(runs, amount)
        if {seller, to} & set(firms):
            why = why | {"not-entitled"}
        if not paper.holding(seller):
            why = why | {"certificate-unknown", "not-enough-free"}
        made = self.attempt(
            "sale", lambda: self.desk.sold(paper.name, seller, to, amount, hours), *why, cuts=True
        )
        if made:
            until = hours_after(self.desk.time, hours)
            self.book.hold(made, Hold("sale", paper, seller, to, amount, until, "open"))
            if slip > 2:
                self.take_sale(made, self.desk.time)

    def take_sale(self, name: str, paid_at: str) -> None:
        """Who stands in for the cents goes along; the buyer's limit counts them from here on."""
        hold, before = self.book.holds[name], ""
        why = {"ended"} if hold.status != "open" else self.cannot_move(hold.paper)
        if hold.giver in self.book.listed:
            why = why | {"payment-held"}
        if paid_at > self.desk.time:
            why = why | {"evidence-wrong"}
        limits = self.book.limits(core)
        used = sum(limits[f"funder {hold.to}", what] for what in ("used", "reserved"))
        if hold.to == other_bank and used + hold.amount > other_limit:
            why = why | {"funder-limit-reached"}
        before = [run.unit.recourse for run in hold.paper.strip.locked(name)]
        if self.attempt("bought", lambda: self.desk.bought(name, hold.to, paid_at), *why):
            self.book.pass_over(name)
            assert set(before) <= {"", *firms}

    @precondition(lambda self: any(h.kind == "sale" for h in self.book.holds.values()))
    @rule(data=st.data(), slip=slips)
    def answer_sale(self, data: st.DataObject, slip: int) -> None:
        names = [name for name, hold in self.book.holds.items() if hold.kind == "sale"]
        name = self.one_of(data, names[-3:])
        tomorrow = f"{later(self.book.today, 1)}T03:00:00.000Z"
        self.take_sale(name, tomorrow if slip == 0 else self.desk.time)

    # Owed no more

    @precondition(lambda self: any(p.status == "live" for p in self.book.papers.values()))
    @rule(data=st.data(), by=st.sampled_from([core, core, supplier, bank]), slip=slips)
    def propose_cancelling(self, data: st.DataObject, by: str, slip: int) -> None:
        """Issuer or original holder ask the other (I14); nothing is held until it agrees."""
        paper = self.paper(data, lambda p: p.status == "live")
        there = self.there_to_cancel(paper)
        amount = self.share(data, there or least_part)
        why = self.cannot_move(paper)
        if by == bank:
            why = why | {"not-entitled", "certificate-unknown"}
        if amount > there:
            why = why | {"not-enough-free"}
        made = self.attempt("cancelling", lambda: self.desk.cancel(paper.name, amount, by), *why)
        if made:
            to, until = supplier if by == core else core, hours_after(self.desk.time, 168)
            hold = Hold("cancellation", paper, by, to, amount, until, "proposed")
            self.book.holds[made] = hold
            if slip > 1:
                self.agree_to_cancel(made, to)

    def there_to_cancel(self, paper: Paper) -> int:
        return sum(run.size for run in self.book.cancellable(paper, supplier))

    def agree_to_cancel(self, name: str, by: str) -> None:
        hold = self.book.holds[name]
        why = self.cannot_move(hold.paper)
        why = why or self.not_enough(self.book.cancellable(hold.paper, supplier), hold.amount)
        if hold.status != "proposed":
            why = {"hold-ended"}
        if by != hold.to:
            why = why | {"hold-unknown", "not-entitled"}
        made = self.attempt(
            "agreed", lambda: self.desk.answer_cancel("agree", name, by), *why, cuts=True
        )
        if made:
            self.book.cancel(hold, supplier)

    @precondition(lambda self: any(h.kind == "cancellation" for h in self.book.holds.values()))
    @rule(
        data=st.data(), verb=st.sampled_from(["agree", "agree", "decline", "withdraw"]), slip=slips
    )
    def answer_cancelling(self, data: st.DataObject, verb: str, slip: int) -> None:
        names = [name for name, hold in self.book.holds.items() if hold.kind == "cancellation"]
        name = self.one_of(data, names[-3:])
        hold = self.book.holds[name]
        by = hold.giver if verb == "withdraw" else hold.to
        if slip == 0:
            by = bank if verb == "agree" else hold.to if verb == "withdraw" else hold.giver
        if verb == "agree":
            self.agree_to_cancel(name, by)
            return
        why = {"hold-ended"} if hold.status != "proposed" else set[str]()
        if slip == 0:
            why = why | {"not-entitled"}
        if self.attempt(verb, lambda: self.desk.answer_cancel(verb, name, by), *why):
            hold.status = "declined" if verb == "decline" else "withdrawn"
