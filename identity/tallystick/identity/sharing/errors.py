"""Why something about sharing is refused."""

from __future__ import annotations

from tallystick.ledger import RuleError


class SharingUnknown(RuleError):
    code = "sharing-unknown"
    status = 404
    title = "There is no such agreement, or you are not a side of it"
    advice = "Name the payload hash of the entry that offered or disclosed it."


class SharingClosed(RuleError):
    code = "sharing-closed"
    title = "The agreement is not open for this any more"
    advice = "Look at how it stands; offer a new one."


class SharingTermRefused(RuleError):
    code = "sharing-term-refused"
    title = "Nobody may read for such a time"
    advice = "Let it end after today, not before it begins, and within ten years."


class SharingWithOneself(RuleError):
    code = "sharing-with-oneself"
    title = "An organisation reads its own things anyway"
    advice = "Name another organisation."


class CapacityExceeded(RuleError):
    code = "capacity-exceeded"
    title = "An outsider of this kind is not shown such things"
    advice = "Open what its work needs; the table of capacities says what that may be."


class RemitTooWide(RuleError):
    code = "remit-too-wide"
    title = "The node may not open things of these organisations"
    advice = "Name organisations that it verified, or prefixes that it holds; the root alone opens everybody's."
