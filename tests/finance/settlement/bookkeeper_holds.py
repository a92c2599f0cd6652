"""Offers, sales, pledges, locks, freezes and cancellations: what holds units where they are, and what lets them go."""

from __future__ import annotations

from tests.finance.settlement.bookkeeper_claims import Claims
from tests.finance.settlement.papers import Hold, Paper
from tests.finance.settlement.strips import Run, Unit, first_of, largest_first

#: Holds that end by themselves, while they are in one of these.
running = ("open", "offered", "pledged", "locked", "frozen", "proposed")
#: Of those, what is the holder's again once the certificate is due.
only_offered = ("open", "offered", "locked")


class Holds(Claims):
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

    def holdable(self, paper: Paper, holder: str, kind: str) -> list[Run]:
        """A funder sells to another what it financed; everything else takes whatever is free."""
        runs = paper.strip.free(holder)
        return [run for run in runs if run.unit.batch] if kind == "sale" else runs

    def hold(self, name: str, hold: Hold) -> None:
        runs = largest_first(self.holdable(hold.paper, hold.giver, hold.kind))
        taken = first_of(runs, hold.amount)
        hold.paper.strip.paint(taken, lambda unit: unit._replace(state="locked", lock=name))
        self.holds[name] = hold

    def pass_over(self, name: str) -> None:
        """Passed on, or sold: who stands in goes along, insurance does not (ADR 0068)."""
        hold = self.holds[name]

        def passed(unit: Unit) -> Unit:
            return unit._replace(holder=hold.to, state="free", lock="", cover="")

        hold.paper.strip.paint(hold.paper.strip.locked(name), passed)
        hold.status = "accepted"

    def expire(self, name: str) -> None:
        """Its end has come. What is owed to a pledgee at the record time stays owed to it."""
        hold = self.holds[name]
        if hold.kind == "pledge" and hold.paper.recorded:
            hold.status = "paid"
            return
        self.unlock(hold.paper, name)
        hold.status = "ended"

    def end_offered(self, paper: Paper) -> None:
        """Units stop moving: what was only offered, promised or locked is its holder's."""
        for name, hold in self.holds.items():
            if hold.paper is paper and hold.status in only_offered:
                self.unlock(paper, name)
                hold.status = "matured" if hold.kind != "pledge" else "expired"

    # By order of a court

    def freeze(self, name: str, hold: Hold) -> None:
        """Offers end as far as the order reaches; free units first, then pledged ones."""
        paper, holder = hold.paper, hold.giver
        for lock in sorted(self.holds):
            if self.freezable(paper, holder) >= hold.amount:
                break
            offer = self.holds[lock]
            if offer.offered_by(paper, holder):
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

    # Owed no more

    def cancellable(self, paper: Paper, holder: str) -> list[Run]:
        """What never left the first hand, and no bank has paid for."""
        return [run for run in paper.strip.free(holder) if not run.unit.batch]

    def cancel(self, hold: Hold, holder: str) -> None:
        paper = hold.paper
        taken = first_of(largest_first(self.cancellable(paper, holder)), hold.amount)
        paper.strip.paint(taken, lambda unit: unit._replace(state="cancelled"))
        paper.cancelled += hold.amount
        hold.status = "agreed"
        if paper.cancelled == paper.face:
            paper.status = "cancelled"
        elif not paper.outstanding:
            paper.status = "settled"
