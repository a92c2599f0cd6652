"""Notices of incidents, by one officer of a node at once: what, since when, and whom it concerns.

    incident  <payload hash of the first notice>   {node, by, what, since, until?, audience, concerns, notices}

A later notice of the same incident says the same kind or corrects it, and may end it; nothing is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled
from tallystick.identity.organisations.bodies import TellIncident
from tallystick.identity.organisations.errors import IncidentRefused
from tallystick.identity.people import members
from tallystick.identity.registrars import require_node
from tallystick.ledger import Act, Change, Effects, State, everybody

kind = "incident"
notices_max = 50


def tell(state: State, act: Act[TellIncident]) -> Effects:
    body = act.body
    who = directory.speaker(state, act.author)
    if directory.prefix_holder(state, body.node) != who.organisation:
        raise NotEntitled(f"{act.author} does not speak for the holder of {body.node}")
    require_node(state, body.node)
    if not members.administers(state, who):
        raise NotEntitled(f"{act.author} is no officer of {who.organisation}")
    _check_times(act)
    for one in body.concerns:
        directory.organisation(state, one)
    name, before = (
        _before(state, body, who.organisation) if body.follows else (act.payload_hash, ())
    )
    if len(before) >= notices_max:
        raise IncidentRefused(f"{notices_max} notices are there: begin another")
    row: dict[str, Any] = {
        "node": body.node,
        "organisation": who.organisation,
        "what": body.what,
        "since": body.since,
        "audience": body.audience,
        "concerns": sorted(set(body.concerns)),
        "notices": [*before, {"index": act.index, "time": act.time, "by": act.author}],
    }
    if body.until is not None:
        row["until"] = body.until
    return [Change(kind, name, row)]


def _check_times(act: Act[TellIncident]) -> None:
    body = act.body
    if body.until is not None and body.until < body.since:
        raise IncidentRefused(f"it would have ended at {body.until}, before {body.since}")
    if (body.audience == "concerned") and not body.concerns:
        raise IncidentRefused("say whom it concerns, or tell members or the public")
    if len(set(body.concerns)) != len(body.concerns):
        raise IncidentRefused("an organisation is named twice")


def _before(state: State, body: TellIncident, organisation: str) -> tuple[str, tuple[Any, ...]]:
    row = cast(Mapping[str, Any] | None, state.get(kind, str(body.follows)))
    if row is None or row["organisation"] != organisation:
        raise IncidentRefused(f"{body.follows} is no first notice of {organisation}")
    return str(body.follows), tuple(row["notices"])


def readers(state: State, act: Act[Any]) -> Iterable[str]:
    """Of the notice as an entry: members are found by whoever lists notices, since nobody can name them all."""
    body: TellIncident = act.body
    yield (
        everybody
        if body.audience == "public"
        else directory.speaker(state, act.author).organisation
    )
    yield from body.concerns
