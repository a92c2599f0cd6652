"""Plain words of papers, standing policies and the conditions of a core enterprise. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "papers": {
        "undertaking": message("Payment undertaking"),
        "assignment": message("Assignment agreement"),
        "notice": message("Notice of assignment"),
        "settlement": message("Certificate of settlement"),
    },
    "policy_standings": {
        "in-force": message("In force"),
        "stopped": message("Stopped"),
        "ended": message("Ended"),
    },
    "policy_reasons": {
        "mistake": message("A mistake"),
        "suspected": message("Something is suspected"),
        "replaced": message("Replaced by another one"),
        "not-needed": message("Not needed any more"),
    },
    "evidence_grades": {
        "document": message("a document alone"),
        "statement": message("a statement of use signed by both firms"),
        "device": message("a signed receiving scan"),
        "traced": message("a signed receiving scan after an unbroken chain of scans"),
        "inspected": message("an unbroken chain of scans, and an inspection"),
    },
    "erp_states": {
        "awaited": message("The issuer's ERP has not answered yet: nobody can accept before"),
        "contradicted": message("The issuer's ERP says that the invoice is not blocked, or assigned elsewhere: nobody can accept"),
        "confirmed": message("Blocked for ordinary payment, and not assigned elsewhere"),
    },
}  # fmt: skip
