"""Entry types and kinds of document of ordinary payments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.bank_records import admit, attached, between_sides
from tallystick.finance.draft import Row
from tallystick.finance.ordinary import bodies, rules
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, Document, EntryType, Kind, State


def kinds() -> tuple[Kind, ...]:
    return (Kind("ordinary-payment", {"ordinary-payment-of": _sides_of}),)


def types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.ordinary.paid/1",
            bodies.OrdinaryPaid,
            rules.paid,
            "An invoice for which a certificate stands was paid in the ordinary way",
            _sides,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.ordinary.close/1",
            bodies.OrdinaryClose,
            rules.close,
            "An ordinary payment was paid back, set off, or stated by mistake",
            _sides,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
    )


def _sides(state: State, act: Act[Any]) -> Iterable[str]:
    """Buyer and seller of the invoice, and the author's."""
    found = cast("Row", state.get("invoice", act.body.invoice) or {})
    sides = [str(found[side]) for side in ("buyer", "seller") if found.get(side)]
    return (*sides, speaker(state, act.author).organisation)


def _sides_of(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By buyer and seller. A bank knows what it stated, and learns nothing else of the invoice."""
    return sorted({str(document["buyer"]), str(document["seller"])})
