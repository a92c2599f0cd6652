"""Payments to an organisation that stands on a list of sanctions wait, until two people of its node release it.

    hold  <organisation>   {list, version, evidence, time, index, by}   while it is held

Whoever pays is refused by name (`PaymentHeld`); what is owed stays owed, and nothing else changes: the
organisation receives, refuses, discloses and complains as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled
from tallystick.identity.organisations import past
from tallystick.identity.organisations.asked import Hold, Release
from tallystick.identity.organisations.errors import PaymentHeld
from tallystick.identity.people.errors import NothingToDo
from tallystick.ledger import Act, Change, Effects, State

kind = "hold"
reason = "sanctions"


def held(state: State, organisation: str) -> Mapping[str, Any] | None:
    """Why payments to it wait; None if they do not."""
    return cast(Mapping[str, Any] | None, state.get(kind, organisation))


def why_held(state: State, organisation: str) -> str:
    """The list, and nothing of what was found; empty if payments to it do not wait."""
    row = held(state, organisation)
    return "" if row is None else f"{reason}, {row['list']} {row['version']}, since {row['time']}"


def require_payable(state: State, organisation: str) -> None:
    """Raises `PaymentHeld`, which names the list."""
    why = why_held(state, organisation)
    if why:
        raise PaymentHeld(f"{organisation}: {why}")


def hold(state: State, act: Act[Any], node: str, by: str, what: Hold) -> Effects:
    require_verified_by(state, node, what.organisation)
    if held(state, what.organisation) is not None:
        raise NothingToDo(f"{what.organisation} is held")
    found = {"list": what.list, "version": what.version, "evidence": what.evidence}
    row: dict[str, Any] = {
        **found,
        "time": act.time,
        "index": act.index,
        "by": sorted({by, act.author}),
    }
    return [
        Change(kind, what.organisation, row),
        past.noted(act, what.organisation, "held", by, {"reason": reason}),
    ]


def release(state: State, act: Act[Any], node: str, by: str, what: Release) -> Effects:
    require_verified_by(state, node, what.organisation)
    if held(state, what.organisation) is None:
        raise NothingToDo(f"{what.organisation} is not held")
    return [
        Change(kind, what.organisation, None),
        past.noted(act, what.organisation, "released", by, {"reason": what.reason}),
    ]


def require_verified_by(state: State, node: str, handle: str) -> None:
    """An organisation under a node that the deciding one holds; nobody decides so about itself.

    Raises `NotEntitled` or `UnknownParty`.
    """
    prefix = directory.organisation(state, handle).node
    if directory.prefix_holder(state, prefix) != node or handle == node:
        raise NotEntitled(f"{node} did not verify {handle}")
