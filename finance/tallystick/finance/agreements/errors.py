"""Errors of contracts, and of what one firm proposes and the other answers."""

from __future__ import annotations

from tallystick.ledger import RuleError, TallystickError


class ContractUnknown(RuleError):
    code = "contract-unknown"
    title = "There is no such contract, or your organisation is no party of it"
    advice = "Put the contract on record first (finance.contract/1), or check its name."


class ContractNotAgreed(RuleError):
    code = "contract-not-agreed"
    title = "The contract was not agreed by both parties"
    advice = "Let the other party accept it with a key of its own (finance.agree/1); then repeat."


class ContractEnded(RuleError):
    code = "contract-ended"
    title = "The order was not placed while the contract ran"
    advice = "Let both parties agree a supplement that sets the contract's end, or a new contract."


class AssignmentBanned(RuleError):
    code = "assignment-banned"
    title = "The contract behind this certificate bans assignment"
    advice = (
        "Its claims stay with the original holder (Civil Code of the PRC, art. 545) until both parties "
        "agree a supplement that lifts the ban."
    )


class PaymentTermExceeded(RuleError):
    code = "payment-term-exceeded"
    title = "The due date is later than the contract's payment term allows"
    advice = "Choose a due date within the contract's term; a certificate must not stretch it."


class AgreementUnknown(RuleError):
    code = "agreement-unknown"
    title = "There is no such proposal by or to your organisation"
    advice = "Name the payload hash of the entry that proposes it."


class StatementUnknown(RuleError):
    code = "statement-unknown"
    title = "There is no such statement, or your organisation is no party of it"
    advice = "Check the statement's name: the contract's, then #S- and its number."


class AnsweredAlready(RuleError):
    code = "answered-already"
    status = 409
    title = "This proposal was answered before"
    advice = "Each is answered once. Whoever proposed it may make a new one with the next number."


class ChangeNumberWrong(RuleError):
    code = "change-number-wrong"
    status = 409
    title = "Changes are numbered one after the other, and each waits for its answer"
    advice = "Use the next number, after the open change was accepted or refused."


class ChangeTooLate(RuleError):
    code = "change-too-late"
    status = 409
    title = "The change would undo what was despatched, received or confirmed already"
    advice = "Change what is still open; for the rest use a return or a credit note."


class OrderNotOpen(RuleError):
    code = "order-not-open"
    status = 409
    title = "The order was refused or cancelled"
    advice = "Nothing is despatched or billed against it; the buyer may place a new order."


class PaperDiffers(TallystickError):
    code = "paper-differs"
    status = 422
    title = "A paper is not the one whose digest the body states"
    advice = "State the SHA-256 of the very bytes that are attached."
