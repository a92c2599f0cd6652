"""A bookkeeper with nothing but integers: what each act and each passing hour must leave, worked out beside the rules.

It shares no code with the product. Each method carries out an act that is allowed; whether one is, the machine
decides before from what stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from tests.finance.settlement.papers import (
    Deal,
    Demand,
    Hold,
    Insured,
    Notice,
    Paper,
    Payout,
    begins,
    day_of,
    default_after,
    later,
)
from tests.finance.settlement.strips import (
    Run,
    Unit,
    first_of,
    half_up,
    largest_first,
    over,
    shares,
)

late_ppm_a_day = 500
Step = tuple[str, str, str, Callable[[], None]]


class Bookkeeper:
    """All papers of one debtor, paid by one bank."""

    def __init__(self, banks: Iterable[str], insured: str, insurer: str) -> None:
        self.banks = set(banks)
        self.insured, self.insurer = insured, insurer
        self.now = ""
        self.papers: dict[str, Paper] = {}
        self.holds: dict[str, Hold] = {}
        self.deals: dict[str, Deal] = {}
        self.demands: dict[str, Demand] = {}
        self.notices: dict[str, Notice] = {}
        self.claims: dict[str, Insured] = {}
        self.searched: dict[tuple[str, str, str], date] = {}
        self.overdue = self.ever = self.defaults = 0

    @property
    def today(self) -> date:
        return day_of(self.now)

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

    def payable(self, paper: Paper) -> dict[str, list[Run]]:
        """What a payment reaches: neither frozen nor in payment."""
        return {part: runs for part, runs in self.owed(paper).items() if " " not in part}

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

    # Time

    def tick(self, now: str) -> None:
        """What comes by itself up to this instant, oldest hour first."""
        self.now = now
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
            if hold.status in ("open", "offered", "pledged", "locked", "frozen"):
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
            found.append((begins(paper.due), "record", paper.name, lambda: self.record(paper)))
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
        """Units stop moving: what was only offered, promised or locked is its holder's."""
        paper.recorded = True
        for name, hold in self.holds.items():
            if hold.paper is paper and hold.status in ("open", "offered", "locked"):
                self.unlock(paper, name)
                hold.status = "matured" if hold.kind != "pledge" else "expired"
        for deal in self.deals.values():
            if deal.paper is paper and deal.status == "accepted":
                self.unlock(paper, deal.name)
                deal.status = "matured"

    def look(self, paper: Paper, at: str) -> None:
        """The day is over: is the debtor late with anything that it could have paid?"""
        paper.looks.discard(at)
        if not paper.open or self.today <= paper.due or paper.in_arrears:
            return
        if not self.payable(paper):
            paper.looks.add(begins(later(self.today, 1)))
            return
        self.ever += not paper.arrears
        self.overdue += 1
        paper.arrears = "overdue"
        paper.defaults_at = begins(later(paper.due, 1 + default_after))

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

    # Holds

    def unlock(self, paper: Paper, lock: str) -> None:
        """Exactly as it was before; below a freeze a pledge goes on."""

        def without(unit: Unit) -> Unit:
            words = unit.lock.split()
            rest = [word for word in words if word != lock]
            if not rest:
                return unit._replace(state="free", lock="")
            state = "pledged" if words[0] == lock else unit.state
            return unit._replace(state=state, lock=" ".join(rest))

        paper.strip.paint(paper.strip.locked(lock), without)

    def hold(self, name: str, hold: Hold) -> None:
        runs = largest_first(hold.paper.strip.free(hold.giver))
        taken = first_of(runs, hold.amount)
        hold.paper.strip.paint(taken, lambda unit: unit._replace(state="locked", lock=name))
        self.holds[name] = hold

    def expire(self, name: str) -> None:
        """Its end has come. What is owed to a pledgee at the record time stays owed to it."""
        hold = self.holds[name]
        if hold.kind == "pledge" and hold.paper.recorded:
            hold.status = "paid"
            return
        self.unlock(hold.paper, name)
        hold.status = "ended"

    def freeze(self, name: str, hold: Hold) -> None:
        """Offers end as far as the order reaches; free units first, then pledged ones."""
        paper, holder = hold.paper, hold.giver
        for lock in sorted(self.holds):
            if self.freezable(paper, holder) >= hold.amount:
                break
            offer = self.holds[lock]
            if (offer.kind, offer.status, offer.paper, offer.giver) == (
                "offer",
                "open",
                paper,
                holder,
            ):
                self.unlock(paper, lock)
                offer.status = "frozen"
        hold.amount = min(hold.amount, self.freezable(paper, holder))
        runs = [
            *largest_first(paper.strip.free(holder)),
            *largest_first(self._pledged(paper, holder)),
        ]
        paper.strip.paint(
            first_of(runs, hold.amount),
            lambda unit: unit._replace(state="frozen", lock=f"{name} {unit.lock}".strip()),
        )
        self.holds[name] = hold

    def freezable(self, paper: Paper, holder: str) -> int:
        return sum(r.size for r in [*paper.strip.free(holder), *self._pledged(paper, holder)])

    def _pledged(self, paper: Paper, holder: str) -> list[Run]:
        return paper.strip.those(lambda unit: unit.holder == holder and unit.state == "pledged")

    # Financing

    def sellable(self, paper: Paper, holder: str) -> list[Run]:
        return [run for run in paper.strip.free(holder) if not run.unit.batch]

    def take(self, deal: Deal) -> None:
        taken = first_of(largest_first(self.sellable(deal.paper, deal.holder)), deal.amount)
        deal.paper.strip.paint(taken, lambda unit: unit._replace(state="locked", lock=deal.name))
        deal.status = "accepted"

    def lapse(self, deal: Deal) -> None:
        if deal.status == "accepted":
            self.unlock(deal.paper, deal.name)
        deal.status = "expired" if deal.status == "open" else "lapsed"

    def send(self, deal: Deal, sent_on: date, number: str) -> None:
        runs = deal.paper.strip.locked(deal.name)
        deal.paper.strip.paint(runs, lambda unit: unit._replace(state="paying"))
        deal.status, deal.sent_on, deal.number = "paying", sent_on, number

    def finance(self, deal: Deal, paid_on: date, arrived: bool) -> None:
        """Evidence says that it was paid: the units are the bank's, final if who received it says so."""
        if not deal.early:
            recourse = deal.holder if deal.recourse == "seller" else ""
            told = {"holder": deal.bank, "batch": deal.name, "recourse": recourse}
            runs = deal.paper.strip.locked(deal.name)
            deal.paper.strip.paint(runs, lambda unit: unit._replace(**told))
        deal.status, deal.final_on = "financed", later(paid_on, 3)
        if arrived:
            self.finish(deal)

    def finish(self, deal: Deal) -> None:
        deal.final, paper = True, deal.paper
        if not deal.early:
            self.unlock(paper, deal.name)
            return
        runs = paper.strip.locked(deal.name)
        paper.strip.paint(runs, lambda unit: unit._replace(state="paid", lock=""))
        paper.early += deal.amount
        self.settle(paper)

    def give_back(self, deal: Deal) -> None:
        """It came back: the seller's again, still in payment."""
        told = {"holder": deal.holder, "batch": "", "recourse": ""}
        runs = deal.paper.strip.locked(deal.name)
        deal.paper.strip.paint(runs, lambda unit: unit._replace(**told))
        deal.status = "returned"

    def fail(self, deal: Deal) -> None:
        self.unlock(deal.paper, deal.name)
        deal.status = "unpaid"

    # Payment

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
            days = (paid_on - paper.due).days
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
        given = shares(amount, self.late_weights(paper))
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

    # Recourse and insurance

    def standing_in(self, demand: Demand) -> list[Run]:
        runs = demand.paper.strip.free(demand.holder)
        return [run for run in runs if run.unit.recourse == demand.party]

    def recover(self, demand: Demand, amount: int) -> None:
        taken = first_of(self.standing_in(demand), amount)
        demand.paper.strip.paint(taken, lambda _: Unit(demand.party))
        demand.paid += amount

    def insured_runs(self, paper: Paper, cover: str) -> list[Run]:
        return [run for run in paper.strip.free(self.insured) if run.unit.cover == cover]

    def insure(self, paper: Paper, amount: int, cover: str) -> None:
        open_for = [run for run in paper.strip.free(self.insured) if not run.unit.cover]
        taken = first_of(largest_first(open_for), amount)
        paper.strip.paint(taken, lambda unit: unit._replace(cover=cover))

    def end_grace(self, notice: Notice) -> None:
        notice.status = "unpaid"
        self.default(notice.paper)

    def subrogate(self, claim: Insured, amount: int, cover: str) -> None:
        """The insurer holds what it paid for; the rest is the insured's own."""
        paper = claim.notice.paper
        taken = first_of(self.insured_runs(paper, cover), amount)
        paper.strip.paint(taken, lambda _: Unit(self.insurer))
        self.uninsure(paper, cover)
        claim.status, claim.notice.status = "paid", "closed"

    def uninsure(self, paper: Paper, cover: str) -> None:
        runs = self.insured_runs(paper, cover)
        paper.strip.paint(runs, lambda unit: unit._replace(cover=""))

    # Counters

    def limits(self, issuer: str) -> Counter[tuple[str, str]]:
        """Used and reserved under each limit, from the runs alone."""
        found: Counter[tuple[str, str]] = Counter()
        for paper in self.papers.values():
            for run in paper.strip.runs:
                if run.unit.state in over:
                    continue
                found[f"core {issuer}", "used"] += run.size
                if run.unit.holder in self.banks:
                    batch = self.deals.get(run.unit.batch)
                    for limit in self.limit_names(run.unit.holder, issuer, batch):
                        found[limit, "used"] += run.size
                deal = self.deals.get(run.unit.lock)
                if deal is not None and not deal.early and run.unit.holder != deal.bank:
                    for limit in self.limit_names(deal.bank, issuer, deal):
                        found[limit, "reserved"] += run.size
        return +found

    @staticmethod
    def limit_names(bank: str, issuer: str, deal: Deal | None) -> list[str]:
        names = [f"funder {bank}", f"funder-core {bank} {issuer}"]
        return names if deal is None else [*names, f"supplier {bank} {deal.holder}"]
