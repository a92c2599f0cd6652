"""A certificate's money after its issue, in any order: what bookkeeper and ledger must agree on after every act."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.finance.desk import Desk, core, maker, supplier
from tests.finance.equality.test_equality import reports
from tests.finance.holdings.test_machine import took
from tests.finance.insurance.desk import insurer
from tests.finance.settlement.bookkeeper import Bookkeeper
from tests.finance.settlement.papers import Paper, begins, day_of, instant, later
from tests.finance.settlement.strips import Strip, over
from tests.finance.settlement.teller import Teller, banks, calendar, insured_limit, payees
from tests.finance.test_certificate_machine import reached

from tallystick.finance import calendars
from tallystick.finance.draft import Row
from tallystick.finance.insurance.counting import differences as insured_differences
from tallystick.finance.limits.recount import differences as limit_differences
from tallystick.ledger.errors import RuleError

papers_max = 3
rolls = ("none", "none", "following", "following", "modified-following", "preceding")
#: Whatever cuts a holding may find that its holder has no splits left, which other machines count (`budgets`).
no_splits = "split-budget-spent"
#: What carries an amount of money of somebody's, and the fields that say whose.
money_rows = {
    "holding": ("holder",), "payout": ("holder",), "late-payout": ("holder",), "financing": ("bank", "seller"),
    "recourse": ("holder", "party"), "insurance-claim": ("insured", "insurer"),
}  # fmt: skip


class Money(RuleBasedStateMachine):
    """Time, attempts and what must hold; the acts are in `before_due` and `after_due`."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Teller()
        self.book = Bookkeeper(banks, insurer, self.desk.covers)
        self.book.now = self.desk.time
        self.used: list[str] = []
        self.went_out: Counter[str] = Counter()
        self.came_in: Counter[str] = Counter()
        self.in_memory = True

    def attempt(self, what: str, act: Callable[[], str], *why: str, cuts: bool = False) -> str:
        """Carried out if nothing is `why` not; else refused for one of these, and nothing changed."""
        before, found, refused = self.root(), "", ""
        try:
            found = act()
        except RuleError as error:
            refused = error.code
        if not refused:
            assert not why, f"{what} should have been refused: {why}"
            reached[what] += 1
            return found
        may = {*why, no_splits} if cuts else set(why)
        assert refused in may, f"{what}: {refused}, expected one of {may}"
        assert self.root() == before, f"{what} was refused and changed something"
        reached[f"refused {what}: {refused}"] += 1
        return ""

    def root(self) -> str:
        """Of all documents; in a database they are compared when the run ends."""
        if not self.in_memory:
            return ""
        told = repr(sorted(self.desk.state.documents()))
        return hashlib.sha256(told.encode()).hexdigest()

    def one_of(self, data: st.DataObject, found: list[Any]) -> Any:
        return data.draw(st.sampled_from(found))

    def paper(self, data: st.DataObject, wanted: Callable[[Paper], bool] = bool) -> Paper:
        found = [paper for paper in self.book.papers.values() if wanted(paper)]
        return cast(Paper, self.one_of(data, found or list(self.book.papers.values())))

    # Issue and time

    @precondition(lambda self: len(self.book.papers) < papers_max)
    @rule(
        face=st.integers(10_000, 900_000),
        days=st.sampled_from([6, 20, 20, 60]),
        roll=st.sampled_from(rolls),
    )
    def issue_another(self, face: int, days: int, roll: str) -> None:
        self.issue(face, days, roll)

    def issue(self, face: int, days: int, roll: str) -> None:
        """Of a debtor that is in arrears, none (I16)."""
        desk, number = self.desk, str(len(self.book.papers) + 1)
        due = later(self.book.today, days)
        # Papers that are due on one day are paid in one amount.
        for other in self.book.papers.values():
            due = other.due if other.due > self.book.today else due
        invoice = desk.delivered(face, f"{number}-{desk.index}")
        rolls_by = {} if roll == "none" else {"roll": roll, "calendar": calendar}
        on = self.book.almanac.payment(due, roll)
        why = ("due-date-refused",) if on <= self.book.today else ()
        told = due.isoformat()
        proposal = self.attempt(
            "propose", lambda: desk.propose(invoice, face, told, **rolls_by), *why
        )
        if not proposal:
            return
        why = ("issuer-stopped",) if self.book.overdue else ()
        name = self.attempt("issue", lambda: desk.approve(proposal), *why)
        if not name:
            return
        desk.accept_certificate(name)
        paper = self.book.papers[name] = Paper(name, face, due, Strip(face, supplier), roll)
        self.book.date(paper)

    @rule(hours=st.sampled_from([1, 5, 24, 24, 72, 24 * 12, 24 * 30]))
    def wait(self, hours: int) -> None:
        self.go_on(datetime.fromisoformat(self.desk.time) + timedelta(hours=hours))

    @precondition(lambda self: any(not paper.recorded for paper in self.book.papers.values()))
    @rule(data=st.data(), hours=st.sampled_from([0, 3, 25]))
    def come_to_the_due_date(self, data: st.DataObject, hours: int) -> None:
        paper = self.paper(data, lambda paper: not paper.recorded)
        day = data.draw(st.sampled_from([paper.recorded_on, max(paper.due, paper.pays_on)]))
        to = datetime.fromisoformat(begins(day)) + timedelta(hours=hours)
        self.go_on(max(to, datetime.fromisoformat(self.desk.time)))

    @precondition(lambda self: any(p.arrears == "overdue" for p in self.book.papers.values()))
    @rule()
    def come_to_the_default(self) -> None:
        self.go_on(datetime.fromisoformat(self.desk.time) + timedelta(days=31))

    def fall_quiet(self, hours: int) -> None:
        """Nobody says anything for so long, and whoever speaks next finds nothing carried out."""
        self.desk.time = instant(datetime.fromisoformat(self.desk.time) + timedelta(hours=hours))
        self.book.tick(self.desk.time)

    def wake(self) -> None:
        self.go_on(datetime.fromisoformat(self.desk.time))

    def go_on(self, to: datetime) -> None:
        """Blocks until nothing is left to be carried out at this instant."""
        now = instant(to)
        for _ in range(3):
            self.desk.block(now)
        self.book.tick(now)
        reached["block"] += 1

    # What must hold

    @invariant()
    def holdings_are_what_the_bookkeeper_painted(self) -> None:
        for paper in self.book.papers.values():
            rows = self.desk.rows("holding", paper.name).values()
            found = [
                (row["start"], row["end"], row["holder"], row["state"], row["lock"], row["recourse"],
                 row["batch"], row["cover"])
                for row in rows
            ]  # fmt: skip
            assert found == [(run.start, run.end, *run.unit) for run in paper.strip.runs]

    @invariant()
    def paid_owed_and_early_add_up_to_the_face(self) -> None:
        """And to what went out, cent by cent, less what came back (I22, I23)."""
        for paper in self.book.papers.values():
            head = self.desk.row("certificate", paper.name)
            assert (head["status"], head["paid"], head.get("early", 0)) == (
                paper.status,
                paper.paid,
                paper.early,
            )
            owed = paper.strip.size(lambda unit: unit.state not in over)
            assert head.get("cancelled", 0) == paper.cancelled
            gone = paper.paid + paper.early + paper.cancelled
            assert owed + gone == paper.face
            assert paper.outstanding == owed
            assert paper.paid == sum(paper.got.values())
            claims = {
                part: (row["due"], row["paid"], row.get("late_due", 0), row.get("late_paid", 0))
                for part, row in self.desk.rows("claim", paper.name).items()
            }
            assert claims == self.book.claimed(paper)
            if paper.recorded:
                dues = sum(due for due, *_ in claims.values())
                assert dues == paper.face - paper.early - paper.cancelled
        assert sum(paper.paid for paper in self.book.papers.values()) == (
            self.came_in.total() - self.went_out.total()
        )

    @invariant()
    def no_cent_is_paid_twice(self) -> None:
        """Payouts that stand name each cent once, of whoever was owed it."""
        for paper in self.book.papers.values():
            rows = self.desk.rows("payout", paper.name).values()
            stand = [row for row in rows if "returned" not in row]
            told = sorted((lot["start"], lot["end"]) for row in stand for lot in row["lots"])
            assert all(end <= start for (_, end), (start, _) in pairwise(told))
            for row in rows:
                assert row["amount"] == sum(lot["end"] - lot["start"] for lot in row["lots"])
            known = [
                (p.index, p.payee, p.amount, p.late, p.final, p.returned) for p in paper.payouts
            ]
            found = [
                (row["index"], row["holder"], row["amount"], row.get("late", 0), "final" in row, "returned" in row)
                for row in rows
            ]  # fmt: skip
            assert sorted(found) == sorted(known)

    @invariant()
    def payment_dates_are_those_of_the_almanac(self) -> None:
        """Expected by the newest table, until one of them has fixed it; from then on nothing moves it."""
        for paper in self.book.papers.values():
            head = self.desk.row("certificate", paper.name)
            found = calendars.payment_date(self.desk.state, paper.name, head, self.desk.time)
            told = (paper.pays_on.isoformat(), paper.fixed)
            assert (found.on, found.status == "fixed") == told, paper

    @invariant()
    def arrears_and_standing_are_as_counted(self) -> None:
        for paper in self.book.papers.values():
            found = cast("Row | None", self.desk.state.get("arrears", paper.name))
            told = (
                ("", 0)
                if found is None
                else (found["status"], found["late_due"] - found["late_paid"])
            )
            assert told == (paper.arrears, paper.late_owed)
        standing = cast("Row | None", self.desk.state.get("standing", core)) or {}
        counted = tuple(standing.get(key, 0) for key in ("overdue", "ever", "defaults"))
        assert counted == (self.book.overdue, self.book.ever, self.book.defaults)

    @invariant()
    def quotes_and_claims_stand_where_evidence_left_them(self) -> None:
        for deal in self.book.deals.values():
            row = self.desk.row("quote", deal.name)
            assert (row["status"], "final" in row) == (deal.status, deal.final), row
            assert row["amount"] == row["net"] + row["discount"]
        for demand in self.book.demands.values():
            assert self.desk.row("recourse", demand.name)["paid"] == demand.paid
        for notice in self.book.notices.values():
            assert (
                self.desk.row("dunning", notice.paper.name, notice.name)["status"] == notice.status
            )
        for claim in self.book.claims.values():
            assert self.desk.row("insurance-claim", claim.name)["status"] == claim.status

    @invariant()
    def limits_are_what_is_outstanding(self) -> None:
        stored: Counter[tuple[str, str]] = Counter()
        for name in self.desk.state.names("limit"):
            for row in self.desk.rows("limit", name).values():
                stored[name, "used"] += row["used"]
                stored[name, "reserved"] += row["reserved"]
                assert row["used"] + row["reserved"] <= row.get("amount", 10**15)
        assert +stored == self.book.limits(core)
        for cover in self.book.covers:
            assert self.desk.insured(cover) == self.insured(cover) <= insured_limit

    def insured(self, cover: str) -> int:
        """Of all papers, what its holder holds under a cover and is still owed."""
        whose, _ = self.book.covers[cover]
        told = (whose, cover)
        return sum(
            paper.strip.size(
                lambda unit: (unit.holder, unit.cover) == told and unit.state not in over
            )
            for paper in self.book.papers.values()
        )

    def teardown(self) -> None:
        """Replayed from the first act: the same effects and documents; and each of its days is equal."""
        again = Teller()
        assert [act.payload_hash for act in again.acts] == [
            act.payload_hash for act in self.desk.acts[: len(again.acts)]
        ]
        begun = len(again.acts)
        for act, effects in list(zip(self.desk.acts, self.desk.effects, strict=True))[begun:]:
            again.state.apply(self.desk.beside.get(again.index, ()))
            found = again.rules.judge(again.state, act)
            assert found == effects
            again.state.apply(found)
            again.acts.append(act)
            again.index += 1
        again.state.apply(self.desk.beside.get(again.index, ()))
        again.time = self.desk.time
        assert sorted(again.state.documents()) == sorted(self.desk.state.documents())
        assert list(limit_differences(again.state)) == []
        assert list(insured_differences(again.state)) == []
        self._nothing_is_the_nodes(again)
        days = sorted({day_of(act.time).isoformat() for act in again.acts})
        for day in ["", *days[-4:-1]]:
            reports(again, day)
        took["steps"] += len(again.acts)
        reached["replayed"] += 1

    def _nothing_is_the_nodes(self, desk: Desk) -> None:
        """I27: every row about money names parties of the trade, and no kind of document holds a balance."""
        for (kind, name, _), found in desk.state.documents():
            row = cast(Row, found)
            for field in money_rows.get(kind, ()):
                assert row[field] in payees | {core}, (kind, name)
            if kind == "claim":
                continue
            assert not {"balance", "cash"} & row.keys(), kind
        assert maker("99/O-NODE") not in {act.author for act in desk.acts if "pay" in act.type}
