"""The errors of order financing."""

from __future__ import annotations

from tallystick.ledger import RuleError


class FacilityUnknown(RuleError):
    code = "facility-unknown"
    title = "There is no such facility or advance of your organisation"
    advice = "Name the payload hash of the request, which is the facility's name."


class FacilityWrong(RuleError):
    code = "facility-wrong"
    title = "The facility does not fit its order, its purchases or its account"
    advice = "Name an order that its buyer signed, your own purchases in its currency, days in their order, and where you are paid."


class FacilityEnded(RuleError):
    code = "facility-ended"
    status = 409
    title = "The facility or the advance is not in the state for this"
    advice = "Look at the facility: each step follows the one before, in its time."


class OrderFinanced(RuleError):
    code = "order-financed"
    status = 409
    title = "This order has a facility under which something is drawn or can be drawn"
    advice = "An order has one facility at a time; repay the one that stands first."


class NotDrawable(RuleError):
    code = "not-drawable"
    status = 409
    title = "This is more than can be drawn now"
    advice = "Draw within the share of the milestone that is proven, the limit, and what is not bought yet."
