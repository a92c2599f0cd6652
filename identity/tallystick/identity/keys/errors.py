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


class CertificateRefused(RuleError):
    code = "certificate-refused"
    title = "The certificate does not bind this key"
    advice = (
        "Give the organisation's own certificate with its intermediate ones, valid now, under a listed CA; its "
        "subject names the organisation's number and no person; RSA of 2048 bits or more, or P-256 to P-521."
    )


class AnchorRefused(RuleError):
    code = "trust-anchor-refused"
    title = "This certification authority cannot be listed or used"
    advice = "The root authority lists it by its own CA certificate, once; `tallystick key anchors` shows them."


class OfficersRefused(RuleError):
    code = "officers-refused"
    title = "These cannot be the officers of the organisation"
    advice = "Name administrators of the organisation, each once, and a quorum of at most so many."
