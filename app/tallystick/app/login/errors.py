"""Why somebody is not logged in."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class LoginRefused(TallystickError):
    """One error for everybody who is not let in: it tells nobody which people and keys there are."""

    code = "login-refused"
    status = 401
    title = "This does not log anybody in"
    advice = "Use a passkey or key that is registered for you in this log, on this node's own page."


class ChallengeOver(TallystickError):
    code = "login-challenge-over"
    status = 401
    title = "The challenge is too old, was answered before, or is not of this node"
    advice = "Ask for a new one: load the page again."


class PasskeyCopied(TallystickError):
    """Said only to whoever signed with the key itself."""

    code = "passkey-copied"
    status = 403
    title = "This passkey signed less often than it did before: there is a copy of it"
    advice = "Have this key revoked and another one registered; until then nobody logs in by it."


class DirectoryOnlyReads(TallystickError):
    code = "directory-only-reads"
    status = 403
    title = "Whoever is logged in by a directory reads, and changes nothing"
    advice = "Log in by your passkey or key, and do it again."


class LoginInTheClear(TallystickError):
    code = "login-in-the-clear"
    status = 403
    title = "Nobody logs in over a connection that others can read"
    advice = "Use the node's https address."


class LoginsTooMany(TallystickError):
    code = "logins-too-many"
    status = 429
    title = "You are logged in at as many places as are allowed"
    advice = "Log out everywhere, and log in again."


class LoginBusy(TallystickError):
    code = "login-busy"
    status = 503
    title = "Another process is making the secret for challenges"
    advice = "Try again."
