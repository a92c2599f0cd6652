"""Rules for what courts, registry and node order: freezes, lists of sanctions, closed accounts, tables of business days."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.finance.settlement.almanac import Almanac
from tests.finance.settlement.before_due import BeforeDue
from tests.finance.settlement.papers import Hold, begins, day_of, later
from tests.finance.settlement.strips import over
from tests.finance.settlement.teller import firms, payees, year

#: More days without a business day in a row no table may have.
closed_max, versions_max = 20, 5


class Authority(BeforeDue):
    @precondition(lambda self: self.frozen() < 2 and any(p.open for p in self.book.papers.values()))
    @rule(data=st.data(), days=st.sampled_from([0, 4, 25, 60]))
    def freeze(self, data: st.DataObject, days: int) -> None:
        """Before the due date, on it and behind it alike."""
        paper = self.paper(data, lambda p: p.open)
        owed = {run.unit.holder for run in paper.strip.runs if run.unit.state not in over}
        holder = self.one_of(data, [*sorted(owed) * 2, *firms])
        offered = sum(
            hold.amount for hold in self.book.holds.values()
            if hold.offered_by(paper, holder)
        )  # fmt: skip
        there = self.book.freezable(paper, holder) + offered
        amount = self.share(data, there)
        why = () if there else ("nothing-to-freeze",)
        ends = later(self.book.today, days)
        made = self.attempt(
            "freeze",
            lambda: self.desk.freeze(paper.name, holder, amount, ends.isoformat()),
            *why,
        )
        if made:
            until = begins(later(ends, 1))
            self.book.freeze(made, Hold("freeze", paper, holder, "", amount, until, "frozen"))

    def frozen(self) -> int:
        return sum(h.status == "frozen" for h in self.book.holds.values())

    @precondition(lambda self: any(h.kind == "freeze" for h in self.book.holds.values()))
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        names = [name for name, hold in self.book.holds.items() if hold.kind == "freeze"]
        name = self.one_of(data, names[-2:])
        hold = self.book.holds[name]
        why = () if hold.status == "frozen" else ("hold-unknown",)
        if self.attempt("lift", lambda: self.desk.lifted(name), *why):
            self.book.unlock(hold.paper, name)
            hold.status = "lifted"

    @precondition(lambda self: any(h.kind == "freeze" for h in self.book.holds.values()))
    @rule(data=st.data(), days=st.integers(-2, 40))
    def extend(self, data: st.DataObject, days: int) -> None:
        """By a later order, to a later day; it reaches no more than before."""
        names = [name for name, hold in self.book.holds.items() if hold.kind == "freeze"]
        name = self.one_of(data, names[-2:])
        hold = self.book.holds[name]
        last = later(day_of(hold.until), -1)
        ends = later(last, days)
        why = set[str]()
        if hold.status != "frozen":
            why = {"hold-unknown"}
        elif ends <= last or ends < self.book.today:
            why = {"end-refused"}
        told = ends.isoformat()
        if self.attempt("extend", lambda: self.desk.extended(name, told), *why):
            hold.until = begins(later(ends, 1))

    # Who may not be paid

    @precondition(lambda self: len(self.book.listed) < 2)
    @rule(who=st.sampled_from(sorted(payees)), really=st.integers(0, 2))
    def put_on_a_list(self, who: str, really: int) -> None:
        if who not in self.book.listed and not really:
            self.attempt("listed", lambda: self.desk.listed(who))
            self.book.listed.add(who)

    @precondition(lambda self: self.book.listed)
    @rule(data=st.data())
    def take_off_the_list(self, data: st.DataObject) -> None:
        who = self.one_of(data, sorted(self.book.listed))
        self.attempt("released", lambda: self.desk.listed(who, on=False))
        self.book.listed.discard(who)

    @precondition(lambda self: not self.book.closed and len(self.book.papers) > 1)
    @rule(really=st.integers(0, 9))
    def close_an_account(self, really: int) -> None:
        """The only one of the friend, by the bank that kept it: what it is owed stays, and nothing goes there."""
        if not really:
            self.attempt("account closed", self.desk.closed)
            self.book.closed.add(firms[1])

    # Which days are business days

    @precondition(lambda self: self.book.almanac.version < versions_max)
    @rule(data=st.data(), count=st.integers(1, 2), slip=st.integers(0, 3))
    def publish_another_table(self, data: st.DataObject, count: int, slip: int) -> None:
        """Some days become holidays, others are worked on: near a due date, or anywhere."""
        near = [paper.due for paper in self.book.papers.values() if not paper.fixed]
        around = self.one_of(data, [*near, self.book.today])
        days = [later(around, data.draw(st.integers(-12, 6))) for _ in range(count)]
        now = self.book.almanac
        holidays, worked = set(now.holidays), set(now.worked)
        for day in days:
            if day.year == year:
                (worked if day.weekday() > 4 else holidays).symmetric_difference_update({day})
        self.publish(Almanac(now.version + 1, frozenset(holidays), frozenset(worked)))

    def publish(self, almanac: Almanac) -> None:
        days = [later(date(year, 1, 1), count) for count in range(365)]
        why = ("calendar-wrong",) if almanac.closed_in_a_row(days) > closed_max else ()
        if self.attempt("table", lambda: self.desk.published(almanac), *why):
            self.book.publish(almanac)
