"""Machine hours of a month: stated from the log, disputed in one line, billed in the rest with no amount typed in."""

from __future__ import annotations

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.app.statements.batches import proposals
from tallystick.ledger import Body, InvariantError, payload_hash

seller = cast.suppliers[1]
contract = f"{cast.core.handle}#FC-2026-009"
order = f"{cast.core.handle}#PO-2026-0140"
statement = finance.statements.statement_name(contract, 1)
invoice_number = "26999000000000000009"
invoice = f"{seller.handle}#{invoice_number}"
cut_off_day, used_until = 10, "2026-07-09"
#: Order line, hours in tenths, and what an hour costs in fen.
hours = ((1, 1_625, 42_000), (2, 840, 38_500), (3, 312, 61_000))
disputed_line = 2


def use_hours(stage: Stage) -> None:
    """A contract with a cut-off day, an order of hours, and the hours, agreed by both."""
    core = cast.core
    _agreed(
        stage,
        core.maker,
        "finance.contract/1",
        finance.Contract(
            number="FC-2026-009", buyer=core.handle, seller=seller.handle, currency="CNY",
            signed_on="2026-06-01", valid_from="2026-06-01", payment_days=90,
            statement_day=cut_off_day,
        ),
        seller.maker,
    )  # fmt: skip
    lines = tuple(
        finance.OrderLine(
            line=line, text="machine hour", unit="HUR", quantity=9_999, scale=1,
            price=finance.Price(amount=price), tax_ppm=60_000,
        )
        for line, _, price in hours
    )  # fmt: skip
    ordered = finance.Order(
        number="PO-2026-0140", buyer=core.handle, seller=seller.handle, contract=contract,
        currency="CNY", ordered_on="2026-06-02", lines=lines,
    )  # fmt: skip
    stage.say(core.maker, "finance.order/1", ordered)
    used = tuple(
        finance.UsageLine(line=line, order=order, order_line=line, quantity=tenths, scale=1)
        for line, tenths, _ in hours
    )
    body = finance.Usage(
        number="MH-2026-06", seller=seller.handle, buyer=core.handle, used_from="2026-06-10",
        used_until=used_until, lines=used,
    )  # fmt: skip
    _agreed(stage, seller.maker, "finance.usage/1", body, core.maker)


def propose(node: Node, stage: Stage) -> None:
    """All statements of the buyer that are due, from what the log says."""
    stage.ledger.seal()
    with node.reader.open() as snapshot:
        due = list(proposals(snapshot.view, cast.core.handle))
    stage.append([stage.sign(cast.core.maker, one.said.type, one.said.body) for one in due])
    if [one.name for one in due] != [statement]:
        raise InvariantError(f"these statements were due: {[one.name for one in due]}")


def answer_and_bill(node: Node, stage: Stage) -> None:
    """The supplier disputes a price, agrees to the rest, and bills what was agreed."""
    dispute = finance.statements.LineDispute(line=disputed_line, reason="price")
    answer = finance.statements.StatementAnswer(
        statement=statement, disputed=(dispute,), others="agree"
    )
    stage.say(seller.maker, "finance.statement.answer/1", answer)
    with node.reader.open() as snapshot:
        body = finance.statements.invoice(snapshot.view, statement, invoice_number, used_until)
    if body is None:
        raise InvariantError(f"nothing of {statement} was agreed")
    stage.say(seller.maker, "finance.invoice/1", body)
    with node.reader.open() as snapshot:
        match = finance.match_invoice(snapshot.view, invoice)
    if match.status != "matched":
        raise InvariantError(f"{invoice} is {match.status}: {', '.join(match.reasons)}")


def _agreed(stage: Stage, by: str, entry_type: str, body: Body, to: str) -> None:
    proposed = stage.sign(by, entry_type, body)
    agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
    stage.append([proposed, stage.sign(to, "finance.agree/1", agree)])
