"""The errors of ordinary payments."""

from __future__ import annotations

from tallystick.ledger import RuleError


class NothingStandsForIt(RuleError):
    code = "nothing-stands-for-it"
    title = "No certificate and no transfer stands for this invoice"
    advice = "Pay it in the ordinary way: that needs no entry."


class OrdinaryUnknown(RuleError):
    code = "ordinary-payment-unknown"
    title = "There is no such open payment that your organisation may speak of"
    advice = "Name the invoice and the payment's reference as they were stated; what is closed stays closed."


class OrdinaryStated(RuleError):
    code = "ordinary-payment-stated"
    status = 409
    title = "Your organisation has stated this payment, or the invoice has too many of them"
    advice = "State each payment once; another payment has another reference."


class ClosingWrong(RuleError):
    code = "closing-wrong"
    title = "The payment cannot be closed like this"
    advice = "Paid back: with evidence and nothing set off. Set off: against another invoice of the same two firms."
