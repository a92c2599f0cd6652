"""What is refused of quorum texts, their keys, and quorum certificates (formats §3)."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class QuorumTextRefused(TallystickError):
    """`line` is the number of the line that is wrong, 0 for the text as a whole."""

    code = "bls-quorum-text"
    status = 422
    title = "The quorum text is malformed"
    advice = "Make it from the witnesses' key lines, as they printed them."

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
