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
    title = "The key cannot be recovered like this"
    advice = "The new one has the same owner, may sign no more than the lost one, and is held by no node."


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
