"""A node's answers by UDP and TCP on the loopback: the same record as over HTTP, by the same permissions."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.identity.native.rig import (
    handle,
    made,
    over,
    question,
    serving,
    udp,
)
from tests.identity.native.test_vectors import octets
from tests.ledger.world import World, core
from tests.patience import patience_s

from tallystick.identity import (
    DeleteHandle,
    HandleValue,
    WriteHandle,
    native,
    router,
)
from tallystick.identity.native import bodies
from tallystick.identity.native.message import read_envelope, read_message
from tallystick.identity.native.server import source_connections_max
from tallystick.identity.recursion import OverNative, show_found
from tallystick.ledger import (
    Reader,
    TallystickError,
    public_reader,
)


def http(world: World, path: str) -> Any:
    class Reading:
        def __init__(self, view: Any, reader: Reader) -> None:
            self.view, self.reader = view, reader

    def reading() -> Iterator[Reading]:
        with world.reader.open() as snapshot:
            yield Reading(snapshot.view, public_reader)

    app = FastAPI()
    app.include_router(router(reading))
    with TestClient(app) as client:
        return client.get(f"/api/handles/{path}").json()


def seconds(told: dict[str, Any]) -> dict[str, Any]:
    """As the wire tells time: without milliseconds."""
    for value in told["values"]:
        value["timestamp"] = value["timestamp"][:19]
    return told


def test_one_record_is_the_same_over_http_udp_and_tcp(populated: World) -> None:
    with serving(populated) as port:
        for name in (handle, handle.lower(), core, "0.NA/99.100.1", "99.100.1/LARGE"):
            whole = seconds(http(populated, name))
            if name == core:
                # The wire knows a key, and not what identity keeps beside it.
                for value in whole["values"]:
                    if value["type"] == "HS_PUBKEY":
                        value["data"]["value"] = value["data"]["value"]["jwk"]
            for by in ("udp", "tcp"):
                assert seconds(show_found(over(port, by).ask(name))) == whole
        for by in ("udp", "tcp"):
            assert over(port, by).ask("99.100.1/none").code == 100
            assert over(port, by).ask(handle, (9,)).code == 200
            assert [v.index for v in over(port, by).ask(handle, (4,), ("URL.",)).values] == [2, 4]


def test_what_changes_is_seen_and_what_is_deleted_is_gone(here: tuple[World, int]) -> None:
    world, port = here
    small = "99.100.1/SMALL"
    asked = over(port, "udp")
    assert asked.ask(small).values[0].value == "电池包"
    body = WriteHandle(handle=small, values=(HandleValue(index=1, type="NAME", data="new"),))
    world.add(core, "identity.handle.write/1", body)
    _until(lambda: asked.ask(small).values[0].value == "new")
    world.add(core, "identity.handle.delete/1", DeleteHandle(handle=small, reason="mistake"))
    _until(lambda: asked.ask(small).code == 100)


def _until(true: Any) -> None:
    """An answer may be 50 ms old: asked again, it is not."""
    until = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < until


def test_a_connection_that_is_kept_carries_many_questions(here: tuple[World, int]) -> None:
    _, port = here
    kept = question(flags=0x02000000).encode()
    with socket.create_connection(("127.0.0.1", port), 5) as speaking:
        for _ in range(3):
            speaking.sendall(kept)
            head = speaking.recv(20, socket.MSG_WAITALL)
            rest = speaking.recv(read_envelope(head).length, socket.MSG_WAITALL)
            assert read_message(head + rest).code == 1
        speaking.sendall(octets("03 00 03 00 00000000 00000001 00000000 ffffffff"))
        assert speaking.recv(1) == b""


def test_a_source_that_asks_too_often_is_not_answered(world: World) -> None:
    guard = native.Guard(1, burst_s=3)
    assert [guard.lets("192.0.2.1") for _ in range(5)] == [True] * 3 + [False] * 2
    assert guard.lets("192.0.2.2")
    assert [guard.lets(f"2001:db8::{n}") for n in range(4)] == [True] * 3 + [False]
    assert guard.lets("2001:db8:0:1::1")
    with serving(world, per_s=1) as port, udp(port) as speaking:
        asked = question("99.100.1/none").encode()
        for _ in range(2):
            speaking.send(asked)
            assert speaking.recv(4096)
        speaking.settimeout(0.05)
        speaking.send(asked)
        with pytest.raises(TimeoutError):
            speaking.recv(4096)


def test_one_source_does_not_hold_all_connections(here: tuple[World, int]) -> None:
    _, port = here
    with ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
            for _ in range(source_connections_max)
        ]
        with socket.create_connection(("127.0.0.1", port), 5) as more:
            assert _ended(more)
        held[0].sendall(question("99.100.1/none").encode())
        assert held[0].recv(4096)


def _ended(speaking: socket.socket) -> bool:
    try:
        return speaking.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_port_that_is_taken_is_named(here: tuple[World, int]) -> None:
    world, port = here
    with (
        pytest.raises(native.NativePortTaken),
        native.serving(lambda: made(world), "127.0.0.1", port),
    ):
        pass


def test_nobody_there_is_said_in_time() -> None:
    for by in ("udp", "tcp"):
        with pytest.raises(TallystickError) as silent:
            OverNative("127.0.0.1", 1, by, 0.2).ask(handle)
        assert silent.value.code == "native-unanswered"


def test_many_questions_at_once_are_answered_in_order(here: tuple[World, int]) -> None:
    _, port = here
    names = ["99.100.1/SMALL", "99.100.1/none", "99.100.1/LARGE"] * 40
    asked = [question(name, flags=0x03000000) for name in names]
    with (
        socket.create_connection(("127.0.0.1", port), 5) as speaking,
        speaking.makefile("rb") as got,
    ):
        speaking.sendall(b"".join(one.encode() for one in asked))
        for name in names:
            head = got.read(20)
            answer = read_message(head + got.read(read_envelope(head).length))
            if name.endswith("none"):
                assert answer.code == 100
            else:
                assert bodies.read_resolved(answer.body).handle == name
