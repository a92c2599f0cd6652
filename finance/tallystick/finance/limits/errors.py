"""The errors of limits. What a funder's limits say is for the funder: others are told `not-available`, and no figure."""

from __future__ import annotations

from tallystick.ledger import RuleError


class LimitWrong(RuleError):
    code = "limit-wrong"
    title = "The limit is not as its kind must be"
    advice = (
        "Name the core of a core or funder-core limit, the seller of a supplier limit, code and members of a group "
        "limit, and nothing else; a core is named by the node that verified it, in one group."
    )


class LimitMovedOn(RuleError):
    code = "limit-moved-on"
    status = 409
    title = "The limit was set again since"
    advice = "Look at the version that is in force, and propose again after it."


class LimitBelowUse(RuleError):
    code = "limit-below-use"
    status = 409
    title = "So much is used and reserved already"
    advice = "Set the limit no lower than what is used and reserved, or wait until that is paid or released."


class CoreLimitReached(RuleError):
    code = "core-limit-reached"
    status = 409
    title = "The core enterprise would owe more than its limit"
    advice = "Confirm less, wait until certificates are paid, or ask the node for a higher limit."


class GroupLimitReached(RuleError):
    code = "group-limit-reached"
    status = 409
    title = "The group of the core enterprise would owe more than its limit"
    advice = "Confirm less, wait until certificates are paid, or ask the node for a higher limit."


class FunderLimitReached(RuleError):
    code = "funder-limit-reached"
    status = 409
    title = "Your organisation's own limit does not reach so far"
    advice = "Ask for less, wait until something is paid or released, or let two persons set a higher limit."


class NotAvailable(RuleError):
    code = "not-available"
    status = 409
    title = "This is not available"
    advice = "Ask for another amount, ask another funder, or try again later."
