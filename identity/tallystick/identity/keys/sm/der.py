"""The elements of DER (X.690) that `cryptography` has read, and of which it does not give the bytes: names, algorithms, key."""

from __future__ import annotations

_sequence = 0x30
_tag_many_bytes = 0x1F


def parts(sequence: bytes) -> list[bytes]:
    """What a SEQUENCE holds, each element with its head. Raises `ValueError` for what is none."""
    at, end = _content(sequence, 0)
    if sequence[0] != _sequence or end != len(sequence):
        raise ValueError("this is no SEQUENCE")
    found: list[bytes] = []
    while at < end:
        _, after = _content(sequence, at)
        found.append(sequence[at:after])
        at = after
    if at != end:
        raise ValueError("the last element ends beyond its SEQUENCE")
    return found


def _content(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends."""
    head = data[at : at + 2]
    if len(head) < 2 or head[0] & _tag_many_bytes == _tag_many_bytes:
        raise ValueError("an element has no head of one byte for its tag")
    begin, size = at + 2, head[1]
    if size >= 0x80:
        begin += size & 0x7F
        size = int.from_bytes(data[at + 2 : begin], "big")
    if begin + size > len(data):
        raise ValueError("an element is longer than what there is of it")
    return begin, begin + size
