"""A desk whose firms were verified by a node with two people, and the acts that hold units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.finance.desk import Desk, checker, core, digest, maker, supplier

from tallystick import finance
from tallystick.ledger.state import Change, Kind

node = "99/O-NODE"
friend, other = "99.100/O-FRIEND", "99.100/O-OTHER"
order = digest("order of a court")
case = "（2026）京01执保12号"


class Vault(Desk):
    def __init__(self, firms: Sequence[str] = (friend, other)) -> None:
        super().__init__(firms)
        self.rules.add_kinds(Kind("prefix"))
        self.enrol(node, "node")
        self.state.apply([Change("prefix", "99.100", {"holder": node, "role": "node"})])

    def pledge(self, name: str, holder: str, to: str, amount: int, days: int = 30) -> str:
        body = finance.PledgeOffer(
            certificate=name, amount=amount, to=to, secures=digest("loan"), days=days
        )
        return self.play("finance.pledge.offer/1", maker(holder), body)

    def take_pledge(self, pledge: str, to: str) -> str:
        body = finance.PledgeAccept(pledge=pledge, registration_number="ZDW-P-1")
        return self.play("finance.pledge.accept/1", checker(to), body)

    def pledged(self, name: str, holder: str, to: str, amount: int, days: int = 30) -> str:
        made = self.pledge(name, holder, to, amount, days)
        self.take_pledge(made, to)
        return made

    def answer_pledge(self, verb: str, pledge: str, by: str) -> str:
        body = finance.PledgeAnswer(pledge=pledge)
        return self.play(f"finance.pledge.{verb}/1", maker(by), body)

    def lock(
        self, name: str, holder: str, amount: int, hours: int, favour: str | None = None
    ) -> str:
        body = finance.Lock(certificate=name, amount=amount, hours=hours, favour=favour)
        return self.play("finance.lock/1", maker(holder), body)

    def freeze(self, name: str, holder: str, amount: int, ends_on: str = "2026-06-30") -> str:
        """Entered by two people of the node; its name."""
        proposal = self.propose_freeze(name, holder, amount, ends_on)
        self.approve_freeze(proposal)
        return proposal

    def propose_freeze(self, name: str, holder: str, amount: int, ends_on: str, **more: Any) -> str:
        told: dict[str, Any] = {"order": order, "case": case, **more}
        body = finance.FreezePropose(
            certificate=name, holder=holder, amount=amount, ends_on=ends_on, **told
        )
        return self.play("finance.freeze.propose/1", maker(node), body)

    def change_freeze(self, freeze: str, ends_on: str | None) -> None:
        """Extended, or lifted without an end."""
        body = finance.FreezeChange(
            freeze=freeze, order=digest("later"), case=case, ends_on=ends_on
        )
        self.approve_freeze(self.play("finance.freeze.change/1", maker(node), body))

    def approve_freeze(self, proposal: str, by: str = checker(node)) -> str:
        return self.play("finance.freeze.approve/1", by, finance.FreezeApprove(proposal=proposal))

    def cancel(self, name: str, amount: int, by: str = core) -> str:
        body = finance.CancelPropose(certificate=name, amount=amount, reason="returned")
        return self.play("finance.cancel.propose/1", maker(by), body)

    def answer_cancel(self, verb: str, cancellation: str, by: str = supplier) -> str:
        body = finance.CancelAnswer(cancellation=cancellation)
        return self.play(f"finance.cancel.{verb}/1", checker(by), body)

    def dispute(self, name: str, amount: int, days: int = 10) -> str:
        body = finance.Dispute(
            certificate=name, amount=amount, reason="quality", evidence=digest("8D"), days=days
        )
        return self.play("finance.dispute/1", maker(core), body)

    def sell(self, name: str, seller: str, to: str, amount: int, price: int) -> str:
        sale = finance.Sale(agreement=digest("sale"), price=price)
        body = finance.TransferOffer(certificate=name, amount=amount, to=to, sale=sale)
        return self.play("finance.transfer.offer/1", maker(seller), body)

    def buy(self, offer: str, by: str, paid_at: str | None = None, payment: str = "") -> str:
        body = finance.TransferAccept(
            offer=offer, payment=payment or self.evidence(), paid_at=paid_at or self.time
        )
        return self.play("finance.transfer.accept/1", checker(by), body)

    def financed(self, name: str, holder: str, amount: int, by: str) -> str:
        """A bank has paid for so much of it, on the day that it is."""
        value_on = self.time[:10]
        quote = self.quote(name, holder, amount, 42_000, value_on, by=by)
        self.take(quote, holder)
        self.disburse(quote, self.time, by=by)
        return quote

    def states(self, name: str) -> dict[tuple[str, str], int]:
        """Units by holder and state."""
        sums: dict[tuple[str, str], int] = {}
        for row in self.rows("holding", name).values():
            key = (row["holder"], row["state"])
            sums[key] = sums.get(key, 0) + row["end"] - row["start"]
        return sums

    def splits(self, name: str) -> dict[str, int]:
        return {holder: row["left"] for holder, row in self.rows("split-budget", name).items()}

    def check_splits(self, name: str) -> None:
        """Splits left are the budget less the cuts there are, whatever happened (`budgets`)."""
        cuts = len(self.rows("holding", name)) - 1
        assert sum(self.splits(name).values()) == self.row("certificate", name)["splits"] - cuts
