"""Errors of financing."""

from __future__ import annotations

from tallystick.ledger import RuleError


class SearchMissing(RuleError):
    code = "search-missing"
    status = 409
    title = "The bank has not searched the public register lately, so its quote does not bind yet"
    advice = "Ask the bank to search the register for this holder, and to put the proof on record."


class RegistrationWrong(RuleError):
    code = "registration-wrong"
    title = "The registration in the public register does not fit this financing"
    advice = "Name a number whose term lasts until the financing is due; a debtor that pays early names none."


class PaymentNotClosable(RuleError):
    code = "payment-not-closable"
    status = 409
    title = "The payment is not in a state that this evidence could change"
    advice = (
        "Look at the quote: what is in payment is closed once, and what arrived does not come back."
    )


class NoEvidence(RuleError):
    code = "no-evidence"
    status = 403
    title = "Your word is no evidence of this payment"
    advice = "The paying bank, the bank that keeps the payee's account, or the payee says what became of it."


class InterestNotAgreed(RuleError):
    code = "interest-not-agreed"
    status = 409
    title = "The debtor has not agreed to bear the interest of this quote"
    advice = "Ask the debtor: two of its people agree to the quote, by its name, before it can be accepted."
