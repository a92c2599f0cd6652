"""Rules for selling to a bank, and for being paid early by the debtor: quotes and their acceptance."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from tests.finance.desk import bank, core, other_bank, supplier
from tests.finance.settlement.almanac import Almanac
from tests.finance.settlement.before_due import least_part, slips
from tests.finance.settlement.insuring import Insuring
from tests.finance.settlement.machine import rolls
from tests.finance.settlement.papers import Deal, Paper, hours_after, later
from tests.finance.settlement.strips import half_up
from tests.finance.settlement.teller import banks, other_limit

disburse_days, search_days = 3, 7
#: Which rates a year, in millionths; of the last the discount takes more than there is.
rates = [0, 42_000, 43_500, 200_000, 1_000_000]


class Selling(Insuring):
    @initialize(
        data=st.data(),
        face=st.integers(60_000, 500_000),
        days=st.sampled_from([6, 20, 60]),
        roll=st.sampled_from(rolls),
    )
    def first(self, data: st.DataObject, face: int, days: int, roll: str) -> None:
        """A table, and one paper, of which some may be sold already, with recourse, or insured."""
        weeks = data.draw(st.lists(st.tuples(st.integers(3, 120), st.integers(1, 8)), max_size=3))
        rest = {later(self.book.today, start + n) for start, size in weeks for n in range(size)}
        works = data.draw(st.lists(st.integers(3, 120), max_size=3))
        worked = {later(self.book.today, count) for count in works}
        holidays = frozenset(day for day in rest if day.weekday() < 5)
        self.publish(Almanac(1, holidays, frozenset(d for d in worked if d.weekday() > 4)))
        self.issue(face, days, roll)
        (paper,) = self.book.papers.values()
        sold, by = (
            data.draw(st.integers(0, 3)),
            data.draw(st.sampled_from([bank, other_bank, core])),
        )
        recourse = "none" if by == core or sold == 1 else "seller"
        deal = self.terms(paper, supplier, by, face // 2, self.book.today, recourse, counted=False)
        deal.discount = half_up(deal.amount * 42_000 * deal.days, 360 * 10**6)
        if sold and (deal.ends - deal.value_on).days > disburse_days:
            self.lay(deal, 42_000)
            self.take_quote(deal)
            if deal.status != "accepted":
                return
            self.send(deal)
            if sold > 1:
                self.pay_out(deal, supplier)
            if sold > 1 and by in banks:
                self.insure(data, paper, by)

    # Sold to a bank, or paid early by the debtor

    @precondition(lambda self: any(p.status == "live" for p in self.book.papers.values()))
    @rule(
        data=st.data(),
        by=st.sampled_from([bank, bank, other_bank, core]),
        rate=st.sampled_from(rates),
        recourse=st.sampled_from(["none", "seller"]),
        counted=st.booleans(),
        slip=slips,
    )
    def quote(
        self, data: st.DataObject, by: str, rate: int, recourse: str, counted: bool, slip: int
    ) -> None:
        """Figures are worked out here, to the cent; a bank that is wrong by one of them is refused (I18)."""
        paper = self.paper(data, lambda p: p.status == "live")
        holder, early = self.holder(data, paper, financed=False), by == core
        amount = self.share(
            data, sum(run.size for run in self.book.sellable(paper, holder)) or least_part
        )
        value_on = later(self.book.today, data.draw(st.sampled_from([0, 0, 1])))
        recourse = "none" if early else recourse
        told = self.terms(paper, holder, by, amount, value_on, recourse, counted)
        if told.days < 0:
            return
        discount = told.discount = half_up(amount * rate * told.days, 360 * 10**6)
        too_near = (told.ends - value_on).days <= disburse_days
        why = {"quote-wrong"} if too_near or discount >= amount else set[str]()
        changed = dict[str, Any]()
        if slip == 0:
            why, changed = {"quote-wrong"}, {"discount": discount + 1, "net": amount - discount + 1}
        if slip == 1 and paper.roll != "none":
            # A day beside the right one, or the right one by another version.
            other = {"pays_on": later(told.pays_on, 1).isoformat()}
            changed = data.draw(st.sampled_from([other, {"calendar_version": told.version - 1}]))
            why = {"quote-wrong"}
        if not self.lay(told, rate, *why, **changed):
            return
        if data.draw(st.integers(0, 5)):
            self.take_quote(told)
        held = self.book.waits(holder)
        if told.status == "accepted" and value_on == self.book.today and slip > 3 and not held:
            self.send(told)
            if slip > 4:
                self.pay_out(told, holder if slip > 5 else bank if early else by)
            if slip > 6 and by in banks:
                self.insure(data, paper, by)

    def terms(
        self,
        paper: Paper,
        holder: str,
        by: str,
        amount: int,
        value_on: date,
        recourse: str,
        counted: bool,
    ) -> Deal:
        """A quote without its discount: by the newest table, whether the date is fixed by another or not."""
        until = hours_after(self.desk.time, 24)
        deal = Deal("", paper, holder, by, amount, 0, value_on, recourse, until, by == core)
        deal.pays_on = self.book.almanac.payment(paper.due, paper.roll)
        deal.version, deal.counted = self.book.almanac.version, counted and paper.roll != "none"
        return deal

    def lay(self, deal: Deal, rate: int, *why: str, **changed: Any) -> bool:
        deal.name = self.attempt("quote", lambda: self.desk.quoted(deal, rate, **changed), *why)
        if deal.name:
            self.book.deals[deal.name] = deal
        return bool(deal.name)

    def take_quote(self, deal: Deal) -> None:
        book, paper = self.book, deal.paper
        why = self.cannot_take(deal)
        if not deal.early:
            asked = (paper.name, deal.holder, deal.bank)
            since = book.today - book.searched.get(asked, date.min)
            if since.days > search_days and not why:
                self.attempt(
                    "accept", lambda: self.desk.accepted(deal.name, deal.holder), "search-missing"
                )
            self.desk.search(paper.name, deal.holder, deal.bank)
            book.searched[asked] = book.today
        if self.attempt(
            "accept", lambda: self.desk.accepted(deal.name, deal.holder), *why, cuts=True
        ):
            book.take(deal)
            deal.until = f"{later(deal.value_on, 1 + disburse_days)}T00:00:00.000Z"

    def cannot_take(self, deal: Deal) -> set[str]:
        paper, book = deal.paper, self.book
        if not paper.holding(deal.holder) and deal.holder != supplier:
            return {
                "certificate-unknown",
                "already-financed",
                "not-enough-free",
                "ended",
                "not-available",
            } | self.cannot_move(paper)
        if deal.status != "open":
            return {"ended"}
        if why := self.cannot_move(paper):
            return why
        if book.today > deal.value_on:
            return {"ended"}
        if (paper.recorded_on - deal.value_on).days <= disburse_days:
            return {"ended"}
        if deal.bank == other_bank:
            limits = book.limits(core)
            used = (
                limits[f"funder {other_bank}", "used"] + limits[f"funder {other_bank}", "reserved"]
            )
            if used + deal.amount > other_limit:
                return {"not-available"}
        if deal.holder in book.closed:
            return {"account-held"}
        runs = book.sellable(paper, deal.holder)
        why = self.not_enough(runs, deal.amount)
        return {"not-enough-free", "already-financed"} if "not-enough-free" in why else why

    @precondition(lambda self: self.book.deals)
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        self.take_quote(self.deal(data, "open"))
