"""Asking a server by the native protocol: by UDP, again when nothing comes, and by TCP when it is too much for that."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from tallystick.identity.native import bodies, login, signing
from tallystick.identity.native.answering import authentication_needed
from tallystick.identity.native.errors import (
    AnswerMismatched,
    NativeRefused,
    NativeUnanswered,
)
from tallystick.identity.native.fragments import Gathering, packet_bytes_max
from tallystick.identity.native.message import (
    Message,
    certify,
    challenge_response,
    envelope_bytes,
    get_site_info,
    no_referral,
    public_only,
    read_envelope,
    read_message,
    resolution,
    return_digest,
)
from tallystick.identity.native.sites import Site, read_site
from tallystick.ledger import Clock, PublicKey, SigningKey, SystemClock

port_default = 2641
timeout_s_default = 5
#: How often a question is sent by UDP; each waits twice as long as the one before.
sends_max = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """`key`: who asks, if challenged. `service`: the key by which the answers must be signed. `referred`: another
    server sent us here, and is not to be named in turn."""

    key: SigningKey | None = None
    service: PublicKey | None = None
    public_only: bool = True
    referred: bool = False

    @property
    def flags(self) -> int:
        asked = return_digest
        asked |= certify if self.service else 0
        asked |= no_referral if self.referred else 0
        return asked | (public_only if self.public_only and self.key is None else 0)


class NativeClient:
    """Of one server."""

    def __init__(
        self,
        host: str,
        port: int = port_default,
        by: Literal["udp", "tcp"] = "udp",
        timeout_s: float = timeout_s_default,
        caller: Caller | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._host, self._port, self._by, self._timeout_s = host, port, by, timeout_s
        self._caller = caller or Caller()
        self._clock = clock or SystemClock()

    def resolve(self, question: bodies.Question, recursion: int = 0) -> tuple[int, bytes]:
        """(code, body without digest). Raises a `NativeRefused` or `NativeUnanswered`."""
        asked = Message(
            resolution, question.encode(), flags=self._caller.flags, recursion=recursion
        )
        asked, answer = self._exchange(asked)
        if answer.code == authentication_needed and self._caller.key is not None:
            answer = self._log_in(asked, answer, self._caller.key)
        digest, body = bodies.split_digest(answer)
        if self._caller.service is not None:
            wanted, now_s = bodies.question_digest(asked), self._clock.now_ms() // 1000
            signing.require_signed(answer, self._caller.service, wanted, now_s)
        elif digest is not None and digest != bodies.question_digest(asked):
            raise AnswerMismatched("its digest is of another question")
        return answer.code, body

    def site(self) -> Site:
        """Where the service is, and its key."""
        asked, answer = self._exchange(Message(get_site_info, flags=return_digest))
        digest, body = bodies.split_digest(answer)
        if digest is not None and digest != bodies.question_digest(asked):
            raise AnswerMismatched("its digest is of another question")
        return read_site(body)

    def _log_in(self, asked: Message, answer: Message, key: SigningKey) -> Message:
        index, _, handle = key.keyid.partition(":")
        challenge = bodies.read_challenge(bodies.split_digest(answer)[1])
        signature = key.private.sign(login.login_message(challenge.nonce, asked))
        proof = bodies.signed_proof(bodies.sha256_name, signature)
        reply = bodies.ChallengeReply("HS_PUBKEY", handle, int(index), proof)
        said = Message(challenge_response, reply.encode(), session=answer.session)
        return self._exchange(said)[1]

    def _exchange(self, asked: Message) -> tuple[Message, Message]:
        """What was sent, and its answer."""
        asked = replace(asked, request=secrets.randbits(32))
        data = asked.encode()
        by_udp = self._by == "udp" and len(data) <= packet_bytes_max
        try:
            raw = self._udp(asked, data) if by_udp else None
            answer = read_message(raw if raw is not None else self._tcp(data))
        except OSError as error:
            told = error.strerror or str(error) or type(error).__name__
            raise NativeUnanswered(f"{self._host}:{self._port}: {told}") from None
        if answer.request != asked.request or answer.code == 0:
            raise AnswerMismatched(f"request {answer.request}, code {answer.code}")
        return asked, answer

    def _udp(self, asked: Message, data: bytes) -> bytes | None:
        """None if the answer does not fit, and TCP is to be used. Raises OSError, `NativeUnanswered`."""
        with self._socket(socket.SOCK_DGRAM) as speaking:
            wait_s = self._timeout_s / (2**sends_max - 1)
            for turn in range(sends_max):
                speaking.send(data)
                gathering = Gathering()
                for packet in _packets(speaking, wait_s * 2**turn):
                    try:
                        if read_envelope(packet).request != asked.request:
                            continue
                        whole = gathering.add(packet)
                    except NativeRefused:
                        # Anybody can send a datagram; the right one may still come.
                        continue
                    if gathering.was_cut:
                        return None
                    if whole is not None:
                        return whole
        raise NativeUnanswered(f"{self._host}:{self._port} by UDP")

    def _tcp(self, data: bytes) -> bytes:
        """Raises OSError, `NativeUnanswered`, a `NativeRefused`."""
        until = time.monotonic() + self._timeout_s
        with self._socket(socket.SOCK_STREAM) as speaking:
            speaking.sendall(data)
            head = _exactly(speaking, envelope_bytes, until)
            return head + _exactly(speaking, read_envelope(head).length, until)

    @contextmanager
    def _socket(self, kind: socket.SocketKind) -> Iterator[socket.socket]:
        """Connected, so that only this server's answers come in."""
        found = socket.getaddrinfo(self._host, self._port, type=kind)
        family, _, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as made:
            made.settimeout(self._timeout_s)
            made.connect(address)
            yield made


def _packets(speaking: socket.socket, wait_s: float) -> Iterator[bytes]:
    until = time.monotonic() + wait_s
    while (left := until - time.monotonic()) > 0:
        speaking.settimeout(left)
        try:
            yield speaking.recv(packet_bytes_max + 1)
        except TimeoutError:
            return


def _exactly(speaking: socket.socket, size: int, until: float) -> bytes:
    """Raises `NativeUnanswered` when the other end stops or is too slow."""
    data = bytearray()
    while len(data) < size:
        left = until - time.monotonic()
        if left <= 0:
            raise NativeUnanswered("by TCP, in time")
        speaking.settimeout(left)
        chunk = speaking.recv(min(size - len(data), 65_536))
        if not chunk:
            raise NativeUnanswered(f"the connection ended after {len(data)} bytes")
        data += chunk
    return bytes(data)
