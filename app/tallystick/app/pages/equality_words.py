"""Plain words of the daily equality. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "equality_lines": {
        "disbursed": message("Financings, and what was paid for them"),
        "sent": message("Instructions that left, and what was paid of them"),
        "paid": message("Payments at maturity, and the evidence of them"),
        "due": message("Fallen due, and paid of it"),
        "registered": message("Financed and still owed, and registered in its term"),
        "outstanding": message("Still owed by the books, and by what was issued and paid"),
        "late": message("Late interest, and the evidence of it"),
        "recovered": message("Paid by recourse, and the evidence of it"),
        "insured": message("Paid by insurers with their penalties, and the evidence of it"),
        "advanced": message("Advances that left, and what was paid of them"),
        "repaid": message("Advances repaid, and the money that came"),
        "guaranteed": message("Paid under guarantees, and the evidence of it"),
        "sold": message("Prices of sales between funders, and the evidence of them"),
        "ordinary": message(
            "Invoices paid in the ordinary way beside certificates: what was left to pay, and what was paid"
        ),
    },
    "equality_reasons": {
        "in-payment": message("in payment"),
        "silent": message("nobody says what became of it"),
        "returned": message("came back"),
        "returned-since": message("came back since"),
        "not-paid": message("will not be paid"),
        "due-today": message("due today"),
        "waiting": message("waits for its holder"),
        "overdue": message("overdue"),
        "unregistered": message("not registered"),
        "ended": message("its registration has ended"),
        "cancelled-early": message("its registration was cancelled too early"),
        "repaid": message("repaid in part"),
        "not-cancelled": message("repaid, its registration not cancelled yet"),
        "paid-twice": message("paid in the ordinary way, though a certificate stands for it"),
        "converted": message("repaid in cents of a certificate"),
    },
}
