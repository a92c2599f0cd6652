"""Errors of tolerances and releases."""

from __future__ import annotations

from tallystick.ledger import RuleError


class TolerancesMovedOn(RuleError):
    code = "tolerances-moved-on"
    status = 409
    title = "The tolerances have another version by now"
    advice = "Look at the version in force, and propose the tolerances again behind it."


class NotReleasable(RuleError):
    code = "not-releasable"
    title = "This is not held for a reason that two persons may let pass"
    advice = "Look at the match of the line: goods, units and signatures are never let pass."


class ReleaseTooHigh(RuleError):
    code = "release-too-high"
    title = "The line is held for more than two persons may let pass"
    advice = (
        "Ask the seller for a credit note, or let two persons raise the limit of the tolerances."
    )
