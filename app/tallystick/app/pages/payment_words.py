"""Plain words of financing and settlement. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

titles: Mapping[str, str] = {
    "finance.search/1": message("State a search of the public register"),
    "finance.instruct/1": message("State that the payment instruction has left"),
    "finance.disburse/1": message("State that it was paid"),
    "finance.disburse.receive/1": message("Confirm that the money arrived"),
    "finance.disburse.fail/1": message("State that it was not paid, and will not be"),
    "finance.disburse.return/1": message("State that the payment came back"),
    "finance.registration.renew/1": message("Renew the registration of a financing"),
    "finance.registration.cancel/1": message("Cancel the registration of a financing"),
    "finance.interest.propose/1": message("Propose to bear the interest"),
    "finance.interest.approve/1": message("Approve that we bear the interest"),
    "finance.interest.pay/1": message("State that the interest was paid"),
    "finance.interest.return/1": message("State that the interest came back"),
    "finance.pay/1": message("State a payment at maturity"),
    "finance.pay.due/1": message("State the payment of all that is due on a day"),
    "finance.pay.late/1": message("State a payment of late interest"),
    "finance.pay.receive/1": message("Confirm that payments arrived"),
    "finance.pay.return/1": message("State that a payment at maturity came back"),
    "finance.ordinary.paid/1": message("State that the invoice was paid in the ordinary way"),
    "finance.ordinary.close/1": message("Close an ordinary payment"),
    "finance.recourse.demand/1": message("Demand recourse"),
    "finance.recourse.receive/1": message("Confirm what was paid in recourse"),
}
#: (title, advice) by code.
refusals: Mapping[str, tuple[str, str]] = {
    "search-missing": (
        message("The bank has not searched the public register lately"),
        message("Ask the bank to search it for you; then its quote can be accepted."),
    ),
    "issuer-stopped": (
        message("This debtor owes something that is overdue: it makes no new promise"),
        message("Have what is overdue paid, with late interest; then it is free again."),
    ),
    "payment-held": (
        message("Payments to this organisation are held, because it stands on a list of sanctions"),
        message("Leave its part out: it stays owed until two persons of its node release it."),
    ),
    "account-held": (
        message("Nothing may be paid to this party's account now"),
        message("Leave its part out until the party has an account that is confirmed and named."),
    ),
    "claims-wait": (
        message("So much cannot be paid now: some of what is owed waits"),
        message("What is due says how much can be paid now, and what waits and why."),
    ),
    "interest-not-agreed": (
        message("The debtor has not agreed to bear the interest of this quote"),
        message("Ask the debtor: two of its people agree on the page of the certificate."),
    ),
    "payment-not-closable": (
        message("The payment is not in a state that this could change"),
        message("Load the page again to see how it stands."),
    ),
    "nothing-stands-for-it": (
        message("No certificate and no transfer stands for this invoice"),
        message("Pay it in the ordinary way: that needs no entry."),
    ),
    "ordinary-payment-unknown": (
        message("There is no such open payment that you may speak of"),
        message("Load the page again to see how it stands."),
    ),
    "ordinary-payment-stated": (
        message("Your organisation has stated this payment, or what was said of it is closed"),
        message("Another payment has another reference."),
    ),
    "closing-wrong": (
        message("The payment cannot be closed like this"),
        message(
            "Paid back: with the bank's record. Set off: against another invoice of the same two firms."
        ),
    ),
    "record-wrong": (
        message("This file cannot come along as a bank's record"),
        message(
            "Choose the bank's own file: a camt.054, or a receipt as PDF or OFD, of at most 4 MiB."
        ),
    ),
    "no-evidence": (
        message("Your word is no evidence of this payment"),
        message("The paying bank, the payee's bank, or the payee says what became of it."),
    ),
}
tables: Mapping[str, Mapping[str, str]] = {
    "record_types": {
        "application/xml": message("notification of the bank (camt.054)"),
        "application/pdf": message("receipt of the bank (PDF)"),
        "application/ofd": message("receipt of the bank (OFD)"),
    },
    "ordinary_statuses": {
        "open": message("Open"),
        "paid-back": message("Paid back"),
        "set-off": message("Set off against another invoice"),
        "mistake": message("Stated by mistake"),
    },
    "quote_payments": {
        "accepted": message("To be sent"),
        "paying": message("Sent; nobody has said yet what became of it"),
        "returned": message("Came back: to be sent again"),
        "financed": message("Paid; it can still come back"),
    },
    "return_reasons": {
        "account-closed": message("The account is closed"),
        "account-wrong": message("The account is wrong"),
        "payee-refused": message("The payee refused it"),
        "no-funds": message("There were no funds"),
        "other": message("Another reason"),
    },
    "interest_statuses": {
        "owed": message("Owed by the debtor"),
        "paid": message("Paid"),
        "cancelled": message("Not owed: the financing came back"),
        "due-back": message("Due back to the debtor: the financing came back"),
        "paid-back": message("Paid back to the debtor"),
    },
    "due_held": {
        "frozen": message("frozen by an authority: waits for the end of the freeze"),
        "paying": message("in payment: waits for evidence of a financing"),
        "account-not-confirmed": message("waits: no confirmed account"),
        "account-closed": message("waits: the account is closed"),
        "sanctions": message("waits: held because of sanctions"),
    },
}
