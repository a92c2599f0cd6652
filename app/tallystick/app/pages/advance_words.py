"""Plain words of order financing. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

titles: Mapping[str, str] = {
    "finance.facility.request/1": message("Ask for order financing"),
    "finance.facility.propose/1": message("Propose terms of order financing"),
    "finance.facility.decline/1": message("Decline to finance the order"),
    "finance.facility.approve/1": message("Approve terms of order financing"),
    "finance.facility.accept/1": message("Accept terms of order financing"),
    "finance.advance.draw/1": message("Draw an advance"),
    "finance.advance.instruct/1": message("Instruct the payment of an advance"),
    "finance.advance.paid/1": message("State that an advance was paid"),
    "finance.advance.unpaid/1": message("State that an advance will not be paid"),
    "finance.advance.repaid/1": message("State what came in"),
}
labels: Mapping[str, str] = {
    "account": message("Account"),
    "advance": message("Advance"),
    "available_until": message("Last day for drawing"),
    "facility": message("Facility"),
    "funder": message("Funder"),
    "limit": message("Limit"),
    "mandate": message("Mandate: certificates of the order repay it"),
    "milestones": message("Shares by milestone"),
    "order": message("Order"),
    "paid_at": message("Paid at"),
    "purchase": message("Purchase of materials"),
    "purchases": message("Purchases of materials"),
    "rate_ppm": message("Rate a year (parts per million)"),
    "repay_on": message("To be repaid by"),
}
#: (title, advice) by code.
refusals: Mapping[str, tuple[str, str]] = {
    "facility-unknown": (
        message("There is no such facility or advance of your organisation"),
        message("Choose from the list of facilities."),
    ),
    "facility-wrong": (
        message("The facility does not fit its order, its purchases or its account"),
        message(
            "Name an order that its buyer signed, your own purchases in its currency, days in their order, and where you are paid."
        ),
    ),
    "facility-ended": (
        message("The facility or the advance is not in the state for this"),
        message("Load the page again to see how it stands."),
    ),
    "order-financed": (
        message("This order has a facility already"),
        message("An order has one facility at a time; repay the one that stands first."),
    ),
    "not-drawable": (
        message("This is more than can be drawn now"),
        message(
            "Draw within the share of the milestone that is proven, the limit, and what is not bought yet."
        ),
    ),
}
tables: Mapping[str, Mapping[str, str]] = {
    "facility_statuses": {
        "requested": message("Asked for"),
        "declined": message("Declined by the funder"),
        "offered": message("Terms are offered"),
        "open": message("Open for drawing"),
        "closed": message("Nothing more is drawn"),
        "lapsed": message("Lapsed"),
    },
    "advance_statuses": {
        "drawn": message("Drawn, not yet instructed"),
        "instructed": message("In payment"),
        "paid": message("Paid"),
        "unpaid": message("Not paid"),
        "lapsed": message("Lapsed"),
    },
    "milestones": {
        "none": message("Nothing is proven"),
        "accepted": message("Order accepted"),
        "material": message("Materials are in"),
        "work": message("Work in progress"),
        "shipped": message("Shipped"),
        "confirmed": message("Confirmed by the buyer"),
    },
}
