"""Entries as they travel over HTTP: JSON with base64 bodies, salts and attachments."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from tallystick.ledger import canonical
from tallystick.ledger.entry import Attachment, Submission
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.service import batch_entries_max
from tallystick.ledger.submission import Answer

attachments_max = 16
_required = frozenset({"envelope", "body", "salt"})
_members = (_required, _required | {"attachments"})


class RequestMalformed(TallystickError):
    code = "request-malformed"
    status = 400
    title = "The request cannot be read"
    advice = "Send what the interface description under /docs shows."


def read_batch(data: bytes) -> list[Submission | TallystickError]:
    """Submissions of a request, each or what is wrong with it; raises `RequestMalformed`."""
    try:
        document = orjson.loads(data)
    except ValueError as error:
        raise RequestMalformed(f"no JSON: {error}") from None
    rows = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= batch_entries_max:
        raise RequestMalformed(f"`entries` holds 1 to {batch_entries_max} entries")
    return [_read(row) for row in rows]


def write_batch(submissions: list[Submission]) -> bytes:
    """The request that carries these submissions."""
    return orjson.dumps({"entries": [_write(submission) for submission in submissions]})


def write_answer(answer: Answer) -> dict[str, Any]:
    if answer.problem is not None:
        return {"problem": answer.problem.problem()}
    told: dict[str, Any] = {
        "index": answer.index,
        "leaf_hash": answer.leaf_hash,
        "outcome": answer.outcome,
    }
    if answer.code is not None:
        told["code"] = answer.code
    if answer.refusal is not None:
        told["refusal"] = answer.refusal.problem()
    if answer.contradiction is not None:
        told["contradiction"] = answer.contradiction.problem()
    if answer.duplicate:
        told["duplicate"] = True
    return told


def _read(row: object) -> Submission | TallystickError:
    try:
        if not isinstance(row, dict) or row.keys() not in _members:
            raise RequestMalformed("an entry has envelope, body, salt and perhaps attachments")
        attachments = row.get("attachments", [])
        if not isinstance(attachments, list) or len(attachments) > attachments_max:
            raise RequestMalformed(f"an entry has at most {attachments_max} attachments")
        return Submission(
            canonical.encode(row["envelope"]),
            _bytes(row["body"], "body"),
            _bytes(row["salt"], "salt"),
            tuple(map(_attachment, attachments)),
        )
    except TallystickError as error:
        return error


def _attachment(row: object) -> Attachment:
    if not isinstance(row, dict) or row.keys() != {"type", "grade", "salt", "data"}:
        raise RequestMalformed("an attachment has type, grade, salt and data")
    kind, grade = row["type"], row["grade"]
    if not isinstance(kind, str) or not isinstance(grade, str):
        raise RequestMalformed("type and grade of an attachment are text")
    return Attachment(kind, _bytes(row["data"], "data"), _bytes(row["salt"], "salt"), grade)


def _write(submission: Submission) -> dict[str, Any]:
    return {
        "envelope": orjson.loads(submission.envelope),
        "body": base64.b64encode(submission.body).decode(),
        "salt": base64.b64encode(submission.salt).decode(),
        "attachments": [write_attachment(one) for one in submission.attachments],
    }


def write_attachment(attachment: Attachment) -> dict[str, Any]:
    """As it travels in either direction."""
    return {
        "type": attachment.type,
        "grade": attachment.grade,
        "salt": base64.b64encode(attachment.salt).decode(),
        "data": base64.b64encode(attachment.data).decode(),
    }


def _bytes(value: object, name: str) -> bytes:
    try:
        if isinstance(value, str):
            return binascii.a2b_base64(value, strict_mode=True)
    except (binascii.Error, ValueError):
        pass
    raise RequestMalformed(f"{name} is not base64")
