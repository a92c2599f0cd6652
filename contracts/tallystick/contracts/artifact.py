"""The compiled contract, as ./dev contracts makes it from contracts/solidity (docs/adr/0031)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

artifact_file = "TallystickAnchor.json"


@dataclass(frozen=True, slots=True)
class Artifact:
    """`runtime` is what stands at the address of a deployed contract, `bytecode` what deploys it."""

    abi: list[dict[str, Any]]
    bytecode: bytes
    runtime: bytes
    compiler: str
    source_sha256: str

    @property
    def runtime_hash(self) -> str:
        """Hex SHA-256 of the runtime code."""
        return hashlib.sha256(self.runtime).hexdigest()


@cache
def artifact() -> Artifact:
    told = json.loads((files("tallystick.contracts") / artifact_file).read_text(encoding="utf-8"))
    return Artifact(
        told["abi"],
        bytes.fromhex(told["bytecode"]),
        bytes.fromhex(told["runtime"]),
        told["compiler"],
        told["sourceSha256"],
    )
