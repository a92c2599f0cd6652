"""Serving the native protocol by UDP and TCP, on one port, beside whatever else the process does.

- A datagram that is no question gets no answer. Nor does a source that asks more often than it may.
- What an answer by UDP has in all is at most `udp_factor_max` times its question, unless the asker has shown by
  a challenge that it reads what is sent to its address; else it is cut, and the asker comes by TCP. So nobody is
  worth asking in somebody else's name.
- A connection carries one question, and more if they ask to keep it (KC).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Protocol

import structlog

from tallystick.identity.native.answering import Told
from tallystick.identity.native.connections import Connection
from tallystick.identity.native.datagrams import Datagram, Datagrams, Send
from tallystick.identity.native.fragments import cut, packet_bytes_max, size_split, split
from tallystick.identity.native.guard import Guard, network_of
from tallystick.identity.native.message import bare_bytes
from tallystick.ledger import TallystickError

udp_factor_max = 4
connections_max = 256
source_connections_max = 64
#: Questions that wait for other servers; more are dropped, by TCP refused.
waiting_max = 256
_rest_s = 0.1
_start_s_max = 10
_log = structlog.get_logger()


class NativePortTaken(TallystickError):
    code = "native-port-taken"
    status = 500
    title = "The port of the native protocol cannot be listened on"
    advice = "Choose another TALLYSTICK_NATIVE_PORT, or 0 for none."


class Answers(Protocol):
    """Who answers. `answer` is called by one thread alone, unless it may take long."""

    def expect(self, questions: Collection[bytes]) -> None:
        """These will be asked next: a chance to look them up together."""

    def answer(self, data: bytes, source: str) -> Told | None: ...

    def rest(self) -> None: ...

    def close(self) -> None: ...


class NativeServer:
    """`threads`: 0 if answers come at once; else so many questions wait for others at a time."""

    def __init__(self, answers: Answers, guard: Guard, threads: int = 0) -> None:
        self._answers, self._guard = answers, guard
        self._pool = ThreadPoolExecutor(threads, "resolver") if threads else None
        self._waiting = 0
        self._open: set[Connection] = set()

    async def listen(self, host: str, port: int) -> int:
        """Raises OSError. With port 0 any free one is taken."""
        loop = asyncio.get_running_loop()
        self._tcp = await loop.create_server(
            lambda: Connection(self._asked, self._expect, self._opened, self._open.discard),
            host,
            port,
        )
        taken = int(self._tcp.sockets[0].getsockname()[1])
        self._udp: list[Datagrams] = []
        try:
            for each in self._tcp.sockets:
                self._udp.append(Datagrams(each, self.datagrams))
        except OSError:
            self._close()
            raise
        self._resting = asyncio.create_task(self._rest())
        return taken

    async def end(self) -> None:
        self._resting.cancel()
        self._close()
        for connection in list(self._open):
            connection.close()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._answers.close()

    def _close(self) -> None:
        for each in self._udp:
            each.close()
        self._tcp.close()

    async def _rest(self) -> None:
        while True:
            await asyncio.sleep(_rest_s)
            self._answers.rest()

    def datagrams(self, taken: Sequence[Datagram]) -> None:
        """Answer what came together."""
        lets = self._guard.lets
        let_in = [
            one for one in taken if bare_bytes <= len(one[0]) <= packet_bytes_max and lets(one[1])
        ]
        if self._pool is None:
            self._answers.expect([data for data, _, _ in let_in])
            told = [self._answer(data, source) for data, source, _ in let_in]
            # Answers to questions that came together go together: the first wakes who waits for them, the others
            # find it awake.
            for (data, _, send), one in zip(let_in, told, strict=True):
                self._send(data, one, send)
        else:
            for data, source, send in let_in:
                self._wait(data, source, partial(self._send_to, data, send))

    def _send_to(self, data: bytes, send: Send, told: Told | None) -> None:
        self._send(data, told, send)

    def _expect(self, questions: Collection[bytes], source: str) -> None:
        if self._pool is None and not self._guard.refuses(source):
            self._answers.expect(questions)

    def _send(self, data: bytes, told: Told | None, send: Send) -> None:
        if told is None:
            return
        message = told.message
        if not told.proven and size_split(len(message)) > udp_factor_max * len(data):
            send(cut(message))
        elif len(message) <= packet_bytes_max:
            send(message)
        else:
            for packet in split(message):
                send(packet)

    def _answer(self, data: bytes, source: str) -> Told | None:
        try:
            return self._answers.answer(data, source)
        except TallystickError as error:
            _log.warning("native question unanswered", code=error.code, detail=error.detail)
        except Exception as error:  # noqa: BLE001 - a defect must not end the server
            _log.error("unexpected", where="native", error=repr(error))
        return None

    def _asked(self, data: bytes, source: str, done: Callable[[Told | None], None]) -> None:
        """Answer one question of a connection."""
        if not self._guard.lets(source):
            done(None)
        elif self._pool is None:
            done(self._answer(data, source))
        else:
            self._wait(data, source, done)

    def _wait(self, data: bytes, source: str, done: Callable[[Told | None], None]) -> None:
        if self._waiting >= waiting_max:
            done(None)
            return
        self._waiting += 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, self._answer, data, source)
        future.add_done_callback(lambda told: self._waited(told, done))

    def _waited(
        self, told: asyncio.Future[Told | None], done: Callable[[Told | None], None]
    ) -> None:
        self._waiting -= 1
        if not told.cancelled():
            done(told.result())

    def _opened(self, connection: Connection) -> bool:
        self._open.add(connection)
        source = network_of(connection.source)
        same = sum(network_of(other.source) == source for other in self._open)
        return len(self._open) <= connections_max and same <= source_connections_max


@contextmanager
def serving(make: Callable[[], NativeServer], host: str, port: int) -> Iterator[int]:
    """While a thread serves; yields the port. `make` is called in that thread. Raises `NativePortTaken`."""
    started: Future[int] = Future()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def run() -> None:
        server = make()
        try:
            started.set_result(await server.listen(host, port))
        except OSError as error:
            started.set_exception(NativePortTaken(f"{host}:{port}: {error.strerror}"))
            return
        await ended.wait()
        await server.end()

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(run())
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise

    thread = threading.Thread(target=work, name="native", daemon=True)
    thread.start()
    taken = started.result(_start_s_max)
    _log.info("native protocol", host=host, port=taken)
    try:
        yield taken
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(_start_s_max)
