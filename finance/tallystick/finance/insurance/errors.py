"""The errors of insurance."""

from __future__ import annotations

from tallystick.ledger import RuleError


class CoverUnknown(RuleError):
    code = "cover-unknown"
    title = "There is no such cover of your organisation"
    advice = "Name the payload hash of the proposal, which is the cover's name."


class CoverWrong(RuleError):
    code = "cover-wrong"
    title = "The terms of the cover do not go together"
    advice = "Correct the named term: dates in their order, each debtor once in a currency, three different parties."


class CoverNotInForce(RuleError):
    code = "cover-not-in-force"
    status = 409
    title = "The cover is not in the state for this"
    advice = "Look at the cover: it is approved, then accepted, and insures between its first and last day."


class DebtorNotInsured(RuleError):
    code = "debtor-not-insured"
    title = "The cover does not name this debtor in this currency"
    advice = "Name a certificate of a debtor and currency that the cover lists."


class DebtorLimitReached(RuleError):
    code = "debtor-limit-reached"
    status = 409
    title = "This is more than the cover insures of that debtor"
    advice = "Take off what is insured of it already and not paid yet."


class InsuredElsewhere(RuleError):
    code = "insured-elsewhere"
    status = 409
    title = "Units that you hold of this certificate are insured under another cover"
    advice = "What one holder has of a certificate is insured under one cover."


class NotInsured(RuleError):
    code = "not-insured"
    status = 409
    title = "Nothing that is unpaid here is insured"
    advice = (
        "Only units that were declared before they were due, and that you hold unpaid, are insured."
    )


class NoticeStands(RuleError):
    code = "notice-stands"
    status = 409
    title = "The debtor has a notice of yours for this certificate"
    advice = "One notice runs until it is paid or its claim is closed."


class NoticeUnknown(RuleError):
    code = "notice-unknown"
    title = "There is no such notice of your organisation for this certificate"
    advice = "Name certificate and payload hash of the notice."


class ClaimTooEarly(RuleError):
    code = "claim-too-early"
    status = 409
    title = "Grace or waiting period are not over"
    advice = "Repeat on the day from which the notice says that a claim can be made."


class ClaimWrong(RuleError):
    code = "claim-wrong"
    title = "The claim is not the insured share of what is unpaid"
    advice = "State insurer, currency, loss and amount as the notice shows them."


class ClaimUnknown(RuleError):
    code = "claim-unknown"
    title = "There is no such claim of your organisation"
    advice = "Name the payload hash of the claim."


class ClaimClosed(RuleError):
    code = "claim-closed"
    status = 409
    title = "The claim is not in the state for this"
    advice = "A notice is claimed on once; a claim is decided once, and paid once, while something is unpaid."


class DecisionWrong(RuleError):
    code = "decision-wrong"
    title = "The decision does not fit the claim"
    advice = "Accept at most what is claimed, and give a reason for what is not accepted."
