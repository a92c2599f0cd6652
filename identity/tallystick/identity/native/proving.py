"""Where a record stands in the log, as one value of an answer: 512 bytes hold no proof, but its address."""

from __future__ import annotations

import hashlib
from typing import Any

from tallystick.identity.asof.wish import AsOf, as_of_index, as_of_type, proof_address
from tallystick.identity.native.bodies import Resolved
from tallystick.identity.native.translate import to_wire
from tallystick.identity.native.values import NativeValue
from tallystick.identity.views import Record, Value
from tallystick.ledger import canonical

#: Asked for by its type or index, and not stored.
proof_type, proof_index = "TALLYSTICK.PROOF", 2**31 - 1


def proofs(record: Record, readable: tuple[Value, ...], base_url: str) -> list[NativeValue]:
    """None for what no entry wrote. `readable`: all that the asker may read of it."""
    if record.since is None:
        return []
    told = {
        "index": record.since,
        "digest": record_digest(record.handle, tuple(to_wire(value) for value in readable)),
        "proof": f"{base_url.rstrip('/')}/log/proof/{record.since}",
    }
    return [NativeValue(proof_index, proof_type, canonical.encode(told), ttl=0)]


def moment_told(record: Record, at: int, base_url: str) -> NativeValue:
    """As of which entry an answer is, which one wrote the version, and where both are proven."""
    told: dict[str, Any] = AsOf(at, record.since).members()
    told["proof"] = proof_address(base_url, record.handle, at)
    return NativeValue(as_of_index, as_of_type, canonical.encode(told), ttl=0)


def record_digest(handle: str, values: tuple[NativeValue, ...]) -> str:
    """Hex SHA-256 of the body that answers a question for all that the asker may read."""
    return hashlib.sha256(Resolved(handle, values).encode()).hexdigest()
