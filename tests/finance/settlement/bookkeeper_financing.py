"""Quotes and what became of their payment; what every limit counts."""

from __future__ import annotations

from collections import Counter
from datetime import date

from tests.finance.settlement.bookkeeper_holds import Holds
from tests.finance.settlement.papers import Deal, Paper, later
from tests.finance.settlement.strips import Run, first_of, largest_first, over


class Financing(Holds):
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

    def end_accepted(self, paper: Paper) -> None:
        """Units stop moving, and no payment for these has left."""
        for deal in self.deals.values():
            if deal.paper is paper and deal.status == "accepted":
                self.unlock(paper, deal.name)
                deal.status = "matured"

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
