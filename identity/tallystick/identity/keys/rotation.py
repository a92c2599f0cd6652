"""The rule of rotation: a new key in the place of an old one that still signs (formats §1, §2).

The old key is valid up to and including the entry. A stream goes on: the next entry of the owner has the next
`seq`, whichever of the keys signs the rotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory, key_rules
from tallystick.identity.bodies import AddKey
from tallystick.identity.directory import UnknownParty
from tallystick.identity.key_types import beyond
from tallystick.identity.keys import officers
from tallystick.identity.keys.bodies import RotateKey
from tallystick.identity.keys.errors import RotationRefused
from tallystick.ledger import Act, Change, Effects, RuleError, State


def rotate(state: State, act: Act[RotateKey]) -> Effects:
    body = act.body
    index, _, owner = body.old.partition(":")
    old = find_key(state, body.old)
    if "until" in old:
        raise RotationRefused(f"{body.old} is revoked from index {old['until']}")
    who = directory.speaker(state, owner)
    if not officers.speaks(state, act, who.organisation, owner):
        raise RotationRefused(f"{act.author} replaces no keys of {owner}")
    require_successor(body, owner, old, RotationRefused)
    if all(one.key != body.old for one in act.signers):
        raise RotationRefused(f"{body.old} did not sign, or may sign nothing")
    if who.kind != "organisation" and not officers.consents(state, act, who.organisation, owner):
        raise RotationRefused(f"{who.organisation} did not sign with a key that may")
    new = key_rules.register_new(state, act, body, replaces=body.old)
    ended = ended_by(old, body.key, "replaced", act.index, body.suspect_from)
    return [Change("key", owner, ended, index), *new]


def find_key(state: State, reference: str) -> Mapping[str, Any]:
    """Raises `UnknownParty`."""
    index, _, owner = reference.partition(":")
    row = cast(Mapping[str, Any] | None, state.get("key", owner, index))
    if row is None:
        raise UnknownParty(reference)
    return row


def require_successor(
    body: AddKey, owner: str, old: Mapping[str, Any], refusal: type[RuleError]
) -> None:
    """The new key has the same owner, and may sign nothing that the old one may not."""
    if body.key.partition(":")[2] != owner:
        raise refusal(f"{body.key} is not a key of {owner}")
    if more := beyond(body.types, old["types"]):
        raise refusal(f"the old key may not sign {', '.join(more)}")


def ended_by(
    old: Mapping[str, Any], new: str, reason: str, index: int, suspect_from: int | None
) -> dict[str, Any]:
    """The old key's document: valid up to and including the entry at `index`."""
    more = {} if suspect_from is None else {"suspect_from": suspect_from}
    return {**old, "until": index + 1, "reason": reason, "replaced_by": new, **more}
