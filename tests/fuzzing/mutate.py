"""Changing valid input at random: bytes, text and JSON, always the same for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

changes_max = 4
size_max = 1 << 20
#: What parsers stumble over.
odd_bytes = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\r\n", b" ", b"\\u0000", b'"', b"=",
    b"==", b"-", b"+", b"0", b"00", b"1e999", b"-1", b"18446744073709551616", b"9" * 400, b"9" * 5000, b"[" * 2000,
    b'{"a":' * 500, b"\xe2\x80\xae", b"\xd9\xa3", b"\xe2\x80\x94 ", b"\\ud800", b"null", b"{}", b"[]",
)  # fmt: skip
odd_values: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**53, 2**63, 2**64, 10**30, "", "\x00", "a\n", "\ud800",
    "\u202e", "0" * 70_000, [], {}, [[]], {"a": {}}, "99/\u0661", "ff" * 32, "1970-01-01T00:00:00.000Z",
    "9999-99-99T99:99:99.999Z",
)  # fmt: skip


def mutated(seeds: Sequence[bytes], rng: random.Random) -> bytes:
    """One of the seeds with a few changes; now and then something that never was valid."""
    data = rng.choice(seeds)
    kind = rng.random()
    if kind < 0.03:
        return rng.randbytes(rng.randrange(200))
    if kind < 0.4:
        changed = _json(data, rng)
        if changed is not None:
            return changed
    out = bytearray(data)
    for _ in range(rng.randint(1, changes_max)):
        _change(out, seeds, rng)
    return bytes(out[:size_max])


def _change(out: bytearray, seeds: Sequence[bytes], rng: random.Random) -> None:
    at = rng.randrange(len(out) + 1)
    end = min(len(out), at + rng.choice((1, 1, 2, 4, 8, 33, 64)))
    what = rng.randrange(9)
    if what <= 2 and at < len(out):
        out[at] ^= 1 << rng.randrange(8)
    elif what == 3 and at < len(out):
        out[at] = rng.randrange(256)
    elif what == 4:
        del out[at:end]
    elif what == 5:
        out[at:at] = out[at:end]
    elif what == 6:
        out[at:at] = rng.choice(odd_bytes)
    elif what == 7:
        del out[at:]
    else:
        other = rng.choice(seeds)
        start = rng.randrange(len(other) + 1)
        out[at:end] = other[start : start + rng.randrange(80)]


def _json(data: bytes, rng: random.Random) -> bytes | None:
    """A JSON document with one value or name changed, written again in canonical order."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict | list) or not document:
        return None
    for _ in range(rng.randint(1, 2)):
        _change_value(document, rng)
    try:
        return json.dumps(
            document, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode(errors="surrogatepass")
    except (TypeError, ValueError):
        return None


def _change_value(document: Any, rng: random.Random) -> None:
    """Somewhere below: another value, one less, one more, or a text with a changed character."""
    here = document
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not places:
            return
        place = rng.choice(places)
        value = here[place]
        if isinstance(value, dict | list) and value and rng.random() < 0.75:
            here = value
            continue
        break
    what = rng.randrange(6)
    if what == 0:
        del here[place]
    elif what == 1 and isinstance(here, dict):
        here[rng.choice(["more", "", "\u0000", f"{place}x"])] = value
    elif what == 1:
        here.append(value)
    elif what in (2, 3) and isinstance(value, str) and value:
        at = rng.randrange(len(value))
        here[place] = value[:at] + rng.choice(["", "0", "A", "=", "é", " "]) + value[at + 1 :]
    elif what == 4 and isinstance(value, int):
        here[place] = value + rng.choice([-1, 1, 2**32])
    else:
        here[place] = rng.choice(odd_values)
