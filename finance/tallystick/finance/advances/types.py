"""Entry types and kinds of document of order financing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.advances import bodies, drawing, facilities
from tallystick.finance.bank_records import admit, attached, between_sides
from tallystick.finance.draft import Row
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, Document, EntryType, Kind, State, graded

_data = graded("money", "partner")


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("facility", {"facility-of": _parties_of}),
        Kind("facility-proposal", {"facility-proposal-of": _waiting}),
        Kind("order-facility"),
        Kind("advance", {"advance-to": _supplier}),
        Kind("advance-repayment"),
        Kind("conversion"),
    )


def types() -> tuple[EntryType, ...]:
    return (*_facility_types(), *_advance_types())


def _facility_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.facility.request/1",
            bodies.FacilityRequest,
            facilities.request,
            "A seller asks a funder to finance an order",
            _asked,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.facility.propose/1",
            bodies.FacilityPropose,
            facilities.propose,
            "A person of the funder proposes terms of order financing",
            _sides,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.facility.decline/1",
            bodies.FacilityDecline,
            facilities.decline,
            "The funder declines to finance an order",
            _sides,
            data=_data,
        ),
        EntryType(
            "finance.facility.approve/1",
            bodies.FacilityApprove,
            facilities.approve,
            "A second person of the funder approves: the terms are offered",
            _sides_of_proposal,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.facility.accept/1",
            bodies.FacilityAccept,
            facilities.accept,
            "The seller accepts the terms of order financing",
            _sides,
            own_key=True,
            promise=True,
            data=_data,
        ),
    )


def _advance_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.advance.draw/1",
            bodies.AdvanceDraw,
            drawing.draw,
            "The borrower draws an advance for a purchase, and mandates its repayment",
            _with_seller,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.advance.instruct/1",
            bodies.AdvanceInstruct,
            drawing.instruct,
            "The funder instructs the payment of an advance",
            _with_supplier,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.advance.paid/1",
            bodies.AdvancePaid,
            drawing.paid,
            "The funder or the supplier states that an advance was paid",
            _with_supplier,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
        EntryType(
            "finance.advance.unpaid/1",
            bodies.AdvanceUnpaid,
            drawing.unpaid,
            "The funder states that an advance was not paid and will not be",
            _with_supplier,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.advance.repaid/1",
            bodies.AdvanceRepaid,
            drawing.repaid,
            "The funder states what came in through the named account",
            _sides,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
    )


def _asked(state: State, act: Act[Any]) -> Iterable[str]:
    return (speaker(state, act.author).organisation, act.body.funder)


def _sides(state: State, act: Act[Any]) -> Iterable[str]:
    return _of(state, act, act.body.facility)


def _sides_of_proposal(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("facility-proposal", act.body.proposal) or {})
    return _of(state, act, str(found.get("facility", "")))


def _with_seller(state: State, act: Act[Any]) -> Iterable[str]:
    """The supplier hears what is drawn for it."""
    found = cast("Row", state.get("order", act.body.purchase) or {})
    return (*_of(state, act, act.body.facility), *([str(found["seller"])] if found else []))


def _with_supplier(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("advance", act.body.facility, act.body.advance) or {})
    return (*_of(state, act, act.body.facility), *([str(found["supplier"])] if found else []))


def _of(state: State, act: Act[Any], name: str) -> Iterable[str]:
    found = cast("Row", state.get("facility", name) or {})
    named = [str(found[side]) for side in facilities.parties if side in found]
    return (*named, speaker(state, act.author).organisation)


def _parties_of(_name: str, _part: str, document: Document) -> Iterable[str]:
    return sorted({str(document[side]) for side in facilities.parties})


def _supplier(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["supplier"]),)


def _waiting(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["organisation"]),) if document["status"] == "open" else ()
