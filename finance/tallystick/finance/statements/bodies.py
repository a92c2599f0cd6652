"""Bodies of statements, and of the answers to their lines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.trade.documents import DocumentName, LineNumber
from tallystick.ledger import Body, Hex32, MoneyDate

#: Of one statement; what is more goes into the next one.
statement_lines_max = 5000
statement_number_max = 99_999
statement_amount_max = 10**15

#: Why a line is disputed; what people write about it is no matter of a body.
DisputeReason = Literal[
    "quantity", "price", "tax", "goods", "returned", "not-ours", "withdrawn", "other"
]
Amount = Annotated[int, Field(ge=-statement_amount_max, le=statement_amount_max)]
StatementNumber = Annotated[int, Field(ge=1, le=statement_number_max)]
StatementLineNumber = Annotated[int, Field(ge=1, le=statement_lines_max)]


class LineDispute(Body):
    """A line that its author does not agree to."""

    line: StatementLineNumber
    reason: DisputeReason


Disputes = Annotated[tuple[LineDispute, ...], Field(max_length=statement_lines_max)]


class StatementPropose(Body):
    """Body of `finance.statement.propose/1` (对账单), by either firm, named `<contract>#S-<number>`.

    The lines follow from the log (`statements.lines`); the body says how many they are, what they add up to
    and the digest of all of them: hex SHA-256 of their list in RFC 8785 form. Amounts are minor units, and
    below zero where more went back than came. Its author agrees to every line that is not `disputed`.
    """

    contract: DocumentName
    number: StatementNumber
    cut_off: MoneyDate
    lines: StatementLineNumber
    net: Amount
    tax: Amount
    gross: Amount
    digest: Hex32
    disputed: Disputes = ()


class StatementAnswer(Body):
    """Body of `finance.statement.answer/1`: lines agreed and disputed, by the other firm.

    `others`: what becomes of the lines that are still open and not named. Who proposed may only dispute.
    """

    statement: DocumentName
    agreed: Annotated[tuple[LineNumber, ...], Field(max_length=statement_lines_max)] = ()
    disputed: Disputes = ()
    others: Literal["open", "agree"] = "open"
