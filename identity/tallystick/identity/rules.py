"""Rules of identity: who may register whom, keys valid by index, handles under one's own prefix.

An organisation is registered by the holder of the node prefix in its handle; its first persons, devices
and keys by that node or by itself. A public key is registered once per log, for ever, by an entry that
the new key signs too (formats §1). Revocation holds from the next index on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory, names
from tallystick.identity.bodies import (
    AddDevice,
    AddKey,
    AddPerson,
    AddPlaceholder,
    CreateHandles,
    DelegatePrefix,
    Grant,
    HandleRecord,
    RegisterOrganisation,
    RevokeKey,
    WriteHandle,
    values_per_handle_max,
)
from tallystick.identity.directory import NotEntitled, UnknownParty
from tallystick.identity.numbers import NumberRefused, check_lei, check_uscc
from tallystick.identity.passkeys import check_passkey
from tallystick.ledger import (
    Act,
    Change,
    Effects,
    Genesis,
    RuleError,
    State,
    keys,
    simulated_suffix,
)


class AlreadyRegistered(RuleError):
    code = "already-registered"
    title = "This handle, prefix or key is registered already"
    advice = "Choose another one; handles and keys are never reassigned."


class KeyRegistrationRefused(RuleError):
    code = "key-registration-refused"
    title = "The key cannot be registered"
    advice = "Register a fresh Ed25519 or P-256 key under a new reference, and let it sign the entry too."


class RecordTooLarge(RuleError):
    code = "record-too-large"
    title = f"A handle record has at most {values_per_handle_max} values"
    advice = "Remove values in the same entry."


class HandleUnknown(RuleError):
    code = "handle-unknown"
    title = "There is no record under this handle"


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
        Change("prefix", prefix, {"holder": body.root, "role": "root"}),
        _new_party(state, "organisation", body.root),
        _new_party(state, "log", body.log),
    ]
    custody = {body.log_key.key: "node", body.receipt_key.key: "node", body.root_key.key: "self"}
    allowed = {
        body.log_key.key: ["ledger.*"],
        body.receipt_key.key: [],
        body.root_key.key: ["*"],
    }
    for named in (body.log_key, body.receipt_key, body.root_key):
        changes += _key(named.key, named.jwk, custody[named.key], allowed[named.key], act.index)
    return changes


def register_organisation(state: State, act: Act[RegisterOrganisation]) -> Effects:
    body = act.body
    node = names.split(body.organisation)[0]
    _require_prefix(state, act, node)
    _require_node(state, node)
    party = _new_party(state, "organisation", body.organisation)
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
    party = _new_party(state, "organisation", body.organisation)
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
    _require_prefix(state, act, names.parent(body.prefix))
    directory.organisation(state, body.holder)
    if directory.prefix_holder(state, body.prefix) is not None:
        raise AlreadyRegistered(body.prefix)
    return [Change("prefix", body.prefix, {"holder": body.holder, "role": body.role})]


def add_person(state: State, act: Act[AddPerson]) -> Effects:
    body = act.body
    _require_registrar(state, act, body.organisation, names.split(body.person)[0])
    if "administrator" in body.roles and {"maker", "checker"} & set(body.roles):
        raise NotEntitled("an administrator, who adds keys, is neither maker nor checker")
    party = _new_party(state, "person", body.person)
    row = {"organisation": body.organisation, "roles": sorted(set(body.roles))}
    return [Change("person", body.person, row), party]


def add_device(state: State, act: Act[AddDevice]) -> Effects:
    body = act.body
    _require_registrar(state, act, body.organisation, "")
    if not directory.holds_handle(state, body.organisation, body.device):
        raise NotEntitled(f"{body.organisation} does not hold the prefix of {body.device}")
    party = _new_party(state, "device", body.device)
    row = {"organisation": body.organisation, "purpose": body.purpose}
    return [Change("device", body.device, row), party]


def add_key(state: State, act: Act[AddKey]) -> Effects:
    body = act.body
    index, _, owner = body.key.partition(":")
    owner_organisation = directory.speaker(state, owner).organisation
    if owner != act.author:
        _require_registrar(state, act, owner_organisation, "")
    if state.get("key", owner, index) is not None:
        raise AlreadyRegistered(body.key)
    try:
        public = body.public_key()
    except keys.KeyRefused as error:
        raise KeyRegistrationRefused(error.detail) from None
    _check_suite(state, public)
    if state.get("public-key", public.fingerprint()) is not None:
        raise AlreadyRegistered("this public key was registered before")
    if all((s.key, s.public) != (body.key, public.fingerprint()) for s in act.signers):
        raise KeyRegistrationRefused("the new key did not sign this entry")
    _check_played(state, body)
    check_passkey(body)
    more: dict[str, Any] = {"played": True} if body.played else {}
    if body.webauthn is not None:
        more["webauthn"] = body.webauthn.model_dump(mode="json")
    return _key(body.key, body.jwk, body.custody, sorted(set(body.types)), act.index, **more)


def revoke_key(state: State, act: Act[RevokeKey]) -> Effects:
    body = act.body
    index, _, owner = body.key.partition(":")
    row = state.get("key", owner, index)
    if row is None:
        raise UnknownParty(body.key)
    if owner != act.author:
        _require_registrar(state, act, directory.speaker(state, owner).organisation, "")
    if "until" in row:
        raise AlreadyRegistered(f"{body.key} is revoked from index {row['until']}")
    revoked = {**row, "until": act.index + 1, "reason": body.reason}
    if body.suspect_from is not None:
        revoked["suspect_from"] = body.suspect_from
    return [Change("key", owner, revoked, index)]


def grant(state: State, act: Act[Grant]) -> Effects:
    directory.speaker(state, act.author)
    directory.speaker(state, act.body.to)
    types = sorted(set(act.body.types))
    return [Change("grant", act.author, {"types": types} if types else None, act.body.to)]


def create_handles(state: State, act: Act[CreateHandles]) -> Effects:
    organisation = directory.speaker(state, act.author).organisation
    changes: dict[str, Change] = {}
    for record in act.body.handles:
        prefix, _ = names.split(record.handle)
        folded = names.fold(record.handle)
        if directory.prefix_holder(state, prefix) != organisation:
            raise NotEntitled(f"{organisation} does not hold the prefix of {record.handle}")
        taken = state.get("handle", folded) is not None
        if folded in changes or taken or _foreign_party(state, folded, organisation):
            raise AlreadyRegistered(record.handle)
        changes[folded] = Change("handle", folded, _record(record, organisation, act.time))
    return list(changes.values())


def _foreign_party(state: State, folded: str, organisation: str) -> bool:
    """Whether the handle is a party's, other than a device of this organisation."""
    party = cast(Mapping[str, Any] | None, state.get("party", folded))
    if party is None:
        return False
    device = cast(Mapping[str, Any] | None, state.get("device", party["handle"]))
    return device is None or device["organisation"] != organisation


def write_handle(state: State, act: Act[WriteHandle]) -> Effects:
    body = act.body
    folded = names.fold(body.handle)
    row = cast(Mapping[str, Any] | None, state.get("handle", folded))
    if row is None or row["handle"] != body.handle:
        raise HandleUnknown(f"{body.handle}: a handle is spelled exactly as it was registered")
    directory.act_for(state, act, row["owner"])
    written = _record(HandleRecord(handle=body.handle, values=body.values), row["owner"], act.time)
    values = {value["index"]: value for value in row["values"] if value["index"] not in body.remove}
    values |= {value["index"]: value for value in written["values"]}
    if len(values) > values_per_handle_max:
        raise RecordTooLarge(f"{body.handle} would have {len(values)} values")
    ordered = [values[index] for index in sorted(values)]
    return [Change("handle", folded, {**row, "values": ordered})]


def _record(record: HandleRecord, owner: str, time: str) -> dict[str, Any]:
    indexes = [value.index for value in record.values]
    if len(set(indexes)) != len(indexes):
        raise AlreadyRegistered(f"{record.handle} has two values with one index")
    values = [
        {**value.model_dump(mode="json"), "time": time}
        for value in sorted(record.values, key=lambda value: value.index)
    ]
    return {"handle": record.handle, "owner": owner, "values": values}


def _key(
    reference: str,
    jwk: Mapping[str, str],
    custody: str,
    types: list[str],
    index: int,
    **more: Any,
) -> list[Change]:
    position, _, owner = reference.partition(":")
    fingerprint = keys.PublicKey.from_jwk(jwk).fingerprint()
    row: dict[str, Any] = {
        "jwk": dict(jwk),
        "custody": custody,
        "types": types,
        "since": index,
        **more,
    }
    return [
        Change("key", owner, row, position),
        Change("public-key", fingerprint, {"key": reference}),
    ]


def _check_played(state: State, body: AddKey) -> None:
    genesis = cast(Mapping[str, Any], state.get("log", "genesis"))
    if body.played and not genesis["origin"].endswith(simulated_suffix):
        raise KeyRegistrationRefused("only a simulated log admits a played key")


def _check_suite(state: State, public: keys.PublicKey) -> None:
    """The log admits the suites of its genesis, and no others (formats §2)."""
    genesis = cast(Mapping[str, Any] | None, state.get("log", "genesis"))
    if genesis is not None and public.suite not in genesis["suites"]:
        raise KeyRegistrationRefused(f"this log does not admit keys of the suite {public.suite}")


def _registrar(state: State, act: Act[Any]) -> directory.Speaker:
    """The author, who must be an organisation itself or a person that administers one.

    Else a maker with a wide key could register a key "of" the checker and be both.
    """
    who = directory.speaker(state, act.author)
    if who.kind != "organisation" and "administrator" not in who.roles:
        raise NotEntitled(f"{act.author} does not administer {who.organisation}")
    return who


def _require_node(state: State, prefix: str) -> None:
    """Organisations are verified by the root or a secondary node, never by an enterprise."""
    row = cast(Mapping[str, Any], state.get("prefix", prefix))
    if row["role"] not in ("root", "secondary"):
        raise NotEntitled(f"{prefix} is the prefix of an enterprise, not of a node")


def _require_prefix(state: State, act: Act[Any], prefix: str) -> None:
    who = _registrar(state, act)
    if not prefix or directory.prefix_holder(state, prefix) != who.organisation:
        raise NotEntitled(f"{act.author} does not speak for the holder of {prefix or 'the root'}")


def _require_registrar(state: State, act: Act[Any], organisation: str, node: str) -> None:
    """The organisation itself, or the node that verified it; handles live under that node."""
    target = directory.organisation(state, organisation)
    who = _registrar(state, act).organisation
    if who not in (organisation, directory.prefix_holder(state, target.node)):
        raise NotEntitled(f"{act.author} speaks neither for {organisation} nor for its node")
    if node and node != target.node:
        raise NotEntitled(f"the handle must stand under {target.node}")


def _new_party(state: State, kind: str, handle: str) -> Change:
    """The claim on a handle that was never one before, without regard to ASCII case (formats §1)."""
    names.split(handle)
    folded = names.fold(handle)
    taken = any(state.get(other, handle) for other in ("organisation", "person", "device"))
    if taken or state.get("party", folded) or state.get("handle", folded):
        raise AlreadyRegistered(handle)
    return Change("party", folded, {"handle": handle, "kind": kind})


def _check_number(body: RegisterOrganisation) -> None:
    if (body.number is None) != (body.scheme == "none"):
        raise NumberRefused("a number is given exactly when there is a scheme")
    if body.scheme == "uscc":
        check_uscc(body.number or "")
    elif body.scheme == "lei":
        check_lei(body.number or "")
    elif body.scheme == "register" and body.country is None:
        raise NumberRefused("a foreign register number needs its country")
