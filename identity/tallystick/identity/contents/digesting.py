"""Digests of a file, whatever its size."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

chunk_bytes = 1 << 20
#: Functions of the standard library, by the names of the IANA register.
computed = {"sha-384": hashlib.sha384, "sha-512": hashlib.sha512, "sha3-256": hashlib.sha3_256}


@dataclass(frozen=True, slots=True)
class Digested:
    """Hex digests of a file and its size in bytes."""

    sha256: str
    size: int
    digests: Mapping[str, str]


def digest_file(
    path: Path,
    tick: Callable[[int, int], None] = lambda _done, _total: None,
    also: Sequence[str] = (),
) -> Digested:
    """SHA-256 and `also` others of `computed`; `tick` is told (bytes done, total). Raises `OSError`."""
    total, done, first = path.stat().st_size, 0, hashlib.sha256()
    others = {name: computed[name]() for name in also}
    with path.open("rb") as stream:
        while chunk := stream.read(chunk_bytes):
            for one in (first, *others.values()):
                one.update(chunk)
            done += len(chunk)
            tick(done, max(total, done))
    told = {name: one.hexdigest() for name, one in others.items()}
    return Digested(first.hexdigest(), done, told)
