"""`POST /v1/entries`: what is sent, and what an answer must be (formats §10).

An answer counts only if it fits: one result per entry, each with the leaf hash of the envelope that was
sent (RFC 6962 §2.1: SHA-256 of 0x00 and the leaf), and a receipt. With a receipt key, the receipt must be
signed by it and name every entry with the same outcome.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.ledger import PublicKey, TallystickError, open_receipt
from tallystick.scanners.device_errors import NodeAnswerWrong
from tallystick.scanners.store import Queued


class Problem(BaseModel):
    """RFC 9457; `expected_seq` comes with `stream-gap`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str = Field(max_length=100)
    title: str = Field(default="", max_length=1000)
    detail: str = Field(default="", max_length=10_000)
    expected_seq: int | None = Field(default=None, ge=0)


class Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    index: int | None = Field(default=None, ge=0)
    leaf_hash: str | None = None
    outcome: Literal["accepted", "refused"] | None = None
    code: str | None = None
    problem: Problem | None = None


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    results: tuple[Result, ...]
    receipt: dict[str, Any] | None = None


def request(batch: Sequence[Queued]) -> dict[str, Any]:
    """The JSON of a request."""
    return {"entries": [_entry(queued) for queued in batch]}


def read_answer(
    document: Mapping[str, Any],
    batch: Sequence[Queued],
    origin: str,
    author: str,
    receipt_key: PublicKey | None,
) -> Answer:
    """The node's answer to `request(batch)`; raises `NodeAnswerWrong` unless it fits."""
    try:
        answer = Answer.model_validate(document)
    except ValidationError as error:
        raise NodeAnswerWrong(f"{error.error_count()} members are missing or wrong") from None
    if len(answer.results) != len(batch):
        raise NodeAnswerWrong(f"{len(answer.results)} results for {len(batch)} entries")
    settled = [
        (queued, result)
        for queued, result in zip(batch, answer.results, strict=True)
        if result.problem is None
    ]
    for queued, result in settled:
        _check_leaf(queued, result)
    if settled:
        _check_receipt(answer, settled, origin, author, receipt_key)
    return answer


def _entry(queued: Queued) -> dict[str, Any]:
    submission = queued.submission
    return {
        "envelope": json.loads(submission.envelope),
        "body": _base64(submission.body),
        "salt": _base64(submission.salt),
        "attachments": [
            {"type": a.type, "grade": a.grade, "salt": _base64(a.salt), "data": _base64(a.data)}
            for a in submission.attachments
        ],
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _check_leaf(queued: Queued, result: Result) -> None:
    leaf_hash = hashlib.sha256(b"\x00" + queued.submission.envelope).hexdigest()
    if result.outcome is None or result.index is None or result.leaf_hash != leaf_hash:
        raise NodeAnswerWrong(f"seq {queued.seq}: no outcome for leaf {leaf_hash}")


def _check_receipt(
    answer: Answer,
    settled: Sequence[tuple[Queued, Result]],
    origin: str,
    author: str,
    key: PublicKey | None,
) -> None:
    if answer.receipt is None:
        raise NodeAnswerWrong("entries were taken without a receipt")
    if key is None:
        return
    try:
        receipt = open_receipt(answer.receipt, key)
        named = {tuple(row) for row in receipt["entries"]}
    except (TallystickError, KeyError, TypeError) as error:
        raise NodeAnswerWrong(f"the receipt: {error}") from None
    if receipt.get("origin") != origin:
        raise NodeAnswerWrong(f"the receipt is of {receipt.get('origin')}, not of {origin}")
    for queued, result in settled:
        row = (author, queued.id, result.index, result.leaf_hash, result.outcome)
        if row not in named:
            raise NodeAnswerWrong(f"the receipt does not name seq {queued.seq}")
