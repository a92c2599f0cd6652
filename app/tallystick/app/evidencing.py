"""Gathering from a node what an evidence file needs. What it answers is verified before it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tallystick.app import receipts
from tallystick.app.bootstrap import Node
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.ledger import (
    ProofFile,
    Received,
    TallystickError,
    Verifier,
    canonical,
    evidence,
    export,
    leaf_hash,
    node_hash,
    open_checkpoint,
    promise,
    sighting,
)

path_hashes_max = 64


class RemoteTree(receipts.RemoteNode):
    """The tree of a node over HTTP: roots and proofs at any two sizes."""

    def root_at(self, size: int) -> bytes:
        """The root to which the node's path of the first leaf leads."""
        node = self.leaf_hash(0)
        for sibling in self._path(f"/log/inclusion/0?size={size}"):
            node = node_hash(node, sibling)
        return node

    def consistency(self, first: int, second: int) -> list[bytes]:
        return self._path(f"/log/consistency?first={first}&second={second}")

    def leaf_hash(self, index: int) -> bytes:
        try:
            return leaf_hash(canonical.encode(self.entry(index)["envelope"]))
        except (KeyError, TallystickError):
            raise receipts.NodeAnswerRefused(f"entry {index} has no envelope") from None

    def proven(self, index: int) -> ProofFile:
        found = self.proof(index)
        if found is None:
            raise receipts.NodeAnswerRefused(f"there is no proof of entry {index}")
        return found

    def newest(self, log: Verifier) -> int:
        """Index of the block at the end of the newest checkpoint."""
        found = self._get("/log/checkpoint/newest")
        return open_checkpoint(found.content.decode(errors="replace"), log).size - 1

    def _path(self, path: str) -> list[bytes]:
        found = self._get(path)
        told = receipts.read_object(found.content) if found.status_code == 200 else {}
        hashes = told.get("path")
        try:
            if isinstance(hashes, list) and len(hashes) <= path_hashes_max:
                return [bytes.fromhex(node) for node in hashes]
        except (TypeError, ValueError):
            pass
        raise receipts.NodeAnswerRefused(f"{path}: status {found.status_code}, or no path")


def copy_of(settings: Settings, export_folder: Path | None) -> evidence.Copy:
    """An export, or else the store of this machine; raises `NoLog`."""
    if export_folder is not None:
        return evidence.ExportCopy(export.Export(export_folder), Node.at(settings).rules)
    node = Node.existing(settings)
    return evidence.StoreCopy(node.store, node.rules)


@contextmanager
def held_log(settings: Settings, export_folder: Path | None) -> Iterator[evidence.HeldLog]:
    """A copy of the log, ready to be replayed."""
    node = Node.at(settings)
    copy, checker = copy_of(settings, export_folder), node.checker()
    try:
        with progress("replay") as tick:
            yield evidence.HeldLog(copy, node.rules, node.directory, checker, tick)
    finally:
        checker.close()


def broken_receipts(
    document: Mapping[str, Any], log: Verifier, node: RemoteTree
) -> Iterator[evidence.BrokenReceipt]:
    """Evidence for each promise of a receipt that was broken, verified."""
    genesis = node.entry(0)
    charter = promise.open_charter(genesis, log)
    given = promise.open_promise(document, charter)
    inner = document.get("receipt", document)
    for entry in given.entries:
        found = evidence.BrokenReceipt(
            origin=given.origin,
            genesis=evidence.PublicEntry.answered(genesis),
            receipt=evidence.Dsse.model_validate_json(canonical.encode(inner)),
            index=entry.index,
            breach=_breach(entry, charter, node),
        )
        try:
            found.verify(evidence.Trust([log]))
        except evidence.EvidenceProvesNothing:
            continue
        yield found


def _breach(
    entry: Received, charter: promise.Charter, node: RemoteTree
) -> evidence.Elsewhere | evidence.Missing | evidence.Late:
    proof = node.proof(entry.index)
    if proof is None:
        newest = node.newest(charter.log)
        block, place = _block(node, newest)
        return evidence.Missing(block=block, place=place)
    try:
        promise.check_place(entry, proof, charter)
    except promise.EvidenceRefused:
        other = node.leaf_hash(entry.index).hex()
        return evidence.Elsewhere(leaf_hash=other, place=evidence.Place.of(proof))
    before, before_place = _block(node, node.nearest_block(entry.index - 1, -1))
    after, after_place = _block(node, node.nearest_block(entry.index + 1, 1))
    return evidence.Late(
        before=before, before_place=before_place, after=after, after_place=after_place
    )


def delayed(
    document: Mapping[str, Any], mirror: Verifier, log: Verifier, node: RemoteTree, limit_s: int
) -> evidence.Delay:
    """Evidence that an entry which the mirror saw came late, or not; verified.

    Raises `EvidenceProvesNothing` if it came in time.
    """
    seen = sighting.open_sighting(document, mirror)
    at = node.elsewhere(seen.author, seen.id)
    place = None
    if at is None:
        index = node.newest(log)
    else:
        place, index = evidence.Place.of(node.proven(at)), node.nearest_block(at - 1, -1)
    block, block_place = _block(node, index)
    found = evidence.Delay(
        origin=seen.origin,
        mirror=mirror.encode(),
        sighting=evidence.Dsse.model_validate_json(canonical.encode(document)),
        limit_s=limit_s,
        block=block,
        block_place=block_place,
        place=place,
    )
    found.verify(evidence.Trust([log], mirrors=[mirror]))
    return found


def _block(node: RemoteTree, index: int) -> tuple[evidence.PublicEntry, evidence.Place]:
    entry = evidence.PublicEntry.answered(node.entry(index))
    return entry, evidence.Place.of(node.proven(index))
