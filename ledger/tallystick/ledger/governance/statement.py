"""The bytes that governance keys sign, and their signatures checked.

Each begins with a line that no other signature of the product begins with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tallystick.ledger import canonical
from tallystick.ledger.governance.bodies import GovernanceKey, GovernanceSignature
from tallystick.ledger.governance.errors import (
    GovernanceKeyRefused,
    GovernanceQuorumMissing,
    GovernanceSignatureRefused,
)
from tallystick.ledger.governance.force import Regime
from tallystick.ledger.keys import KeyRefused, PrivateKey, PublicKey
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.quorum import printable

act_domain = b"tallystick/governance/v1\n"
key_domain = b"tallystick/governance-key/v1\n"


def act_bytes(origin: str, entry_type: str, act: Mapping[str, Any]) -> bytes:
    """What is signed of an act: RFC 8785 of its origin, type and body without signatures."""
    return act_domain + canonical.encode({"origin": origin, "type": entry_type, "act": act})


def key_bytes(origin: str, witness: str, key: str) -> bytes:
    """What a new governance key signs about itself."""
    return key_domain + canonical.encode([origin, witness, key])


def name_key(private: PrivateKey, origin: str, witness: str, key: str) -> GovernanceKey:
    """The public half of a governance key, with its own signature."""
    proof = private.sign(key_bytes(origin, witness, key)).hex()
    return GovernanceKey(witness=witness, key=key, jwk=private.public.jwk(), proof=proof)


def check_keys(
    keys: Sequence[GovernanceKey],
    policy: Policy,
    origin: str,
    suites: Iterable[str],
    taken: Iterable[PublicKey],
) -> None:
    """One key for each witness and no other; none of `taken`, and none that cosigns.

    Raises `GovernanceKeyRefused`.
    """
    names = [] if policy.is_none else sorted(one.name for one in policy.witnesses)
    told = sorted(key.witness for key in keys)
    if told != names:
        wanted = ", ".join(printable(name) for name in names) or "nobody"
        raise GovernanceKeyRefused(
            f"keys of {wanted} are asked for, given {', '.join(told) or 'none'}"
        )
    used = {*taken, *(one.cosigner.key for one in policy.witnesses)}
    references: set[str] = set()
    for key in keys:
        try:
            public = PublicKey.from_jwk(key.jwk)
        except KeyRefused as error:
            raise GovernanceKeyRefused(f"{key.witness}: {error.detail}") from None
        if public.suite not in suites:
            raise GovernanceKeyRefused(f"{key.witness}: this log does not admit {public.suite}")
        if public in used or key.key in references:
            raise GovernanceKeyRefused(
                f"{key.witness}: its key or reference is used for something else"
            )
        if not public.verifies(bytes.fromhex(key.proof), key_bytes(origin, key.witness, key.key)):
            raise GovernanceKeyRefused(
                f"{key.witness}: the key did not sign that it governs {origin}"
            )
        used.add(public)
        references.add(key.key)


def signed_by(
    signatures: Iterable[GovernanceSignature], regime: Regime, message: bytes
) -> frozenset[str]:
    """The names of the witnesses whose governance keys signed; raises `GovernanceSignatureRefused`."""
    governors = {governor.key: governor for governor in regime.governors}
    names: set[str] = set()
    for signature in signatures:
        governor = governors.get(signature.key)
        if governor is None:
            raise GovernanceSignatureRefused(f"{signature.key} governs nothing now")
        if governor.witness in names:
            raise GovernanceSignatureRefused(f"{signature.key} signed twice")
        if not governor.public.verifies(bytes.fromhex(signature.sig), message):
            raise GovernanceSignatureRefused(f"the signature by {signature.key} does not verify")
        names.add(governor.witness)
    return frozenset(names)


def require_quorum(names: frozenset[str], regime: Regime) -> None:
    """Raises `GovernanceQuorumMissing`."""
    if regime.policy.is_none:
        if not names:
            raise GovernanceQuorumMissing("the root authority's key has not signed")
        return
    verdict = regime.policy.judge(names)
    if not verdict.met:
        raise GovernanceQuorumMissing(str(verdict))
