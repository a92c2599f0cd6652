"""Outsiders who read across organisations: a node, or the root, gives them a remit by two persons."""

from __future__ import annotations

from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import Capacity, NotEntitled
from tallystick.identity.people.panels import Case
from tallystick.identity.sharing.bodies import GiveRemit, Over
from tallystick.identity.sharing.errors import RemitTooWide
from tallystick.identity.sharing.rules import given, kind, require_term
from tallystick.ledger import Act, Change, Effects, State


def give_remit(state: State, act: Act[Any], case: Case) -> Effects:
    """Judged when it is proposed, and again when it is decided; the decision's hash names it."""
    what: GiveRemit = case.what
    directory.require_capacity(state, what.to, cast(Capacity, what.role))
    require_term(act, what.since, what.until)
    _require_under(state, case.organisation, what.over)
    told = what.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    row: dict[str, Any] = {
        "owner": case.organisation,
        "to": what.to,
        "capacity": what.role,
        "form": "remit",
        "said": {"by": case.by, "index": act.index, "time": act.time},
        "decided": {"by": act.author},
        "state": "current",
    }
    row |= {
        name: told[name] for name in ("what", "over", "since", "until", "order") if name in told
    }
    return [Change(kind, act.payload_hash, row), *given(act, act.payload_hash, row)]


def _require_under(state: State, node: str, over: Over) -> None:
    """The root opens what is anybody's; a node what is of organisations that it verified."""
    own = directory.organisation(state, node)
    for handle in over.organisations:
        directory.organisation(state, handle)
    if "root" in own.capacities:
        return
    if "node" not in own.capacities:
        raise NotEntitled(f"{node} verified nobody")
    if over.everybody:
        raise RemitTooWide("everybody")
    for prefix in over.nodes:
        if directory.prefix_holder(state, prefix) != node:
            raise RemitTooWide(prefix)
    for handle in over.organisations:
        if directory.prefix_holder(state, directory.organisation(state, handle).node) != node:
            raise RemitTooWide(handle)
