"""A desk on which two firms trade under statements."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import Desk, core, maker, supplier
from tests.finance.test_views import MemoryView

from tallystick import finance
from tallystick.finance.statements.bodies import LineDispute, StatementAnswer
from tallystick.finance.statements.drafting import invoice, proposal
from tallystick.finance.statements.settling import credits_of
from tallystick.finance.trade.lines import line_part

day = "2026-01-31"


class Office(Desk):
    """`cut_off` is the contract's: the last of each month."""

    def __init__(self, statement_day: int = 31) -> None:
        super().__init__()
        self.fc = self.contract(statement_day=statement_day)
        self.block("2026-02-02T02:00:00.000Z")
        self.came = 0

    def ordered(self, number: str, *prices: int, quantity: int = 1000) -> str:
        lines = (
            finance.OrderLine(
                line=place, quantity=quantity, price=finance.Price(amount=price), tax_ppm=130_000
            )
            for place, price in enumerate(prices, start=1)
        )
        return self.order(number, *lines, contract=self.fc)

    def received(
        self, order: str, line: int, quantity: int, at: str = "2026-01-15", *, bad: bool = False
    ) -> str:
        """Sent and scanned; the despatch's name."""
        self.came += 1
        lot = f"99.100.7/LOT-{self.came}"
        sent = finance.DespatchLine(
            line=1, order=order, order_line=line, quantity=quantity,
            lots=(finance.LotQuantity(lot=lot, quantity=quantity),),
        )  # fmt: skip
        despatch = self.despatch(f"DA-{self.came}", sent)
        now, self.time = self.time, f"{at}T02:00:00.000Z"
        self.scan(despatch, lots=[(lot, quantity)], disposition="damaged" if bad else None)
        self.time = now
        return despatch

    def returned(self, despatch: str, quantity: int) -> None:
        lot = f"99.100.7/LOT-{despatch.rpartition('-')[2]}"
        self.scan(despatch, lots=[(lot, quantity)], back=True)

    def state_it(self, by: str = core, cut_off: str = day, **disputed: Any) -> str:
        """Propose what follows from the log; the statement's name."""
        reasons = (
            LineDispute(line=int(line[1:]), reason=why) for line, why in sorted(disputed.items())
        )
        body, _ = proposal(self.state, self.fc, cut_off, reasons)
        self.play("finance.statement.propose/1", maker(by), body)
        return f"{self.fc}#S-{body.number}"

    def say(self, statement: str, by: str = supplier, **told: Any) -> None:
        body = StatementAnswer(statement=statement, **told)
        self.play("finance.statement.answer/1", maker(by), body)

    def agree_all(self, statement: str, by: str = supplier) -> None:
        self.say(statement, by, others="agree")

    def bill(self, name: str, number: str, /, **changes: Any) -> str:
        """Invoice what was agreed; `changes` of the first line."""
        body = invoice(self.state, name, number, "2026-02-02")
        assert body is not None
        if changes:
            first = body.lines[0].model_copy(update=changes)
            body = body.model_copy(update={"lines": (first, *body.lines[1:])})
        self.play("finance.invoice/1", maker(supplier), body)
        return f"{supplier}#{number}"

    def credit(self, statement: str, number: str, /, **changes: Any) -> list[str]:
        """Credit what went back after it was billed, by as many notes as it takes; `changes` of each first line."""
        notes, _ = credits_of(MemoryView(self), statement, number, "2026-02-02")
        for body in notes:
            first = body.lines[0].model_copy(update=changes)
            told = body.model_copy(update={"lines": (first, *body.lines[1:])})
            self.play("finance.credit/1", maker(supplier), told)
        return [f"{supplier}#{body.number}" for body in notes]

    def line(self, statement: str, number: int) -> Any:
        return self.row("statement-line", statement, line_part(number))
