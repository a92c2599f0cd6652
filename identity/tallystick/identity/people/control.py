"""Dual control by amount: how many persons an organisation wants to see sign, and by how many keys each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from tallystick.identity.people import members
from tallystick.identity.people.errors import MorePersonsNeeded, SecondKeyNeeded
from tallystick.ledger import Act, State


def persons_needed(state: State, organisation: str, currency: str, amount: int) -> int:
    """By the tiers that the organisation set; one without any. `amount` in minor units."""
    return _needed(state, organisation, currency, amount, "persons")


def require_persons(
    state: State,
    act: Act[Any],
    organisation: str,
    currency: str,
    amount: int,
    before: Iterable[str] = (),
) -> None:
    """Enough distinct makers and checkers of the organisation signed, here or `before` (a proposal's maker).

    Raises `MorePersonsNeeded` or `SecondKeyNeeded`.
    """
    require_keys(state, act, organisation, currency, amount)
    needed = persons_needed(state, organisation, currency, amount)
    if needed > 1 and len({*before, *_signing(state, act, organisation)}) < needed:
        raise MorePersonsNeeded(f"{organisation} asks for {needed} persons")


def require_keys(
    state: State, act: Act[Any], organisation: str, currency: str, amount: int
) -> None:
    """The author signed with as many keys of its own as the organisation asks for above an amount.

    Raises `SecondKeyNeeded`.
    """
    needed = _needed(state, organisation, currency, amount, "keys")
    own = {
        signer.public
        for signer in act.signers
        if signer.speaks and signer.owner == act.author and signer.custody != "node"
    }
    if needed > 1 and len(own) < needed:
        raise SecondKeyNeeded(f"{organisation} asks for {needed} keys of {act.author}")


def _needed(state: State, organisation: str, currency: str, amount: int, what: str) -> int:
    row = cast(Mapping[str, Any] | None, state.get("control", organisation))
    tiers = () if row is None else row["tiers"]
    return max(
        (
            tier.get(what, 1)
            for tier in tiers
            if tier["currency"] == currency and amount > tier["above"]
        ),
        default=1,
    )


def _signing(state: State, act: Act[Any], organisation: str) -> Iterator[str]:
    """Persons whose key is not the node's (formats §10)."""
    for signer in act.signers:
        row = cast(Mapping[str, Any] | None, state.get("person", signer.owner))
        if row is None or row["organisation"] != organisation or signer.custody == "node":
            continue
        if "left" in row or "suspended" in row:
            continue
        if members.binding_roles.intersection(row["roles"]):
            yield signer.owner
