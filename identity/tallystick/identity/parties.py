"""Rules of who there is: genesis, organisations, devices and prefixes."""

from __future__ import annotations

from typing import Any

from tallystick.identity import directory, governed, names, versioned
from tallystick.identity.bodies import (
    AddDevice,
    AddPlaceholder,
    DelegatePrefix,
    RegisterOrganisation,
)
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.key_rules import register_key
from tallystick.identity.organisations import quotas
from tallystick.identity.people import members
from tallystick.identity.people.errors import TwoPersonsNeeded
from tallystick.identity.prefixes.standing import lease, require_writable
from tallystick.identity.registering import new_party, registered
from tallystick.identity.registrars import require_prefix, require_registrar
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
        new_party(state, act, "organisation", body.root),
        new_party(state, act, "log", body.log),
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
    """By the node's registrar; a node whose own people decide admits with two of them."""
    body = act.body
    node = names.split(body.organisation)[0]
    require_prefix(state, act, node)
    by = directory.speaker(state, act.author).organisation
    if members.founded(state, by):
        raise TwoPersonsNeeded(f"{by} admits organisations")
    return registered(state, act, by, body)


def add_placeholder(state: State, act: Act[AddPlaceholder]) -> Effects:
    body = act.body
    by = directory.organisation(state, directory.speaker(state, act.author).organisation)
    if names.split(body.organisation)[0] != by.node:
        raise NotEntitled(f"the handle must stand under {by.node}")
    party = new_party(state, act, "organisation", body.organisation)
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
    cost = quotas.taken(state, body.holder, "prefixes", 1)
    return [*versioned.written(state, act, "prefix", body.prefix, row), *cost]


def add_device(state: State, act: Act[AddDevice]) -> Effects:
    body = act.body
    require_registrar(state, act, body.organisation, "")
    if not directory.holds_handle(state, body.organisation, body.device):
        raise NotEntitled(f"{body.organisation} does not hold the prefix of {body.device}")
    party = new_party(state, act, "device", body.device)
    row = {"organisation": body.organisation, "purpose": body.purpose}
    return [Change("device", body.device, row), party]
