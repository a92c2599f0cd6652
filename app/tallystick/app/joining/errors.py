"""Why nobody is invited, or not by this person."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class NotYoursToInvite(TallystickError):
    code = "not-yours-to-invite"
    status = 403
    title = "You do not invite for this"
    advice = (
        "Officers invite people and recover keys of others; everybody adds keys of their own. Log in as the "
        "person who does."
    )


class LogInFirst(TallystickError):
    code = "log-in-first"
    status = 401
    title = "Only a person who is logged in may do this"
    advice = "Log in with your passkey or key at /login."
