"""Why a directory lets nobody in."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class DirectoryUnbound(TallystickError):
    code = "directory-unbound"
    status = 404
    title = "No directory logs anybody in for this organisation here"
    advice = "Log in with a passkey; two officers bind a directory, and the operator keeps its client secret."


class DirectoryRefused(TallystickError):
    """One error for every token that is not good: it tells nobody which part of a forgery was good."""

    code = "directory-refused"
    status = 401
    title = "The directory's answer does not log anybody in"
    advice = "Begin anew on the login page. If it happens again, ask whoever runs your directory."


class DirectoryAway(TallystickError):
    code = "directory-away"
    status = 502
    title = "The directory does not answer, or not as OpenID Connect says"
    advice = "Try again; log in with a passkey meanwhile."
