"""A quorum text as it is logged: with the proof that each signer has the secret of its key.

A sum of keys verifies signatures that nobody made if one of the keys was computed from the others (a rogue
key). So a text counts for nothing before every proof of possession has been verified, and `ProvenQuorum` is
made in no other way. As a file, for people: the text, an empty line, and a line of base64 for each proof.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tallystick.ledger.bls.encoding import signature_bytes
from tallystick.ledger.bls.errors import (
    PossessionRefused,
    QuorumTextRefused,
    RogueKey,
    SignerNotWitness,
)
from tallystick.ledger.bls.scheme import reference
from tallystick.ledger.bls.text import QuorumText, header, shown, signers_max, text_bytes_max
from tallystick.ledger.fields import Body
from tallystick.ledger.note import strict_base64

if TYPE_CHECKING:
    from tallystick.ledger.witness.policy import Policy

file_bytes_max = text_bytes_max + signers_max * 2 * signature_bytes
#: Base64 of 96 bytes.
Possession = Annotated[str, Field(pattern=r"^[0-9A-Za-z+/]{128}$")]


@dataclass(frozen=True, slots=True)
class ProvenQuorum:
    """A quorum text, every key of which its holder has proven; made by `Registered.proven` alone."""

    text: QuorumText

    @property
    def said(self) -> str:
        """Such as `2 of 3`."""
        return f"{self.text.threshold} of {len(self.text.signers)}"


class Registered(Body):
    """A quorum text, and for each of its keys, in its order, the proof of possession."""

    text: Annotated[str, Field(min_length=1, max_length=text_bytes_max)]
    possessions: Annotated[tuple[Possession, ...], Field(max_length=signers_max)]

    def proven(self) -> ProvenQuorum:
        """Raises `QuorumTextRefused`, `PossessionRefused` or `PointRefused`.

        A proof takes half a second when it is first seen, and nothing again in the same process.
        """
        text = QuorumText.parse(self.text)
        if len(self.possessions) != len(text.signers):
            raise PossessionRefused(
                f"{len(self.possessions)} for {len(text.signers)} signers; each has one"
            )
        for signer, encoded in zip(text.signers, self.possessions, strict=True):
            require_possession(signer.name, signer.key, strict_base64(encoded))
        return ProvenQuorum(text)

    def require_of_policy(self, policy: Policy) -> None:
        """Whether it may stand beside this policy: proven, and its signers are witnesses of it.

        Raises as `proven`, or `SignerNotWitness`.
        """
        _require_witnesses(QuorumText.parse(self.text), policy)
        self.proven()

    def to_file(self) -> str:
        return f"{self.text}\n" + "".join(f"{one}\n" for one in self.possessions)

    @staticmethod
    def from_file(data: str) -> Registered:
        """Raises `QuorumTextRefused` or `PossessionRefused`; nothing is proven yet."""
        if len(data) > file_bytes_max:
            raise QuorumTextRefused(f"a quorum file has at most {file_bytes_max} characters")
        if not data.startswith(f"{header}\n"):
            raise QuorumTextRefused(f"{header!r} is expected", 1)
        text, gap, tail = data.partition("\n\n")
        if not gap or not tail.endswith("\n"):
            raise PossessionRefused("they stand below the text, after an empty line, a line each")
        lines = tail[:-1].split("\n")
        if any(len(strict_base64(line)) != signature_bytes for line in lines):
            raise PossessionRefused(f"each is base64 of {signature_bytes} bytes")
        QuorumText.parse(f"{text}\n")
        return Registered(text=f"{text}\n", possessions=tuple(lines))


def require_possession(name: str, key: bytes, proof: bytes) -> None:
    """Raises `RogueKey`, or what is wrong with the points."""
    reference().require_key(key, f"the key of {name}")
    if not _proves(key, proof):
        reference().require_signature(proof, f"the possession of {name}")
        raise RogueKey(f"{name} with the key {shown(key)}")


@lru_cache(maxsize=1024)
def _proves(key: bytes, proof: bytes) -> bool:
    return len(proof) == signature_bytes and reference().proves(key, proof)


def _require_witnesses(text: QuorumText, policy: Policy) -> None:
    known: Collection[str] = {one.cosigner.name for one in policy.witnesses}
    for number, signer in enumerate(text.signers, start=3):
        if signer.name not in known:
            raise SignerNotWitness(f"{signer.name} has no cosigner key in the policy", number)
