"""A served node at which a debtor's bank pays: certificates that fall due, passed on to a second holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.app.limits.bourse import Bourse, banks, bourse, due_on, maker
from tests.app.matching.office import maker as core_maker
from tests.app.matching.office import seller
from tests.ledger.world import core, supplier

from tallystick import finance

payer, funder = banks[:2]
day = {"issuer": core, "currency": "CNY", "paying_bank": payer, "pays_on": due_on}


class Till(Bourse):
    def proposed(self, invoice: str, amount: int) -> finance.ConfirmPropose:
        return super().proposed(invoice, amount).model_copy(update={"paying_bank": payer})

    def until(self, on: str) -> None:
        """Let days pass, and nobody say anything."""
        while self.now()[:10] < on:
            self.site.world.clock.advance(24 * 3_600_000)

    def financed(self, name: str, amount: int, by: str = funder) -> str:
        """Accepted, instructed and received on the value date."""
        quote = self.quote(name, by, amount)
        assert self.answer(self.taking(quote)) == "accepted"
        self.until("2026-01-12")
        self.disburse(quote, by)
        return quote

    def recourse_quote(self, name: str, by: str, amount: int) -> str:
        """Whoever sells stands in after the debtor's default."""
        self.search(name, by)
        stated = self.quoted(name, by, amount).model_copy(update={"recourse": "seller"})
        return self.say(maker(by), "finance.quote/1", stated)

    def pay_due(self, amount: int, evidence: str) -> str:
        body = finance.PayDue(
            issuer=core, currency="CNY", pays_on=due_on, amount_minor=amount,
            evidence=evidence, paid_at=self.now(),
        )  # fmt: skip
        return self.say(maker(payer), "finance.pay.due/1", body)

    def instructions(self, person: str, **more: Any) -> Any:
        return self.get(person, "/finance/v1/maturity/instructions", **day, **more)


@contextmanager
def till(home: Path, url: str) -> Iterator[Till]:
    with bourse(home, url) as found:
        yield Till(found.site, found.http, found.stream)


__all__ = ["Till", "core", "core_maker", "day", "funder", "maker", "payer", "seller", "supplier"]
