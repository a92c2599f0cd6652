"""Judging a finished run by code of its own: it shares nothing with the product but the bytes.

A defect in the judge, the tree or the tiles would be in the audit as well. So what may never be is looked for
here once more, from formats.md alone: hashes by hashlib, envelopes by json.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulator.chance import Violation

no_prev = "0" * 64


@dataclass(frozen=True, slots=True)
class Leaf:
    """A row of the log, opened by hand."""

    index: int
    leaf: bytes
    outcome: str
    body: dict[str, Any]
    payload_hash: str
    payload: dict[str, Any]
    keys: tuple[str, ...]

    @property
    def id(self) -> tuple[str, str]:
        return self.payload["author"], self.payload["id"]

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(b"\x00" + self.leaf).digest()


def opened(row: tuple[int, bytes, str, bytes]) -> Leaf:
    index, leaf, outcome, body = row
    envelope = json.loads(leaf)
    payload = base64.b64decode(envelope["payload"])
    keys = tuple(one["keyid"] for one in envelope["signatures"])
    digest = hashlib.sha256(payload).hexdigest()
    return Leaf(index, leaf, outcome, json.loads(body), digest, json.loads(payload), keys)


def check_order(leaves: Sequence[Leaf]) -> None:
    """One leaf for an id, streams without gap or fork, nothing by a key that was revoked before."""
    seen: set[tuple[str, str]] = set()
    streams: dict[str, tuple[int, str]] = {}
    revoked: set[str] = set()
    for expected, leaf in enumerate(leaves):
        if leaf.index != expected:
            raise Violation(f"entry {leaf.index} stands where {expected} should")
        if leaf.id in seen:
            raise Violation(f"{leaf.id} is in the log twice")
        seen.add(leaf.id)
        if revoked.intersection(leaf.keys):
            raise Violation(f"entry {leaf.index} is signed by {leaf.keys}, revoked before")
        _check_stream(leaf, streams)
        if leaf.payload["type"] == "identity.key.revoke/1" and leaf.outcome == "accepted":
            revoked.add(leaf.body["key"])


def _check_stream(leaf: Leaf, streams: dict[str, tuple[int, str]]) -> None:
    seq, prev = leaf.payload.get("seq"), leaf.payload.get("prev")
    if seq is None:
        return
    author = leaf.payload["author"]
    wanted = streams.get(author, (-1, no_prev))
    if (seq, prev) != (wanted[0] + 1, wanted[1]):
        raise Violation(f"entry {leaf.index}: {author} has {seq} after {wanted[0]}, or forks")
    streams[author] = (seq, leaf.payload_hash)


def roots(hashes: Sequence[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """RFC 6962 roots of the first so many leaves, from a stack of complete subtrees."""
    wanted = set(sizes)
    found = {0: hashlib.sha256(b"").digest()}
    stack: list[tuple[int, bytes]] = []
    for size, leaf in enumerate(hashes, 1):
        height, node = 0, leaf
        while stack and stack[-1][0] == height:
            node = hashlib.sha256(b"\x01" + stack.pop()[1] + node).digest()
            height += 1
        stack.append((height, node))
        if size in wanted:
            root = stack[-1][1]
            for _, left in reversed(stack[:-1]):
                root = hashlib.sha256(b"\x01" + left + root).digest()
            found[size] = root
    return found


def told_by(note: str) -> tuple[int, bytes]:
    """(size, root) of a checkpoint's text."""
    lines = note.split("\n")
    return int(lines[1]), base64.b64decode(lines[2])


def tile(hashes: Sequence[bytes], n: int, width: int) -> bytes:
    """The tile (0, n) with so many hashes."""
    return b"".join(hashes[256 * n : 256 * n + width])
