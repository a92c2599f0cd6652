"""The errors of guarantees."""

from __future__ import annotations

from tallystick.ledger import RuleError


class GuaranteeUnknown(RuleError):
    code = "guarantee-unknown"
    title = "There is no such guarantee of your organisation"
    advice = "Name the payload hash of the request, which is the guarantee's name."


class GuaranteeWrong(RuleError):
    code = "guarantee-wrong"
    title = "The terms of the guarantee do not go together"
    advice = "Correct the named term: dates in their order, reductions below the amount, three different parties."


class GuaranteeEnded(RuleError):
    code = "guarantee-ended"
    status = 409
    title = "The guarantee is not in the state for this"
    advice = "Look at the guarantee: it is issued once, and ends by payment, release or expiry."


class AmendmentUnknown(RuleError):
    code = "amendment-unknown"
    status = 409
    title = "There is no amendment of this guarantee that waits for the beneficiary"
    advice = "Name an amendment that the bank's second person approved and nobody answered."


class DemandWrong(RuleError):
    code = "demand-wrong"
    title = "The demand does not comply"
    advice = "Demand on a day of its validity, and present every listed document once and no other."


class DemandTooLarge(RuleError):
    code = "demand-too-large"
    status = 409
    title = "This is more than can still be demanded"
    advice = "Take off what was paid, released, reduced, and what other demands ask for."


class DemandClosed(RuleError):
    code = "demand-closed"
    status = 409
    title = "There is no open demand of this name"
    advice = "A demand is refused or paid, once; look at the guarantee's demands."


class ExaminationOver(RuleError):
    code = "examination-over"
    status = 409
    title = "The time for refusing this demand is over"
    advice = "What was not refused in time is to be paid."
