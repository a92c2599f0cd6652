"""The quorum text that a log has, and the audit of the certificates that it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.ledger.bls.certificate import key_id, line_name, verified_signers
from tallystick.ledger.bls.errors import NoQuorumText
from tallystick.ledger.bls.registered import ProvenQuorum, Registered
from tallystick.ledger.state import State


def log_quorum(state: State) -> Registered | None:
    """The quorum text in force, from genesis."""
    genesis: Mapping[str, Any] = state.get("log", "genesis") or {}
    found = genesis.get("quorum")
    if found is None:
        return None
    return Registered(text=found["text"], possessions=tuple(found["possessions"]))


def require_quorum(state: State) -> ProvenQuorum:
    """As `log_quorum`, proven; raises `NoQuorumText`."""
    found = log_quorum(state)
    if found is None:
        raise NoQuorumText
    return found.proven()


class KeptCertificates:
    """The certificates among the lines that a store keeps of its checkpoints."""

    def __init__(self, origin: str, quorum: ProvenQuorum | None) -> None:
        self._quorum = quorum
        name = line_name(origin)
        self._key = (name, key_id(name, quorum.text).hex()) if quorum else None

    def has(self, name: str, key: str) -> bool:
        """Whether a line of this name and key ID (hex) is one; cosignatures are not."""
        return self._key == (name, key)

    def check(self, text: str, signature: bytes) -> None:
        """Raises `CertificateRefused` or `PointRefused`."""
        if self._quorum is None:
            raise NoQuorumText
        verified_signers(text, signature, self._quorum)


def kept_certificates(state: State) -> KeptCertificates:
    """Of this log."""
    genesis: Mapping[str, Any] = state.get("log", "genesis") or {}
    found = log_quorum(state)
    return KeptCertificates(str(genesis["origin"]), found.proven() if found else None)
