"""Who may register whom.

An organisation is registered by the holder of the node prefix in its handle; its first persons, devices and
keys by that node or by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled
from tallystick.ledger import (
    Act,
    State,
)


def registrar(state: State, act: Act[Any]) -> directory.Speaker:
    """The author, who must be an organisation itself or a person that administers one.

    Else a maker with a wide key could register a key "of" the checker and be both.
    """
    who = directory.speaker(state, act.author)
    if who.kind != "organisation" and "administrator" not in who.roles:
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
    if who not in (organisation, directory.prefix_holder(state, target.node)):
        raise NotEntitled(f"{act.author} speaks neither for {organisation} nor for its node")
    if node and node != target.node:
        raise NotEntitled(f"the handle must stand under {target.node}")
