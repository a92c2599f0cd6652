"""C2SP signed notes with any number of signers.

A note is text ending in a newline, an empty line, and signature lines
`— <name> <base64(key id ‖ signature)>`. Signatures of unknown keys are ignored; a known key whose
signature fails refuses the note. What a signature is over depends on its type: 0x01 is Ed25519 over the
text (`Verifier`), 0x04 a cosignature (`witness.Cosigner`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import KeyRefused, PrivateKey, PublicKey

note_bytes_max = 100_000
signatures_max = 64
name_bytes_max = 255
_type_names = {1: "Ed25519", 2: "ECDSA", 4: "Ed25519 cosignature", 6: "ML-DSA-44 cosignature"}


class NoteRefused(TallystickError):
    code = "note-refused"
    status = 400
    title = "The signed note is malformed, or a known signer's signature fails"
    advice = "Keep the note as evidence and fetch it again from another source."


class NoteTooLarge(NoteRefused):
    code = "note-too-large"
    status = 413
    title = "The signed note has more bytes or signatures than are read"
    advice = "Leave out signatures that nobody asked for; a checkpoint has three lines of text."


class NoteSignatureFails(NoteRefused):
    code = "note-signature-fails"
    status = 422
    title = "A signature by a known key does not verify, so the whole note is refused"
    advice = "Keep the note as evidence and fetch it again from another source."


class VerifierKeyRefused(NoteRefused):
    code = "verifier-key-refused"
    title = "The verifier key (C2SP vkey) is malformed, or of a type that is not expected here"
    advice = "Copy the whole line `name+hex+base64` again; logs have type 1, witnesses type 4."


class KeyNameRefused(TallystickError):
    code = "key-name-refused"
    status = 422
    title = "Nothing that signs notes can have this name: no verifier could read it"
    advice = (
        "Choose one without spaces and plus signs, such as log.example.org or witness.example/w1. A log, a "
        "witness and a mirror keep their name for ever."
    )


@dataclass(frozen=True, slots=True)
class NoteKey(ABC):
    """A name and an Ed25519 key in one of its uses: who signs notes, and how that is verified."""

    name: str
    key: PublicKey

    #: The signature type identifier byte of C2SP signed-note.
    algorithm: ClassVar[int]

    @abstractmethod
    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` (without key id) is this key's on a note of this text."""

    @property
    def key_id(self) -> bytes:
        material = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.key.raw
        return hashlib.sha256(material).digest()[:4]

    def encode(self) -> str:
        """`name+hex(key id)+base64(type ‖ key)`, the C2SP vkey."""
        shown = base64.b64encode(bytes([self.algorithm]) + self.key.raw).decode()
        return f"{self.name}+{self.key_id.hex()}+{shown}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `VerifierKeyRefused`."""
        name, _, rest = text.strip().partition("+")
        key_id, _, shown = rest.partition("+")
        raw = strict_base64(shown)
        lone = any("\ud800" <= c <= "\udfff" for c in name)
        if lone or not is_key_name(name) or len(raw) < 2:
            raise VerifierKeyRefused(f"{text[:80]!r} is no verifier key")
        if len(raw) != 33 or raw[0] != cls.algorithm:
            found = _type_names.get(raw[0], "an unknown type")
            wanted = _type_names[cls.algorithm]
            raise VerifierKeyRefused(f"{name[:80]!r} is {found}, {wanted} is expected")
        try:
            verifier = cls(name, PublicKey.from_ed25519(raw[1:]))
        except KeyRefused as error:
            raise VerifierKeyRefused(error.detail) from None
        if verifier.key_id.hex() != key_id:
            raise VerifierKeyRefused(f"the key id in {text[:80]!r} is not that of its key")
        return verifier


@dataclass(frozen=True, slots=True)
class Verifier(NoteKey):
    """Type 0x01: who must have signed a note, such as a log its checkpoint."""

    algorithm: ClassVar[int] = 0x01

    def verifies(self, text: bytes, signature: bytes) -> bool:
        return self.key.verifies(signature, text)


Signer = TypeVar("Signer", bound=NoteKey)


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
            raise NoteTooLarge(f"a note has at most {note_bytes_max} bytes")
        if any((c < " " and c != "\n") or "\ud800" <= c <= "\udfff" for c in data):
            raise NoteRefused("a note is UTF-8 without control characters but newlines")
        text, gap, tail = data.rpartition("\n\n")
        if not gap or not tail.endswith("\n"):
            raise NoteRefused("a note is text, an empty line and signature lines")
        lines = tail[:-1].split("\n")
        if len(lines) > signatures_max:
            raise NoteTooLarge(f"a note carries at most {signatures_max} signatures")
        return Note(text + "\n", tuple(_signature(line) for line in lines))

    @staticmethod
    def read(data: bytes) -> Note:
        """As `parse`, from a file or an answer; raises `NoteRefused`."""
        if len(data) > note_bytes_max:
            raise NoteTooLarge(f"a note has at most {note_bytes_max} bytes")
        try:
            return Note.parse(data.decode())
        except UnicodeDecodeError:
            raise NoteRefused("a note is UTF-8") from None

    def signed_by(self, known: Sequence[Signer]) -> list[tuple[Signer, NoteSignature]]:
        """The known keys' signatures in the note's order.

        Raises `NoteSignatureFails` if one of them fails, also where another of the same key does not.
        """
        text = self.text.encode()
        good: list[tuple[Signer, NoteSignature]] = []
        for signature in self.signatures:
            for key in known:
                if (key.name, key.key_id) == (signature.name, signature.key_id):
                    if not key.verifies(text, signature.signature):
                        raise NoteSignatureFails(f"the signature of {key.name} does not verify")
                    good.append((key, signature))
        return good

    def verify(self, known: Sequence[Signer]) -> list[Signer]:
        """The known keys that signed, each once; raises `NoteSignatureFails`."""
        return list(dict.fromkeys(key for key, _ in self.signed_by(known)))

    def adding(self, more: Sequence[NoteSignature]) -> Note:
        """The note with these signatures too; one by the same key takes the old one's place."""
        fresh = {(line.name, line.key_id): line for line in (*self.signatures, *more)}
        return Note(self.text, tuple(fresh.values()))


def sign_note(text: str, name: str, key: PrivateKey) -> Note:
    verifier = Verifier(name, key.public)
    return Note(text, (NoteSignature(name, verifier.key_id, key.sign(text.encode())),))


def _signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, shown = rest.partition(" ")
    raw = strict_base64(shown)
    if dash != "\u2014" or not is_key_name(name) or len(raw) < 5:
        raise NoteRefused(f"{line[:80]!r} is no signature line")
    return NoteSignature(name, raw[:4], raw[4:])


def is_key_name(name: str) -> bool:
    """UTF-8, not empty, no Unicode space, no plus (C2SP signed-note), and a limit of ours."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    return 0 < size <= name_bytes_max and "+" not in name and not any(c.isspace() for c in name)


def require_key_name(name: str) -> None:
    """For a name that is chosen now; raises `KeyNameRefused`. Whatever cannot be printed is refused, too."""
    if not is_key_name(name) or not name.isprintable():
        raise KeyNameRefused(f"{name[:80]!r}, of at most {name_bytes_max} bytes")


def strict_base64(text: str) -> bytes:
    """The bytes of canonical base64; nothing for anything else, so that no bit can change unseen."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""
