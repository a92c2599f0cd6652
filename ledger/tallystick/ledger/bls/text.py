"""The quorum text: how many of which keys a certificate needs (formats §3).

    tallystick/bls-quorum/v1
    <threshold>
    <name> <base64 of a 48-byte key>      a line for each signer, at most 64

Every line ends with a newline, and there is nothing else: a certificate's key ID is over these bytes. Names
and keys stand once. That a key's holder has its secret is shown beside the text (`Registered`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger.bls.encoding import key_bytes, require_form
from tallystick.ledger.bls.errors import (
    QuorumKeyTwice,
    QuorumNameRefused,
    QuorumTextRefused,
    QuorumTextTooLarge,
)
from tallystick.ledger.note import is_key_name, strict_base64

header = "tallystick/bls-quorum/v1"
signers_max = 64
text_bytes_max = 24 * 1024
_threshold = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class QuorumSigner:
    """A signer: the name of its cosigner key, and its BLS key."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class QuorumText:
    """A quorum text as it was read; `text` is its exact bytes in UTF-8."""

    text: str
    threshold: int
    signers: tuple[QuorumSigner, ...]

    @staticmethod
    def parse(text: str) -> QuorumText:
        """Raises `QuorumTextRefused` with the number of the line, or `PointRefused`."""
        if len(text.encode(errors="surrogatepass")) > text_bytes_max:
            raise QuorumTextTooLarge(f"it has at most {text_bytes_max} bytes")
        lines = text.split("\n")
        if lines.pop() or len(lines) < 3:
            raise QuorumTextRefused("header, threshold and signers are expected, a line each")
        if lines[0] != header:
            raise QuorumTextRefused(f"{header!r} is expected", 1)
        if len(lines) - 2 > signers_max:
            raise QuorumTextTooLarge(f"it names at most {signers_max} signers")
        signers = tuple(_signer(line, number) for number, line in enumerate(lines[2:], start=3))
        _require_distinct(signers)
        if not _threshold.fullmatch(lines[1]) or int(lines[1]) > len(signers):
            raise QuorumTextRefused(f"a threshold from 1 to {len(signers)} is expected", 2)
        return QuorumText(text, int(lines[1]), signers)


def quorum_text(threshold: int, signers: Sequence[QuorumSigner]) -> QuorumText:
    """The text of these signers in this order; raises as `QuorumText.parse`."""
    lines = [header, str(threshold), *(f"{one.name} {shown(one.key)}" for one in signers)]
    return QuorumText.parse("".join(f"{line}\n" for line in lines))


def shown(raw: bytes) -> str:
    """Base64, as keys and possessions are written."""
    return base64.b64encode(raw).decode()


def require_name(name: str, line: int = 0) -> None:
    """Raises `QuorumNameRefused` for what is no name of a note's key."""
    if not is_key_name(name) or any(c < " " or c == "\x7f" for c in name):
        raise QuorumNameRefused(f"{name[:80]!r} is no name of a key", line)


def _require_distinct(signers: Sequence[QuorumSigner]) -> None:
    names, keys = set[str](), set[bytes]()
    for number, one in enumerate(signers, start=3):
        if one.name in names:
            raise QuorumNameRefused(f"{one.name} stands in an earlier line", number)
        if one.key in keys:
            raise QuorumKeyTwice(f"the key of {one.name} stands in an earlier line", number)
        names.add(one.name)
        keys.add(one.key)


def _signer(line: str, number: int) -> QuorumSigner:
    name, gap, encoded = line.partition(" ")
    if not gap:
        raise QuorumTextRefused("`<name> <base64 of a key>` is expected", number)
    require_name(name, number)
    key = strict_base64(encoded)
    if len(key) != key_bytes:
        raise QuorumTextRefused(f"the key is base64 of {key_bytes} bytes", number)
    require_form(key, key_bytes, f"the key of {name}")
    return QuorumSigner(name, key)
