"""Entry types and kinds of document of standing policies, conditions, waivers and notices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.draft import Row
from tallystick.finance.parties import speaker
from tallystick.finance.policies import bodies, demands, notices, standing
from tallystick.ledger import (
    Act,
    AttachmentRef,
    Document,
    EntryType,
    Kind,
    Mark,
    RuleSet,
    State,
    graded,
)

_data = graded("money", "partner")


def register(rules: RuleSet) -> None:
    rules.add_kinds(
        Kind("policy-proposal", {"policy-proposal-of": _owner}),
        Kind("standing-policy", {"standing-policy-of": _owner}),
        Kind("policy-use"),
        Kind("waiver", {"waiver-of": _owner}),
        Kind("conditions-proposal", {"conditions-proposal-of": _owner}),
        Kind("conditions"),
        Kind("notice", {"notice-waiting-for": _waiting}),
        Kind("acknowledgement"),
    )
    rules.add(*_policy_types(), *_condition_types(), *_notice_types())


def _policy_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.policy.propose/1",
            bodies.PolicyPropose,
            standing.propose,
            "A maker of the core enterprise proposes a standing policy",
            _own,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.policy.approve/1",
            bodies.PolicyApprove,
            standing.approve,
            "A checker approves it; the core's service may confirm within its caps",
            _own,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.policy.stop/1",
            bodies.PolicyStop,
            standing.stop,
            "One officer stops a standing policy at once",
            _own,
            data=_data,
        ),
        EntryType(
            "finance.policy.confirm/1",
            bodies.PolicyConfirm,
            standing.confirm,
            "The core's service confirms an invoice under a standing policy",
            _of_invoice,
            own_key=True,
            promise=True,
            data=_data,
        ),
    )


def _condition_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.waiver.register/1",
            bodies.WaiverRegister,
            demands.register_waiver,
            "A core enterprise puts a text on record in which it waives defences",
            _own,
            attachments=_attached,
            admit=demands.admit_waiver,
            own_key=True,
            promise=True,
            data=graded("money", "public", attachments=Mark("money", "public")),
        ),
        EntryType(
            "finance.conditions.propose/1",
            bodies.ConditionsPropose,
            demands.propose,
            "A maker proposes what the core asks before its certificates live",
            _own,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.conditions.approve/1",
            bodies.ConditionsApprove,
            demands.approve,
            "A checker approves it, and signs the waiver that it names",
            _own,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.erp.confirm/1",
            bodies.ErpConfirm,
            demands.erp_confirm,
            "What the issuer's ERP says of the invoice behind a certificate",
            _of_certificate,
            own_key=True,
            data=_data,
        ),
    )


def _notice_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.notice.give/1",
            bodies.NoticeGive,
            notices.give,
            "The debtor is told of an assignment",
            _of_hop,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.notice.acknowledge/1",
            bodies.NoticeAcknowledge,
            notices.acknowledge,
            "The debtor acknowledges the notice of an assignment",
            _of_hop,
            own_key=True,
            data=_data,
        ),
    )


def _own(state: State, act: Act[Any]) -> Iterable[str]:
    return (speaker(state, act.author).organisation,)


def _of_invoice(state: State, act: Act[Any]) -> Iterable[str]:
    found = _row(state, "invoice", act.body.invoice)
    return [*(found[side] for side in ("buyer", "seller") if side in found), *_own(state, act)]


def _of_certificate(state: State, act: Act[Any]) -> Iterable[str]:
    found = _row(state, "certificate", act.body.certificate)
    return [*(found[side] for side in ("issuer", "holder") if side in found), *_own(state, act)]


def _of_hop(state: State, act: Act[Any]) -> Iterable[str]:
    """The issuer, and the two sides of the assignment."""
    name, own = act.body.certificate, list(_own(state, act))
    own += [str(side) for side in (_row(state, "certificate", name).get("issuer"),) if side]
    for kind, sides in (("transfer", ("from", "to")), ("financing", ("seller", "bank"))):
        for found in state.group(kind, name).values():
            if found["index"] == act.body.hop:
                own += [str(found[side]) for side in sides]
    return own


def _row(state: State, kind: str, name: str) -> Row:
    return cast("Row", state.get(kind, name) or {})


def _attached(body: bodies.WaiverRegister) -> Iterable[AttachmentRef]:
    return (body.text,)


def _waiting(_name: str, _part: str, document: Document) -> Iterable[str]:
    """For the debtor, until it says that it had the notice."""
    return () if "acknowledged" in document else (str(document["issuer"]),)


def _owner(_name: str, _part: str, row: Document) -> Iterable[str]:
    return (str(row["organisation"]),)
