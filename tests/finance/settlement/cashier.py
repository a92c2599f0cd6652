"""A desk at which certificates are financed with recourse, paid, returned and pursued."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import Desk, bank, core, maker, supplier

from tallystick import finance
from tallystick.finance.draft import Row

face = 900_000_000
value_on, paid_out_at = "2026-03-16", "2026-03-16T02:00:00.000Z"
due_on, due = "2026-07-10", "2026-07-10T03:00:00.000Z"


class Cashier(Desk):
    def financed(self, name: str, amount: int, seller: str = supplier, **more: Any) -> str:
        """A quote accepted for so much, with the clock at its value date."""
        self.time = max(self.time, paid_out_at)
        quote = self.quote(name, seller, amount, 42_000, value_on, **more)
        self.take(quote, seller)
        return quote

    def end(self, what: str, quote: str, by: str = bank, at: str = "") -> str:
        body = finance.DisburseEnd(
            quote=quote, reason="account-closed", evidence=self.evidence(), at=at or self.time
        )
        return self.play(f"finance.disburse.{what}/1", maker(by), body)

    def pay_due(self, amount: int, by: str = bank, pays_on: str = due_on, **more: Any) -> str:
        stated = {"issuer": core, "currency": "CNY", "pays_on": pays_on, "amount_minor": amount}
        stated |= {"evidence": self.evidence(), "paid_at": self.time, **more}
        return self.play("finance.pay.due/1", maker(by), finance.PayDue(**stated))

    def pay_late(self, name: str, amount: int) -> str:
        body = finance.PayLate(
            certificate=name, amount_minor=amount, evidence=self.evidence(), paid_at=self.time
        )
        return self.play("finance.pay.late/1", maker(bank), body)

    def payment(self, name: str, payee: str) -> tuple[finance.Payment, Row]:
        """The last payment to somebody on a certificate."""
        rows = [row for row in self.rows("payout", name).values() if row["holder"] == payee]
        return finance.Payment(certificate=name, index=rows[-1]["index"]), rows[-1]

    def came_back(self, name: str, payee: str, by: str = bank, **more: Any) -> str:
        payment, row = self.payment(name, payee)
        stated = {"payment": payment, "payee": payee, "amount_minor": row["amount"]}
        stated |= {"reason": "account-closed", "evidence": self.evidence()}
        stated |= {"returned_at": self.time, **more}
        return self.play("finance.pay.return/1", maker(by), finance.Returned(**stated))

    def arrived(self, name: str, payee: str, by: str = "") -> str:
        payment, _ = self.payment(name, payee)
        body = finance.Received(payee=payee, payments=(payment,))
        return self.play("finance.pay.receive/1", maker(by or payee), body)

    def demand(self, name: str, party: str, by: str = bank) -> str:
        body = finance.RecourseDemand(certificate=name, party=party)
        return self.play("finance.recourse.demand/1", maker(by), body)

    def recovered(self, demand: str, amount: int, by: str = bank) -> str:
        body = finance.RecourseReceived(
            demand=demand, amount_minor=amount, evidence=self.evidence(), paid_at=self.time
        )
        return self.play("finance.recourse.receive/1", maker(by), body)

    def owed(self, name: str) -> dict[str, int]:
        """What is still owed, by claim."""
        rows = self.rows("claim", name).items()
        return {part: row["due"] - row["paid"] for part, row in rows if row["due"] > row["paid"]}

    def states(self, name: str) -> dict[str, int]:
        """Minor units by holder and state."""
        sums: dict[str, int] = {}
        for row in self.rows("holding", name).values():
            key = f"{row['holder'].rpartition('-')[2]} {row['state']}"
            sums[key] = sums.get(key, 0) + row["end"] - row["start"]
        return sums
