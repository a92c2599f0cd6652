"""A node that answers by UDP and TCP on the loopback, and questions to it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.ledger.world import World, core, supplier

from tallystick.identity import (
    Counts,
    CreateHandles,
    HandleRecord,
    HandleValue,
    LeavePrefix,
    native,
)
from tallystick.identity.native import bodies
from tallystick.identity.native.message import Message, read_message
from tallystick.identity.recursion import OverNative
from tallystick.ledger import PrivateKey, Verifier

handle = "99.100.1/SN-电池"
service_key = PrivateKey.from_seed(bytes(32))
base_url = "https://node.example"
vkey = Verifier("b.example/log", service_key.public).encode()


def populate(world: World) -> None:
    values = (
        HandleValue(index=1, type="NAME", data="电池包", ttl=60),
        HandleValue(index=2, type="URL.PAGE", data="https://example.com/"),
        HandleValue(index=3, type="NOTE", data="secret", permissions="1100", readers=(supplier,)),
        HandleValue(index=4, type="HASH", data="//8=", format="base64"),
        HandleValue(
            index=100, type="HS_ADMIN", format="admin",
            data='{"handle":"0.NA/99.100.1","index":300,"permissions":"011111110011"}',
        ),
    )  # fmt: skip
    large = tuple(HandleValue(index=n, type="NOTE", data="x" * 200) for n in range(1, 11))
    records = (
        HandleRecord(handle=handle, values=values),
        HandleRecord(handle="99.100.1/LARGE", values=large),
        HandleRecord(handle="99.100.1/SMALL", values=values[:1]),
    )
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records))


def leave(world: World, *sites: HandleValue) -> None:
    """The prefix of the records goes to another log; what its holder wrote into its record stays."""
    if sites:
        record = HandleRecord(handle="0.NA/99.100.1", values=sites)
        world.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    body = LeavePrefix(
        prefix="99.100.1", origin="b.example/log", address="https://b.example", log_key=vkey
    )
    world.add(core, "identity.prefix.leave/1", body)


def made(
    world: World,
    per_s: int = 0,
    counts: Counts | None = None,
    admission: native.Admission | None = None,
) -> native.NativeServer:
    server = native.Server(
        1, "127.0.0.1", native.published(service_key.public), (native.Interface(2, "TCP", 2641),)
    )
    service = native.Service(native.Site(1, (server,)), base_url, service_key)
    answers = native.NodeAnswers(
        native.Present(world.reader), service, counts=counts, admission=admission
    )
    return native.NativeServer(answers, native.Guard(per_s))


@contextmanager
def serving(
    world: World, per_s: int = 0, admission: native.Admission | None = None
) -> Iterator[int]:
    def make() -> native.NativeServer:
        return made(world, per_s, admission=admission)

    with native.serving(make, "127.0.0.1", 0) as port:
        yield port


def over(port: int, by: str, **caller: Any) -> OverNative:
    return OverNative("127.0.0.1", port, by, 5, native.Caller(**caller))


def ask(port: int, message: Message) -> Message:
    """One question by TCP."""
    with socket.create_connection(("127.0.0.1", port), 5) as speaking:
        speaking.sendall(message.encode())
        data = b""
        while chunk := speaking.recv(65_536):
            data += chunk
    return read_message(data)


def question(name: str = handle, *indexes: int, flags: int = 0) -> Message:
    return Message(1, bodies.Question(name, indexes).encode(), flags=flags, request=5)


def replied(challenge: Message, reply: bodies.ChallengeReply) -> Message:
    return Message(200, reply.encode(), session=challenge.session, request=6)


@contextmanager
def udp(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaking:
        speaking.connect(("127.0.0.1", port))
        speaking.settimeout(5)
        yield speaking
