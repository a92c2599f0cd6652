"""Statements (对账单): what was accepted and not yet billed, agreed line by line before it is invoiced."""

from __future__ import annotations

from tallystick.finance.statements import table, views
from tallystick.finance.statements.answering import Others, Words, codes, read_answers
from tallystick.finance.statements.bodies import (
    DisputeReason,
    LineDispute,
    StatementAnswer,
    StatementPropose,
    statement_lines_max,
)
from tallystick.finance.statements.comparing import (
    Own,
    differences,
    disputes,
    own_bytes_max,
    read_own,
)
from tallystick.finance.statements.crediting import same_terms, still_below, worth
from tallystick.finance.statements.drafting import billable, cut_off_of, invoice, proposal
from tallystick.finance.statements.errors import (
    OwnFiguresWrong,
    StatementAnswersWrong,
    StatementsNotUsed,
)
from tallystick.finance.statements.finding import Agreed, Billed, agreed_line
from tallystick.finance.statements.lines import StatementLine, lines_of, totals
from tallystick.finance.statements.rules import statement_name
from tallystick.finance.statements.settling import (
    Credited,
    Settling,
    creditable,
    credits_of,
    settled_line,
    settling,
)
from tallystick.finance.statements.table import answer_columns

__all__ = [
    "Agreed",
    "Billed",
    "Credited",
    "DisputeReason",
    "LineDispute",
    "Others",
    "Own",
    "OwnFiguresWrong",
    "Settling",
    "StatementAnswer",
    "StatementAnswersWrong",
    "StatementLine",
    "StatementPropose",
    "StatementsNotUsed",
    "Words",
    "agreed_line",
    "answer_columns",
    "billable",
    "codes",
    "creditable",
    "credits_of",
    "cut_off_of",
    "differences",
    "disputes",
    "invoice",
    "lines_of",
    "own_bytes_max",
    "proposal",
    "read_answers",
    "read_own",
    "same_terms",
    "settled_line",
    "settling",
    "statement_lines_max",
    "statement_name",
    "still_below",
    "table",
    "totals",
    "views",
    "worth",
]
