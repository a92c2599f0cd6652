"""What is wrong with a credential or with a presentation of it."""

from __future__ import annotations

from tallystick.ledger import RuleError, TallystickError


class CredentialMalformed(TallystickError):
    code = "credential-malformed"
    status = 400
    title = "This is no credential, or no presentation of one, in its form"
    advice = "Give the file as it was issued or presented; nothing of it may be cut or changed."


class CredentialSignatureFails(TallystickError):
    code = "credential-signature-fails"
    status = 422
    title = "The signature under the credential is not by the key that it names"
    advice = "Somebody changed the credential: ask its holder for another presentation."


class DisclosureRefused(TallystickError):
    code = "credential-disclosure-refused"
    status = 422
    title = "A field that is shown is none of those that the issuer signed"
    advice = "Do not believe any field of it; ask the holder for another presentation."


class FieldUnknown(TallystickError):
    code = "credential-field-unknown"
    status = 400
    title = "The credential has no field of this name that could be shown"
    advice = "Name fields that it has: number, kind, scope, sites, issued, expiry, issuer."


class NotBoundToHolder(TallystickError):
    code = "presentation-not-by-holder"
    status = 422
    title = "The presentation is not signed by the key to which the credential is bound"
    advice = "Only the holder can present it: ask the holder, not whoever passed it on."


class WrongAudience(TallystickError):
    code = "presentation-wrong-audience"
    status = 422
    title = "The presentation was made for somebody else"
    advice = "Ask the holder for one that is made for you."


class WrongNonce(TallystickError):
    code = "presentation-wrong-nonce"
    status = 422
    title = "The presentation does not answer your question: its nonce is another one"
    advice = "Give the nonce that you sent to the holder, or ask again with a new one."


class PresentationReplayed(TallystickError):
    code = "presentation-replayed"
    status = 409
    title = "This presentation was used before"
    advice = "Ask the holder for a new one; each is good for one use."


class PresentationStale(TallystickError):
    code = "presentation-stale"
    status = 422
    title = "The presentation is too old, or from the future"
    advice = "Ask the holder for a new one, or check both clocks."


class CredentialExpired(RuleError):
    code = "credential-expired"
    title = "The credential has expired"
    advice = "Let its issuer renew it."


class CredentialUnknown(RuleError):
    code = "credential-unknown"
    status = 404
    title = "There is no such credential, or it is not yours to see"
    advice = "`tallystick credential list` names those that you hold, issued or were shown."


class CredentialRevoked(RuleError):
    code = "credential-revoked"
    title = "The issuer revoked the credential"
    advice = "Do not rely on it; ask the holder for a new one."


class CredentialSuspended(RuleError):
    code = "credential-suspended"
    title = "The issuer suspended the credential"
    advice = "Ask again once its issuer has reinstated it."


class CredentialStatusRefused(RuleError):
    code = "credential-status-refused"
    title = "The credential cannot change its status so"
    advice = "A valid one is suspended or revoked, a suspended one reinstated or revoked; revoked is for ever."


class CredentialSelfIssued(RuleError):
    code = "credential-self-issued"
    title = "Nobody certifies himself"
    advice = "A certificate is issued by another organisation; what you say of yourself is stated."


class CredentialKeyRefused(RuleError):
    code = "credential-key-refused"
    title = "The key under the credential, or the one to which it is bound, cannot serve"
    advice = (
        "Name a registered key of the issuer, and one of the holder: not revoked, and no passkey."
    )


class CredentialSlotTaken(RuleError):
    code = "credential-slot-taken"
    title = "This place in the issuer's status list is taken"
    advice = "Choose another one, and sign the credential again."


class CredentialDiffers(TallystickError):
    code = "credential-differs"
    status = 422
    title = "The credential attached says another thing than the entry"
    advice = "Make the entry from the credential that is attached."


class MaterialVersionRefused(RuleError):
    code = "material-version-refused"
    title = "Declarations of a part and list are counted from 1, without a gap"
    advice = "Declare with the number that follows the newest one."
