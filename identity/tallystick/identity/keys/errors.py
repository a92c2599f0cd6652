"""Why a key is not replaced."""

from __future__ import annotations

from tallystick.ledger import RuleError


class RotationRefused(RuleError):
    code = "rotation-refused"
    title = "The key cannot be replaced like this"
    advice = (
        "Let the key that is replaced sign, the new one, and for a person or device the organisation; "
        "the new one has the same owner and may sign no more than the old one."
    )


class RecoveryRefused(RuleError):
    code = "recovery-refused"
    title = "The officers cannot do this"
    advice = (
        "Each of them signs with an own key that the node does not hold, once, and not for itself."
    )


class RecoveryTooEarly(RuleError):
    code = "recovery-too-early"
    title = "The waiting period of this recovery is not over"
    advice = "Approve it when the time that is named has come; until then the owner may refuse it."


class ProposalOver(RuleError):
    code = "proposal-over"
    title = "This proposal is not open"
    advice = "Propose again; `tallystick key proposals` lists what is open."


class OfficersRefused(RuleError):
    code = "officers-refused"
    title = "These cannot be the officers of the organisation"
    advice = "Name administrators of the organisation, each once, and a quorum of at most so many."
