"""Why a key is not replaced."""

from __future__ import annotations

from tallystick.ledger import RuleError, TallystickError


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
        "subject names the organisation's number and no person; RSA of 2048 bits or more, P-256 to P-521, or SM2 "
        "throughout where the log admits it."
    )


class CertificateNotSigned(TallystickError):
    code = "certificate-not-signed"
    status = 422
    title = "A signature of SM2 on which the binding rests does not verify"
    advice = (
        "Give the chain as the CA gave it, each certificate before its issuer's, and let the certificate's key sign "
        "the bytes of `tallystick key to-bind` with SM3, the user ID 1234567812345678, in DER."
    )


class AnswerUnreadable(TallystickError):
    code = "ca-answer-unreadable"
    status = 422
    title = "What is attached is no answer of a CA that can be read"
    advice = (
        "Attach the whole OCSP response in DER, or the whole CRL in DER or PEM, as the CA gave it."
    )


class AnswerNotSigned(TallystickError):
    code = "ca-answer-not-signed"
    status = 422
    title = "Nobody who may answer for this certificate signed the answer"
    advice = (
        "The certificate's issuer signs it, or for OCSP a responder whose certificate that issuer signed for OCSP "
        "signing; give the issuer's certificate as the second of the chain, the CA's own if it issued directly."
    )


class AnswerOfAnother(TallystickError):
    code = "ca-answer-of-another"
    status = 422
    title = "The answer is about another certificate"
    advice = "Ask the CA about the first certificate of the chain, by its serial number and issuer."


class CertificateRevoked(TallystickError):
    code = "certificate-revoked"
    status = 422
    title = "The CA does not say that this certificate is good"
    advice = "Ask the CA for a new certificate, and bind the key to that one."


class AnswerTimeWrong(TallystickError):
    code = "ca-answer-time-wrong"
    status = 422
    title = "The answer is not of the time that the entry says"
    advice = "State thisUpdate of the OCSP response or CRL; `tallystick key bind` reads it itself."


class AnchorRefused(RuleError):
    code = "trust-anchor-refused"
    title = "This certification authority cannot be listed or used"
    advice = "The root authority lists it by its own CA certificate, once; `tallystick key anchors` shows them."


class OfficersRefused(RuleError):
    code = "officers-refused"
    title = "These cannot be the officers of the organisation"
    advice = "Name administrators of the organisation, each once, and a quorum of at most so many."
