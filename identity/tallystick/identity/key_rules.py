"""Rules of keys and grants.

A public key is registered once per log, for ever, by an entry that the new key signs too (formats §1).
Revocation holds from the next index on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.bodies import (
    AddKey,
    Grant,
    RevokeKey,
)
from tallystick.identity.devices.classes import OutsideClass, classes
from tallystick.identity.directory import AlreadyRegistered, UnknownParty
from tallystick.identity.key_types import beyond
from tallystick.identity.passkeys import check_passkey
from tallystick.identity.registrars import (
    require_first_key,
    require_given_by_one,
    require_key_registrar,
)
from tallystick.ledger import (
    Act,
    Change,
    Effects,
    RuleError,
    State,
    governance,
    keys,
    simulated_suffix,
)


class KeyRegistrationRefused(RuleError):
    code = "key-registration-refused"
    title = "The key cannot be registered"
    advice = "Register a fresh Ed25519 or P-256 key under a new reference, and let it sign the entry too."


def add_key(state: State, act: Act[AddKey]) -> Effects:
    body = act.body
    owner = body.key.partition(":")[2]
    require_key_registrar(state, act, owner)
    require_first_key(state, act, owner)
    require_given_by_one(state, act, owner)
    return register_new(state, act, body)


def revoke_key(state: State, act: Act[RevokeKey]) -> Effects:
    body = act.body
    index, _, owner = body.key.partition(":")
    row = state.get("key", owner, index)
    if row is None:
        raise UnknownParty(body.key)
    require_key_registrar(state, act, owner)
    if "until" in row:
        raise AlreadyRegistered(f"{body.key} is revoked from index {row['until']}")
    revoked = {**row, "until": act.index + 1, "reason": body.reason}
    if body.suspect_from is not None:
        revoked["suspect_from"] = body.suspect_from
    return [Change("key", owner, revoked, index)]


def register_new(state: State, act: Act[Any], body: AddKey, **more: Any) -> list[Change]:
    """The changes by which a new key is there: admitted by the log, used by nobody before, signing itself."""
    index, _, owner = body.key.partition(":")
    if state.get("key", owner, index) is not None:
        raise AlreadyRegistered(body.key)
    public = new_key(state, act.index, body)
    if all((s.key, s.public) != (body.key, public.fingerprint()) for s in act.signers):
        raise KeyRegistrationRefused("the new key did not sign this entry")
    return registered(act.index, body, **more)


def new_key(state: State, at: int, body: AddKey) -> keys.PublicKey:
    """Raises `KeyRegistrationRefused`, `AlreadyRegistered`, `OutsideClass` or `PasskeyRefused`."""
    try:
        public = body.public_key()
    except keys.KeyRefused as error:
        raise KeyRegistrationRefused(error.detail) from None
    _check_suite(state, at, public)
    if state.get("public-key", public.fingerprint()) is not None:
        raise AlreadyRegistered("this public key was registered before")
    _check_played(state, body)
    _check_class(state, body)
    check_passkey(body)
    return public


def registered(at: int, body: AddKey, **more: Any) -> list[Change]:
    """As `register_key`, with all that a body says of the key."""
    told: dict[str, Any] = {"played": True} if body.played else {}
    if body.webauthn is not None:
        told["webauthn"] = body.webauthn.model_dump(mode="json")
    types = sorted(set(body.types))
    return register_key(body.key, body.jwk, body.custody, types, at, **told, **more)


def grant(state: State, act: Act[Grant]) -> Effects:
    directory.speaker(state, act.author)
    directory.speaker(state, act.body.to)
    types = sorted(set(act.body.types))
    return [Change("grant", act.author, {"types": types} if types else None, act.body.to)]


def register_key(
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


def _check_class(state: State, body: AddKey) -> None:
    """Every key of a device, the first and any later one, signs what its class may say and nothing else."""
    owner = body.key.partition(":")[2]
    row = state.get("device", owner)
    if row is None:
        return
    known = classes[cast(str, row["purpose"])]
    if more := beyond(body.types, known.types):
        raise OutsideClass(f"{owner} is a {known.name}, whose keys do not sign {', '.join(more)}")


def _check_suite(state: State, at: int, public: keys.PublicKey) -> None:
    """The log admits the suites of its genesis and of its policies since, and no others (formats §2)."""
    known = state.get("log", "genesis") is not None
    if known and public.suite not in governance.admitted_suites(state, at):
        raise KeyRegistrationRefused(f"this log does not admit keys of the suite {public.suite}")
