"""Entry types and kinds of document of insurance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.bank_records import admit, attached, between_sides
from tallystick.finance.draft import Row
from tallystick.finance.insurance import bodies, claiming, covers, dunning, paying
from tallystick.finance.insurance.terms import cover_parties, dunning_parties
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, Document, EntryType, Kind, Parties, State, graded

_data = graded("money", "partner")


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("insurance-cover", {"insurance-cover-of": _cover_of}),
        Kind("insured-debtor"),
        Kind("insurance-declaration"),
        Kind("cover-proposal", {"cover-proposal-of": _waiting}),
        Kind("dunning", {"dunning-of": _dunning_of, "dunning-named": _named}),
        Kind("insurance-claim"),
        Kind("decision-proposal", {"decision-proposal-of": _waiting}),
    )


def types() -> tuple[EntryType, ...]:
    return (*_cover_types(), *_claim_types())


def _cover_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.insurance.propose/1",
            bodies.CoverPropose,
            covers.propose,
            "A person of an insurer proposes the terms of a cover",
            _stated,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.insurance.approve/1",
            bodies.CoverApprove,
            covers.approve,
            "A second person of the insurer approves: the cover is offered to the insured",
            _of("insurance-cover", "proposal", *cover_parties),
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.insurance.answer/1",
            bodies.CoverAnswer,
            covers.answer,
            "The insured accepts or declines a cover",
            _of("insurance-cover", "cover", *cover_parties),
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.insurance.declare/1",
            bodies.CoverDeclare,
            covers.declare,
            "The insured declares a holding under its cover",
            _of("insurance-cover", "cover", *cover_parties),
            own_key=True,
            data=_data,
        ),
    )


def _claim_types() -> tuple[EntryType, ...]:
    claim = _of("insurance-claim", "claim", *cover_parties)
    return (
        EntryType(
            "finance.insurance.notice/1",
            bodies.DunningNotice,
            dunning.notice,
            "An insured holder gives notice to a debtor in arrears",
            _noticed,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.insurance.claim/1",
            bodies.InsuranceClaim,
            claiming.claim,
            "The insured claims its share of what is unpaid",
            _claimed,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.insurance.decide/1",
            bodies.ClaimDecide,
            claiming.decide,
            "A person of the insurer proposes what to accept of a claim",
            claim,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.insurance.decide.approve/1",
            bodies.ClaimApprove,
            claiming.approve,
            "A second person of the insurer approves: the claim is decided",
            _decided,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.insurance.paid/1",
            bodies.ClaimPaid,
            paying.paid,
            "Insurer or insured state that a claim was paid; the units are the insurer's",
            claim,
            own_key=True,
            attachments=attached,
            admit=admit,
            data=between_sides,
        ),
    )


def _stated(state: State, act: Act[Any]) -> Iterable[str]:
    """The insured answers terms that it can read."""
    return (act.body.insured, speaker(state, act.author).organisation)


def _of(kind: str, field: str, *fields: str) -> Parties:
    """The parties that the document names which the entry answers, and the author's."""

    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        found = cast("Row", state.get(kind, getattr(act.body, field)) or {})
        named = [str(found[side]) for side in fields if side in found]
        return (*named, speaker(state, act.author).organisation)

    return parties


def _noticed(state: State, act: Act[Any]) -> Iterable[str]:
    """Debtor and insured, and the insurer of what the insured holds."""
    name, mine = act.body.certificate, speaker(state, act.author).organisation
    found = cast("Row", state.get("certificate", name) or {})
    debtor = [str(found["issuer"])] if found else []
    lots = [cast("Row", lot) for lot in state.group("holding", name).values()]
    covers = {lot["cover"] for lot in lots if lot["holder"] == mine and lot["cover"]}
    rows = [cast("Row", state.get("insurance-cover", cover) or {}) for cover in sorted(covers)]
    insurers = [str(row["insurer"]) for row in rows if row.get("insured") == mine]
    return (*debtor, *insurers, mine)


def _claimed(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("dunning", act.body.certificate, act.body.notice) or {})
    named = [str(found[side]) for side in cover_parties if side in found]
    return (*named, speaker(state, act.author).organisation)


def _decided(state: State, act: Act[Any]) -> Iterable[str]:
    asked = cast("Row", state.get("decision-proposal", act.body.proposal) or {})
    found = cast("Row", state.get("insurance-claim", str(asked.get("claim", ""))) or {})
    named = [str(found[side]) for side in cover_parties if side in found]
    return (*named, speaker(state, act.author).organisation)


def _cover_of(_name: str, _part: str, document: Document) -> Iterable[str]:
    """The insured learns of it once two persons of the insurer have said it."""
    sides = cover_parties if document["status"] != "proposed" else ("insurer",)
    return sorted({str(document[side]) for side in sides})


def _dunning_of(_name: str, _part: str, document: Document) -> Iterable[str]:
    return sorted({str(document[side]) for side in dunning_parties})


def _named(_name: str, part: str, _document: Document) -> Iterable[str]:
    return (part,)


def _waiting(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["organisation"]),) if document["status"] == "open" else ()
