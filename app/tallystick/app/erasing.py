"""Erasing attachments of one's own: what would go, the entries that say so, and their way into the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tallystick.app.bootstrap import Node
from tallystick.app.governance.acts import enact_here, enact_there
from tallystick.ledger import (
    Author,
    Held,
    SigningKey,
    Submission,
    SystemClock,
    auditor_reader,
    erasure,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What of an entry would go. `also`: other entries that hold the same bytes, by hash."""

    index: int
    author: str
    owner: str
    held: tuple[Held, ...]
    also: Mapping[str, Sequence[int]]


def planned(node: Node, index: int, hashes: Sequence[str]) -> Plan:
    """Raises `IndexUnknown`, `NothingToErase`."""
    with node.reader.open() as snapshot:
        found = snapshot.disclose(index, auditor_reader)
        owner = node.rules.speaks_for(snapshot.view, found.row.author)
        held = tuple(one for one in found.attachments if not hashes or one.digest in hashes)
        missing = sorted({*hashes} - {one.digest for one in held})
        if missing or not held:
            raise erasure.NothingToErase(f"entry {index}" + (f": {missing[0]}" if missing else ""))
        also = {
            one.digest: [other for other in snapshot.also_held_in(one.digest) if other != index]
            for one in held
        }
    kept = {digest: others for digest, others in also.items() if others}
    return Plan(index, found.row.author, owner, held, kept)


def written(
    node: Node, plan: Plan, reason: erasure.Reason, holds: erasure.TextClass, key: SigningKey
) -> Iterator[Submission]:
    """An entry for each, signed by the owner's key."""
    origin = str(node.genesis()["origin"])
    author = Author(origin, key.keyid.partition(":")[2], key, SystemClock())
    for held in plan.held:
        body = erasure.Erase(
            entry=plan.index,
            hash=held.digest,
            reason=reason,
            text_class=holds,
        )
        yield author.write(erasure.erase_type, body)


def sent(node: Node, url: str, entry: Submission) -> int:
    """The index of the erasing entry; raises why it was refused."""
    return enact_there(url, entry) if url else enact_here(node, entry)
