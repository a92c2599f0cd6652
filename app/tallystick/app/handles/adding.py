"""Making and retiring users of the Handle API, on the operator's own machine.

A user is a service device of an organisation. Its entry key is held by the node, its record says how it logs in,
and the node that verified the organisation registers it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from tallystick.app.bootstrap import Node
from tallystick.app.handles.errors import HandleUserExists
from tallystick.app.handles.users import HandleUsers, Login, User
from tallystick.app.organisations import accepted
from tallystick.identity import (
    AddDevice,
    AddKey,
    CreateHandles,
    HandleRecord,
    HandleValue,
    RevokeKey,
    names,
    organisation,
    prefix_holder,
)
from tallystick.ledger import (
    Author,
    Body,
    Ledger,
    PrivateKey,
    SigningKey,
    Submission,
    TallystickError,
    canonical,
)

entry_key_index = 300
login_index_default = 301
generated_secret_bytes = 24
_not_shown = "1100"


class NoPrefix(TallystickError):
    code = "handle-user-without-prefix"
    status = 400
    title = "A user stands under a prefix that its organisation holds"
    advice = "Give one by --prefix; `tallystick organisation add --prefix` delegates one."


@dataclass(frozen=True, slots=True)
class NewUser:
    """`secret` for HS_SECKEY, `jwk` for HS_PUBKEY. `handle` empty: a new one under the prefix."""

    organisation: str
    login: Login
    prefix: str = ""
    handle: str = ""
    index: int = login_index_default
    secret: bytes | None = None
    jwk: dict[str, str] | None = None
    certificate: str | None = None


def new_secret() -> bytes:
    """A secret key as text, so that it fits into any password field."""
    return secrets.token_urlsafe(generated_secret_bytes).encode()


def add_user(node: Node, ledger: Ledger, users: HandleUsers, new: NewUser) -> User:
    """Raises `NoPrefix`, `KeyMissing`, `HandleUserExists`, `HandleSecretRefused`, or what the rules say."""
    with node.reader.open() as snapshot:
        view = snapshot.view
        found = organisation(view, new.organisation)
        handle = new.handle or _fresh_handle(view, new)
        registrar = prefix_holder(view, found.node) or found.handle
    user = User(handle=handle, index=new.index, login=new.login, certificate=new.certificate)
    users.require_addable(user, new.secret)
    if node.keys.has(f"{entry_key_index}:{handle}"):
        raise HandleUserExists(f"{handle} has an entry key here already")
    said: list[Submission] = []

    def say(author: str, entry_type: str, body: Body, *endorsers: SigningKey) -> None:
        key = node.keys.get(f"{entry_key_index}:{author}")
        writer = Author(ledger.origin, author, key, ledger.clock)
        said.append(writer.write(f"identity.{entry_type}/1", body, endorsers=endorsers))

    device = AddDevice(device=handle, organisation=found.handle, purpose="service")
    say(registrar, "device.add", device)
    key = SigningKey(f"{entry_key_index}:{handle}", PrivateKey.generate())
    jwk = key.private.public.jwk()
    body = AddKey(key=key.keyid, jwk=jwk, custody="node", types=("identity.*",))
    say(registrar, "key.add", body, key)
    record = HandleRecord(handle=handle, values=(_login(new),))
    say(found.handle, "handle.create", CreateHandles(handles=(record,)))
    node.keys.add(key)
    accepted(ledger.append(said))
    ledger.seal()
    return users.add(user, new.secret)


def remove_user(node: Node, ledger: Ledger, users: HandleUsers, handle: str) -> None:
    """Its logins end at once, and its entry key is revoked. Raises `HandleUserMissing`."""
    users.remove(handle)
    with node.reader.open() as snapshot:
        device: Any = snapshot.view.get("device", handle)
        found = organisation(snapshot.view, device["organisation"])
        registrar = prefix_holder(snapshot.view, found.node) or found.handle
    key = node.keys.get(f"{entry_key_index}:{registrar}")
    author = Author(ledger.origin, registrar, key, ledger.clock)
    body = RevokeKey(key=f"{entry_key_index}:{handle}", reason="retired")
    accepted(ledger.append([author.write("identity.key.revoke/1", body)]))
    ledger.seal()


def _fresh_handle(view: Any, new: NewUser) -> str:
    prefix = new.prefix
    if not prefix:
        held = view.find("prefix-by-holder", new.organisation, limit=1)
        if not held:
            raise NoPrefix(f"{new.organisation} holds none")
        prefix = held[0].name
    random = "".join(secrets.choice(names.crockford) for _ in range(names.organisation_characters))
    return f"{prefix}/USER-{random}"


def _login(new: NewUser) -> HandleValue:
    """What the record says of the login: that there is a secret, or the public key."""
    if new.jwk is None:
        return HandleValue(index=new.index, type="HS_SECKEY", data="", permissions=_not_shown)
    data = canonical.encode(new.jwk).decode()
    return HandleValue(index=new.index, type="HS_PUBKEY", data=data, format="key")
