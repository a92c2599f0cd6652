"""Which of the opened bids of a tender is the best, and that no other is accepted."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.finance.bidding.errors import BidNotBest, BidsStillOpening
from tallystick.finance.draft import Draft, Row
from tallystick.finance.limits.room import available


def require_best(draft: Draft, quote: Row, name: str, time: str) -> None:
    """Accepting a bid waits for the others, and takes the best. Raises `BidsStillOpening` or `BidNotBest`."""
    tender = draft.row("tender", quote["tender"]) or {}
    bids = draft.rows("bid", quote["tender"])
    if time < tender["opens_until"] and any(one["status"] == "sealed" for one in bids.values()):
        raise BidsStillOpening(f"until {tender['opens_until']}")
    best = next(funder for funder in ranked(bids) if _stands(draft, bids[funder], name, tender))
    if bids[best]["quote"] != name:
        raise BidNotBest(f"the best has {bids[best]['rate_ppm']} ppm")


def _stands(draft: Draft, bid: Row, name: str, tender: Row) -> bool:
    """The bid that is accepted, or one whose funder's limits still reach: else it would keep the holder from all."""
    if bid["quote"] == name:
        return True
    return available(draft, draft.row("quote", bid["quote"]) or {}, tender["currency"])


def ranked(bids: Mapping[str, Row]) -> list[str]:
    """Funders whose bids are open, the best first: by rate, then by seal index."""
    opened = {funder: one for funder, one in bids.items() if one["status"] == "opened"}
    return sorted(opened, key=lambda funder: (opened[funder]["rate_ppm"], opened[funder]["index"]))


def award(draft: Draft, quote: Row) -> None:
    """A bid was accepted: the tender is over, and the other bids with it."""
    draft.amend("tender", quote["tender"], status="awarded")
