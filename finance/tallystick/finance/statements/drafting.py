"""Bodies that follow from the log alone: nobody types an amount.

`proposal` states what waits under a contract, `invoice` bills the agreed lines of a statement. A firm signs what
they give; the rules recompute it when it comes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tallystick.finance.draft import Row, row
from tallystick.finance.statements.bodies import LineDispute, StatementPropose
from tallystick.finance.statements.days import last_cut_off
from tallystick.finance.statements.errors import (
    NothingToState,
    StatementsNotUsed,
    StatementUnknown,
)
from tallystick.finance.statements.lines import StatementLine, lines_of, totals
from tallystick.finance.trade.documents import Invoice, InvoiceLine, Price, document_lines_max
from tallystick.ledger import State


def cut_off_of(state: State, contract: str, today: str) -> str:
    """The newest cut-off day of a contract; `today` itself where the use of statements was ended."""
    found = row(state.get("contract", contract))
    if found is None or found.get("statement_day") is None:
        raise StatementsNotUsed(contract)
    day = int(found["statement_day"])
    return last_cut_off(today, day) if day else today


def proposal(
    state: State, contract: str, cut_off: str, disputed: Iterable[LineDispute] = ()
) -> tuple[StatementPropose, tuple[StatementLine, ...]]:
    """The next statement of a contract, and its lines; raises `NothingToState`."""
    lines = lines_of(state, contract, cut_off)
    if not lines:
        raise NothingToState(f"{contract} up to {cut_off}")
    last = row(state.get("statement-count", contract)) or {"number": 0}
    found = totals(lines)
    body = StatementPropose(
        contract=contract,
        number=last["number"] + 1,
        cut_off=cut_off,
        lines=found.lines,
        net=found.net,
        tax=found.tax,
        gross=found.gross,
        digest=found.digest,
        disputed=tuple(disputed),
    )
    return body, lines


def billable(state: State, statement: str) -> Iterator[Row]:
    """The agreed lines of a statement that no invoice has billed yet."""
    for found in state.group("statement-line", statement).values():
        line = row(found) or {}
        if line["status"] == "agreed" and "invoice" not in line and line["quantity"] > 0:
            yield line


def invoice(
    state: State, statement: str, number: str, invoiced_on: str, after: int = 0
) -> Invoice | None:
    """The invoice of a statement's agreed lines behind line `after`; None where none is left to bill.

    An invoice takes `document_lines_max` lines: a longer statement is billed by several.
    """
    head = row(state.get("statement", statement))
    if head is None:
        raise StatementUnknown(statement)
    lines = [line for line in billable(state, statement) if line["line"] > after]
    if not lines:
        return None
    return Invoice(
        number=number,
        seller=head["seller"],
        buyer=head["buyer"],
        currency=head["currency"],
        invoiced_on=invoiced_on,
        lines=tuple(
            _billed(place, statement, line)
            for place, line in enumerate(lines[:document_lines_max], start=1)
        ),
    )


def _billed(place: int, statement: str, line: Row) -> InvoiceLine:
    return InvoiceLine(
        line=place,
        order=line["order"],
        order_line=line["order_line"],
        unit=line["unit"],
        quantity=line["quantity"],
        scale=line["scale"],
        price=Price(**line["price"]),
        tax_ppm=line["tax_ppm"],
        statement=statement,
        statement_line=line["line"],
    )
