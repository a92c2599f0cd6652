"""Plain words of tenders and sealed bids. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

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
    },
}
