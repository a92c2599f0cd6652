"""Entry types and kinds of document about the life of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.identity.keys import binding, bodies, recovery, rotation
from tallystick.ledger import (
    AttachmentRef,
    Document,
    EntryType,
    Kind,
    Mark,
    PublicKey,
    Rule,
    RuleSet,
    graded,
)

bound_data = graded("identity", "public", attachments=Mark("identity", "public"))


def register(rule_set: RuleSet) -> None:
    """Add what is about replacing keys; the kind `key` itself stands with identity's."""
    rule_set.add_kinds(
        Kind("officers"),
        Kind(binding.anchor_kind),
        Kind(recovery.proposal_kind, {recovery.proposals_index: _by_organisation}),
    )
    rule_set.add(
        _type(
            "key.rotate",
            bodies.RotateKey,
            rotation.rotate,
            "A new key replaces an old one, which signs too and is valid up to and including this entry",
            introduces=_introduces,
        ),
        _type(
            "key.recover",
            bodies.RecoverKey,
            recovery.propose_recovery,
            "An officer proposes a new key in the place of one that is lost; the new key signs too",
            introduces=_introduces,
        ),
        _type(
            "officers.set",
            bodies.SetOfficers,
            recovery.propose_officers,
            "An officer proposes who recovers keys of the organisation, and how many together",
        ),
        _type(
            "officers.approve",
            bodies.ApproveAsOfficer,
            recovery.approve,
            "One more officer approves; the one that completes the quorum carries it out",
            introduces=_recovered,
        ),
        _type(
            "officers.refuse",
            bodies.RefuseAsOfficer,
            recovery.refuse,
            "An officer, or the owner of the key, ends a proposal",
        ),
        _type(
            "anchor.list",
            bodies.ListAnchor,
            binding.list_anchor,
            "The root authority lists a certification authority, whose certificates keys are bound to",
        ),
        _type(
            "anchor.withdraw",
            bodies.WithdrawAnchor,
            binding.withdraw_anchor,
            "No further key is bound under a certification authority",
        ),
        _type(
            "key.bind",
            bodies.BindKey,
            binding.bind,
            "A key is bound, once, to a certificate that names the organisation's number",
            attachments=_answers,
            data=bound_data,
        ),
    )


def _type(name: str, body: type[Any], rule: Rule, summary: str, **more: Any) -> EntryType:
    told = {"data": graded("identity", "public"), "own_key": True, **more}
    return EntryType(f"identity.{name}/1", body, rule, summary, **told)


def _introduces(body: bodies.RotateKey | bodies.RecoverKey) -> Mapping[str, PublicKey]:
    return {body.key: body.public_key()}


def _recovered(body: bodies.ApproveAsOfficer) -> Mapping[str, PublicKey]:
    return {} if body.recovered is None else _introduces(body.recovered)


def _answers(body: bodies.BindKey) -> Iterable[AttachmentRef]:
    return () if body.status is None else (body.status.answer,)


def _by_organisation(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["organisation"])]
