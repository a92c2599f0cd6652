"""What can be wrong with an act on a prefix, or under one."""

from __future__ import annotations

from tallystick.ledger import RuleError


class PrefixUnknown(RuleError):
    code = "prefix-unknown"
    title = "Nobody holds this prefix in this log"
    advice = "Let the holder of the prefix above delegate it."


class PrefixSuspended(RuleError):
    code = "prefix-suspended"
    title = "This prefix is suspended: its handles resolve, and nothing is written under it"
    advice = "Settle it with the holder of the prefix above, who can lift the suspension."


class PrefixWithdrawn(RuleError):
    code = "prefix-withdrawn"
    title = (
        "The lease of this prefix has run out: its handles resolve, and nothing is written under it"
    )
    advice = "Let the holder of the prefix above renew it."


class PrefixElsewhere(RuleError):
    code = "prefix-elsewhere"
    title = "This prefix is at home in another log"
    advice = "Write there; here its handles still resolve as they stood when it left."


class PrefixArriving(RuleError):
    code = "prefix-arriving"
    title = "The records of this prefix are still on their way from another log"
    advice = "Go on with `tallystick prefix arrive`; then write again."


class QuotaReached(RuleError):
    code = "quota-reached"
    title = "The lease of this prefix does not cover so many handles"
    advice = "Ask the holder of the prefix above to renew it with a higher quota."


class LeaseRefused(RuleError):
    code = "lease-refused"
    title = "A prefix cannot be let, suspended or handed over like this"
    advice = "Look at it with `tallystick prefix show`."


class MoveRefused(RuleError):
    code = "prefix-move-refused"
    title = "The prefix, or what it carries along, cannot go or come like this"
    advice = "Look at it with `tallystick prefix show` in both logs; the step that fits next is named there."


class ArrivalRefused(RuleError):
    code = "prefix-arrival-refused"
    title = "What the other log is said to have stated is not proven by its checkpoint and the pinned key"
    advice = "Compare the pinned key with the other log's operator, and carry the prefix again."
