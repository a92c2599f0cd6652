"""Errors of settlement: payments, returns, arrears, recourse."""

from __future__ import annotations

from tallystick.ledger import RuleError


class NothingDue(RuleError):
    code = "nothing-due"
    status = 409
    title = "This debtor has nothing due on that day with you as its paying bank"
    advice = "Check debtor, currency and payment date against the list of what is due."


class StillRecording(RuleError):
    code = "still-recording"
    status = 409
    title = "Certificates that are due are still being recorded"
    advice = "Repeat after the next block: holders and accounts are then fixed for all of them."


class ClaimsWait(RuleError):
    code = "claims-wait"
    status = 409
    title = "So much cannot be paid now: some of what is owed waits"
    advice = "Pay at most what the detail says; what waits stays owed, and is paid when its reason has ended."


class PaymentUnknown(RuleError):
    code = "payment-unknown"
    title = "There is no such payment to that party, or it is not yours"
    advice = (
        "Name certificate, index and payee of the payment as the certificate's page lists them."
    )


class PaymentFinal(RuleError):
    code = "payment-final"
    status = 409
    title = "This payment is final, or was returned before"
    advice = "A payment comes back at most once, within its return period, and not after its receipt was confirmed."


class NotInArrears(RuleError):
    code = "not-in-arrears"
    status = 409
    title = "The certificate is not in such arrears"
    advice = "Late interest is owed for what was paid late; recourse is taken after default."


class RecourseRefused(RuleError):
    code = "recourse-refused"
    status = 409
    title = "There is nothing here for which that party stands in"
    advice = "Only whoever sold with recourse pays in the debtor's place, for units still owed, and only once."


class RecourseUnknown(RuleError):
    code = "recourse-unknown"
    title = "There is no such demand of your organisation"
    advice = "Name the payload hash of the entry that made the demand."
