"""Looking for what was erased, byte by byte, in every file of a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.ledger.erasure.notes import secret_salt, secret_text

from tallystick.ledger import Store

#: Close enough together that every page and every TOAST chunk of a value holds one whole piece.
piece, stride = 48, 900


@dataclass(frozen=True)
class Traces:
    """Pieces of values by what they are: each is looked for by itself."""

    needles: Mapping[str, list[bytes]]

    def found_in(self, *folders: Path) -> set[str]:
        """What of it stands anywhere in these folders."""
        found: set[str] = set()
        for path in _files(folders):
            try:
                data = path.read_bytes()
            except OSError:
                continue
            found |= {
                what for what, pieces in self.needles.items() if any(p in data for p in pieces)
            }
        return found


def pieces(value: bytes) -> list[bytes]:
    """The first bytes, some on the way, and the last ones."""
    return [
        *(value[at : at + piece] for at in range(0, len(value) - piece, stride)),
        value[-piece:],
    ]


def traces_of(store: Store, index: int, digest: str) -> Traces:
    """What an attachment leaves while it is there."""
    with store.read() as transaction:
        (data,) = (r[4] for r in transaction.rows("attachment") if (r[0], r[1]) == (index, digest))
        (wrapped,) = (
            r[3] for r in transaction.rows("attachment_key") if (r[0], r[1]) == (index, digest)
        )
    return Traces(
        {
            "plaintext": [secret_text[:piece], secret_text[-piece:]],
            "salt": [secret_salt],
            "ciphertext": pieces(data),
            "wrapped key": [wrapped],
        }
    )


def _files(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())
