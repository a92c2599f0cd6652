"""An organisation that applies, with people who made their keys."""

from __future__ import annotations

import base64
from typing import Any

from tests.identity.people.firm import by_node
from tests.ledger.authenticator import Authenticator
from tests.ledger.world import World, key

from tallystick.identity import (
    AdmitOrganisation,
    Asserted,
    FirstKey,
    FirstPerson,
    Possession,
    WebAuthn,
    possession_message,
    uscc_with_check,
)
from tallystick.ledger import Signature

handle = "99.100/O-NEWCOMER00000"
one, two = "99.100/P-NEWCOMER00001", "99.100/P-NEWCOMER00002"
number = uscc_with_check("91350200M000100Y4")
officers = ("administrator",), ("security-administrator",)


def by_plain_key(origin: str, person: str, roles: tuple[str, ...], of: str = handle) -> FirstPerson:
    """With a key from a program."""
    made = key(f"300:{person}")
    jwk = made.private.public.jwk()
    message = possession_message(origin, of, person, roles, made.keyid, jwk)
    proof = Possession(sig=base64.b64encode(made.private.sign(message)).decode())
    first = FirstKey(key=made.keyid, jwk=jwk, custody="self", possession=proof)
    return FirstPerson(person=person, roles=roles, keys=(first,))  # type: ignore[arg-type]


def by_passkey(origin: str, person: str, roles: tuple[str, ...], of: str = handle) -> FirstPerson:
    passkey = Authenticator.of(person)
    jwk = passkey.signing.private.public.jwk()
    reference = passkey.signing.keyid
    signature = passkey.sign(possession_message(origin, of, person, roles, reference, jwk))
    first = FirstKey(
        key=reference,
        jwk=jwk,
        custody="self",
        webauthn=WebAuthn(rp_id=passkey.rp_id, origin=passkey.origin),
        possession=possession(signature),
    )
    return FirstPerson(person=person, roles=roles, keys=(first,))  # type: ignore[arg-type]


def alone(origin: str, organisation: str) -> tuple[FirstPerson]:
    """One person who is everything, as of any organisation."""
    everything = ("administrator", "maker", "checker")
    return (by_plain_key(origin, organisation.replace("/O-", "/P-"), everything, organisation),)


def possession(signature: Signature) -> Possession:
    told = None if signature.webauthn is None else Asserted(**signature.webauthn.members())
    return Possession(sig=base64.b64encode(signature.sig).decode(), webauthn=told)


def admit(people: tuple[FirstPerson, ...] | None = None, **change: Any) -> AdmitOrganisation:
    """With one person who is everything, unless others are named."""
    of = str(change.get("organisation", handle))
    told: dict[str, Any] = {
        "kind": "admit",
        "organisation": handle,
        "name": {"zh": "新来电子有限公司", "en": "Newcomer Electronics"},
        "scheme": "uscc",
        "number": number,
        "capacities": ("supplier",),
        "people": alone(World.origin, of) if people is None else people,
    }
    return AdmitOrganisation(**told | change)


def admitted(world: World, what: AdmitOrganisation) -> str:
    """By two officers of the node."""
    return by_node(world, what)
