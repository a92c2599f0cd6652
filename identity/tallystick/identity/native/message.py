"""Messages of the Handle protocol: envelope, header, body, credential (RFC 3652 §2.2; DO-IRP 3.0 names the same bytes).

    envelope    20  major u8, minor u8, flags u8, suggested minor u8, session u32, request u32, sequence u32, length u32
    header      24  operation u32, response code u32, flags u32, site serial u16, recursion u8, 0 u8, expiration u32, body u32
    body
    credential      length u32, then if it is not 0: 8 zero bytes, counter u32, type, length u32, algorithm, signature

A credential signs header and body. Nothing may follow it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tallystick.identity.native.errors import (
    CredentialRefused,
    LengthsDisagree,
    MessageInPieces,
    MessageLong,
    MessageSealed,
    MessageShort,
    MessageTooLarge,
    VersionUnknown,
)
from tallystick.identity.native.fields import Cursor, blob, text, u32
from tallystick.ledger import hot_value

message_bytes_max = 262_144
envelope_bytes, header_bytes = 20, 24
#: A question that asks nothing: envelope, header, and the length of a credential.
bare_bytes = envelope_bytes + header_bytes + 4
majors = (2, 3)
resolution, get_site_info, challenge_response = 1, 2, 200
authoritative, certify, recursive = 0x80000000, 0x40000000, 0x10000000
public_only, return_digest, no_referral = 0x01000000, 0x00800000, 0x00100000
keep_alive = 0x02000000
_compressed, _encrypted, truncated, _major_bits = 0x80, 0x40, 0x20, 0x1F
_envelope = struct.Struct(">BBBBIIII")
_header = struct.Struct(">IIIHBBII")
_both = struct.Struct(">BBBBIIIIIIIHBBII")
_none = bytes(4)
_start = envelope_bytes + header_bytes


@hot_value
class Envelope:
    """`length`: of the whole message without envelopes, in every datagram of it."""

    major: int
    minor: int
    session: int
    request: int
    sequence: int
    length: int
    truncated: bool = False
    suggested_major: int = 3
    suggested_minor: int = 0

    def encode(self) -> bytes:
        flags = (truncated if self.truncated else 0) | self.suggested_major
        return _envelope.pack(
            self.major,
            self.minor,
            flags,
            self.suggested_minor,
            self.session,
            self.request,
            self.sequence,
            self.length,
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """`kind`: HS_SIGNED or HS_MAC; `counter`: of the session."""

    kind: str
    algorithm: str
    signature: bytes
    counter: int = 0

    def encode(self) -> bytes:
        signed = text(self.algorithm) + blob(self.signature)
        return bytes(8) + u32(self.counter) + text(self.kind) + blob(signed)


@hot_value
class Message:
    """A question or, if `code` is not 0, an answer."""

    operation: int
    body: bytes = b""
    code: int = 0
    flags: int = 0
    session: int = 0
    request: int = 0
    version: tuple[int, int] = (3, 0)
    site_serial: int = 0
    recursion: int = 0
    expiration: int = 0
    credential: Credential | None = None
    suggested: tuple[int, int] = (3, 0)

    def has(self, flag: int) -> bool:
        return bool(self.flags & flag)

    def signed_part(self) -> bytes:
        """Header and body: what credentials sign, and digests of questions are over."""
        return (
            _header.pack(
                self.operation,
                self.code,
                self.flags,
                self.site_serial,
                self.recursion,
                0,
                self.expiration,
                len(self.body),
            )
            + self.body
        )

    def encode(self) -> bytes:
        """Raises `MessageTooLarge`."""
        credential = blob(self.credential.encode()) if self.credential else _none
        size = header_bytes + len(self.body) + len(credential)
        if size > message_bytes_max:
            raise MessageTooLarge(f"{size} bytes")
        front = _both.pack(
            *self.version,
            *self.suggested,
            self.session,
            self.request,
            0,
            size,
            self.operation,
            self.code,
            self.flags,
            self.site_serial,
            self.recursion,
            0,
            self.expiration,
            len(self.body),
        )
        return b"".join((front, self.body, credential))


def read_envelope(data: bytes) -> Envelope:
    """Of a datagram, or of the first bytes of a stream. Raises a `NativeRefused`."""
    major, minor, flags, suggested, session, request, sequence, length = _whole(data)
    cut = bool(flags & truncated)
    return Envelope(
        major, minor, session, request, sequence, length, cut, flags & _major_bits, suggested
    )


def _whole(data: bytes) -> tuple[int, ...]:
    """The fields of an envelope, in their order."""
    if len(data) < envelope_bytes:
        raise MessageShort(f"an envelope has {envelope_bytes} bytes, not {len(data)}")
    found = _envelope.unpack_from(data)
    if found[0] not in majors:
        raise VersionUnknown(f"{found[0]}.{found[1]}")
    if found[2] & (_compressed | _encrypted):
        raise MessageSealed
    if found[7] > message_bytes_max:
        raise MessageTooLarge(f"{found[7]} bytes")
    if found[7] < header_bytes + 4:
        raise MessageShort(f"a message has a header and a credential, not {found[7]} bytes")
    return found


def read_message(data: bytes) -> Message:
    """A whole message in one piece. Raises a `NativeRefused`."""
    major, minor, flags, suggested, session, request, sequence, length = _whole(data)
    if flags & truncated or sequence:
        raise MessageInPieces(f"number {sequence}")
    have = len(data) - envelope_bytes
    if have != length:
        wrong = MessageShort if have < length else MessageLong
        raise wrong(f"the envelope says {length} bytes, {have} are there")
    operation, code, asked, serial, recursion, _, expiration, size = _header.unpack_from(
        data, envelope_bytes
    )
    if size > length - header_bytes - 4:
        raise LengthsDisagree(f"a body of {size} bytes in a message of {length}")
    end = _start + size
    return Message(
        operation,
        data[_start:end],
        code,
        asked,
        session,
        request,
        (major, minor),
        serial,
        recursion,
        expiration,
        None if data[end:] == _none else _read_credential(data[end:]),
        (flags & _major_bits, suggested),
    )


def _read_credential(data: bytes) -> Credential:
    outer = Cursor(data)
    size = outer.u32()
    if size != len(data) - 4:
        raise LengthsDisagree(f"a credential of {size} bytes where {len(data) - 4} are left")
    inner = Cursor(outer.rest())
    if any(inner.take(8)):
        raise CredentialRefused("its first eight bytes are not 0")
    counter, kind = inner.u32(), inner.text()
    signed = Cursor(inner.blob())
    inner.end()
    found = Credential(kind, signed.text(), signed.blob(), counter)
    signed.end()
    return found
