"""Any order of receipts, returns, statements, answers, price changes and invoices, possible or not.

At every index: of each receipt line what was accepted is what stands in statements and what waits, each once; it stands
in one open line only; an agreed line is billed once, by an equal invoice line, and one below zero is credited by notes
that come to what was agreed, of invoices that have so much.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.finance.desk import core, maker, supplier
from tests.finance.statements.office import Office
from tests.finance.test_views import MemoryView

from tallystick import finance
from tallystick.finance.statements.bodies import LineDispute
from tallystick.finance.statements.settling import settling
from tallystick.ledger import RuleError

sides = st.sampled_from([core, supplier])
reached: Counter[str] = Counter()
lines_each = 3
runs_max, steps_max = 20, 40


class Statements(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.office = Office()
        self.orders = [self.office.ordered(f"PO-{n}", 100, 37, 8850, quantity=400) for n in (1, 2)]
        self.sent: list[tuple[str, int]] = []
        self.statements: list[str] = []
        self.invoices = self.notes = 0
        self.credited: list[str] = []
        self.changes: Counter[str] = Counter()

    def attempt(self, what: str, act: Any) -> Any:
        try:
            found = act()
        except RuleError as error:
            reached[f"refused {what}: {error.code}"] += 1
            return None
        reached[what] += 1
        return found

    @rule(
        which=st.integers(0, 1), line=st.integers(1, lines_each), quantity=st.integers(1, 60),
        bad=st.integers(0, 4), late=st.booleans(),
    )  # fmt: skip
    def receive(self, which: int, line: int, quantity: int, bad: int, late: bool) -> None:
        at, order = "2026-02-01" if late else "2026-01-15", self.orders[which]
        made = self.attempt(
            "receive", lambda: self.office.received(order, line, quantity, at, bad=bad == 1)
        )
        if made:
            self.sent.append((made, quantity))

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), share=st.integers(1, 100))
    def give_back(self, data: st.DataObject, share: int) -> None:
        despatch, quantity = data.draw(st.sampled_from(self.sent))
        back = max(1, quantity * share // 100)
        self.attempt("return", lambda: self.office.returned(despatch, back))

    @precondition(lambda self: self.sent)
    @rule(by=sides, disputed=st.sets(st.integers(1, 4), max_size=2), wild=st.integers(0, 7))
    def propose(self, by: str, disputed: set[int], wild: int) -> None:
        waiting = len(self.office.rows("unstated", self.office.fc))
        reasons = {f"l{line}": "quantity" for line in disputed if line == 1 or wild == 1}
        if not waiting and wild:
            return
        made = self.attempt("propose", lambda: self.office.state_it(by=by, **reasons))
        if made:
            self.statements.append(made)

    @precondition(lambda self: self.statements)
    @rule(
        data=st.data(), by=sides, wild=st.integers(0, 5),
        disputed=st.sets(st.integers(0, 5), max_size=2),
        agreed=st.sets(st.integers(0, 5), max_size=2), rest=st.booleans(),
    )  # fmt: skip
    def answer(
        self, data: st.DataObject, by: str, wild: int, disputed: set[int], agreed: set[int],
        rest: bool,
    ) -> None:  # fmt: skip
        name = data.draw(st.sampled_from(self.statements[-3:]))
        if wild != 1:
            by = self.office.row("statement", name)["to"]
            rows = self.office.rows("statement-line", name).values()
            still = [row["line"] for row in rows if row["status"] == "open"]
            disputed = {still[n] for n in disputed if n < len(still)}
            agreed = {still[n] for n in agreed if n < len(still)} - disputed
        else:
            disputed, agreed = {n + 1 for n in disputed}, {n + 1 for n in agreed}
        told: dict[str, Any] = {
            "disputed": tuple(LineDispute(line=n, reason="goods") for n in sorted(disputed)),
            "agreed": tuple(sorted(agreed)),
            "others": "agree" if rest else "open",
        }
        self.attempt("answer", lambda: self.office.say(name, by, **told) or True)

    @precondition(lambda self: self.statements)
    @rule(data=st.data(), stale=st.integers(0, 5))
    def bill(self, data: st.DataObject, stale: int) -> None:
        self.bill_one(data.draw(st.sampled_from(self.statements)), stale)

    def bill_one(self, name: str, stale: int) -> None:
        rows = self.office.rows("statement-line", name)
        open_ = [r for r in rows.values() if r["status"] == "agreed" and "invoice" not in r]
        if not any(row["quantity"] > 0 for row in open_):
            return
        self.invoices += 1
        number = f"INV-{self.invoices if stale else 1}"
        self.attempt("bill", lambda: self.office.bill(name, number))

    @precondition(lambda self: self.statements)
    @rule(data=st.data(), more=st.integers(-1, 8))
    def credit(self, data: st.DataObject, more: int) -> None:
        """What follows from the log, or now and then a note over something else."""
        self.credit_one(data.draw(st.sampled_from(self.statements)), more if more < 1 else 0)

    def credit_one(self, name: str, more: int) -> None:
        found = settling(MemoryView(self.office), name)
        if not found.notes:
            return
        self.notes += 1
        changes = {"net": found.notes[0][1][0].net + more} if more else {}
        made = self.attempt(
            "credit", lambda: self.office.credit(name, f"CN-{self.notes}", **changes)
        )
        self.credited += made or []

    @precondition(lambda self: self.office.rows("unstated", self.office.fc))
    @rule(by=sides, disputed=st.integers(0, 3))
    def month(self, by: str, disputed: int) -> None:
        """As it goes on any good day: proposed, answered in one go, billed."""
        self.propose(by, set(), 1)
        if not self.statements:
            return
        name = self.statements[-1]
        still = [
            line["line"]
            for line in self.office.rows("statement-line", name).values()
            if line["status"] == "open"
        ]
        if still:
            named = tuple(
                LineDispute(line=line, reason="price") for line in still[:1] if disputed == 1
            )
            to = self.office.row("statement", name)["to"]
            self.attempt(
                "answer", lambda: self.office.say(name, to, disputed=named, others="agree") or True
            )
            self.bill_one(name, 1)
            self.credit_one(name, 0)

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), by=sides)
    def undone(self, data: st.DataObject, by: str) -> None:
        """What was billed goes back whole, is stated, agreed and credited."""
        number = data.draw(st.integers(1, self.invoices))
        rows = self.office.rows("invoice-line", f"{supplier}#INV-{number}").values()
        for row in rows:
            agreed = self.office.line(row["statement"], row["statement_line"])
            for told in agreed["receipts"]:
                receipt = self.office.row(
                    "receipt", f"{row['order']}#{row['order_line']}", told["part"]
                )
                left = receipt["received"] - receipt["rejected"] - receipt["returned"]
                if left:
                    self.office.returned(receipt["despatch"], left)
        self.month(by, 0)

    @precondition(lambda self: len(self.statements) > 1)
    @rule(which=st.integers(0, 1), line=st.integers(1, lines_each), price=st.integers(1, 9000))
    def reprice(self, which: int, line: int, price: int) -> None:
        order, office = self.orders[which], self.office
        body = finance.OrderChange(
            order=order,
            number=self.changes[order] + 1,
            lines=(
                finance.OrderLine(
                    line=line, quantity=400, price=finance.Price(amount=price), tax_ppm=130_000
                ),
            ),
        )
        self.changes[order] += 1
        proposal = office.play("finance.order.change/1", maker(core), body)
        agree = finance.Agree(proposal=proposal)
        self.attempt("reprice", lambda: office.play("finance.agree/1", maker(supplier), agree))

    @invariant()
    def accepted_is_stated_and_waiting(self) -> None:
        office, standing, still = self.office, Counter[tuple[str, str]](), Counter[Any]()
        for name in self.statements:
            for line in office.rows("statement-line", name).values():
                if line["status"] == "disputed":
                    continue
                for receipt in line["receipts"]:
                    key = (f"{line['order']}#{line['order_line']}", receipt["part"])
                    standing[key] += receipt["quantity"]
                    still[key] += line["status"] == "open"
        waiting = Counter[tuple[str, str]]()
        for row in office.rows("unstated", office.fc).values():
            waiting[f"{row['order']}#{row['order_line']}", row["receipt"]] += row["quantity"]
        for order in self.orders:
            for line in range(1, lines_each + 1):
                name = f"{order}#{line}"
                stated = office.rows("stated", name)
                for part, row in office.rows("receipt", name).items():
                    accepted = row["received"] - row["rejected"] - row["returned"]
                    booked = stated[part]["quantity"] if part in stated else 0
                    assert booked == standing[name, part] >= 0
                    assert accepted == booked + waiting[name, part]
        assert max(still.values(), default=0) <= 1

    @invariant()
    def every_agreed_line_is_billed_once_and_equal(self) -> None:
        billed = Counter[tuple[str, int]]()
        for number in range(1, self.invoices + 1):
            for line in self.office.rows("invoice-line", f"{supplier}#INV-{number}").values():
                billed[line["statement"], line["statement_line"]] += 1
                agreed = self.office.line(line["statement"], line["statement_line"])
                for field in ("quantity", "price", "tax_ppm", "net", "tax"):
                    assert line[field] == agreed[field]
                assert agreed["status"] == "agreed"
        assert max(billed.values(), default=0) <= 1

    @invariant()
    def what_is_credited_was_agreed_below_zero(self) -> None:
        office, sums = self.office, Counter[tuple[str, int, str]]()
        for note in self.credited:
            invoice = office.row("credit", note)["invoice"]
            for line in office.rows("credit-line", note).values():
                of = office.row("invoice-line", invoice, f"{line['invoice_line']:06d}")
                agreed = office.line(line["statement"], line["statement_line"])
                assert (of["order"], of["order_line"], of["price"], of["tax_ppm"]) == (
                    agreed["order"], agreed["order_line"], agreed["price"], agreed["tax_ppm"]
                )  # fmt: skip
                assert 0 < of["credited_quantity"] <= of["quantity"]
                for field in ("quantity", "net", "tax"):
                    sums[line["statement"], line["statement_line"], field] += line[field]
        for name in self.statements:
            for line in office.rows("statement-line", name).values():
                number = line["line"]
                told = [sums[name, number, field] for field in ("quantity", "net", "tax")]
                assert line.get("credited", 0) == told[0] <= max(0, -line["quantity"])
                if told[0] and told[0] == -line["quantity"]:
                    reached["credited whole"] += 1
                    assert told[1:] == [-line["net"], -line["tax"]]

    @invariant()
    def heads_add_up(self) -> None:
        for name in self.statements:
            head, lines = (
                self.office.row("statement", name),
                self.office.rows("statement-line", name),
            )
            counts = Counter(line["status"] for line in lines.values())
            assert len(lines) == head["lines"]
            assert sum(line["net"] + line["tax"] for line in lines.values()) == head["gross"]
            for status in ("open", "agreed", "disputed"):
                assert head[status] == counts[status]
            assert (head["status"] == "closed") == (not counts["open"])


def test_any_order_of_acts() -> None:
    reached.clear()
    examples = min(runs_max, settings().max_examples)
    if settings().max_examples > 1000:
        examples = settings().max_examples // 4
    run_state_machine_as_test(
        Statements, settings=settings(max_examples=examples, stateful_step_count=steps_max)
    )
    for what in ("receive", "return", "propose", "answer", "bill", "credit", "reprice"):
        assert reached[what] >= 2, reached
    assert any(code.startswith("refused") for code in reached), reached
    assert reached["credited whole"] >= 2, reached
