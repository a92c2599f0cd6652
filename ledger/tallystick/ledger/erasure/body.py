"""`ledger.erase/1`: an attachment, why it goes, and what kind of text it was. Codes alone: no personal data."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from tallystick.ledger.fields import Body, Count, Hex32

erase_type = "ledger.erase/1"

#: Grounds of the GDPR, art. 17 (1), and of the PIPL, art. 47, as codes.
Reason = Literal[
    "no-longer-needed",
    "retention-ended",
    "consent-withdrawn",
    "objection",
    "unlawful",
    "legal-order",
    "mistake",
]
#: What an attachment may hold (formats §2).
TextClass = Literal[
    "names-and-contacts",
    "free-text",
    "scanned-paper",
    "picture",
    "measurements",
    "event-document",
]
reasons: tuple[Reason, ...] = get_args(Reason)
text_classes: tuple[TextClass, ...] = get_args(TextClass)


class Erase(Body):
    """The attachment `hash` of the entry at index `entry`. Endorsed by its owner's own key (formats §10)."""

    entry: Count
    hash: Hex32
    reason: Reason
    text_class: Annotated[TextClass, Field(description="what the attachment held")]
