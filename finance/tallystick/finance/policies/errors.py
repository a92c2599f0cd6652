"""Errors of standing policies, conditions, waivers, what the ERP says, and notices."""

from __future__ import annotations

from tallystick.ledger import RuleError


class PolicyWrong(RuleError):
    code = "policy-wrong"
    title = "The standing policy is not as it must be"
    advice = (
        "Let no cap be above the wider one, end it within twelve months from today, and name your "
        "organisation's own service and a bank."
    )


class PolicyUnknown(RuleError):
    code = "policy-unknown"
    title = "There is no such standing policy of your organisation"
    advice = "Check its name; only the organisation that signed it acts on it."


class PolicyEnded(RuleError):
    code = "policy-ended"
    status = 409
    title = "The standing policy is not in force"
    advice = "It was stopped, or its last day has passed. Two persons sign another one, or confirm by hand."


class PolicyCap(RuleError):
    code = "policy-cap"
    status = 409
    title = "The standing policy does not reach so far"
    advice = "Let two persons confirm this by hand, or sign a policy with other caps."


class EvidenceTooWeak(RuleError):
    code = "evidence-too-weak"
    title = "The goods are proven less well than the standing policy asks"
    advice = "Have the missing scans made, or let two persons confirm by hand."


class WaiverUnknown(RuleError):
    code = "waiver-unknown"
    title = "There is no such waiver text of your organisation"
    advice = "Register the text first (finance.waiver.register/1); then name it."


class WaiverTextWrong(RuleError):
    code = "waiver-text-wrong"
    title = "The waiver text is not the one that the body names"
    advice = "Attach the very bytes whose SHA-256 stands in the body, as a public attachment."


class ErpBlockAwaited(RuleError):
    code = "erp-block-awaited"
    status = 409
    title = "The issuer's ERP has not confirmed that the invoice is blocked"
    advice = "Wait until it says that the invoice is blocked for ordinary payment and not assigned elsewhere."


class ErpNotAwaited(RuleError):
    code = "erp-not-awaited"
    status = 409
    title = "Nothing of the ERP is awaited for this certificate"
    advice = "It answers while the certificate is offered, was asked for it, and not once more after it confirmed."


class HopUnknown(RuleError):
    code = "hop-unknown"
    title = "This entry moved nothing of the certificate"
    advice = (
        "Name the index of the acceptance or disbursement by which units went to another holder."
    )


class NoticeGiven(RuleError):
    code = "notice-given"
    status = 409
    title = "The debtor has notice of this assignment already"
    advice = "Nothing to do: it is on record, with its time."


class NoticeAcknowledged(RuleError):
    code = "notice-acknowledged"
    status = 409
    title = "The notice of this assignment is acknowledged already"
    advice = "Nothing to do: it is on record."
