"""Entry types and kinds of document of subcontract orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.draft import Row
from tallystick.finance.parties import speaker
from tallystick.finance.subcontracts import bodies, rules
from tallystick.ledger import Act, Document, EntryType, Kind, Parties, State, graded


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("subcontract", {"subcontract-of": _sides}),
        Kind("subcontract-material"),
        Kind("subcontract-use"),
        Kind("material-note", {"material-note-of-order": _order}),
        Kind("material-way"),
    )


def types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.subcontract/1",
            bodies.Subcontract,
            rules.put_subcontract,
            "The buyer says which of its material an order takes; the subcontractor answers",
            _of("order"),
            promise=True,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.material/1",
            bodies.MaterialNote,
            rules.put_note,
            "The buyer's material is issued, returned or lost",
            _of("subcontract"),
            data=graded("trade", "partner"),
        ),
    )


def _of(kind: str) -> Parties:
    """Buyer and seller of the named order, and the author's organisation."""

    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        found = cast("Row", state.get(kind, act.body.order) or {})
        named = [str(found[name]) for name in ("buyer", "seller") if found.get(name)]
        return [*named, speaker(state, act.author).organisation]

    return parties


def _sides(_name: str, _part: str, document: Document) -> Iterable[str]:
    return sorted({str(document["buyer"]), str(document["seller"])})


def _order(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["order"]),)
