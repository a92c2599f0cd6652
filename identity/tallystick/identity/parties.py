"""Rules of who there is: genesis, organisations, people, devices and prefixes."""

from __future__ import annotations

from typing import Any

from tallystick.identity import directory, governed, names, versioned
from tallystick.identity.bodies import (
    AddDevice,
    AddPerson,
    AddPlaceholder,
    DelegatePrefix,
    RegisterOrganisation,
)
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.key_rules import register_key
from tallystick.identity.numbers import NumberRefused, check_lei, check_uscc
from tallystick.identity.prefixes.standing import lease, require_writable
from tallystick.identity.registrars import (
    require_node,
    require_prefix,
    require_registrar,
)
from tallystick.ledger import (
    Act,
    Change,
    Effects,
    Genesis,
    State,
)


def genesis(state: State, act: Act[Genesis]) -> Effects:
    """The root authority, the log and their keys, as the first entry names them."""
    body = act.body
    prefix = names.split(body.root)[0]
    if names.fold(body.root) == names.fold(body.log):
        raise AlreadyRegistered(body.log)
    changes = [
        Change(
            "organisation",
            body.root,
            {
                "name": body.root_name,
                "scheme": "none",
                "verified": True,
                "node": prefix,
                "capacities": ["root", "node"],
            },
        ),
        Change("prefix", prefix, {"holder": body.root, "role": "root", "since": act.index}),
        _new_party(state, act, "organisation", body.root),
        _new_party(state, act, "log", body.log),
    ]
    custody = {body.log_key.key: "node", body.receipt_key.key: "node", body.root_key.key: "self"}
    allowed = {
        body.log_key.key: ["ledger.*"],
        body.receipt_key.key: [],
        body.root_key.key: ["*"],
    }
    for named in (body.log_key, body.receipt_key, body.root_key):
        changes += register_key(
            named.key, named.jwk, custody[named.key], allowed[named.key], act.index
        )
    return [*changes, *governed.keys_of(state, body.governance or (), act.index)]


def register_organisation(state: State, act: Act[RegisterOrganisation]) -> Effects:
    body = act.body
    node = names.split(body.organisation)[0]
    require_prefix(state, act, node)
    require_node(state, node)
    party = _new_party(state, act, "organisation", body.organisation)
    _check_number(body)
    row: dict[str, Any] = {
        "name": body.name,
        "scheme": body.scheme,
        "verified": body.scheme in ("uscc", "lei"),
        "node": node,
        "capacities": sorted(set(body.capacities)),
    }
    row |= {k: v for k, v in (("number", body.number), ("country", body.country)) if v}
    return [Change("organisation", body.organisation, row), party]


def add_placeholder(state: State, act: Act[AddPlaceholder]) -> Effects:
    body = act.body
    by = directory.organisation(state, directory.speaker(state, act.author).organisation)
    if names.split(body.organisation)[0] != by.node:
        raise NotEntitled(f"the handle must stand under {by.node}")
    party = _new_party(state, act, "organisation", body.organisation)
    row: dict[str, Any] = {
        "name": body.name,
        "scheme": "none",
        "verified": False,
        "node": by.node,
        "capacities": [],
        "placeholder_of": by.handle,
    }
    if body.code is not None:
        row["code"] = body.code
    return [Change("organisation", body.organisation, row), party]


def delegate_prefix(state: State, act: Act[DelegatePrefix]) -> Effects:
    body = act.body
    require_prefix(state, act, names.parent(body.prefix))
    require_writable(state, names.parent(body.prefix), act)
    directory.organisation(state, body.holder)
    if directory.prefix_holder(state, body.prefix) is not None:
        raise AlreadyRegistered(body.prefix)
    row = {"holder": body.holder, "role": body.role, **lease(body, act.time)}
    return versioned.written(state, act, "prefix", body.prefix, row)


def add_person(state: State, act: Act[AddPerson]) -> Effects:
    body = act.body
    require_registrar(state, act, body.organisation, names.split(body.person)[0])
    if "administrator" in body.roles and {"maker", "checker"} & set(body.roles):
        raise NotEntitled("an administrator, who adds keys, is neither maker nor checker")
    party = _new_party(state, act, "person", body.person)
    row = {"organisation": body.organisation, "roles": sorted(set(body.roles))}
    return [Change("person", body.person, row), party]


def add_device(state: State, act: Act[AddDevice]) -> Effects:
    body = act.body
    require_registrar(state, act, body.organisation, "")
    if not directory.holds_handle(state, body.organisation, body.device):
        raise NotEntitled(f"{body.organisation} does not hold the prefix of {body.device}")
    party = _new_party(state, act, "device", body.device)
    row = {"organisation": body.organisation, "purpose": body.purpose}
    return [Change("device", body.device, row), party]


def _new_party(state: State, act: Act[Any], kind: str, handle: str) -> Change:
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


def _check_number(body: RegisterOrganisation) -> None:
    if (body.number is None) != (body.scheme == "none"):
        raise NumberRefused("a number is given exactly when there is a scheme")
    if body.scheme == "uscc":
        check_uscc(body.number or "")
    elif body.scheme == "lei":
        check_lei(body.number or "")
    elif body.scheme == "register" and body.country is None:
        raise NumberRefused("a foreign register number needs its country")


#: For the sub-packages, which register parties of their own.
new_party = _new_party
