"""What is owed to whom, on which day, and what becomes of a debtor that does not pay it: the bookkeeper's first page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from tests.finance.settlement.almanac import Almanac
from tests.finance.settlement.papers import (
    Deal,
    Demand,
    Hold,
    Insured,
    Notice,
    Paper,
    begins,
    day_of,
    default_after,
    later,
)
from tests.finance.settlement.strips import Run, Unit, over


class Claims:
    """Everything that is written down, claims, payment dates and arrears."""

    def __init__(
        self, banks: Iterable[str], insurer: str, covers: Mapping[str, tuple[str, bool]]
    ) -> None:
        self.banks = set(banks)
        #: By cover: who is insured, and whether recourse passes to the insurer.
        self.insurer, self.covers = insurer, dict(covers)
        self.now = ""
        self.papers: dict[str, Paper] = {}
        self.holds: dict[str, Hold] = {}
        self.deals: dict[str, Deal] = {}
        self.demands: dict[str, Demand] = {}
        self.notices: dict[str, Notice] = {}
        self.claims: dict[str, Insured] = {}
        self.searched: dict[tuple[str, str, str], date] = {}
        self.overdue = self.ever = self.defaults = 0
        #: Who stands on a list of sanctions, and whose account was closed.
        self.listed: set[str] = set()
        self.closed: set[str] = set()
        self.almanac = Almanac(0)

    @property
    def today(self) -> date:
        return day_of(self.now)

    # When it is paid

    def date(self, paper: Paper) -> None:
        """Expected by the newest table, until the fifth business day before the due date has come by that table."""
        if paper.fixed:
            return
        paper.pays_on = self.almanac.payment(paper.due, paper.roll)
        paper.fixed = self.now >= begins(self.almanac.fixing(paper.due)) or paper.roll == "none"
        if paper.fixed:
            paper.looks.add(begins(later(paper.pays_on, 1)))

    def publish(self, almanac: Almanac) -> None:
        """What was fixed by the table of before stays."""
        self.almanac = almanac
        for paper in self.papers.values():
            self.date(paper)

    # Who is owed what

    def owed(self, paper: Paper) -> dict[str, list[Run]]:
        """Runs that are still owed, by the part of the claim."""
        found: dict[str, list[Run]] = {}
        for run in paper.strip.runs:
            if run.unit.state not in over:
                found.setdefault(self._part(run.unit), []).append(run)
        return found

    def _part(self, unit: Unit) -> str:
        words = unit.lock.split()
        if unit.state == "paying":
            return f"{unit.holder} {words[0]}"
        pledge = self.holds.get(words[-1]) if words else None
        whose = pledge.to if pledge is not None and pledge.kind == "pledge" else unit.holder
        return f"{whose} {words[0]}" if unit.state == "frozen" else whose

    def waits(self, part: str) -> str:
        """Why nothing may be paid on a part of a claim now; empty if something may."""
        whose, _, by = part.partition(" ")
        if by:
            return "units"
        if whose in self.listed:
            return "list"
        return "account" if whose in self.closed else ""

    def payable(self, paper: Paper) -> dict[str, list[Run]]:
        """What a payment reaches: neither frozen nor in payment, of nobody on a list, to an account that is there."""
        return {part: runs for part, runs in self.owed(paper).items() if not self.waits(part)}

    def claimed(self, paper: Paper) -> dict[str, tuple[int, int, int, int]]:
        """Due, paid, late interest due and paid, by claim; none before the record time."""
        if not paper.recorded:
            return {}
        owed = {part: sum(run.size for run in runs) for part, runs in self.owed(paper).items()}
        kept = [paper.got, paper.late, paper.late_got]
        parts = owed.keys() | {part for sums in kept for part, amount in sums.items() if amount}
        return {
            part: (
                paper.got[part] + owed.get(part, 0),
                paper.got[part],
                max(paper.late[part], paper.late_got[part]),
                paper.late_got[part],
            )
            for part in sorted(parts)
        }

    # Too late

    def look(self, paper: Paper, at: str) -> None:
        """The day is over: is the debtor late with anything that it could have paid?"""
        paper.looks.discard(at)
        if not paper.open or self.today <= paper.pays_on or paper.in_arrears:
            return
        if not self.payable(paper):
            paper.looks.add(begins(later(self.today, 1)))
            return
        self.ever += not paper.arrears
        self.overdue += 1
        paper.arrears = "overdue"
        paper.defaults_at = begins(later(paper.pays_on, 1 + default_after))

    def default(self, paper: Paper) -> None:
        if paper.arrears == "overdue":
            paper.arrears = "default"
            self.defaults += 1

    def cure(self, paper: Paper) -> None:
        """Principal and late interest are paid."""
        if paper.in_arrears and not paper.open and paper.late_owed <= 0:
            paper.arrears = "cured"
            self.overdue -= 1
            for notice in self.notices.values():
                if notice.paper is paper and notice.status in ("open", "unpaid", "claimed"):
                    notice.status = "withdrawn"
                    if notice.claim:
                        self.claims[notice.claim].status = "withdrawn"

    def settle(self, paper: Paper) -> None:
        paper.status = "partially_paid" if paper.paid else paper.status
        if not paper.outstanding:
            paper.status = "settled"
        self.cure(paper)
