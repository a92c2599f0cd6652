"""Serving the native protocol by UDP and TCP, on one port, beside whatever else the process does.

- A datagram that is no question gets no answer. Nor does a source that asks more often than it may.
- What an answer by UDP has in all is at most `udp_factor_max` times its question, unless the asker has shown by
  a challenge that it reads what is sent to its address; else it is cut, and the asker comes by TCP. So nobody is
  worth asking in somebody else's name.
- A connection carries one question, more if they ask to keep it (KC), and waits `idle_s_max` for the next.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

import structlog

from tallystick.identity.native.answering import Told
from tallystick.identity.native.errors import NativeRefused
from tallystick.identity.native.fragments import cut, packet_bytes_max, size_split, split
from tallystick.identity.native.guard import Guard
from tallystick.identity.native.message import bare_bytes, envelope_bytes, keep_alive, read_envelope
from tallystick.ledger import TallystickError

udp_factor_max = 4
idle_s_max = 10
connections_max = 256
#: Questions that wait for other servers; more are dropped, by TCP refused.
waiting_max = 256
_rest_s = 0.1
_flags_at = envelope_bytes + 8
_start_s_max = 10
_log = structlog.get_logger()


class NativePortTaken(TallystickError):
    code = "native-port-taken"
    status = 500
    title = "The port of the native protocol cannot be listened on"
    advice = "Choose another TALLYSTICK_NATIVE_PORT, or 0 for none."


class Answers(Protocol):
    """Who answers. `answer` is called by one thread alone, unless it may take long."""

    def answer(self, data: bytes, source: str) -> Told | None: ...

    def rest(self) -> None: ...

    def close(self) -> None: ...


class NativeServer:
    """`threads`: 0 if answers come at once; else so many questions wait for others at a time."""

    def __init__(self, answers: Answers, guard: Guard, threads: int = 0) -> None:
        self._answers, self._guard = answers, guard
        self._pool = ThreadPoolExecutor(threads, "resolver") if threads else None
        self._waiting = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self, host: str, port: int) -> int:
        """Raises OSError. With port 0 any free one is taken."""
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._connected, host, port)
        taken = int(self._tcp.sockets[0].getsockname()[1])
        try:
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=(host, taken)
            )
        except OSError:
            self._tcp.close()
            raise
        self._resting = asyncio.create_task(self._rest())
        return taken

    async def end(self) -> None:
        self._resting.cancel()
        self._udp.close()
        self._tcp.close()
        for writer in self._writers:
            writer.close()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._answers.close()

    async def _rest(self) -> None:
        while True:
            await asyncio.sleep(_rest_s)
            self._answers.rest()

    def datagram(self, data: bytes, source: str, send: Callable[[bytes], None]) -> None:
        """Answer one datagram."""
        if not bare_bytes <= len(data) <= packet_bytes_max or not self._guard.lets(source):
            return
        if self._pool is None:
            self._send(data, self._answer(data, source), send)
        elif self._waiting < waiting_max:
            self._waiting += 1
            future = self._later(data, source)
            future.add_done_callback(lambda done: self._waited(data, done, send))

    def _waited(
        self, data: bytes, done: asyncio.Future[Told | None], send: Callable[[bytes], None]
    ) -> None:
        self._waiting -= 1
        if not done.cancelled():
            self._send(data, done.result(), send)

    def _send(self, data: bytes, told: Told | None, send: Callable[[bytes], None]) -> None:
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

    def _later(self, data: bytes, source: str) -> asyncio.Future[Told | None]:
        return asyncio.get_running_loop().run_in_executor(self._pool, self._answer, data, source)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = str(writer.get_extra_info("peername")[0])
        self._writers.add(writer)
        try:
            if len(self._writers) <= connections_max:
                while await self._one(reader, writer, source):
                    pass
        except (OSError, EOFError, TimeoutError, NativeRefused):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str
    ) -> bool:
        """Answer one question of a connection; whether it wants to ask more."""
        async with asyncio.timeout(idle_s_max):
            head = await reader.readexactly(envelope_bytes)
            data = head + await reader.readexactly(read_envelope(head).length)
        if not self._guard.lets(source):
            return False
        if self._pool is None:
            told = self._answer(data, source)
        elif self._waiting < waiting_max:
            self._waiting += 1
            try:
                told = await self._later(data, source)
            finally:
                self._waiting -= 1
        else:
            told = None
        if told is None:
            return False
        writer.write(told.message)
        async with asyncio.timeout(idle_s_max):
            await writer.drain()
        return bool(int.from_bytes(data[_flags_at : _flags_at + 4], "big") & keep_alive)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NativeServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        send = self._transport.sendto  # type: ignore[attr-defined]
        self._server.datagram(data, addr[0], lambda packet: send(packet, addr))


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
