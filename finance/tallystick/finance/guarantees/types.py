"""Entry types and kinds of document of guarantees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.bank_records import admit, attached, between_sides
from tallystick.finance.draft import Row
from tallystick.finance.guarantees import amending, bodies, demands, issuing
from tallystick.finance.guarantees.terms import parties
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, Document, EntryType, Kind, State, graded

_data = graded("money", "partner")


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("guarantee", {"guarantee-of": _parties_of}),
        Kind("guarantee-proposal", {"guarantee-proposal-of": _waiting}),
        Kind("guarantee-amendment"),
        Kind("guarantee-demand"),
    )


def types() -> tuple[EntryType, ...]:
    return (*_issuing_types(), *_amending_types(), *_demand_types())


def _issuing_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.guarantee.request/1",
            bodies.GuaranteeRequest,
            issuing.request,
            "An applicant asks a bank for a guarantee",
            _stated,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.guarantee.decline/1",
            bodies.GuaranteeDecline,
            issuing.decline,
            "The bank declines to issue a guarantee",
            _sides,
            data=_data,
        ),
        EntryType(
            "finance.guarantee.propose/1",
            bodies.GuaranteePropose,
            issuing.propose,
            "A person of the bank proposes to issue a guarantee",
            _sides,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.guarantee.approve/1",
            bodies.GuaranteeApprove,
            issuing.approve,
            "A second person of the bank approves: a guarantee is issued, or an amendment offered",
            _sides_of_proposal,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.guarantee.release/1",
            bodies.GuaranteeRelease,
            issuing.release,
            "The beneficiary releases a guarantee, whole or in part",
            _sides,
            own_key=True,
            data=_data,
        ),
    )


def _amending_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.guarantee.amend/1",
            bodies.GuaranteeAmend,
            amending.amend,
            "A person of the bank proposes an amendment of a guarantee",
            _sides,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.guarantee.answer/1",
            bodies.AmendmentAnswer,
            amending.answer,
            "The beneficiary accepts or declines an amendment",
            _sides,
            own_key=True,
            data=_data,
        ),
    )


def _demand_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.guarantee.demand/1",
            bodies.GuaranteeDemand,
            demands.demand,
            "The beneficiary demands payment under a guarantee",
            _sides,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.guarantee.refuse/1",
            bodies.DemandRefuse,
            demands.refuse,
            "The bank refuses a demand, with all its reasons",
            _sides,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.guarantee.paid/1",
            bodies.DemandPaid,
            demands.paid,
            "The bank or the beneficiary states that a demand was paid",
            _sides,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
    )


def _stated(state: State, act: Act[Any]) -> Iterable[str]:
    return (speaker(state, act.author).organisation, act.body.bank, act.body.beneficiary)


def _sides(state: State, act: Act[Any]) -> Iterable[str]:
    return _of(state, act, act.body.guarantee)


def _sides_of_proposal(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("guarantee-proposal", act.body.proposal) or {})
    return _of(state, act, str(found.get("guarantee", "")))


def _of(state: State, act: Act[Any], name: str) -> Iterable[str]:
    found = cast("Row", state.get("guarantee", name) or {})
    named = [str(found[side]) for side in parties if side in found]
    return (*named, speaker(state, act.author).organisation)


def _parties_of(_name: str, _part: str, document: Document) -> Iterable[str]:
    return sorted({str(document[side]) for side in parties})


def _waiting(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["organisation"]),) if document["status"] == "open" else ()
