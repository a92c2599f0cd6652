"""One connection of the native protocol: question after question, each answered before the next is looked at.

Who sends nothing whole for `idle_s_max`, or does not take its answers, is put off; so is what is no message.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Protocol

from tallystick.identity.native.answering import Told
from tallystick.identity.native.message import (
    envelope_bytes,
    keep_alive,
    majors,
    message_bytes_max,
)

idle_s_max = 10
#: Answers to questions that came together go together, up to here.
send_bytes_min = 64 * 1024
#: Questions of a connection that are looked up together.
together_max = 64
#: The first octet of a question's flags, and of KC among them.
_first_flags, _keep_alive = envelope_bytes + 8, keep_alive >> 24


class Asked(Protocol):
    """Who answers, by `done`, at once or later; with None it puts off."""

    def __call__(self, data: bytes, source: str, done: Callable[[Told | None], None]) -> None: ...


class Connection(asyncio.Protocol):
    """`expect` is told what waits to be asked; `opened` and `closed` of the connection: the first says whether there is
    room.
    """

    def __init__(
        self,
        ask: Asked,
        expect: Callable[[Collection[bytes], str], None],
        opened: Callable[[Connection], bool],
        closed: Callable[[Connection], None],
    ) -> None:
        self._ask, self._expect, self._opened, self._closed = ask, expect, opened, closed
        self._buffer = bytearray()
        self._whole: deque[bytes] = deque()
        self._asked: bytes | None = None
        self._answers = bytearray()
        self._full = self._inside = self._last = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream")
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self.source = str(transport.get_extra_info("peername")[0])
        self._since = self._loop.time()
        self._timer = self._loop.call_later(idle_s_max, self._look)
        if not self._opened(self):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._closed(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._work()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._work()

    def close(self) -> None:
        self._transport.abort()

    def _work(self) -> None:
        """Ask what is there. One question waits for its answer; more than one stays unread."""
        self._inside = True
        while self._asked is None and not self._full and not self._last:
            asked = self._next()
            if asked is None:
                break
            self._asked = asked
            self._ask(asked, self.source, self._answered)
            if len(self._answers) > send_bytes_min:
                self._send()
        self._inside = False
        self._send()
        if self._transport.is_closing():
            return
        if self._asked is not None or self._full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _send(self) -> None:
        """What was answered, in one piece: a client may ask much before it reads."""
        if self._answers:
            self._since = self._loop.time()
            self._transport.write(bytes(self._answers))
            self._answers.clear()
        if self._last:
            self._transport.close()

    def _next(self) -> bytes | None:
        """The next whole question, if it is there."""
        if not self._whole:
            self._take()
        return self._whole.popleft() if self._whole else None

    def _take(self) -> None:
        """Out of the buffer what is whole. What cannot be a question ends the connection, after those before it."""
        buffer, start = bytes(self._buffer), 0
        while len(self._whole) < together_max and len(buffer) - start >= envelope_bytes:
            length = int.from_bytes(buffer[start + 16 : start + 20], "big")
            if buffer[start] not in majors or length > message_bytes_max:
                self._last = start == 0
                break
            end = start + envelope_bytes + length
            if end > len(buffer):
                break
            self._whole.append(buffer[start:end])
            start = end
        del self._buffer[:start]
        if len(self._whole) > 1:
            self._expect(self._whole, self.source)

    def _answered(self, told: Told | None) -> None:
        asked, self._asked = self._asked, None
        if asked is None or self._transport.is_closing():
            return
        if told is None:
            self._last = True
            if not self._inside:
                self._send()
            return
        self._answers += told.message
        self._last = not asked[_first_flags] & _keep_alive
        if not self._inside:
            self._work()

    def _look(self) -> None:
        left_s = self._since + idle_s_max - self._loop.time()
        if left_s <= 0 and self._asked is None:
            self._transport.abort()
            return
        self._timer = self._loop.call_later(max(left_s, 1), self._look)
