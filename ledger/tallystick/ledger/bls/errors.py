"""What is refused of quorum texts, their keys, and quorum certificates (formats §3)."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class QuorumTextRefused(TallystickError):
    """`line` is the number of the line that is wrong, 0 for the text as a whole."""

    code = "bls-quorum-text"
    status = 422
    title = "The quorum text is malformed"
    advice = "Make it with `tallystick log quorum make` from the witnesses' key lines."

    def __init__(self, detail: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {detail}" if line else detail, line=line)
        self.line = line


class QuorumTextTooLarge(QuorumTextRefused):
    code = "bls-quorum-too-large"
    title = "The quorum text has more bytes or signers than are read"
    advice = "Name fewer signers: a certificate of many says no more than the policy does."


class QuorumNameRefused(QuorumTextRefused):
    code = "bls-quorum-name"
    title = "A name in the quorum text is malformed, or there twice"
    advice = "A signer has the name of its cosigner key, and one line."


class QuorumKeyTwice(QuorumTextRefused):
    code = "bls-quorum-key-twice"
    title = "A key stands twice in the quorum text, so that one signer would count as two"
    advice = "Ask the signer whose key it is; nobody else can have proven that the key is theirs."


class SignerNotWitness(QuorumTextRefused):
    code = "bls-signer-not-witness"
    title = "The quorum text names a signer that is no witness of the policy beside it"
    advice = "Name it as its verifier key in the policy does, or leave it out."


class PointRefused(TallystickError):
    code = "bls-point-refused"
    status = 422
    title = "A BLS key or signature is no point of its curve in the one form that is read"
    advice = "Copy it again as it was made: base64 of 48 bytes for a key, of 96 for a signature."


class PointAtInfinity(PointRefused):
    code = "bls-point-infinity"
    title = "A BLS key or signature is the point at infinity, which anybody can make"
    advice = "Refuse whoever gave it to you: no key that was generated has this form."


class PointOutsideGroup(PointRefused):
    code = "bls-point-subgroup"
    title = "A BLS key or signature lies on the curve and outside of its group"
    advice = "Refuse whoever gave it to you: no key that was generated has this form."


class PossessionRefused(TallystickError):
    code = "bls-possession"
    status = 422
    title = "A proof of possession is missing, too many, or malformed"
    advice = "Copy the key lines again: name, key and possession, as the witness printed them."


class RogueKey(PossessionRefused):
    code = "bls-rogue-key"
    title = "A key's proof of possession fails: its holder has not shown to have its secret"
    advice = (
        "Take the key line from the witness itself. With a key computed from those of others "
        "its maker could sign for them, so do not use it."
    )


class CertificateRefused(TallystickError):
    code = "bls-certificate-refused"
    status = 422
    title = "The quorum certificate is malformed"
    advice = "Keep the note as evidence and fetch it again; the certificate vouches for nothing."


class CertificateMissing(CertificateRefused):
    code = "bls-certificate-missing"
    title = "The note bears no certificate of this quorum text"
    advice = (
        "Fetch the note where it was certified, or compare the quorum text with the logged one."
    )


class CertificateTwice(CertificateRefused):
    code = "bls-certificate-twice"
    title = "The note bears two certificates of one quorum text"


class BitmapRefused(CertificateRefused):
    code = "bls-bitmap-unused"
    title = "The certificate's bitmap names signers that the quorum text does not have"


class BelowThreshold(CertificateRefused):
    code = "bls-below-threshold"
    title = "The certificate names fewer signers than its quorum text asks for"


class CertificateFails(CertificateRefused):
    code = "bls-certificate-fails"
    title = "The certificate's signature does not verify for the signers that it names"


class SecretRefused(TallystickError):
    code = "bls-secret-refused"
    status = 500
    title = "The file of the witness's BLS key is damaged, or of another witness"
    advice = "Restore it from where you keep it, or agree on a new key with those who log it."


class SecretExists(TallystickError):
    code = "bls-secret-exists"
    status = 409
    title = "The witness has a BLS key already"
    advice = "`tallystick witness quorum-key` prints its line; a logged key is never replaced."


class NoSecret(TallystickError):
    code = "bls-no-secret"
    status = 404
    title = "This witness signs no quorum certificates: it has no BLS key"
    advice = "Ask its operator for `tallystick witness quorum-key`, and to start it again."


class NotCosigned(TallystickError):
    code = "bls-not-cosigned"
    status = 403
    title = "The note does not bear a cosignature of this witness that its memory confirms"
    advice = "Have the checkpoint cosigned first, and send it with that cosignature."


class SignerBusy(TallystickError):
    code = "bls-signer-busy"
    status = 503
    title = "The witness is signing other certificates"
    advice = "Ask again in a moment; cosignatures are not held up by this."


class ShareRefused(TallystickError):
    code = "bls-share-refused"
    status = 502
    title = "The witness's answer is no signature of this note by its BLS key"
    advice = "Compare the witness's key in the quorum text with the line that it prints."


class NoAddress(TallystickError):
    code = "bls-no-address"
    status = 422
    title = "The policy says no address for this signer, so nobody can ask it"
    advice = "Certify with the others, or agree on a policy that names its address."


class SignersMissing(TallystickError):
    code = "bls-signers-missing"
    status = 503
    title = "Too few signers have signed for a certificate"
    advice = "See what each of them did, and try again; the log itself does not wait for this."


class NoQuorumText(TallystickError):
    code = "bls-no-quorum"
    status = 404
    title = "This log has no quorum text, so there are no certificates of it"
    advice = "A new log takes one by `tallystick init --quorum FILE`."
