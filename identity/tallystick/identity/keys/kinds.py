"""Entry types and kinds of document about the life of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tallystick.identity.keys import answers, binding, bodies, rotation
from tallystick.ledger import (
    AttachmentRef,
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
            admit=answers.admit,
            data=bound_data,
        ),
    )


def _type(name: str, body: type[Any], rule: Rule, summary: str, **more: Any) -> EntryType:
    told = {"data": graded("identity", "public"), "own_key": True, **more}
    return EntryType(f"identity.{name}/1", body, rule, summary, **told)


def _introduces(body: bodies.RotateKey) -> Mapping[str, PublicKey]:
    return {body.key: body.public_key()}


def _answers(body: bodies.BindKey) -> Iterable[AttachmentRef]:
    return () if body.status is None else (body.status.answer,)
