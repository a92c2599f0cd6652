"""Two entries make a bid: its digest before the deadline, and behind it what the digest was made of.

What is not opened in time lapses, and is counted for the funder. An opened bid is a quote (`finance.quote/1`)
that stands until the tender's last hour; the holder can accept the best alone: the lowest rate, of equal rates
the one with the lower seal index.

    bid          <tender>  part <funder>: {commitment, index, status, quote?, rate_ppm?}
                           status: sealed -> opened | lapsed | released
                           or {index, status: declined, reason?}
    funder-card  <funder>  {sealed, opened, lapsed}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.bidding.bodies import BidOpen, BidSeal, TenderDecline
from tallystick.finance.bidding.commitment import commitment
from tallystick.finance.bidding.errors import (
    BidDeclined,
    BidDiffers,
    BidNotSealed,
    BidSealedAlready,
    BidTooEarly,
    BidTooLate,
)
from tallystick.finance.bidding.tenders import asked, asked_funder
from tallystick.finance.draft import Draft, Row
from tallystick.finance.financing.acts import Quote
from tallystick.finance.financing.quotes import lay_quote
from tallystick.finance.limits.room import require_funder_room
from tallystick.ledger import Act, Effects, State


def seal(state: State, act: Act[BidSeal]) -> Effects:
    draft, name = Draft(state), act.body.tender
    found = asked(state, act, name)
    funder = asked_funder(state, act, found, name)
    if found["status"] != "sealing" or act.time >= found["seals_until"]:
        raise BidTooLate(f"bids were sealed until {found['seals_until']}")
    _require_none(draft, name, funder)
    told = (funder, found["issuer"], found["currency"], found["amount"])
    require_funder_room(draft, *told, {found["holder"]: found["amount"]})
    bid = {"commitment": act.body.commitment, "index": act.index, "status": "sealed"}
    draft.put("bid", name, bid, funder)
    _count(draft, funder, sealed=1)
    return draft.effects


def decline(state: State, act: Act[TenderDecline]) -> Effects:
    """It counts on no card: whoever was asked owes no bid."""
    draft, name = Draft(state), act.body.tender
    found = asked(state, act, name)
    funder = asked_funder(state, act, found, name, "maker", "checker")
    if found["status"] != "sealing" or act.time >= found["seals_until"]:
        raise BidTooLate(f"bids were sealed until {found['seals_until']}")
    _require_none(draft, name, funder)
    told = {"index": act.index, "status": "declined", "reason": act.body.reason}
    draft.put("bid", name, told, funder)
    confided = found.get("confided", {})
    if funder in confided:
        left = {one: index for one, index in confided.items() if one != funder}
        draft.amend("tender", name, confided=left or None)
    return draft.effects


def _require_none(draft: Draft, name: str, funder: str) -> None:
    """A bid that is sealed stands, and so does the word that there will be none."""
    bid = draft.row("bid", name, funder)
    if bid is not None:
        raise BidDeclined(name) if bid["status"] == "declined" else BidSealedAlready(name)


def unseal(state: State, act: Act[BidOpen]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.tender
    found = asked(state, act, name)
    funder = asked_funder(state, act, found, name)
    bid = draft.row("bid", name, funder)
    if bid is None or bid["status"] != "sealed":
        raise BidNotSealed(name)
    if act.time < found["seals_until"]:
        raise BidTooEarly(f"until {found['seals_until']}")
    if act.time >= found["opens_until"]:
        raise BidTooLate(f"bids could be opened until {found['opens_until']}")
    if commitment(name, funder, body.rate_ppm, body.salt) != bid["commitment"]:
        raise BidDiffers(name)
    lay_quote(draft, act, _quote(found, body), funder, found["accept_until"], tender=name)
    opened = {"status": "opened", "rate_ppm": body.rate_ppm, "quote": act.payload_hash}
    draft.amend("bid", name, funder, **opened)
    _count(draft, funder, opened=1)
    if found["status"] == "sealing":
        draft.amend("tender", name, status="opened")
    return draft.effects


def _quote(tender: Row, body: BidOpen) -> Quote:
    """The bid as a quote: the tender's terms, and what the funder states."""
    terms: Any = {
        key: tender[key]
        for key in (
            "certificate",
            "currency",
            "holder",
            "amount",
            "value_on",
            "basis",
            "rounding",
            "rolled_days",
        )
    }
    terms["borne_by"] = tender.get("borne_by")
    return Quote(**terms, **body.model_dump(exclude={"tender", "salt"}))


def lapse(draft: Draft, name: str) -> None:
    """The time for opening has passed: what is still sealed lapses, and counts on its funder's card."""
    for funder, bid in draft.rows("bid", name).items():
        if bid["status"] == "sealed":
            draft.amend("bid", name, funder, status="lapsed")
            _count(draft, funder, lapsed=1)
    found = draft.row("tender", name)
    if found is not None and found["status"] == "sealing":
        draft.amend("tender", name, status="opened")


def _count(draft: Draft, funder: str, **counts: int) -> None:
    if draft.get("funder-card", funder) is None:
        draft.put("funder-card", funder, {"sealed": 0, "opened": 0, "lapsed": 0})
    draft.add("funder-card", funder, "", **counts)
