"""What the debtor's bank paid and what came back of it; who was paid in the debtor's place, and holds what it paid for."""

from __future__ import annotations

from datetime import date

from tests.finance.settlement.bookkeeper_financing import Financing
from tests.finance.settlement.papers import Demand, Insured, Notice, Paper, Payout, begins, later
from tests.finance.settlement.strips import Run, Unit, first_of, half_up, largest_first, shares

late_ppm_a_day = 500


class Payments(Financing):
    def pay(self, papers: list[Paper], amount: int, paid_on: date, index: int) -> None:
        """Over holders, within each over its runs, and there to the lowest cents."""
        sizes: dict[str, dict[str, int]] = {}
        where: dict[str, tuple[Paper, Run]] = {}
        for paper in papers:
            for part, runs in self.payable(paper).items():
                for run in runs:
                    key = f"{paper.name} {run.start:012d}"
                    sizes.setdefault(part, {})[key] = run.size
                    where[key] = paper, run
        reached: dict[str, dict[str, list[Run]]] = {paper.name: {} for paper in papers}
        weights = {part: sum(keys.values()) for part, keys in sizes.items()}
        for part, share in shares(amount, weights).items():
            for key, size in shares(share, sizes[part]).items():
                paper, run = where[key]
                paid = Run(run.start, run.start + size, run.unit)
                reached[paper.name].setdefault(part, []).append(paid)
        for paper in papers:
            if reached[paper.name]:
                self._post(paper, reached[paper.name], paid_on, index)

    def _post(self, paper: Paper, parts: dict[str, list[Run]], paid_on: date, index: int) -> None:
        sums = {part: sum(run.size for run in runs) for part, runs in parts.items()}
        late = dict[str, int]()
        if paper.in_arrears:
            days = (paid_on - paper.pays_on).days
            total = half_up(sum(sums.values()) * days * late_ppm_a_day, 10**6)
            late = shares(total, sums)
        for part, runs in parts.items():
            paper.strip.paint(runs, lambda unit: unit._replace(state="paid", lock=""))
            paper.got[part] += sums[part]
            paper.late[part] += late.get(part, 0)
            paper.payouts.append(Payout(index, part, sums[part], runs, late.get(part, 0), paid_on))
        paper.paid += sum(sums.values())
        self.settle(paper)

    def pay_late(self, paper: Paper, amount: int) -> dict[str, int]:
        """Late interest over those whom a payment may reach."""
        weights = self.late_weights(paper)
        given = shares(amount, {part: w for part, w in weights.items() if not self.waits(part)})
        paper.late_got.update(given)
        self.cure(paper)
        return given

    def late_weights(self, paper: Paper) -> dict[str, int]:
        owed = {part: paper.late[part] - paper.late_got[part] for part in paper.late}
        return {part: amount for part, amount in owed.items() if amount > 0}

    def come_back(self, paper: Paper, payout: Payout) -> None:
        """Exactly those cents are owed again, as they were."""
        for run in payout.lots:
            paper.strip.paint([run], lambda _, unit=run.unit: unit)  # type: ignore[misc]
        payout.returned = True
        paper.got[payout.payee] -= payout.amount
        paper.late[payout.payee] -= payout.late
        paper.paid -= payout.amount
        paper.status = "partially_paid"
        paper.looks.add(begins(later(self.today, 1)))

    # In the debtor's place

    def standing_in(self, demand: Demand) -> list[Run]:
        runs = demand.paper.strip.free(demand.holder)
        return [run for run in runs if run.unit.recourse == demand.party]

    def recover(self, demand: Demand, amount: int) -> None:
        taken = first_of(self.standing_in(demand), amount)
        demand.paper.strip.paint(taken, lambda _: Unit(demand.party))
        demand.paid += amount

    def insured_runs(self, paper: Paper, cover: str) -> list[Run]:
        insured, _ = self.covers[cover]
        return [run for run in paper.strip.free(insured) if run.unit.cover == cover]

    def insure(self, paper: Paper, amount: int, cover: str) -> None:
        insured, _ = self.covers[cover]
        open_for = [run for run in paper.strip.free(insured) if not run.unit.cover]
        taken = first_of(largest_first(open_for), amount)
        paper.strip.paint(taken, lambda unit: unit._replace(cover=cover))

    def end_grace(self, notice: Notice) -> None:
        notice.status = "unpaid"
        self.default(notice.paper)

    def subrogate(self, claim: Insured, amount: int, cover: str) -> None:
        """The insurer holds what it paid for, and asks who stands in if its cover says so; the rest is the insured's own."""
        paper, (_, passes) = claim.notice.paper, self.covers[cover]
        taken = first_of(self.insured_runs(paper, cover), amount)
        recourse = (lambda unit: unit.recourse) if passes else (lambda _: "")
        paper.strip.paint(taken, lambda unit: Unit(self.insurer, recourse=recourse(unit)))
        self.uninsure(paper, cover)
        claim.status, claim.notice.status = "paid", "closed"

    def uninsure(self, paper: Paper, cover: str) -> None:
        runs = self.insured_runs(paper, cover)
        paper.strip.paint(runs, lambda unit: unit._replace(cover=""))
