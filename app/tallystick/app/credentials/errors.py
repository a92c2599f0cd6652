"""What is wrong with the proof that comes with a presentation, beyond the credential itself."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class CredentialNotInLog(TallystickError):
    code = "credential-not-in-log"
    status = 422
    title = "The log knows no such credential"
    advice = "Do not believe it: an issuer's credential is in the log, or it is none."


class IssuerKeyNotValid(TallystickError):
    code = "credential-issuer-key-not-valid"
    status = 422
    title = "The issuer's key was not valid when the credential was issued"
    advice = "Do not believe it; tell the issuer, whose key somebody used."


class HolderKeyNotValid(TallystickError):
    code = "presentation-holder-key-not-valid"
    status = 422
    title = "The holder's key was revoked before the credential was presented"
    advice = "Ask the holder for a credential that is bound to its new key."


class ProofNotNewer(TallystickError):
    code = "credential-proof-not-newer"
    status = 422
    title = "This proof is about another credential, or older than the one that is checked by it"
    advice = "Take the newest from the node: `GET /v1/credentials/<credential>/proof`."


class NoncesBusy(TallystickError):
    code = "presentation-nonces-busy"
    status = 503
    title = "Another command is writing down which presentations were used"
    advice = "Wait for it to end, and try again."


class NodeWithoutKey(TallystickError):
    code = "status-list-without-key"
    status = 503
    title = "This process does not hold the key by which the node signs status lists"
    advice = (
        "Ask the process that appends, or put the node's receipt key into this one's home folder."
    )


class CredentialFileRefused(TallystickError):
    code = "credential-file-refused"
    status = 400
    title = "The file does not say what a certificate or a declaration says"
    advice = "Correct the members that are named; the how-to has an example."


class ListFull(TallystickError):
    code = "credential-list-full"
    status = 409
    title = "No free place was found in the issuer's status lists"
    advice = "Try again: places are chosen at random."
