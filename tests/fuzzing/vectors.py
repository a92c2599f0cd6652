"""Valid inputs from the shared vectors (tests/conformance): the accepted cases of a file."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

from tests.conformance.vectors import files


@cache
def accepted(name: str) -> list[dict[str, Any]]:
    """`given` of the accepted cases."""
    document = json.loads((files.folder / f"{name}.json").read_text(encoding="utf-8"))
    return [
        case["given"]
        for case in document["cases"]
        if "gives" in case and case["gives"].get("verifies", True)
    ]


def raw(name: str, member: str) -> list[bytes]:
    """A member that holds base64, as bytes."""
    return [base64.b64decode(given[member]) for given in accepted(name)]


def text(name: str, member: str) -> list[bytes]:
    return [str(given[member]).encode() for given in accepted(name)]


def document(name: str, member: str) -> list[bytes]:
    """A member that is JSON itself, in canonical form."""
    return [encoded(given[member]) for given in accepted(name)]


def encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
