"""Bodies of the acts of governance: a new policy, a new rule set, a new operator (formats §3).

What the governance keys sign is `statement.act_bytes` of the body without `signatures`. The entry's author
only brings it: an act holds by its quorum, whoever sends it.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tallystick.ledger.bls.registered import Registered
from tallystick.ledger.fields import Body, Count, Hex32, KeyRef, Positive, Text
from tallystick.ledger.note import note_bytes_max
from tallystick.ledger.witness.policy import policy_bytes_max, witnesses_max

policy_type = "ledger.policy/1"
rules_type = "ledger.rules/1"
epoch_type = "ledger.epoch/1"

#: 64 bytes: Ed25519, or r ‖ s of ECDSA P-256 with low s.
HexSignature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="hex signature")]
RuleSetName = Annotated[
    str, Field(pattern=r"^[a-z0-9./-]{1,100}$", examples=["tallystick/rules/2"])
]


SuiteName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$", examples=["sm2-sm3"])]


class NamedKey(Body):
    """A key reference with its public key as JWK."""

    key: KeyRef
    jwk: dict[str, str]


class GovernanceKey(NamedKey):
    """The key by which a witness's operator governs. `proof`: it signs that it does so for this log."""

    witness: Text
    proof: HexSignature


class GovernanceSignature(Body):
    """By the governance key of this reference; under the policy `none` by the root authority's."""

    key: KeyRef
    sig: HexSignature


GovernanceKeys = Annotated[tuple[GovernanceKey, ...], Field(max_length=witnesses_max)]
Signatures = Annotated[tuple[GovernanceSignature, ...], Field(max_length=witnesses_max)]


class GovernanceAct(Body):
    """`number`: 1 for the first act after genesis, and so on; a signature is for one place alone."""

    number: Positive
    signatures: Signatures

    def act(self) -> dict[str, Any]:
        """What is signed: everything but the signatures."""
        return self.model_dump(mode="json", exclude={"signatures"}, exclude_none=True)


class NewPolicy(GovernanceAct):
    """In force from `from_index` on, or from the next entry on.

    `quorum`: who signs quorum certificates (BLS) from then on; without it, nobody. `suites`: of the keys that may
    be registered beside those that were admitted before; none is taken back.
    """

    policy: Annotated[str, Field(max_length=policy_bytes_max)]
    governance: GovernanceKeys
    quorum: Registered | None = None
    suites: Annotated[tuple[SuiteName, ...], Field(min_length=1, max_length=8)] | None = None
    from_index: Count | None = None


class SwitchRules(GovernanceAct):
    """The rule set `rules` judges the entries from `from_index` on, or from the next one on."""

    rules: RuleSetName
    from_index: Count | None = None


class Stopped(Body):
    """A witness that will never again cosign under the old log key.

    `statement`: see `stop`; `checkpoint`: the newest one that it cosigned, with the log's signature and its
    own, empty if there is none; `consistency`: from there to the start of the epoch.
    """

    statement: Annotated[str, Field(max_length=note_bytes_max)]
    checkpoint: Annotated[str, Field(max_length=note_bytes_max)] = ""
    consistency: Annotated[tuple[Hex32, ...], Field(max_length=63)] = ()


class Epoch(GovernanceAct):
    """A new operator from leaf `size` on; `root` is that of the tree before it."""

    size: Positive
    root: Hex32
    log_key: NamedKey
    receipt_key: NamedKey
    stopped: Annotated[tuple[Stopped, ...], Field(max_length=witnesses_max)]
