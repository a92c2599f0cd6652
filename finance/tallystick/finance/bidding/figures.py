"""What a funder states beside its rate when it opens a bid: all of it follows from the tender."""

from __future__ import annotations

from typing import Any

from tallystick.finance.calendars.versions import in_force
from tallystick.finance.draft import Row
from tallystick.finance.money.discount import DiscountTerms, discounted
from tallystick.ledger import View


def bid_figures(view: View, tender: Row, rate_ppm: int) -> dict[str, Any]:
    """The members of `finance.bid.open/1` but tender, rate and salt. Raises `QuoteWrong` or `CalendarUnknown`."""
    due_on, roll = str(tender["due_on"]), tender.get("roll", "none")
    dates: dict[str, Any] = {"due_on": due_on}
    counted_to = due_on
    if roll != "none":
        calendar = in_force(view, str(tender["calendar"]))
        pays_on = calendar.rolled(due_on, roll).on
        dates |= {"roll": roll, "calendar": tender["calendar"]}
        dates |= {"calendar_version": calendar.version, "pays_on": pays_on}
        counted_to = pays_on if tender["rolled_days"] == "holder" else due_on
    terms = DiscountTerms(
        tender["amount"],
        rate_ppm,
        tender["value_on"],
        counted_to,
        tender["basis"],
        borne_by=tender.get("borne_by", "seller"),
    )
    found = discounted(terms)
    return {**dates, "days": found.days, "discount": found.discount, "net": found.net}
