"""Errors of pledges, locks, freezes, disputes and cancellations."""

from __future__ import annotations

from tallystick.ledger import RuleError


class HoldUnknown(RuleError):
    code = "hold-unknown"
    title = "There is no such pledge, lock, freeze, dispute or cancellation of your organisation"
    advice = "Name the payload hash of the entry that made it."


class HoldEnded(RuleError):
    code = "hold-ended"
    status = 409
    title = "This pledge, lock, freeze, dispute or cancellation has ended"
    advice = (
        "It ends once: by an answer, by its end, or when the certificate is paid; make a new one."
    )


class NothingToFreeze(RuleError):
    code = "nothing-to-freeze"
    status = 409
    title = "The named holder has nothing of this certificate that a freeze could reach"
    advice = "Check holder and certificate against the order; units under an offer are reached by naming them again."


class EndRefused(RuleError):
    code = "end-refused"
    title = "The end that is stated is not possible"
    advice = "Name a day behind today and within the longest time that the act allows; an extension ends later."


class DisputedBefore(RuleError):
    code = "disputed-before"
    status = 409
    title = "This certificate was disputed before"
    advice = "An issuer disputes a certificate once; settle with the original holder, or cancel together."
