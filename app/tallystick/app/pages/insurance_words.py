"""Plain words of insurance. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

titles: Mapping[str, str] = {
    "finance.insurance.propose/1": message("Propose a cover"),
    "finance.insurance.approve/1": message("Approve a cover"),
    "finance.insurance.answer/1": message("Answer the offer of a cover"),
    "finance.insurance.declare/1": message("Declare a holding under a cover"),
    "finance.insurance.notice/1": message("Give notice to a debtor in arrears"),
    "finance.insurance.claim/1": message("Claim on the insurer"),
    "finance.insurance.decide/1": message("Propose a decision on a claim"),
    "finance.insurance.decide.approve/1": message("Approve a decision on a claim"),
    "finance.insurance.paid/1": message("State that a claim was paid"),
}
labels: Mapping[str, str] = {
    "accepted_minor": message("Accepted (minor units)"),
    "amount_minor": message("Amount (minor units)"),
    "claim": message("Claim on the insurer"),
    "cover": message("Cover"),
    "debtor": message("Debtor"),
    "debtors": message("Insured debtors"),
    "grace_days": message("Days of grace behind a notice"),
    "insured": message("Insured"),
    "insurer": message("Insurer"),
    "loss_minor": message("Unpaid of what is insured (minor units)"),
    "notice": message("Notice to the debtor"),
    "payment_days": message("Days for the insurer's payment"),
    "penalty_day_ppm": message("Penalty for late payment, a day (parts per million)"),
    "penalty_minor": message("Penalty for late payment (minor units)"),
    "recourse": message("Recourse"),
    "share_ppm": message("Insured share (parts per million)"),
    "waiting_days": message("Waiting period behind the payment date (days)"),
}
#: (title, advice) by code.
refusals: Mapping[str, tuple[str, str]] = {
    "cover-unknown": (
        message("There is no such cover of your organisation"),
        message("Choose from the list of covers."),
    ),
    "cover-wrong": (
        message("The terms of the cover do not go together"),
        message("Put dates in their order, and name each debtor once in a currency."),
    ),
    "cover-not-in-force": (
        message("The cover is not in the state for this"),
        message("A cover is approved, then accepted, and insures between its first and last day."),
    ),
    "debtor-not-insured": (
        message("The cover does not name this debtor in this currency"),
        message("Choose a certificate of a debtor that the cover lists."),
    ),
    "debtor-limit-reached": (
        message("This is more than the cover insures of that debtor"),
        message("Take off what is insured of it already and not paid yet."),
    ),
    "insured-elsewhere": (
        message("What you hold of this certificate is insured under another cover"),
        message("What one holder has of a certificate is insured under one cover."),
    ),
    "not-insured": (
        message("Nothing that is unpaid here is insured"),
        message("Only what was declared before it was due, and is still yours and unpaid, counts."),
    ),
    "notice-stands": (
        message("The debtor has a notice of yours for this certificate"),
        message("One notice runs until it is paid or its claim is closed."),
    ),
    "notice-unknown": (
        message("There is no such notice of your organisation"),
        message("Choose from the list of notices."),
    ),
    "claim-too-early": (
        message("Grace or waiting period are not over"),
        message("The notice says from which day on a claim can be made."),
    ),
    "claim-wrong": (
        message("The claim is not the insured share of what is unpaid"),
        message("Load the page again: something was paid since."),
    ),
    "claim-unknown": (
        message("There is no such claim of your organisation"),
        message("Choose from the list of notices."),
    ),
    "claim-closed": (
        message("The claim is not in the state for this"),
        message("Load the page again to see how it stands."),
    ),
    "decision-wrong": (
        message("The decision does not fit the claim"),
        message("Accept at most what is claimed, and give a reason for what is not accepted."),
    ),
}
tables: Mapping[str, Mapping[str, str]] = {
    "cover_statuses": {
        "proposed": message("Waits for the insurer's second person"),
        "offered": message("Offered to the insured"),
        "declined": message("Declined by the insured"),
        "lapsed": message("Not accepted in time"),
        "in-force": message("In force"),
        "ended": message("Its last day is over"),
    },
    "notice_statuses": {
        "open": message("The debtor has grace"),
        "withdrawn": message("Withdrawn: principal and late interest are paid"),
        "unpaid": message("Not paid within grace: the debtor is in default"),
        "claimed": message("Claimed on the insurer"),
        "closed": message("The claim is closed"),
    },
    "covered_recourse": {
        "passes": message("passes to the insurer"),
        "ends": message("ends with its payment"),
    },
    "claim_statuses": {
        "filed": message("Waits for the insurer's decision"),
        "accepted": message("Accepted: the insurer is to pay"),
        "rejected": message("Rejected by the insurer"),
        "paid": message("Paid: the insurer holds these units"),
        "withdrawn": message("Withdrawn: the debtor paid"),
    },
}
