"""Why a line is not confirmed whole, and what releases it: one word each, with its words for a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Status = Literal["matched", "partial", "held", "rejected"]
Reason = Literal[
    "not-received",
    "billed-above-accepted",
    "billed-above-order",
    "confirmed-above-accepted",
    "price-above-order",
    "tax-above-order",
    "retained",
    "material-lost",
    "unit-differs",
    "order-document-only",
    "invoice-document-only",
    "contract-not-agreed",
    "contract-ended",
]
statuses: tuple[Status, ...] = get_args(Status)
reasons: tuple[Reason, ...] = get_args(Reason)
#: What releases each reason, in words for a page.
releases: Mapping[Reason, str] = {
    "not-received": "a signed receiving scan of the goods",
    "billed-above-accepted": "delivery of the rest, or a credit note for it",
    "billed-above-order": (
        "an order for the rest, a credit note for it, or two persons within their limit"
    ),
    "confirmed-above-accepted": "goods in the place of those sent back, or a credit note for them",
    "price-above-order": (
        "a credit note for the difference, a change of the order, or two persons within their limit; "
        "the order's price is confirmable now"
    ),
    "tax-above-order": (
        "a credit note for the difference, a change of the order, or two persons within their limit; "
        "the order's rate is confirmable now"
    ),
    "retained": "the end of the retention time, or two persons within their limit",
    "material-lost": "the buyer's agreement to the loss, or the parts to whose share it belongs",
    "unit-differs": "an invoice in the unit of the order",
    "order-document-only": "the order on record, signed by its buyer",
    "invoice-document-only": "the invoice on record, signed by its seller",
    "contract-not-agreed": "the other party's agreement to the contract",
    "contract-ended": "a supplement by which the contract ran when the order was placed",
}
#: Nothing of such a line is confirmed.
refusing: frozenset[Reason] = frozenset(
    (
        "unit-differs",
        "order-document-only",
        "invoice-document-only",
        "contract-not-agreed",
        "contract-ended",
    )
)
#: A person looks at such a line before the rest of it is confirmed.
holding: frozenset[Reason] = frozenset(
    (
        "not-received",
        "confirmed-above-accepted",
        "price-above-order",
        "tax-above-order",
        "material-lost",
    )
)
