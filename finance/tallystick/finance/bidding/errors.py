"""The errors of tenders and sealed bids."""

from __future__ import annotations

from tallystick.ledger import RuleError


class TenderUnknown(RuleError):
    code = "tender-unknown"
    title = "There is no such tender, or you were not asked"
    advice = "Check the tender's name; it is the payload hash of the entry that opened it."


class TenderTimesWrong(RuleError):
    code = "tender-times-wrong"
    title = "The times of this tender do not go together"
    advice = (
        "Let the value date lie behind the last day for accepting, and days before the due date."
    )


class BidTooEarly(RuleError):
    code = "bid-too-early"
    status = 409
    title = "Bids are still sealed"
    advice = "Open the bid after the deadline that the tender names."


class BidTooLate(RuleError):
    code = "bid-too-late"
    status = 409
    title = "The time for this has passed"
    advice = "Look at the tender's times; another tender can be opened."


class BidSealedAlready(RuleError):
    code = "bid-sealed-already"
    status = 409
    title = "Your bid in this tender is sealed already"
    advice = "A sealed bid stands; it can only be opened, or lapse."


class BidDeclined(RuleError):
    code = "bid-declined"
    status = 409
    title = "Your organisation declined to bid in this tender"
    advice = "What was declined stays declined; the holder can open another tender and ask again."


class BidNotSealed(RuleError):
    code = "bid-not-sealed"
    status = 409
    title = "You have no sealed bid in this tender that waits to be opened"
    advice = "Only what was sealed before the deadline can be opened, and only once."


class BidDiffers(RuleError):
    code = "bid-differs"
    title = "This is not the bid that was sealed"
    advice = "Open it with the very rate and salt that were sealed."


class BidNotBest(RuleError):
    code = "bid-not-best"
    status = 409
    title = "Another bid is better"
    advice = "Accept the lowest rate; of equal rates the one that was sealed first."


class BidsStillOpening(RuleError):
    code = "bids-still-opening"
    status = 409
    title = "Bids are still being opened"
    advice = "Wait until all sealed bids are open, or the time for opening has passed."
