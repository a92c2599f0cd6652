"""The quorum text that a log has, and the audit of the certificates that it keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tallystick.ledger.bls.certificate import key_id, line_name, verified_signers
from tallystick.ledger.bls.errors import NoQuorumText
from tallystick.ledger.bls.registered import ProvenQuorum, Registered
from tallystick.ledger.state import State


def log_quorum(state: State, size: int | None = None) -> Registered | None:
    """The quorum text in force at the last index of a checkpoint of this size; without size, the newest.

    It stands beside the policy, in genesis and in each act that changes it.
    """
    last = None if size is None else size - 1
    told = [text for since, text in _texts(state) if last is None or since <= last]
    return told[-1]


def require_quorum(state: State, size: int | None = None) -> ProvenQuorum:
    """As `log_quorum`, proven; raises `NoQuorumText`."""
    found = log_quorum(state, size)
    if found is None:
        raise NoQuorumText
    return found.proven()


def _texts(state: State) -> list[tuple[int, Registered | None]]:
    """(from index, quorum text) of genesis and of each policy, oldest first."""
    genesis = cast(Mapping[str, Any], state.get("log", "genesis") or {})
    acts = cast(Mapping[str, Mapping[str, Any]], state.group("log", "policy"))
    return [(0, _read(genesis)), *((int(part), _read(acts[part])) for part in acts)]


def _read(document: Mapping[str, Any]) -> Registered | None:
    found = document.get("quorum")
    if found is None:
        return None
    return Registered(text=found["text"], possessions=tuple(found["possessions"]))


class KeptCertificates:
    """The certificates among the lines that a store keeps of its checkpoints, of every text it ever had."""

    def __init__(self, origin: str, quorums: Sequence[ProvenQuorum]) -> None:
        name = line_name(origin)
        self._quorums = {(name, key_id(name, one.text).hex()): one for one in quorums}

    def has(self, name: str, key: str) -> bool:
        """Whether a line of this name and key ID (hex) is one; cosignatures are not."""
        return (name, key) in self._quorums

    def check(self, name: str, key: str, text: str, signature: bytes) -> None:
        """Raises `CertificateRefused` or `PointRefused`."""
        verified_signers(text, signature, self._quorums[name, key])


def kept_certificates(state: State) -> KeptCertificates:
    """Of this log."""
    genesis = cast(Mapping[str, Any], state.get("log", "genesis") or {})
    proven = [text.proven() for _, text in _texts(state) if text is not None]
    return KeptCertificates(str(genesis["origin"]), proven)
