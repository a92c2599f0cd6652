"""How a batch travels to the sequencer and its answers back.

There: for each entry envelope, salt, body, and a count of attachments, each of them type, grade, salt and data.
Every piece is its length as four bytes, big-endian, and so many bytes. Back: JSON. The API process has read the
request already; the sequencer parses no base64 and no JSON of bodies a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from tallystick.ledger import (
    Answer,
    Attachment,
    RuleError,
    Submission,
    TallystickError,
    batch_entries_max,
    error_types,
)

attachments_max = 16
_problem_members = frozenset({"type", "code", "title", "status", "detail", "advice"})


class HandoverMalformed(TallystickError):
    code = "handover-malformed"
    status = 400
    title = "What was handed to the sequencer cannot be read"
    advice = "API processes and sequencer must be of one release: update both."


class SequencerAnswerRefused(TallystickError):
    code = "sequencer-answer"
    status = 502
    title = "The sequencer's answer is not in its form"
    advice = "API processes and sequencer must be of one release: update both, then send again."


def write_submissions(submissions: Sequence[Submission]) -> bytes:
    out: list[bytes] = []
    for one in submissions:
        _put(out, one.envelope, one.salt, one.body)
        out.append(len(one.attachments).to_bytes(4, "big"))
        for a in one.attachments:
            _put(out, a.type.encode(), a.grade.encode(), a.salt, a.data)
    return b"".join(out)


def read_submissions(data: bytes) -> list[Submission]:
    """Raises `HandoverMalformed`."""
    found: list[Submission] = []
    pieces = _Pieces(data)
    while not pieces.ended:
        if len(found) == batch_entries_max:
            raise HandoverMalformed(f"more than {batch_entries_max} entries")
        envelope, salt, body = pieces.next(), pieces.next(), pieces.next()
        found.append(Submission(envelope, body, salt, tuple(_attachments(pieces))))
    if not found:
        raise HandoverMalformed("no entries")
    return found


def write_answers(answers: Sequence[Answer], receipt: Mapping[str, object] | None) -> bytes:
    return orjson.dumps({"answers": [_told(answer) for answer in answers], "receipt": receipt})


def read_answers(data: bytes, count: int) -> tuple[list[Answer], dict[str, object] | None]:
    """Raises `SequencerAnswerRefused`."""
    try:
        document = orjson.loads(data)
        answers = [_answer(row) for row in document["answers"]]
        receipt = document["receipt"]
    except (KeyError, TypeError, ValueError):
        raise SequencerAnswerRefused("no answers are in it") from None
    if len(answers) != count:
        raise SequencerAnswerRefused(f"{len(answers)} answers to {count} entries")
    return answers, receipt


def read_problem(document: object) -> TallystickError:
    """The error that the other process told, as if it had come up here."""
    code = document.get("code") if isinstance(document, dict) else None
    kind = _kinds().get(code) if isinstance(code, str) else None
    if kind is None or not isinstance(document, dict):
        return SequencerAnswerRefused(f"it tells of {code!r}")
    error = kind.__new__(kind)
    members = {name: value for name, value in document.items() if name not in _problem_members}
    TallystickError.__init__(error, str(document.get("detail", "")), **members)
    return error


def _told(a: Answer) -> list[object]:
    errors = (a.problem, a.refusal, a.contradiction)
    told = [None if error is None else error.problem() for error in errors]
    return [a.author, a.id, a.index, a.leaf_hash, a.outcome, a.code, a.time, a.duplicate, *told]


def _answer(row: list[Any]) -> Answer:
    author, entry_id, index, leaf_hash, outcome, code, time, duplicate, *errors = row
    problem, refusal, contradiction = (e if e is None else read_problem(e) for e in errors)
    if refusal is not None and not isinstance(refusal, RuleError):
        raise SequencerAnswerRefused(f"{refusal.code} is no rule's refusal")
    if type(index) is not int:
        raise SequencerAnswerRefused("an index is a number")
    return Answer(
        author, entry_id, index, leaf_hash, outcome, code, time, duplicate, problem, refusal,
        contradiction,
    )  # fmt: skip


@cache
def _kinds() -> Mapping[str, type[TallystickError]]:
    return {kind.code: kind for kind in error_types()}


def _put(out: list[bytes], *pieces: bytes) -> None:
    for piece in pieces:
        out += (len(piece).to_bytes(4, "big"), piece)


def _attachments(pieces: _Pieces) -> Iterator[Attachment]:
    count = pieces.number()
    if count > attachments_max:
        raise HandoverMalformed(f"{count} attachments of one entry")
    for _ in range(count):
        try:
            kind, grade = pieces.next().decode(), pieces.next().decode()
        except UnicodeDecodeError:
            raise HandoverMalformed("type and grade of an attachment are text") from None
        salt, data = pieces.next(), pieces.next()
        yield Attachment(kind, data, salt, grade)


class _Pieces:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._data)

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def next(self) -> bytes:
        return self._take(self.number())

    def _take(self, count: int) -> bytes:
        start, self._at = self._at, self._at + count
        if self._at > len(self._data):
            raise HandoverMalformed("it ends in the middle of an entry")
        return self._data[start : self._at]
