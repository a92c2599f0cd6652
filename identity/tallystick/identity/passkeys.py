"""What a passkey's registration must satisfy beyond any key's (formats §2; WebAuthn Level 3, §5.1.2).

A passkey lives in an authenticator that its holder has: nobody registers one as held by the node. The
relying party's id is the host of its pages or a parent domain of it, as browsers demand, and the origin is
written as browsers write it.
"""

from __future__ import annotations

from tallystick.identity.bodies import AddKey
from tallystick.ledger import RuleError

_default_ports = {"https": "443", "http": "80"}
_port_max = 65_535


class PasskeyRefused(RuleError):
    code = "passkey-refused"
    title = "The passkey cannot be registered"
    advice = (
        "Register it with custody self or hardware, the origin exactly as the browser says it, and "
        "the relying party's id of that origin."
    )


def check_passkey(body: AddKey) -> None:
    """Raises `PasskeyRefused`; says nothing about a key that is none."""
    where = body.webauthn
    if where is None:
        return
    if body.custody == "node":
        raise PasskeyRefused("a node holds no passkeys")
    scheme, _, place = where.origin.partition("://")
    host, _, port = place.partition(":")
    if port == _default_ports[scheme] or int(port or 0) > _port_max:
        raise PasskeyRefused(f"browsers write no origin with the port {port}")
    if host.rpartition(".")[2].isdecimal():
        raise PasskeyRefused("browsers offer no passkeys for a host without a name")
    if host != where.rp_id and not host.endswith(f".{where.rp_id}"):
        raise PasskeyRefused(f"{where.rp_id} is neither {host} nor a parent domain of it")
