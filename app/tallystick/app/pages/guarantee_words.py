"""Plain words of guarantees. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

titles: Mapping[str, str] = {
    "finance.guarantee.request/1": message("Ask for a guarantee"),
    "finance.guarantee.decline/1": message("Decline to issue a guarantee"),
    "finance.guarantee.propose/1": message("Propose to issue a guarantee"),
    "finance.guarantee.approve/1": message("Approve what a colleague proposed about a guarantee"),
    "finance.guarantee.amend/1": message("Propose an amendment of a guarantee"),
    "finance.guarantee.answer/1": message("Answer an amendment of a guarantee"),
    "finance.guarantee.demand/1": message("Demand payment under a guarantee"),
    "finance.guarantee.refuse/1": message("Refuse a demand"),
    "finance.guarantee.paid/1": message("State that a demand was paid"),
    "finance.guarantee.release/1": message("Release a guarantee"),
}
#: (title, advice) by code.
refusals: Mapping[str, tuple[str, str]] = {
    "guarantee-unknown": (
        message("There is no such guarantee of your organisation"),
        message("Choose from the list of guarantees."),
    ),
    "guarantee-wrong": (
        message("The terms of the guarantee do not go together"),
        message(
            "Put dates in their order, keep reductions below the amount, and name parties of what it secures."
        ),
    ),
    "guarantee-ended": (
        message("The guarantee is not in the state for this"),
        message(
            "Look at the guarantee: it is issued once, and ends by payment, release or expiry."
        ),
    ),
    "amendment-unknown": (
        message("There is no amendment that waits for the beneficiary"),
        message("Load the page again to see how it stands."),
    ),
    "demand-wrong": (
        message("The demand does not comply"),
        message("Demand on a day of its validity, with every listed document and no other."),
    ),
    "demand-too-large": (
        message("This is more than can still be demanded"),
        message("Take off what was paid, released or reduced, and what other demands ask for."),
    ),
    "demand-closed": (
        message("This demand was answered"),
        message("Load the page again to see how it stands."),
    ),
    "examination-over": (
        message("The time for refusing this demand is over"),
        message("What was not refused in time is to be paid."),
    ),
    "evidence-used": (
        message("This record of a payment counted before"),
        message("State each payment once, with the bank's own record of it."),
    ),
}
tables: Mapping[str, Mapping[str, str]] = {
    "guarantee_statuses": {
        "requested": message("Asked for"),
        "declined": message("Declined by the bank"),
        "lapsed": message("Not issued in time"),
        "issued": message("Issued"),
        "paid": message("Paid in full"),
        "released": message("Released"),
        "expired": message("Expired"),
    },
    "demand_statuses": {
        "presented": message("Presented: the bank examines it"),
        "overdue": message("Overdue: it was not refused in time, and is not paid"),
        "refused": message("Refused"),
        "paid": message("Paid"),
    },
    "amendment_statuses": {
        "proposed": message("Waits for the bank's second person"),
        "offered": message("Waits for the beneficiary"),
        "accepted": message("Accepted"),
        "declined": message("Declined"),
        "lapsed": message("Lapsed"),
    },
    "secured_kinds": {
        "order": message("Order"),
        "contract": message("Contract"),
        "certificate": message("Certificate"),
    },
}
