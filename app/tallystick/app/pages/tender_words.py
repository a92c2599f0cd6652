"""Plain words of tenders and sealed bids. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

titles: Mapping[str, str] = {
    "finance.tender.open/1": message("Ask for bids"),
    "finance.tender.withdraw/1": message("Withdraw the tender"),
    "finance.tender.confide/1": message("Keep it to ourselves, and read"),
    "finance.tender.decline/1": message("Decline to bid"),
    "finance.bid.seal/1": message("Seal a bid"),
    "finance.bid.open/1": message("Open the bid"),
}
#: (title, advice) by code.
refusals: Mapping[str, tuple[str, str]] = {
    "tender-unknown": (
        message("There is no such tender, or you were not asked"),
        message("Choose from the list of tenders."),
    ),
    "tender-times-wrong": (
        message("The times of this tender do not go together"),
        message(
            "Let the value date lie behind the last day for accepting, and days before the due date."
        ),
    ),
    "bid-too-early": (
        message("Bids are still sealed"),
        message("Open the bid after the deadline that the tender names."),
    ),
    "bid-too-late": (
        message("The time for this has passed"),
        message("Look at the tender's times; another tender can be opened."),
    ),
    "bid-sealed-already": (
        message("Your bid in this tender is sealed already"),
        message("A sealed bid stands; it can only be opened, or lapse."),
    ),
    "bid-declined": (
        message("Your organisation declined to bid in this tender"),
        message(
            "What was declined stays declined; the holder can open another tender and ask again."
        ),
    ),
    "bid-not-sealed": (
        message("You have no sealed bid in this tender that waits to be opened"),
        message("Only what was sealed before the deadline can be opened, and only once."),
    ),
    "bid-differs": (
        message("This is not the bid that was sealed"),
        message("Choose the file that was saved when you sealed it."),
    ),
    "bid-not-best": (
        message("Another bid is better"),
        message("Accept the lowest rate; of equal rates the one that was sealed first."),
    ),
    "bids-still-opening": (
        message("Bids are still being opened"),
        message("Wait until all sealed bids are open, or the time for opening has passed."),
    ),
}
tables: Mapping[str, Mapping[str, str]] = {
    "tender_statuses": {
        "sealing": message("Bids are sealed"),
        "opened": message("Bids are opened"),
        "awarded": message("A bid was accepted"),
        "ended": message("Ended"),
        "withdrawn": message("Withdrawn"),
    },
    "bid_statuses": {
        "sealed": message("Sealed"),
        "opened": message("Open"),
        "lapsed": message("Lapsed: not opened in time"),
        "released": message("Released"),
        "declined": message("Declined to bid"),
    },
    "bearers": {
        "seller": message("Borne by the seller"),
        "buyer": message(
            "Borne by the debtor, whose two persons agree before the best bid can be accepted"
        ),
    },
    "decline_reasons": {
        "limit": message("No limit is free"),
        "evidence": message("Too little is proven"),
        "terms": message("We offer other terms"),
        "business": message("It is not what we finance"),
        "other": message("Another reason"),
    },
}
