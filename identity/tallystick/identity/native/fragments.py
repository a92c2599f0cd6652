"""Messages in datagrams of at most 512 bytes (RFC 3652 §2.3).

Each begins with the message's envelope, its own number and, if there are several, the bit TC; all but the last
are full. An answer that may not be sent whole is *cut*: one datagram that holds less than a full one and is not
the whole, which tells the client to come by TCP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tallystick.identity.native.errors import FragmentsRefused, PacketTooLarge
from tallystick.identity.native.message import (
    Envelope,
    envelope_bytes,
    header_bytes,
    read_envelope,
)

packet_bytes_max = 512
piece_bytes = packet_bytes_max - envelope_bytes


def split(message: bytes) -> Iterator[bytes]:
    """The datagrams of an encoded message."""
    if len(message) <= packet_bytes_max:
        yield message
        return
    envelope = read_envelope(message)
    for number, start in enumerate(range(envelope_bytes, len(message), piece_bytes)):
        head = replace(envelope, sequence=number, truncated=True)
        yield head.encode() + message[start : start + piece_bytes]


def size_split(message_bytes: int) -> int:
    """What the datagrams of a message have together."""
    if message_bytes <= packet_bytes_max:
        return message_bytes
    pieces = -(-(message_bytes - envelope_bytes) // piece_bytes)
    return message_bytes + (pieces - 1) * envelope_bytes


def cut(message: bytes) -> bytes:
    """Envelope and header, marked as not being all."""
    head = replace(read_envelope(message), truncated=True)
    return head.encode() + message[envelope_bytes : envelope_bytes + header_bytes]


class Gathering:
    """Puts the datagrams of one answer together, in whatever order they come."""

    def __init__(self) -> None:
        self._first: Envelope | None = None
        self._pieces: dict[int, bytes] = {}
        self.was_cut = False

    def add(self, packet: bytes) -> bytes | None:
        """The whole message once all is there. Raises a `NativeRefused`."""
        if len(packet) > packet_bytes_max:
            raise PacketTooLarge(f"{len(packet)} bytes")
        envelope, piece = read_envelope(packet), packet[envelope_bytes:]
        self._fits(envelope, piece)
        self._pieces[envelope.sequence] = piece
        if sum(map(len, self._pieces.values())) < envelope.length:
            return None
        head = replace(envelope, sequence=0, truncated=False)
        return head.encode() + b"".join(self._pieces[number] for number in sorted(self._pieces))

    def _fits(self, envelope: Envelope, piece: bytes) -> None:
        first = self._first = self._first or envelope
        if (envelope.length, envelope.request) != (first.length, first.request):
            raise FragmentsRefused("two messages")
        last = -(-envelope.length // piece_bytes) - 1
        wanted = envelope.length - last * piece_bytes if envelope.sequence == last else piece_bytes
        if envelope.sequence == 0 and len(piece) < min(wanted, envelope.length):
            self.was_cut = True
            return
        if envelope.sequence > last or len(piece) != wanted:
            raise FragmentsRefused(f"number {envelope.sequence} has {len(piece)} bytes")
        if self._pieces.get(envelope.sequence, piece) != piece:
            raise FragmentsRefused(f"number {envelope.sequence} came twice, and differs")
