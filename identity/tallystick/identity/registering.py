"""What is written down of a new party: its handle, once and for ever, and of an organisation its number."""

from __future__ import annotations

from typing import Any, Protocol

from tallystick.identity import directory, names
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.numbers import NumberRefused, check_lei, check_uscc
from tallystick.identity.organisations import numbers
from tallystick.identity.prefixes.standing import require_writable
from tallystick.identity.registrars import require_node
from tallystick.ledger import Act, Change, State


class Numbered(Protocol):
    """A registered number, by its scheme."""

    @property
    def scheme(self) -> str: ...

    @property
    def number(self) -> str | None: ...

    @property
    def country(self) -> str | None: ...


class Registered(Numbered, Protocol):
    """A body that says what the register shows of an organisation."""

    @property
    def organisation(self) -> str: ...

    @property
    def name(self) -> dict[str, str]: ...

    @property
    def capacities(self) -> tuple[Any, ...]: ...


def registered(state: State, act: Act[Any], by: str, body: Registered, **more: Any) -> list[Change]:
    """An organisation under a node prefix that `by` holds; members of `more` that are empty are left out."""
    node = names.split(body.organisation)[0]
    if directory.prefix_holder(state, node) != by:
        raise NotEntitled(f"{by} does not hold {node}")
    require_node(state, node)
    party = new_party(state, act, "organisation", body.organisation)
    check_number(body)
    row: dict[str, Any] = {
        "name": body.name,
        "scheme": body.scheme,
        "verified": body.scheme in ("uscc", "lei"),
        "node": node,
        "capacities": sorted(set(body.capacities)),
    }
    told = {"number": body.number, "country": body.country, **more}
    row |= {name: value for name, value in told.items() if value}
    number = numbers.claimed(state, body.organisation, body.scheme, body.number, body.country)
    return [Change("organisation", body.organisation, row), party, *number]


def new_party(state: State, act: Act[Any], kind: str, handle: str) -> Change:
    """The claim on a handle that was never one before, without regard to ASCII case (formats §1).

    A party that came along with a prefix may be registered in this log too, under its own handle.
    """
    prefix, _ = names.split(handle)
    require_writable(state, prefix, act)
    folded = names.fold(handle)
    party = state.get("party", folded)
    taken = any(state.get(other, handle) for other in ("organisation", "person", "device"))
    claim = {"handle": handle, "kind": kind}
    came = party is not None and "from" in party and {**party, **claim} == party
    if taken or (not came and (party or state.get("handle", folded))):
        raise AlreadyRegistered(handle)
    return Change("party", folded, {**claim, "since": act.index})


def check_number(body: Numbered) -> None:
    """Raises `NumberRefused`."""
    if (body.number is None) != (body.scheme == "none"):
        raise NumberRefused("a number is given exactly when there is a scheme")
    if body.scheme == "uscc":
        check_uscc(body.number or "")
    elif body.scheme == "lei":
        check_lei(body.number or "")
    elif body.scheme == "register" and body.country is None:
        raise NumberRefused("a foreign register number needs its country")
