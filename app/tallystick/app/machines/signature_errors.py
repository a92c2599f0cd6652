"""What is wrong with a signed request (RFC 9421, RFC 9530): 400 for its form, 401 for what it does not prove."""

from __future__ import annotations

from tallystick.app.machines.errors import MachineRefused


class SignatureMalformed(MachineRefused):
    code = "signature-malformed"
    status = 400
    title = "Signature and Signature-Input are not in the form of RFC 9421"
    advice = (
        "Send both as dictionaries with one and the same label; `tallystick request` shows how."
    )


class SignaturesMany(MachineRefused):
    code = "signatures-many"
    status = 400
    title = "A request bears one signature"
    advice = "Sign once, with the key of the organisation or of its service."


class SignatureRefused(MachineRefused):
    """Base of what the signature does not prove."""

    code = "signature-refused"
    title = "The signature does not prove who sends the request"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Signature"}


class SignatureIncomplete(SignatureRefused):
    code = "signature-incomplete"
    title = "The signature does not cover what it must"
    advice = (
        "Cover @method, @target-uri (or @authority, @path and @query), content-digest if there is a body and "
        'authorization if there is one; say created, expires, keyid, nonce and tag="tallystick".'
    )


class SignatureExpired(SignatureRefused):
    code = "signature-expired"
    title = "The signature has expired, or is to be valid for too long"
    advice = (
        "Sign each request when it is sent, for at most five minutes, by a clock that is right."
    )


class SignatureEarly(SignatureRefused):
    code = "signature-early"
    title = "The signature is of a time to come"
    advice = "Set the clock of the sender."


class SignatureKeyUnknown(SignatureRefused):
    code = "signature-key-unknown"
    title = "No organisation or service signs requests with this key now"
    advice = (
        "keyid is the reference `index:handle` of a key that is registered for the organisation or for a service "
        "device of it, and not revoked; a passkey signs no requests."
    )


class SignatureAlgorithm(SignatureRefused):
    code = "signature-algorithm-refused"
    title = "The signature names another algorithm than its key has"
    advice = "Leave alg out, or name ed25519 or ecdsa-p256-sha256, as the key is."


class SignatureWrong(SignatureRefused):
    code = "signature-wrong"
    title = "The signature is not this key's over this request"
    advice = (
        "Something was changed after it was signed, or the node sees another address than the sender: behind a "
        "proxy, Host must come through, and TALLYSTICK_TRUSTED_PROXIES name it."
    )


class SignatureElsewhere(SignatureRefused):
    code = "signature-for-another-node"
    title = "The request was signed for another address than this node's"
    advice = "Send it to the address in TALLYSTICK_BASE_URL of the node for which it was signed."


class SignatureReplayed(SignatureRefused):
    code = "signature-replayed"
    title = "A request with this nonce was here before"
    advice = (
        "Sign again with a new nonce. Did the first one get no answer, ask whether it was done."
    )


class ContentDigestWrong(MachineRefused):
    code = "content-digest-wrong"
    status = 400
    title = "Content-Digest is not the digest of the body"
    advice = "Compute sha-256 or sha-512 over the bytes that are sent (RFC 9530)."
