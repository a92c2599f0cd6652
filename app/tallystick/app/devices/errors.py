"""What keeps somebody from an organisation's devices."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class NotYourDevices(TallystickError):
    code = "not-your-devices"
    status = 404
    title = "There is no such organisation, or its devices are not yours"
    advice = "Look as somebody who speaks for the organisation."
