"""Errors of statements."""

from __future__ import annotations

from tallystick.finance.agreements.errors import StatementUnknown
from tallystick.ledger import RuleError, TallystickError

__all__ = [
    "CreditDiffers",
    "CutOffWrong",
    "InvoiceDiffers",
    "NothingToState",
    "OwnFiguresWrong",
    "StatementAnswersWrong",
    "StatementLineBilled",
    "StatementLineNeeded",
    "StatementLineWrong",
    "StatementMovedOn",
    "StatementUnknown",
    "StatementsNotUsed",
]


class StatementsNotUsed(RuleError):
    code = "statements-not-used"
    title = "The contract does not say that statements are used"
    advice = "Agree a cut-off day (statement_day) in the contract or in a supplement; then repeat."


class CutOffWrong(RuleError):
    code = "cut-off-wrong"
    title = "This is no cut-off day of the contract, or it has not come yet"
    advice = "Name the contract's day of a month, or that month's last day where it is shorter."


class NothingToState(RuleError):
    code = "nothing-to-state"
    title = "Nothing waits to be stated up to this cut-off day"
    advice = "Propose again when goods were accepted, returned, or a disputed line was released."


class StatementMovedOn(RuleError):
    code = "statement-moved-on"
    status = 409
    title = "The statement is not what follows from the log by now"
    advice = (
        "Draft it again: goods came, went back or were stated since; then sign the new figures."
    )


class StatementLineWrong(RuleError):
    code = "statement-line-wrong"
    status = 409
    title = "The statement line cannot be answered or billed like this"
    advice = "Look at the line: it is answered once, and only by its two firms; then repeat."


class StatementLineNeeded(RuleError):
    code = "statement-line-needed"
    title = "The contract says that statements are used: the invoice or credit note line names no agreed line"
    advice = "Name an agreed statement line (`statement`, `statement_line`) of the same order line."


class InvoiceDiffers(RuleError):
    code = "invoice-differs-from-statement"
    title = "The invoice line is not equal to the agreed statement line"
    advice = "Bill the agreed quantity, price and amount, or have the line stated again."


class CreditDiffers(RuleError):
    code = "credit-differs-from-statement"
    title = "The credit note line is not equal to the agreed statement line"
    advice = (
        "Credit the agreed quantity at the agreed amounts; of a part, what it is worth of them."
    )


class StatementLineBilled(RuleError):
    code = "statement-line-billed"
    status = 409
    title = "This statement line was billed or credited before"
    advice = "Each agreed line is invoiced or credited once, for ever; name another one."


class StatementAnswersWrong(TallystickError):
    code = "statement-answers-wrong"
    status = 400
    title = "This table of answers cannot be taken"
    advice = "Correct the named rows: `answer` is agree or dispute, `dispute reason` a reason. Nothing was answered."


class OwnFiguresWrong(TallystickError):
    code = "own-figures-wrong"
    status = 400
    title = "This file of own figures cannot be read"
    advice = "Give CSV with the columns order, line, quantity and price; correct the named line."
