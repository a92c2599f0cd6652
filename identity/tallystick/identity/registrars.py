"""Who may register whom.

An organisation is registered by the holder of the node prefix in its handle; its first persons, devices and
keys by that node or by itself. Once it is founded its officers alone do so, each with a key of its own
(see `people.members`). Once the node is founded, one of its officers gives nobody who can bind another
organisation, nor a key of such: whom two of them admit has brought its people along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled
from tallystick.identity.people import members
from tallystick.identity.people.errors import TwoPersonsNeeded
from tallystick.ledger import (
    Act,
    State,
)


def registrar(state: State, act: Act[Any]) -> directory.Speaker:
    """The author, who must be an organisation itself or a person that administers one.

    Else a maker with a wide key could register a key "of" the checker and be both.
    """
    who = directory.speaker(state, act.author)
    if not members.administers(state, who):
        raise NotEntitled(f"{act.author} does not administer {who.organisation}")
    return who


def require_node(state: State, prefix: str) -> None:
    """Organisations are verified by the root or a secondary node, never by an enterprise."""
    row = cast(Mapping[str, Any], state.get("prefix", prefix))
    if row["role"] not in ("root", "secondary"):
        raise NotEntitled(f"{prefix} is the prefix of an enterprise, not of a node")


def require_prefix(state: State, act: Act[Any], prefix: str) -> None:
    who = registrar(state, act)
    if not prefix or directory.prefix_holder(state, prefix) != who.organisation:
        raise NotEntitled(f"{act.author} does not speak for the holder of {prefix or 'the root'}")


def require_registrar(state: State, act: Act[Any], organisation: str, node: str) -> None:
    """The organisation itself, or the node that verified it; handles live under that node."""
    target = directory.organisation(state, organisation)
    who = registrar(state, act).organisation
    node_too = not members.founded(state, organisation)
    if who != organisation and not (
        node_too and who == directory.prefix_holder(state, target.node)
    ):
        raise NotEntitled(f"{act.author} does not register anything of {organisation}")
    if node and node != target.node:
        raise NotEntitled(f"the handle must stand under {target.node}")


def require_key_registrar(state: State, act: Act[Any], owner: str) -> None:
    """Who may register or revoke a key of `owner`: itself, or who may register it.

    A person of a founded organisation who ever had a key adds further ones itself, or is given one by a quorum:
    an officer who adds one "of" a maker and one "of" a checker would be both.
    """
    if owner == act.author:
        return
    who = directory.speaker(state, owner)
    require_registrar(state, act, who.organisation, "")


def require_first_key(state: State, act: Act[Any], owner: str) -> None:
    """The first key ever: a revoked one counts, or who revokes would take its place. Raises `NotEntitled`."""
    who = directory.speaker(state, owner)
    if owner == act.author or who.kind != "person" or not members.founded(state, who.organisation):
        return
    if state.group("key", owner):
        raise NotEntitled(
            f"{owner} had a key: it adds further ones itself, or two persons recover it"
        )


def require_given_by_one(state: State, act: Act[Any], owner: str) -> None:
    """No key by one officer of a founded node for another organisation, or for who has a role there that takes two.

    Raises `TwoPersonsNeeded`.
    """
    who = directory.speaker(state, owner)
    by = directory.speaker(state, act.author).organisation
    if who.organisation == by or not members.founded(state, by):
        return
    if who.kind == "organisation" or not members.given_by_one.issuperset(who.roles):
        raise TwoPersonsNeeded(f"a key of {owner}, by an officer of {by}")
