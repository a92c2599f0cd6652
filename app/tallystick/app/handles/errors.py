"""What goes wrong with the users of the Handle API."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class HandleUserExists(TallystickError):
    code = "handle-user-exists"
    status = 409
    title = "There is a user of this name already"
    advice = "Remove it first with `tallystick handle user remove`, or choose another index."


class HandleUserMissing(TallystickError):
    code = "handle-user-missing"
    status = 404
    title = "There is no user of this name"
    advice = "`tallystick handle user list` names them."


class HandleUsersBusy(TallystickError):
    code = "handle-users-busy"
    status = 503
    title = "Another command is changing the users of this node"
    advice = "Wait for it to end, and try again."


class HandleUsersDamaged(TallystickError):
    code = "handle-users-damaged"
    status = 500
    title = "The file of users cannot be read, so nobody can log in"
    advice = "Restore `handle-users.json` from a backup, or delete it and add the users again."


class HandleSecretRefused(TallystickError):
    code = "handle-secret-refused"
    status = 400
    title = "This secret is too short or too long"
    advice = "Take 16 to 1024 bytes from a random source, or let the command make them."


class HandleSecretSpoilt(TallystickError):
    code = "handle-secret-spoilt"
    status = 500
    title = "A user's sealed secret does not open"
    advice = (
        "The file was changed, or the master key is another one: remove the user, and add it again."
    )
