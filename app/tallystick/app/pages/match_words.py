"""Plain words of the three-way match and of confirmations. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

_statuses: Mapping[str, str] = {
    "matched": message("Matched"),
    "partial": message("Partly matched"),
    "held": message("On hold"),
    "rejected": message("Rejected"),
}
_reasons: Mapping[str, str] = {
    "not-received": message("The goods were not received by a signed scan"),
    "billed-above-accepted": message("More is billed than was accepted"),
    "billed-above-order": message("More is billed than was ordered"),
    "confirmed-above-accepted": message("Goods were sent back after they were confirmed"),
    "price-above-order": message("The price is above the order's"),
    "tax-above-order": message("The tax rate is above the order's"),
    "retained": message("The contract retains a share"),
    "material-lost": message("More of the buyer's material was lost than was agreed"),
    "unit-differs": message("The unit is not that of the order"),
    "order-document-only": message("The order is not signed by its buyer"),
    "invoice-document-only": message("The invoice is not signed by its seller"),
    "contract-not-agreed": message("The contract was not agreed by both"),
    "contract-ended": message("The contract did not run when the order was placed"),
}
_releases: Mapping[str, str] = {
    "not-received": message("a signed receiving scan of the goods"),
    "billed-above-accepted": message("delivery of the rest, or a credit note for it"),
    "billed-above-order": message(
        "an order for the rest, a credit note for it, or two persons within their limit"
    ),
    "confirmed-above-accepted": message(
        "goods in the place of those sent back, or a credit note for them"
    ),
    "price-above-order": message(
        "a credit note for the difference, a change of the order, or two persons within their limit; the order's price can be confirmed now"
    ),
    "tax-above-order": message(
        "a credit note for the difference, a change of the order, or two persons within their limit; the order's rate can be confirmed now"
    ),
    "retained": message("the end of the retention time, or two persons within their limit"),
    "material-lost": message(
        "the buyer's agreement to the loss, or the parts to whose share it belongs"
    ),
    "unit-differs": message("an invoice in the unit of the order"),
    "order-document-only": message("the order on record, signed by its buyer"),
    "invoice-document-only": message("the invoice on record, signed by its seller"),
    "contract-not-agreed": message("the other party's agreement to the contract"),
    "contract-ended": message("a supplement by which the contract ran then"),
}
_term_reasons: Mapping[str, str] = {
    "long-production": message("Long production"),
    "project-milestones": message("Milestones of a project"),
    "seasonal-trade": message("Seasonal trade"),
    "agreed-in-contract": message("Agreed in the contract"),
}
_to_confirm: Mapping[str, str] = {
    "confirmable": message("Can be confirmed now"),
    "held": message("On hold"),
    "done": message("Nothing left to confirm"),
    "all": message("All"),
}
_stuck: Mapping[str, str] = {
    "above-the-match": message(
        "More than goods, order and invoice carry now: it waits for what is missing, or a maker proposes less."
    ),
    "due-date-passed": message(
        "The due date has come: a maker proposes it again with a later one."
    ),
}
tables: Mapping[str, Mapping[str, str]] = {
    "match_statuses": _statuses,
    "match_reasons": _reasons,
    "match_releases": _releases,
    "term_reasons": _term_reasons,
    "to_confirm": _to_confirm,
    "stuck_proposals": _stuck,
}
