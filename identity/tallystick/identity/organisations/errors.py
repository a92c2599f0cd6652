"""Why an act about an organisation is refused."""

from __future__ import annotations

from tallystick.ledger import RuleError


class NumberTaken(RuleError):
    code = "number-taken"
    status = 409
    title = "An organisation of this number is registered already"
    advice = "One number is one organisation for ever: use the one that is there."


class FirstPeopleRefused(RuleError):
    code = "first-people-refused"
    title = "The organisation cannot begin with these people"
    advice = (
        "Name one person who is everything, or at least two officers; each with a handle of its own under the "
        "node, and a fresh key that signed for it."
    )


class PossessionMissing(RuleError):
    code = "possession-missing"
    title = "A key did not sign that it is to be registered for this person"
    advice = "Let the person sign again, with the key that stands beside it."


class PaperEnded(RuleError):
    code = "paper-ended"
    title = "A paper has ended, or is named twice"
    advice = "Hand in the one that is valid now, one of each kind."


class PaperEndMissing(RuleError):
    code = "paper-end-missing"
    title = "A paper of this kind says when it ends"
    advice = "Name the last day on which it is valid, as in 2026-12-31."


class PapersUnknown(RuleError):
    code = "papers-unknown"
    title = "There are no such papers that wait for the node"
    advice = (
        "Name the payload hash of the entry that handed them in, while nobody has confirmed them."
    )


class OrganisationQuotaReached(RuleError):
    code = "organisation-quota-reached"
    status = 409
    title = "The organisation may not have more of these"
    advice = "Ask the node that verified it for a larger quota."


class PaymentHeld(RuleError):
    code = "payment-held"
    status = 409
    title = "Payments to this organisation are held, because it stands on a list of sanctions"
    advice = (
        "Leave its part out: it stays owed. The node that verified it releases it by two persons; it receives, "
        "refuses, discloses and complains as before."
    )


class IncidentRefused(RuleError):
    code = "incident-refused"
    title = "The notice of an incident contradicts itself, or the one that it follows"
    advice = "Check the times, whom it concerns, and which notice it follows."
