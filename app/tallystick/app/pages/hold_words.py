"""Words of pledges, locks, freezes, disputes, cancellations, and of the trade on which a hop rests."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

holds: Mapping[str, str] = {
    "pledge": message("Pledge"),
    "lock": message("Lock"),
    "dispute": message("Dispute by the issuer"),
    "cancellation": message("Proposed cancellation"),
    "freeze": message("Freeze by an order"),
}
hold_statuses: Mapping[str, str] = {
    "offered": message("offered, not yet accepted"),
    "pledged": message("pledged"),
    "locked": message("locked"),
    "disputed": message("disputed"),
    "proposed": message("proposed"),
    "frozen": message("frozen"),
    "lifted": message("lifted"),
    "ended": message("ended"),
}
cancel_reasons: Mapping[str, str] = {
    "returned": message("Goods were returned"),
    "mistake": message("Mistake"),
    "replaced": message("Another certificate takes its place"),
    "agreed": message("Agreed otherwise"),
}
dispute_reasons: Mapping[str, str] = {
    "quality": message("Quality"),
    "quantity": message("Quantity"),
    "not-delivered": message("Not delivered"),
    "price": message("Price"),
    "other": message("Another reason"),
}
freeze_acts: Mapping[str, str] = {
    "enter": message("Enter a freeze"),
    "extend": message("Extend"),
    "lift": message("Lift"),
}
evidence_kinds: Mapping[str, str] = {
    "contract": message("Contract"),
    "order": message("Order"),
    "invoice": message("Invoice"),
}
tables: Mapping[str, Mapping[str, str]] = {
    "holds": holds,
    "hold_statuses": hold_statuses,
    "cancel_reasons": cancel_reasons,
    "dispute_reasons": dispute_reasons,
    "evidence_kinds": evidence_kinds,
    "freeze_acts": freeze_acts,
}
titles: Mapping[str, str] = {
    "finance.pledge.offer/1": message("Offer a part as security"),
    "finance.pledge.accept/1": message("Accept a pledge"),
    "finance.pledge.refuse/1": message("Refuse a pledge"),
    "finance.pledge.withdraw/1": message("Withdraw a pledge"),
    "finance.pledge.release/1": message("Release a pledge"),
    "finance.lock/1": message("Lock a part until an end"),
    "finance.lock.release/1": message("Release a lock"),
    "finance.cancel.propose/1": message("Propose to cancel together"),
    "finance.cancel.agree/1": message("Agree to cancel"),
    "finance.cancel.decline/1": message("Decline to cancel"),
    "finance.cancel.withdraw/1": message("Withdraw a cancellation"),
    "finance.dispute/1": message("Dispute what was not passed on"),
    "finance.dispute.withdraw/1": message("Withdraw a dispute"),
    "finance.freeze.propose/1": message("Propose to freeze by an order"),
    "finance.freeze.change/1": message("Propose to extend or lift a freeze"),
    "finance.freeze.approve/1": message("Approve what concerns a freeze"),
}
labels: Mapping[str, str] = {
    "agreement": message("Agreement"),
    "cancellation": message("Proposed cancellation"),
    "case": message("Case number"),
    "days": message("Days"),
    "dispute": message("Dispute"),
    "ends_on": message("Last day"),
    "evidence": message("Rests on trade document"),
    "favour": message("In favour of"),
    "freeze": message("Freeze by an order"),
    "holder": message("Holder"),
    "hours": message("Hours"),
    "lock": message("Lock"),
    "order": message("Order"),
    "payment": message("Record of the payment"),
    "pledge": message("Pledge"),
    "price": message("Price"),
    "registration_number": message("Number in the public register"),
    "sale": message("Sale"),
    "secures": message("Agreement whose debt it secures"),
    "splits": message("Budget of splits"),
}
#: (title, advice) of refusals, by code.
refusals: Mapping[str, tuple[str, str]] = {
    "split-budget-spent": (
        message("The holder has no split left for a part of a holding"),
        message(
            "Move a whole holding, which splits nothing; the page says which amounts those are."
        ),
    ),
    "hop-evidence-missing": (
        message("The trade on which this transfer rests is not named, or does not add up to it"),
        message("Name contract, order or invoice by which you owe the other firm."),
    ),
    "hop-evidence-unfit": (
        message("This document shows no debt of the giver to the taker"),
        message("Name an agreed document of you two in which you buy; a contract needs a total."),
    ),
    "hop-evidence-consumed": (
        message("This document has paid for other transfers or certificates already"),
        message("Each amount counts once; name what is still open."),
    ),
    "hold-ended": (
        message("This pledge, lock, freeze, dispute or cancellation has ended"),
        message("Load the page again to see how it stands."),
    ),
    "nothing-to-freeze": (
        message("The named holder has nothing of this certificate that a freeze could reach"),
        message("Check holder and certificate against the order."),
    ),
    "end-refused": (
        message("The end that is stated is not possible"),
        message("Choose a day behind today, at most three years away; an extension ends later."),
    ),
    "disputed-before": (
        message("This certificate was disputed before"),
        message("Settle with the original holder, or cancel together."),
    ),
}
