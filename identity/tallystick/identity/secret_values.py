"""A secret never stands in the log: what a value may not hold, whoever signed it.

HS_SECKEY says that there is a secret key, and holds nothing; the node keeps the key elsewhere, sealed. A JWK holds
its public members alone (RFC 7518 §6, RFC 8037 §2).
"""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.identity.bodies import HandleValue
from tallystick.ledger import RuleError, canonical

secret_members: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"}),
    "EC": frozenset({"d"}),
    "OKP": frozenset({"d"}),
    "DSA": frozenset({"x"}),
    "oct": frozenset({"k"}),
}
_unknown = frozenset({"d", "k"})


class SecretRefused(RuleError):
    code = "secret-refused"
    title = "A secret cannot stand in the log, where it would stay for ever"
    advice = (
        "An HS_SECKEY value is empty, and a key is its public half: `tallystick handle user add` keeps the secret "
        "sealed in the node. Choose a new secret: this one was sent."
    )


def refuse(value: HandleValue) -> None:
    """Raises `SecretRefused`."""
    if value.type.upper() == "HS_SECKEY" and value.data:
        raise SecretRefused(f"the value {value.index} is an HS_SECKEY with data")
    if value.format in ("key", "json"):
        _refuse_private(value.index, canonical.decode(value.data.encode()))


def _refuse_private(index: int, told: object) -> None:
    if isinstance(told, Mapping) and isinstance(told.get("kty"), str):
        found = told.keys() & secret_members.get(told["kty"], _unknown)
        if found:
            raise SecretRefused(f"the value {index} has the private member {min(found)} of a key")
