"""C2SP signed notes, with Ed25519 signatures (type 0x01).

A note is text ending in a newline, an empty line, and signature lines
`— <name> <base64(key id ‖ signature)>`. Signatures of unknown keys are ignored; a known key whose
signature fails refuses the note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import KeyRefused, PrivateKey, PublicKey

note_bytes_max = 100_000
signatures_max = 64
_ed25519_type = b"\x01"


class NoteRefused(TallystickError):
    code = "note-refused"
    status = 400
    title = "The signed note is malformed, or a known signer's signature fails"
    advice = "Keep the note as evidence and fetch it again from another source."


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and an Ed25519 key: who must have signed a note."""

    name: str
    key: PublicKey

    @property
    def key_id(self) -> bytes:
        material = self.name.encode() + b"\n" + _ed25519_type + self.key.raw
        return hashlib.sha256(material).digest()[:4]

    def encode(self) -> str:
        """`name+hex(key id)+base64(type ‖ key)`, the C2SP vkey."""
        shown = base64.b64encode(_ed25519_type + self.key.raw).decode()
        return f"{self.name}+{self.key_id.hex()}+{shown}"

    @staticmethod
    def parse(text: str) -> Verifier:
        """Raises `NoteRefused`."""
        name, _, rest = text.strip().partition("+")
        key_id, _, shown = rest.partition("+")
        raw = _strict_base64(shown)
        if len(raw) != 33 or raw[:1] != _ed25519_type or not name:
            raise NoteRefused(f"{text[:80]!r} is no Ed25519 verifier key")
        try:
            verifier = Verifier(name, PublicKey.from_ed25519(raw[1:]))
        except KeyRefused as error:
            raise NoteRefused(error.detail) from None
        if verifier.key_id.hex() != key_id:
            raise NoteRefused(f"the key id in {text[:80]!r} is not that of its key")
        return verifier


@dataclass(frozen=True, slots=True)
class NoteSignature:
    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        return f"\u2014 {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    @staticmethod
    def parse(data: str) -> Note:
        """Raises `NoteRefused`."""
        if len(data.encode(errors="surrogatepass")) > note_bytes_max:
            raise NoteRefused(f"a note has at most {note_bytes_max} bytes")
        if any((c < " " and c != "\n") or "\ud800" <= c <= "\udfff" for c in data):
            raise NoteRefused("a note is UTF-8 without control characters but newlines")
        text, gap, tail = data.rpartition("\n\n")
        if not gap or not tail.endswith("\n"):
            raise NoteRefused("a note is text, an empty line and signature lines")
        lines = tail[:-1].split("\n")
        if len(lines) > signatures_max:
            raise NoteRefused(f"a note carries at most {signatures_max} signatures")
        return Note(text + "\n", tuple(_signature(line) for line in lines))

    def verify(self, known: Sequence[Verifier]) -> list[Verifier]:
        """The known verifiers that signed; raises `NoteRefused` if one's signature fails."""
        good: list[Verifier] = []
        for signature in self.signatures:
            for verifier in known:
                if (verifier.name, verifier.key_id) == (signature.name, signature.key_id):
                    if not verifier.key.verifies(signature.signature, self.text.encode()):
                        raise NoteRefused(f"the signature of {verifier.name} does not verify")
                    good.append(verifier)
        return good


def sign_note(text: str, name: str, key: PrivateKey) -> Note:
    verifier = Verifier(name, key.public)
    return Note(text, (NoteSignature(name, verifier.key_id, key.sign(text.encode())),))


def _signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, shown = rest.partition(" ")
    raw = _strict_base64(shown)
    if dash != "\u2014" or not name or "+" in name or len(raw) < 5:
        raise NoteRefused(f"{line[:80]!r} is no signature line")
    return NoteSignature(name, raw[:4], raw[4:])


def _strict_base64(text: str) -> bytes:
    """The bytes of canonical base64; nothing for anything else, so that no bit can change unseen."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""
