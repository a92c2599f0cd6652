"""What finance asks of the registry of organisations, people and devices."""

from __future__ import annotations

from typing import Any, cast

from tallystick.finance.errors import SameParty
from tallystick.identity import (
    Case,
    NotEntitled,
    PaymentHeld,
    Role,
    Speaker,
    TwoOfficers,
    act_for,
    administers,
    names,
    organisation,
    prefix_holder,
    require_capacity,
    require_keys,
    require_payable,
    require_persons,
    speaker,
    why_held,
)
from tallystick.identity import held as held_because
from tallystick.ledger import Act, State

__all__ = [
    "Case",
    "NotEntitled",
    "PaymentHeld",
    "Role",
    "Speaker",
    "TwoOfficers",
    "act_for",
    "administers",
    "counterparties",
    "document_author",
    "held_because",
    "operator_of",
    "organisation",
    "own_hand",
    "parent_prefix",
    "prefix_holder",
    "require_capacity",
    "require_keys",
    "require_payable",
    "require_persons",
    "require_persons_for",
    "signatory",
    "speaker",
    "why_held",
]


#: The prefix above one, empty at the root.
parent_prefix = names.parent


def counterparties(state: State, buyer: str, seller: str) -> None:
    """Both must be registered, and must differ."""
    organisation(state, buyer)
    organisation(state, seller)
    if buyer == seller:
        raise SameParty(buyer)


def document_author(state: State, act: Act[Any], buyer: str, seller: str) -> str:
    """The organisation that puts a trade document on record: one of its two parties, speaking by a
    maker, by itself, or by a device registered as its service."""
    who = speaker(state, act.author)
    if who.organisation not in (buyer, seller):
        raise NotEntitled(f"{act.author} speaks for neither buyer nor seller")
    if who.kind == "person" and "maker" not in who.roles:
        raise NotEntitled(f"{act.author} is not a maker of {who.organisation}")
    if who.kind == "device" and _purpose(state, act.author) != "service":
        raise NotEntitled(f"{act.author} is a device, not a service, of {who.organisation}")
    return who.organisation


def signatory(state: State, act: Act[Any], *roles: Role) -> str:
    """The organisation for which a person with one of the roles (maker or checker) disposes."""
    who = speaker(state, act.author)
    return act_for(state, act, who.organisation, *(roles or ("maker", "checker"))).organisation


def operator_of(state: State, act: Act[Any], role: Role) -> str:
    """The node for which the author speaks: a person with this role, or an officer of it. Raises `NotEntitled`."""
    who = speaker(state, act.author)
    if who.kind != "person" or not (role in who.roles or administers(state, who)):
        raise NotEntitled(f"{act.author} is neither {role} nor officer of {who.organisation}")
    require_capacity(state, who.organisation, "node")
    return who.organisation


def own_hand(act: Act[Any]) -> None:
    """An act of two persons is signed by each with a key of their own, never by a grant (formats §2)."""
    if not any(signer.speaks and signer.owner == act.author for signer in act.signers):
        raise NotEntitled(f"{act.author} must sign this with a key of their own")


def require_persons_for(
    state: State, act: Act[Any], organisation: str, currency: str, amount: int
) -> None:
    """As `require_persons`, for a trade document: what a service of the organisation states was released in its own
    system, and no person signs it."""
    if speaker(state, act.author).kind != "device":
        require_persons(state, act, organisation, currency, amount)


def _purpose(state: State, device: str) -> str:
    found = state.get("device", device)
    return "" if found is None else str(cast(dict[str, Any], found).get("purpose", ""))
