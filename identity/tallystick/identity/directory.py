"""Who is who at an index: the reading side of the registry.

Functions take the state a rule was given, so the answer is the one that held at that index. Documents:

    organisation  <handle>   {name, scheme, number?, country?, verified, node, capacities, papers?, founded?, suspended?}
    person        <handle>   {organisation, roles, lost?, suspended?, left?}   see `people`
    device        <handle>   {organisation, purpose}
    key           <owner> part <index>   {jwk, custody, types, since, until?, webauthn?}   until: first index not valid
    public-key    <fingerprint>          {key}
    grant         <author> part <handle> {types}
    prefix        <prefix>   {holder, role, since, …}   every version is kept: see `versioned`, `prefixes.standing`
    handle        <folded>   a record of typed values: see `records`
    party         <folded>   {handle, kind, since?, from?}   every organisation, person, device and log; from: of another log
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from tallystick.identity import names
from tallystick.ledger import Act, RuleError, State

Role = Literal[
    "maker",
    "checker",
    "warehouse",
    "finance",
    "reader",
    "administrator",
    "security-administrator",
    "audit-administrator",
]
#: In what capacities a node registers organisations.
CapacityName = Literal[
    "core",
    "supplier",
    "bank",
    "carrier",
    "node",
    "auditor",
    "regulator",
    "inspector",
    "insurer",
    "court",
]
Capacity = CapacityName | Literal["root", "simulator"]


class UnknownParty(RuleError):
    code = "unknown-party"
    title = "No organisation, person or device is registered under this handle"
    advice = "Register it first, and spell it exactly as registered."


class NotEntitled(RuleError):
    code = "not-entitled"
    title = "The author may not do this"
    advice = "Let somebody act who has the organisation and the role that this entry type asks for."


class AlreadyRegistered(RuleError):
    code = "already-registered"
    title = "This handle, prefix or key is registered already"
    advice = "Choose another one; handles and keys are never reassigned."


@dataclass(frozen=True, slots=True)
class Organisation:
    handle: str
    name: Mapping[str, str]
    scheme: str
    number: str
    country: str
    verified: bool
    node: str
    capacities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who an author is: itself an organisation, or a person or device of one."""

    handle: str
    organisation: str
    kind: Literal["organisation", "person", "device"]
    roles: frozenset[str]


def organisation(state: State, handle: str) -> Organisation:
    """The organisation under `handle`; raises `UnknownParty`."""
    found = state.get("organisation", handle)
    if found is None:
        raise UnknownParty(handle)
    row = cast(Mapping[str, Any], found)
    return Organisation(
        handle=handle,
        name=row["name"],
        scheme=row["scheme"],
        number=row.get("number", ""),
        country=row.get("country", ""),
        verified=row["verified"],
        node=row["node"],
        capacities=frozenset(row["capacities"]),
    )


def speaker(state: State, author: str) -> Speaker:
    """Who `author` is; raises `UnknownParty`."""
    for kind in ("person", "device"):
        found = state.get(kind, author)
        if found is not None:
            row = cast(Mapping[str, Any], found)
            return Speaker(author, row["organisation"], kind, frozenset(row.get("roles", ())))
    if state.get("organisation", author) is not None:
        return Speaker(author, author, "organisation", frozenset())
    raise UnknownParty(author)


def act_for(state: State, act: Act[Any], organisation_handle: str, *roles: Role) -> Speaker:
    """The author, who must speak for the organisation; with roles, be a person having one of them.

    Raises `NotEntitled` or `UnknownParty`.
    """
    who = speaker(state, act.author)
    if who.organisation != organisation_handle:
        raise NotEntitled(f"{act.author} does not speak for {organisation_handle}")
    if roles and (who.kind != "person" or not who.roles.intersection(roles)):
        raise NotEntitled(f"{act.author} is not a {' or '.join(roles)} of {organisation_handle}")
    return who


def require_capacity(state: State, handle: str, capacity: Capacity) -> Organisation:
    """The organisation, which must be registered in this capacity (a bank, a core enterprise)."""
    found = organisation(state, handle)
    if capacity not in found.capacities:
        raise NotEntitled(f"{handle} is not registered as {capacity}")
    return found


def prefix_holder(state: State, prefix: str) -> str | None:
    """The organisation that holds a prefix now."""
    found = state.get("prefix", prefix)
    return None if found is None else cast(str, found["holder"])


def holds_handle(state: State, organisation_handle: str, handle: str) -> bool:
    """Whether the organisation holds the prefix of `handle`."""
    return prefix_holder(state, names.split(handle)[0]) == organisation_handle
