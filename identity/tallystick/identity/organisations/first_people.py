"""The people with whom an organisation begins: registered by the entry that admits it, with keys of their own.

Each key signs that it is to be registered for this person, in these roles, of this organisation of this log;
so nobody is registered by others with a key that is not his, and no signature is of use anywhere else. The
organisation is founded with them at once: by one person who is everything, or by at least two officers.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from tallystick.identity import key_rules, names
from tallystick.identity.organisations.asked import FirstKey, FirstPerson
from tallystick.identity.organisations.errors import FirstPeopleRefused, PossessionMissing
from tallystick.identity.people import members
from tallystick.identity.registering import new_party
from tallystick.ledger import (
    Act,
    Assertion,
    Change,
    Signature,
    State,
    TallystickError,
    canonical,
    check_signature,
    keys,
    pae,
)

possession_type = "application/vnd.tallystick.first-person+json"


def possession_message(
    origin: str,
    organisation: str,
    person: str,
    roles: Iterable[str],
    key: str,
    jwk: Mapping[str, str],
) -> bytes:
    """What a key signs: a DSSE encoding of a type of its own, so that it never is an entry or a login."""
    told = {
        "log": origin,
        "organisation": organisation,
        "person": person,
        "roles": sorted(set(roles)),
        "key": key,
        "jwk": dict(jwk),
    }
    return pae(canonical.encode(told), possession_type)


def begun_with(
    state: State, act: Act[Any], organisation: str, people: Sequence[FirstPerson]
) -> list[Change]:
    """Persons, members and keys. Raises `FirstPeopleRefused`, `PossessionMissing`, or what is wrong with a key."""
    check_people(people)
    changes: list[Change] = []
    node = names.split(organisation)[0]
    origin = str(cast(Mapping[str, Any], state.get("log", "genesis"))["origin"])
    for one in people:
        if names.split(one.person)[0] != node:
            raise FirstPeopleRefused(f"{one.person} must stand under {node}")
        party = new_party(state, act, "person", one.person)
        row = {"organisation": organisation, "roles": sorted(set(one.roles))}
        changes += [*members.written(row, one.person), party]
        for key in one.keys:
            check_possession(origin, organisation, one, key)
            body = key.added()
            key_rules.new_key(state, act.index, body)
            changes += key_rules.registered(act.index, body)
    _require_each_once(organisation, changes)
    return changes


def check_people(people: Sequence[FirstPerson]) -> None:
    """Whether an organisation can begin with these roles. Raises `FirstPeopleRefused` or `RolesConflict`."""
    alone = len(people) == 1
    for one in people:
        members.check_roles(one.roles, alone=alone)
        for key in one.keys:
            if names.key_owner(key.key) != one.person:
                raise FirstPeopleRefused(f"{key.key} is no key of {one.person}")
    officers = [one for one in people if members.officer_roles.intersection(one.roles)]
    if not people or len(officers) < min(2, len(people)):
        raise FirstPeopleRefused(f"{len(officers)} of {len(people)} people are officers")


def check_possession(origin: str, organisation: str, one: FirstPerson, key: FirstKey) -> None:
    """Raises `PossessionMissing`."""
    message = possession_message(origin, organisation, one.person, one.roles, key.key, key.jwk)
    told = key.possession
    try:
        assertion = None
        if told.webauthn is not None:
            assertion = Assertion.read(told.webauthn.model_dump())
        signature = Signature(key.key, base64.b64decode(told.sig, validate=True), assertion)
        check_signature(signature, key.added().public_key(), message)
    except keys.KeyRefused as error:
        raise key_rules.KeyRegistrationRefused(error.detail) from None
    except TallystickError as error:
        raise PossessionMissing(f"{key.key}: {error.detail}") from None
    except ValueError:
        raise PossessionMissing(f"{key.key}: sig is no base64") from None


def _require_each_once(organisation: str, changes: Sequence[Change]) -> None:
    """Two people of one body have neither handle, in any case of letters, nor key in common."""
    seen = {("party", names.fold(organisation), "")}
    for change in changes:
        name = (change.kind, change.name, change.part)
        if name in seen:
            raise FirstPeopleRefused(f"{change.name} is there twice")
        seen.add(name)
