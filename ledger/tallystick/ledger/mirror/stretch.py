"""A stretch of the log as it travels from the operator to a mirror: whole entries, cut for the reader.

For each entry in order: leaf, outcome, salt and body, then how many attachments, and of each its type, its
grade, and salt and bytes. Each is its length as four bytes, big-endian, and so many bytes; length 0 is not
disclosed, 2^32 − 1 is erased (formats §8). The outcome is `accepted`, or `refused:` and the error's code.
An attachment that is withheld has all three with length 0; one that is gone is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tallystick.ledger.entry import Attachment, attachment_bytes_max, body_bytes_max, leaf_bytes_max
from tallystick.ledger.export import layout
from tallystick.ledger.mirror.errors import OperatorAnswerRefused
from tallystick.ledger.reader import Disclosed

#: So many bytes are sent together; a single entry that is larger is sent alone.
stretch_bytes_max = 8 << 20
stretch_entries_max = 1024
#: An entry with attachments may be larger than a stretch; no answer is.
answer_bytes_max = 512 << 20
_word_bytes_max = 300
_salt_bytes = layout.salt_bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """One entry as the operator gave it. `body` None: not disclosed; `withheld` counts attachments."""

    index: int
    leaf: bytes | None
    outcome: str
    salt: bytes | None
    body: bytes | None
    attachments: tuple[Attachment, ...] = ()
    withheld: int = 0


def write_stretch(entries: Iterable[Disclosed], bytes_max: int = stretch_bytes_max) -> bytes:
    """As many whole entries as fit, and at least one."""
    out = bytearray()
    for found in entries:
        one = _entry(found)
        if out and len(out) + len(one) > bytes_max:
            break
        out += one
    return bytes(out)


def read_stretch(data: bytes, first: int) -> Iterator[Sent]:
    """The entries from index `first` on; raises `OperatorAnswerRefused`."""
    frames = _Frames(data)
    index = first
    while frames.at < len(data):
        yield _read(frames, index)
        index += 1


def outcome_word(outcome: str, code: str | None) -> str:
    """How an outcome is written."""
    return outcome if code is None else f"{outcome}:{code}"


def _entry(found: Disclosed) -> bytes:
    row = found.row
    out = bytearray(layout.frame(row.leaf if found.in_bulk else "withheld"))
    out += layout.frame(outcome_word(row.outcome, row.code).encode())
    whole = found.body is not None and found.salt is not None
    out += layout.frame((found.salt or b"") + (found.body or b"") if whole else "withheld")
    out += (len(found.attachments) + len(found.withheld)).to_bytes(4, "big")
    for one in (held.open() for held in found.attachments):
        for part in (one.type.encode(), one.grade.encode(), one.salt + one.data):
            out += layout.frame(part)
    for _ in found.withheld:
        out += layout.frame("withheld") * 3
    return bytes(out)


def _read(frames: _Frames, index: int) -> Sent:
    leaf = frames.next(leaf_bytes_max)
    outcome = (frames.next(_word_bytes_max) or b"").decode(errors="replace")
    salted = frames.next(_salt_bytes + body_bytes_max)
    if salted is not None and len(salted) < _salt_bytes:
        raise OperatorAnswerRefused(f"the body of entry {index} has no salt")
    shown: list[Attachment] = []
    withheld = 0
    for _ in range(frames.count()):
        kind, grade = frames.next(_word_bytes_max), frames.next(_word_bytes_max)
        data = frames.next(_salt_bytes + attachment_bytes_max)
        if kind is None or grade is None or data is None or len(data) < _salt_bytes:
            withheld += 1
            continue
        names = kind.decode(errors="replace"), grade.decode(errors="replace")
        shown.append(Attachment(names[0], data[_salt_bytes:], data[:_salt_bytes], names[1]))
    salt, body = (None, None) if salted is None else (salted[:_salt_bytes], salted[_salt_bytes:])
    return Sent(index, leaf, outcome, salt, body, tuple(shown), withheld)


class _Frames:
    """Reads lengths and bytes one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def next(self, bytes_max: int) -> bytes | None:
        """The next bytes; None for what is withheld or erased."""
        length = self._uint32()
        if length in (0, layout.erased_mark):
            return None
        if length > bytes_max:
            raise OperatorAnswerRefused(f"a record of {length} bytes, at most {bytes_max} fit")
        return self._take(length)

    def count(self) -> int:
        count = self._uint32()
        if count > layout.attachments_max:
            raise OperatorAnswerRefused(f"{count} attachments of one entry")
        return count

    def _uint32(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def _take(self, count: int) -> bytes:
        found = self._data[self.at : self.at + count]
        if len(found) != count:
            raise OperatorAnswerRefused("it ends in the middle of an entry")
        self.at += count
        return found
