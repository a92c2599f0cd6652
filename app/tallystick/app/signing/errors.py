"""Why there is nothing to sign."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class DraftNotYours(TallystickError):
    code = "draft-not-yours"
    status = 403
    title = "A draft is made for whoever is logged in, and for nobody else"
    advice = "Log in as the person who will sign."


class DraftMalformed(TallystickError):
    code = "draft-malformed"
    status = 400
    title = "This does not say which entry shall be drafted"
    advice = "Send its type, and its body as an object."


class HandOverUnknown(TallystickError):
    """One error for tokens that never were, are over, or were used: nobody learns which."""

    code = "hand-over-unknown"
    status = 404
    title = "There is nothing to sign under this code"
    advice = "Show a new code on the other device: each is good for one signature within minutes."


class HandOverSignatureWrong(TallystickError):
    code = "hand-over-signature-wrong"
    status = 403
    title = "This is no signature of the person under what was handed over"
    advice = "Sign with a key that is registered for you in this log and may sign this entry."


class HandOversTooMany(TallystickError):
    code = "hand-overs-too-many"
    status = 429
    title = "As many codes of yours are open as are allowed"
    advice = "Sign one of them, or wait until they end."
