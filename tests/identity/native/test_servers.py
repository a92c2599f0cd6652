"""A node's answers by UDP and TCP on the loopback: the same record as over HTTP, by the same permissions."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.identity.native.test_vectors import octets
from tests.ledger.world import World, core, key, supplier

from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    WriteHandle,
    native,
    router,
)
from tallystick.identity.native import bodies, fields, forms, login
from tallystick.identity.native.fragments import split
from tallystick.identity.native.message import Message, read_envelope, read_message
from tallystick.identity.native.server import udp_factor_max
from tallystick.identity.recursion import OverNative, show_found
from tallystick.ledger import (
    PrivateKey,
    PublicKey,
    Reader,
    SigningKey,
    TallystickError,
    public_reader,
)

handle = "99.100.1/SN-电池"
service_key = PrivateKey.from_seed(bytes(32))
base_url = "https://node.example"


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


def made(world: World, per_s: int = 0) -> native.NativeServer:
    server = native.Server(
        1, "127.0.0.1", native.published(service_key.public), (native.Interface(2, "TCP", 2641),)
    )
    service = native.Service(native.Site(1, (server,)), base_url, service_key)
    answers = native.NodeAnswers(native.Present(world.reader), service)
    return native.NativeServer(answers, native.Guard(per_s))


@contextmanager
def serving(world: World, per_s: int = 0) -> Iterator[int]:
    with native.serving(lambda: made(world, per_s), "127.0.0.1", 0) as port:
        yield port


@pytest.fixture
def populated(tmp_path: Path, database_url: str) -> World:
    world = World(database_url, tmp_path / "home")
    world.populate()
    populate(world)
    return world


@pytest.fixture
def here(world: World) -> Iterator[tuple[World, int]]:
    populate(world)
    with serving(world) as port:
        yield world, port


def over(port: int, by: str, **caller: Any) -> OverNative:
    return OverNative("127.0.0.1", port, by, 5, native.Caller(**caller))


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
    for _ in range(2000):
        if true():
            return
    raise AssertionError("never")


def test_private_values_are_for_those_who_show_who_they_are(here: tuple[World, int]) -> None:
    _, port = here
    for by in ("udp", "tcp"):
        assert over(port, by).ask(handle, (3,)).code == 200
        for who in (core, supplier):
            asked = over(port, by, key=key(f"300:{who}"))
            assert [v.value for v in asked.ask(handle, (3, 1)).values] == ["电池包", "secret"]
            # What was told to one is not remembered for the next.
            assert over(port, by).ask(handle, (3,)).code == 200
        unasked = over(port, by, public_only=False)
        assert unasked.ask(handle, (3,)).code == unasked.ask(handle, (9,)).code == 402
        stranger = SigningKey(f"300:{core}", PrivateKey.generate())
        assert over(port, by, key=stranger).ask(handle, (3,)).code == 403
        nobody = SigningKey("300:99.100/O-NOBODY0000000", PrivateKey.generate())
        assert over(port, by, key=nobody).ask(handle, (3,)).code == 403


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


def test_an_rsa_key_in_a_record_logs_in_once_and_only_with_a_sound_hash(
    here: tuple[World, int],
) -> None:
    world, port = here
    secret = rsa.generate_private_key(65_537, 2048)
    numbers = secret.public_key().public_numbers()
    jwk = forms.read_key(
        fields.text("RSA_PUB_KEY") + bytes(2)
        + fields.blob(numbers.e.to_bytes(3, "big"))
        + fields.blob(b"\0" + numbers.n.to_bytes(256, "big")) + bytes(4)
    )  # fmt: skip
    told = HandleValue(
        index=300,
        type="HS_PUBKEY",
        format="key",
        data=json.dumps(jwk, sort_keys=True, separators=(",", ":")),
    )
    admin = "99.100.1/ADMIN"
    record = CreateHandles(handles=(HandleRecord(handle=admin, values=(told,)),))
    world.add(core, "identity.handle.create/1", record)
    asked = question(handle, 3)

    def reply(algorithm: str, kind: str = "HS_PUBKEY") -> tuple[Message, Message]:
        challenge = ask(port, asked)
        assert challenge.code == 402
        nonce = bodies.read_challenge(bodies.split_digest(challenge)[1]).nonce
        said = login.login_message(nonce, asked)
        signature = secret.sign(said, padding.PKCS1v15(), hashes.SHA256())
        proof = bodies.signed_proof(algorithm, signature)
        sent = replied(challenge, bodies.ChallengeReply(kind, admin, 300, proof))
        return sent, ask(port, sent)

    sent, answer = reply("SHA-256")
    assert [v.data for v in bodies.read_resolved(answer.body).values] == [b"secret"]
    again = ask(port, sent)
    assert (again.code, bodies.read_refusal(again.body).said) == (405, "native-challenge-unknown")
    for algorithm, code in (("SHA-1", 404), ("MD5", 404), ("SHA-512", 403)):
        assert reply(algorithm)[1].code == code
    assert reply("SHA-256", "HS_SECKEY")[1].code == 406


def test_answers_are_signed_on_request(here: tuple[World, int]) -> None:
    _, port = here
    for by in ("udp", "tcp"):
        site = over(port, by)._client.site()
        published = forms.read_key(site.servers[0].key)
        signer = PublicKey.from_jwk(published)
        assert signer == service_key.public
        assert over(port, by, service=signer).ask(handle).code == 1
        assert over(port, by, service=signer).ask("99.100.1/none").code == 100
        other = PrivateKey.generate().public
        with pytest.raises(TallystickError, match="not by this key"):
            over(port, by, service=other).ask(handle)
    plain = ask(port, question())
    assert plain.credential is None


def test_a_proof_is_named_on_request(here: tuple[World, int]) -> None:
    world, port = here
    found = over(port, "udp").ask(handle, (), (native.proof_type,))
    assert [(v.index, v.type) for v in found.values] == [(native.proof_index, native.proof_type)]
    told = found.values[0].value
    assert found.proof == told["proof"] == f"{base_url}/log/proof/{told['index']}"
    with world.reader.open() as snapshot:
        assert snapshot.row(told["index"]).type == "identity.handle.create/1"
    whole = ask(port, question())
    resolved = bodies.read_resolved(whole.body)
    assert native.record_digest(resolved.handle, resolved.values) == told["digest"]
    assert over(port, "udp").ask(core, (), (native.proof_type,)).code == 200


@contextmanager
def udp(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaking:
        speaking.connect(("127.0.0.1", port))
        speaking.settimeout(5)
        yield speaking


def test_an_answer_by_udp_is_a_small_multiple_of_its_question(here: tuple[World, int]) -> None:
    _, port = here
    with udp(port) as speaking:
        for name in (handle, "99.100.1/LARGE", core, "99.100.1/SMALL", "x"):
            for flags in (0, 0x40000000, 0x00800000, 0xFFFFFFFF):
                asked = question(name, flags=flags).encode()
                speaking.send(asked)
                got = speaking.recv(4096)
                assert len(got) <= min(512, udp_factor_max * len(asked))
                cut = read_envelope(got).length > len(got) - 20
                assert cut == read_envelope(got).truncated
        marker = question("99.100.1/none").encode()
        speaking.send(marker)
        assert read_message(speaking.recv(4096)).code == 100


def test_a_long_question_gets_its_answer_in_pieces(here: tuple[World, int]) -> None:
    """Many filters make a question long enough for three datagrams."""
    _, port = here
    asked = question("99.100.1/LARGE", *range(1, 6), *range(1000, 1059), flags=0x01000000)
    whole = ask(port, asked).encode()
    assert 1024 < len(whole) <= udp_factor_max * len(asked.encode())
    with udp(port) as speaking:
        speaking.send(asked.encode())
        assert [speaking.recv(4096) for _ in range(3)] == list(split(whole))


def test_garbage_is_dropped_and_wrong_questions_are_told_so(here: tuple[World, int]) -> None:
    _, port = here
    good = question().encode()
    garbage = [
        b"", b"\0", secrets.token_bytes(100), good[:-1], good + b"\0", bytes(512), good[:44], good * 9,
        ask(port, question()).encode(),
    ]  # fmt: skip
    with udp(port) as speaking:
        for packet in garbage:
            speaking.send(packet)
        speaking.send(question("99.100.1/none").encode())
        assert read_message(speaking.recv(4096)).code == 100
    wrong = Message(1, octets("00000001 'a' 00000001 00000000"), request=5)
    for message, code, said in (
        (wrong, 4, "native-index-refused"),
        (Message(100, request=5), 5, "native-operation-unsupported"),
        (Message(400, request=5), 5, "native-operation-unsupported"),
    ):
        answer = ask(port, message)
        assert (answer.code, bodies.read_refusal(answer.body).said) == (code, said)


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
