"""Checking receipts against a running node: fetching what proves or disproves each promise.

What it fetches is believed only as far as the pinned log key reaches: genesis and blocks that the log key
signed, and paths to checkpoints that it signed (`ledger.promise`).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from tallystick.app.anchor import checking as anchors
from tallystick.ledger import (
    Clock,
    ProofFile,
    Received,
    TallystickError,
    Verifier,
    anchor,
    checkpoint_size,
    from_instant,
    open_checkpoint,
    promise,
    witness,
)

timeout_s = 20
answer_bytes_max = 4 * 1024 * 1024
walk_entries_max = 10_000
clock_off_ms_max = 60_000
block_type = "ledger.block/1"
_headers = {"Accept-Encoding": "identity"}


class NodeUnreachable(TallystickError):
    code = "receipt-node-unreachable"
    status = 503
    title = "The node does not answer"
    advice = "Ask again later, or check with `--proof` and `--genesis` from another source."


class NodeAnswerRefused(TallystickError):
    code = "receipt-node-answer"
    status = 502
    title = "The node's answer is not in its form"
    advice = "Check the address: it is that of a Tallystick node, without a path."


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one promise. `grade` is empty while no checkpoint covers the entry."""

    entry: Received
    grade: str
    said: str
    broken: TallystickError | None = None


class RemoteNode:
    """A node over HTTP."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self._url = url.rstrip("/")
        self._http = http

    def charter(self, log: Verifier) -> promise.Charter:
        """From genesis, and from the acts of governance that stand in the log."""
        found = self._get("/log/governance")
        if found.status_code == 404:
            return promise.open_charter(self.entry(0), log)
        if found.status_code != 200:
            self._refuse(found)
        charter, entries = promise.chain_charter(read_object(found.content), log)
        # A genesis alone is signed by the pinned key; with acts behind it, all of it must be in one tree.
        for entry in entries if len(entries) > 1 else ():
            proof = self.proof(entry.index)
            if proof is None:
                # It is not sealed yet: what comes before it is in force under every checkpoint there is.
                return promise.chain_charter(read_object(found.content), log, entry.index - 1)[0]
            promise.check_chain(entry, proof, charter)
        return charter

    def entry(self, index: int) -> Mapping[str, Any]:
        found = self._get(f"/v1/entries/{index}")
        return read_object(found.content) if found.status_code == 200 else self._refuse(found)

    def proof(self, index: int) -> ProofFile | None:
        """None while no checkpoint covers the index."""
        found = self._get(f"/log/proof/{index}")
        if found.status_code in (404, 409):
            return None
        if found.status_code != 200:
            self._refuse(found)
        return ProofFile.parse(found.content.decode(errors="replace"))

    def anchored(self, index: int) -> tuple[anchor.Claim, ProofFile] | None:
        """Where the node says that the entry is anchored; None while no anchor covers it."""
        found = self._get(f"/log/anchor/{index}")
        if found.status_code in (404, 409):
            return None
        if found.status_code != 200:
            self._refuse(found)
        told = read_object(found.content)
        claim, proof = told.get("anchor"), told.get("proof")
        if not isinstance(claim, dict) or not isinstance(proof, str):
            raise NodeAnswerRefused("an anchor has a claim and a proof")
        return anchor.Claim.read(claim), ProofFile.parse(proof)

    def newest_block(self, log: Verifier | promise.Charter) -> promise.Sealed:
        """The block at the end of the newest checkpoint."""
        found = self._get("/log/checkpoint/newest")
        if found.status_code != 200:
            self._refuse(found)
        note = found.content.decode(errors="replace")
        key = log.log_at(checkpoint_size(note)) if isinstance(log, promise.Charter) else log
        checkpoint = open_checkpoint(note, key)
        return self.block(checkpoint.size - 1, log)

    def block(self, index: int, log: Verifier | promise.Charter) -> promise.Sealed:
        proof = self.proof(index)
        if proof is None:
            raise NodeAnswerRefused(f"there is no proof of block {index}")
        return promise.open_block(self.entry(index), proof, log)

    def nearest_block(self, index: int, step: int) -> int:
        """Index of the next block from `index` on, forwards or backwards; what it says is not believed."""
        for at in range(index, max(-1, index + step * walk_entries_max), step):
            if _type(self.entry(at)) == block_type:
                return at
        raise NodeAnswerRefused(f"no block within {walk_entries_max} entries of {index}")

    def elsewhere(self, author: str, entry_id: str) -> int | None:
        """Where the node now says the entry is."""
        path = f"/v1/receipts/{quote(entry_id, safe='')}?author={quote(author, safe='')}"
        found = self._get(path)
        if found.status_code != 200:
            return None
        now = read_object(found.content).get("now")
        index = now.get("index") if isinstance(now, dict) else None
        return index if type(index) is int else None

    def credential_proof(self, digest: str) -> bytes:
        """What became of a credential, as a bundle; it is verified by whoever asked for it."""
        found = self._get(f"/v1/credentials/{digest}/proof")
        return found.content if found.status_code == 200 else bytes(self._refuse(found))

    def _get(self, path: str) -> httpx.Response:
        try:
            with self._http.stream(
                "GET", self._url + path, headers=_headers, timeout=timeout_s
            ) as answer:
                data = bytearray()
                for chunk in answer.iter_raw():
                    data += chunk
                    if len(data) > answer_bytes_max:
                        raise NodeAnswerRefused(f"{path}: more than {answer_bytes_max} bytes")
                return httpx.Response(answer.status_code, content=bytes(data))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise NodeUnreachable(f"{self._url}: {error or type(error).__name__}") from None

    def _refuse(self, answer: httpx.Response) -> Any:
        raise NodeAnswerRefused(f"status {answer.status_code}")


def check_anchored(
    found: Checked,
    charter: promise.Charter,
    node: RemoteNode,
    servers: Sequence[str],
    contract: str = "",
) -> Checked:
    """The same, graded `anchored` if the servers show so; raises what they say against it.

    What was only promised, or is broken, stays as it is, and so does what no anchor covers yet.
    """
    claimed = node.anchored(found.entry.index) if found.grade and not found.broken else None
    if claimed is None:
        return found
    claim, proof = claimed
    promise.check_place(found.entry, proof, charter)
    log = charter.log_at(checkpoint_size(proof.checkpoint))
    seen = anchors.check(claim, proof.checkpoint, log, servers, contract)
    said = (
        f"{found.said}; in block {seen.place.block} of chain {seen.place.chain}, {seen.place.time}"
    )
    return replace(found, grade="anchored", said=said)


def check(
    given: promise.Promise, charter: promise.Charter, node: RemoteNode, clock: Clock
) -> list[Checked]:
    """Each entry of the receipt, in order; a broken promise is told, not raised."""
    return [_check_one(given, entry, charter, node, clock) for entry in given.entries]


def check_proof(entry: Received, proof: ProofFile, charter: promise.Charter) -> Checked:
    """One entry against a proof file alone: its place and grade, not when it was sealed."""
    promise.check_place(entry, proof, charter)
    return _graded(entry, proof, charter, "; when it was sealed is not checked")


def _check_one(
    given: promise.Promise,
    entry: Received,
    charter: promise.Charter,
    node: RemoteNode,
    clock: Clock,
) -> Checked:
    try:
        given.require_kept(entry)
        proof = node.proof(entry.index)
        if proof is None:
            return _waiting(given, entry, charter, node, clock)
        _require_place(entry, proof, charter, node)
        _require_sealed(given, entry, charter, node)
        return _graded(entry, proof, charter)
    except promise.PromiseBroken as broken:
        return Checked(entry, "", broken.detail, broken)


def _waiting(
    given: promise.Promise,
    entry: Received,
    charter: promise.Charter,
    node: RemoteNode,
    clock: Clock,
) -> Checked:
    promise.require_waiting(given, entry, node.newest_block(charter))
    late_ms = clock.now_ms() - from_instant(given.sealed_by)
    if late_ms > clock_off_ms_max:
        said = f"by this machine's clock it is {late_ms // 1000} s past {given.sealed_by}"
        raise promise.SealedLate(f"{said}, and no checkpoint covers index {entry.index}")
    return Checked(entry, given.grade, f"not sealed yet; promised by {given.sealed_by}")


def _require_place(
    entry: Received, proof: ProofFile, charter: promise.Charter, node: RemoteNode
) -> None:
    try:
        promise.check_place(entry, proof, charter)
    except promise.EvidenceRefused:
        broken = promise.occupied(entry, node.entry(entry.index), proof, charter)
        if broken is None:
            raise
        now = node.elsewhere(entry.author, entry.id)
        said = "the node knows it no more" if now is None else f"the node says it is at {now}"
        raise promise.EntryElsewhere(f"{broken.detail}; {said}") from None


def _require_sealed(
    given: promise.Promise, entry: Received, charter: promise.Charter, node: RemoteNode
) -> None:
    after = node.block(node.nearest_block(entry.index + 1, 1), charter)
    if after.time > given.sealed_by:
        before = node.block(node.nearest_block(entry.index - 1, -1), charter)
        promise.require_sealed(given, entry, after, before)


def _graded(entry: Received, proof: ProofFile, charter: promise.Charter, more: str = "") -> Checked:
    size = checkpoint_size(proof.checkpoint) or 0
    policy = charter.policy_at(size)
    found = witness.open_cosigned(proof.checkpoint, policy, charter.log_at(size))
    place = f"in the log at {entry.index}, under the checkpoint of {found.checkpoint.size}"
    if policy.is_none:
        return Checked(entry, "sealed", f"{place}; the policy is `none`: no witness vouches{more}")
    if found.verdict.met:
        who = ", ".join(witness.printable(name) for name in sorted(found.times))
        return Checked(entry, "final", f"{place}, cosigned by {who}{more}")
    count = f"{len(found.times)} of {len(policy.witnesses)}"
    grade = f"witnessed {count}" if found.times else "sealed"
    return Checked(entry, grade, f"{place}; {found.verdict}{more}")


def _type(entry: Mapping[str, Any]) -> object:
    try:
        return orjson.loads(base64.b64decode(entry["envelope"]["payload"]))["type"]
    except (ValueError, KeyError, TypeError):
        raise NodeAnswerRefused("an entry holds no envelope") from None


def read_object(data: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise NodeAnswerRefused("it is not JSON") from None
    if not isinstance(found, dict):
        raise NodeAnswerRefused("it is no JSON object")
    return found
