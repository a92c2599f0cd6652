"""What keeps a device, or a person's key, from being enrolled."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class InvitationUnknown(TallystickError):
    code = "invitation-unknown"
    status = 404
    title = "There is no such invitation or request"
    advice = "Scan the whole code again, or ask whoever made it for a new one."


class InvitationExpired(TallystickError):
    code = "invitation-expired"
    status = 410
    title = "The invitation has expired"
    advice = "Ask whoever made it for a new one: it is good for minutes."


class InvitationUsed(TallystickError):
    code = "invitation-used"
    status = 409
    title = "The invitation was used already"
    advice = (
        "It is good for one key. If you did not use it, tell whoever made it at once, so that they "
        "refuse the request; then ask for a new one."
    )


class EnrolmentRefused(TallystickError):
    code = "enrolment-refused"
    status = 403
    title = "A person refused this request"
    advice = "Ask whoever invited you why, and for a new invitation."


class EnrolmentMalformed(TallystickError):
    code = "enrolment-malformed"
    status = 422
    title = "This is no request of whoever was invited, and no answer to one"
    advice = (
        "Correct what is named; docs/how-to/enrol-devices.md and invite-people.md say what is sent."
    )


class EnrolmentProofWrong(TallystickError):
    code = "enrolment-proof-wrong"
    status = 403
    title = "The signature is not the one that this step needs"
    advice = "Sign the exact bytes with the key that asks, or with the key of whoever approves."


class EnrolmentNotWaiting(TallystickError):
    code = "enrolment-not-waiting"
    status = 409
    title = "The request does not wait for this"
    advice = "Ask for its state, and go on from there."


class InvitationsTooMany(TallystickError):
    code = "invitations-too-many"
    status = 429
    title = "Too many invitations and requests of this organisation are open"
    advice = "Approve or refuse what waits, or wait until it expires."
