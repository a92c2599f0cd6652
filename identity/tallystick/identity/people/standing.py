"""Whether somebody may act at all: asked before every rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity.people.errors import (
    OrganisationSuspended,
    PersonLeft,
    PersonReadsOnly,
    PersonSuspended,
)
from tallystick.ledger import Act, EntryType, Signer, State

#: What also whoever only reads may say: about itself, and what rests on evidence in its body, whoever says it.
_of_readers = frozenset(
    {
        "identity.key.add/1",
        "identity.key.revoke/1",
        "identity.key.rotate/1",
        "identity.person.leave/1",
        "identity.person.suspend/1",
        "identity.device.suspend/1",
        "ledger.policy/1",
        "ledger.rules/1",
    }
)


def guard(state: State, act: Act[Any], entry_type: EntryType) -> None:
    """Raises `PersonLeft`, `PersonSuspended`, `PersonReadsOnly`, or, for a promise, `OrganisationSuspended`.

    Whoever is suspended signs nothing, neither for another who let it nor beside one; but a new key of its own.
    A suspended organisation pays, receives, refuses, discloses and complains as before.
    """
    row = cast(Mapping[str, Any] | None, state.get("person", act.author))
    if row is not None:
        if "left" in row:
            raise PersonLeft(act.author)
        if "suspended" in row:
            raise PersonSuspended(f"{act.author}, since {row['suspended']['time']}")
        if row.get("roles") == ["reader"] and entry_type.name not in _of_readers:
            raise PersonReadsOnly(act.author)
    for signer in act.signers:
        if signer.owner != act.author:
            _require_standing(state, signer)
    if entry_type.promise:
        organisation = _organisation(state, act.author, row)
        found = cast(Mapping[str, Any] | None, state.get("organisation", organisation))
        if found is not None and "suspended" in found:
            raise OrganisationSuspended(f"{organisation}: {found['suspended']['reason']}")


def _require_standing(state: State, signer: Signer) -> None:
    """Raises `PersonSuspended` for a registered key of somebody who is."""
    row = cast(Mapping[str, Any] | None, state.get("person", signer.owner))
    if row is None or "suspended" not in row:
        return
    if state.get("key", signer.owner, signer.key.partition(":")[0]) is not None:
        raise PersonSuspended(f"{signer.owner}, since {row['suspended']['time']}")


def _organisation(state: State, author: str, person: Mapping[str, Any] | None) -> str:
    row = person or cast(Mapping[str, Any] | None, state.get("device", author))
    return author if row is None else cast(str, row["organisation"])
