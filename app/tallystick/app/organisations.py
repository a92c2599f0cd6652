"""Registering an organisation on the operator's own machine, with a key that the node holds for it.

Until organisations apply and log in by themselves, the operator's commands speak for the root authority.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from tallystick.app.bootstrap import Node
from tallystick.identity import (
    AddKey,
    DelegatePrefix,
    RegisterOrganisation,
    names,
    new_organisation_handle,
)
from tallystick.ledger import (
    Answer,
    Author,
    Body,
    InvariantError,
    Ledger,
    PrivateKey,
    SigningKey,
    Submission,
    TallystickError,
)


def accepted(answers: list[Answer]) -> list[Answer]:
    """The answers, all of which must be in the log as accepted; raises the first problem."""
    for answer in answers:
        if not answer.accepted:
            raise answer.problem or answer.refusal or InvariantError(f"{answer.id}: {answer.code}")
    return answers


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """What the register says; `number` by `scheme`, see `RegisterOrganisation`."""

    name: dict[str, str]
    capacity: str
    scheme: str = "none"
    number: str | None = None
    country: str | None = None
    prefix: str = ""


class OrganisationRefused(TallystickError):
    code = "organisation-refused"
    status = 400
    title = "The organisation cannot be registered like this"
    advice = "Correct what is named; `tallystick organisation add --help` lists the choices."


def _body(new: NewOrganisation, handle: str) -> RegisterOrganisation:
    told = {
        "organisation": handle,
        "name": new.name,
        "scheme": new.scheme,
        "number": new.number,
        "country": new.country,
        "capacities": (new.capacity,),
    }
    try:
        return RegisterOrganisation.model_validate(told)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise OrganisationRefused(f"{wrong['loc'][0]}: {wrong['msg']}") from None


def register_organisation(node: Node, ledger: Ledger, new: NewOrganisation) -> str:
    """The handle of the new organisation; its key is in the node's key store."""
    root = str(node.genesis()["root"])
    handle = new_organisation_handle(names.split(root)[0])
    author = Author(ledger.origin, root, node.keys.get(f"300:{root}"), ledger.clock)
    said: list[Submission] = []

    def say(entry_type: str, body: Body, *endorsers: SigningKey) -> None:
        said.append(author.write(entry_type, body, endorsers=endorsers))

    say("identity.organisation.register/1", _body(new, handle))
    key = SigningKey(f"300:{handle}", PrivateKey.generate())
    jwk = key.private.public.jwk()
    say("identity.key.add/1", AddKey(key=key.keyid, jwk=jwk, custody="node", types=("*",)), key)
    if new.prefix:
        body = DelegatePrefix(prefix=new.prefix, holder=handle, role="enterprise")
        say("identity.prefix.delegate/1", body)
    node.keys.add(key)
    accepted(ledger.append(said))
    ledger.seal()
    return handle
