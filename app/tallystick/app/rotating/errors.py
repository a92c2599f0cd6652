"""Why a key is not replaced on a page."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class NobodyCountersigns(TallystickError):
    code = "nobody-countersigns"
    status = 409
    title = "Nobody else may sign that your key is replaced"
    advice = (
        "It takes an administrator of your organisation who is not you, with a key of their own. Without one, add "
        "another key and then revoke this one."
    )


class NotYoursToReplace(TallystickError):
    code = "not-yours-to-replace"
    status = 403
    title = "You neither replace this key nor countersign it"
    advice = (
        "Everybody replaces their own valid keys; an administrator of the same organisation, who is somebody else, "
        "countersigns."
    )
