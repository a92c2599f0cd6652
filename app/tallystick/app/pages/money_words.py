"""Plain words of calendars, payment dates and bank accounts. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "rolls": {
        "none": message("never moved"),
        "following": message("the next business day"),
        "modified-following": message("the next business day, or the one before if that is in another month"),
        "preceding": message("the business day before"),
    },
    "payment_statuses": {
        "fixed": message("fixed"),
        "expected": message("expected"),
        "provisional": message("provisional"),
    },
    "rolled_days": {
        "holders": message("the holders, who wait"),
        "issuer": message("the issuer, who owes interest for them outside the certificate"),
        "funder": message("the funder"),
        "holder": message("the holder"),
    },
    "account_statuses": {
        "registered": message("Registered, not proven yet"),
        "confirmed": message("Proven"),
        "unproven": message("Not proven"),
        "closed": message("Closed"),
    },
    "account_proofs": {
        "bank": message("by its bank"),
        "micro-payment": message("by a small payment"),
    },
    "payee_statuses": {
        "open": message("Proposed"),
        "approved": message("Approved, waiting"),
        "in-force": message("In force"),
        "cancelled": message("Cancelled"),
        "void": message("Void: the account was closed"),
    },
    "payee_rules": {
        "business-days": message("business days"),
        "calendar-days": message("calendar days, since no calendar reaches so far"),
    },
    "weekdays": {
        "1": message("Monday"),
        "2": message("Tuesday"),
        "3": message("Wednesday"),
        "4": message("Thursday"),
        "5": message("Friday"),
        "6": message("Saturday"),
        "7": message("Sunday"),
    },
}  # fmt: skip
