"""What a record may not hold in the values that lead to other places."""

from __future__ import annotations

from tallystick.ledger import RuleError


class LinkValueRefused(RuleError):
    code = "link-value-refused"
    title = "A value that leads somewhere is not in its form"
    advice = "docs/reference/digital-link.md gives the form of TALLYSTICK.LINK, TALLYSTICK.GS1 and 10320/loc."
