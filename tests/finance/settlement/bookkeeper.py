"""A bookkeeper with nothing but integers: what each act and each passing hour must leave, worked out beside the rules.

It shares no code with the product. Each method carries out an act that is allowed; whether one is, the machine
decides before from what stands here. Its pages: what is owed (`bookkeeper_claims`), what is held (`bookkeeper_holds`),
what was financed (`bookkeeper_financing`), what was paid (`bookkeeper_payments`); here is what comes by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.finance.settlement.bookkeeper_holds import running
from tests.finance.settlement.bookkeeper_payments import Payments, late_ppm_a_day
from tests.finance.settlement.papers import Paper, begins, later

__all__ = ["Bookkeeper", "late_ppm_a_day"]
#: At which hour, of which kind, of what; and what is done.
Step = tuple[str, str, str, Callable[[], None]]


class Bookkeeper(Payments):
    """All papers of one debtor, paid by one bank."""

    def tick(self, now: str) -> None:
        """What comes by itself up to this instant, oldest hour first."""
        self.now = now
        for paper in self.papers.values():
            self.date(paper)
        while steps := self._due():
            *_, carry_out = min(steps, key=lambda step: step[:3])
            carry_out()

    def _due(self) -> list[Step]:
        found: list[Step] = []
        for deal in self.deals.values():
            if deal.status in ("open", "accepted"):
                found.append((deal.until, "quote", deal.name, lambda d=deal: self.lapse(d)))  # type: ignore[misc]
            if deal.status == "financed" and not deal.final:
                ends = begins(later(deal.final_on, 1))
                found.append((ends, "disbursed", deal.name, lambda d=deal: self.finish(d)))  # type: ignore[misc]
        for name, hold in self.holds.items():
            if hold.status in running:
                found.append((hold.until, hold.kind, name, lambda n=name: self.expire(n)))  # type: ignore[misc]
        for notice in self.notices.values():
            if notice.status == "open":
                found.append(
                    (notice.grace_until, "dunning", notice.name, lambda n=notice: self.end_grace(n))
                )  # type: ignore[misc]
        for paper in self.papers.values():
            found += self._due_of(paper)
        return [step for step in found if step[0] <= self.now]

    def _due_of(self, paper: Paper) -> list[Step]:
        found: list[Step] = []
        if not paper.recorded and paper.status == "live":
            found.append(
                (begins(paper.recorded_on), "record", paper.name, lambda: self.record(paper))
            )
        for look in paper.looks:
            found.append((look, "overdue", paper.name, lambda at=look: self.look(paper, at)))  # type: ignore[misc]
        if paper.arrears == "overdue":
            found.append((paper.defaults_at, "default", paper.name, lambda: self.default(paper)))
        for payout in paper.payouts:
            if not payout.final and not payout.returned:
                ends = begins(later(payout.final_on, 1))
                found.append(
                    (ends, "final", paper.name, lambda p=payout: setattr(p, "final", True))
                )  # type: ignore[misc]
        return found

    def record(self, paper: Paper) -> None:
        """Units stop moving."""
        paper.recorded = True
        self.end_offered(paper)
        self.end_accepted(paper)
