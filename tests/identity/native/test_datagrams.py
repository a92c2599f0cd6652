"""Datagrams: nobody is worth asking in somebody else's name, and what is no question gets no answer."""

from __future__ import annotations

import secrets

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.identity.native.rig import ask, handle, leave, made, populate, question, replied, udp
from tests.identity.native.test_vectors import octets
from tests.ledger.world import World, core

from tallystick.identity import native
from tallystick.identity.native import bodies
from tallystick.identity.native.fragments import split
from tallystick.identity.native.message import (
    Message,
    certify,
    no_referral,
    public_only,
    read_envelope,
    read_message,
)
from tallystick.identity.native.server import udp_factor_max


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


def _sent(server: native.NativeServer, asked: bytes) -> list[bytes]:
    sent: list[bytes] = []
    server.datagrams([(asked, "192.0.2.1", sent.append)])
    return sent


def test_no_kind_of_answer_is_more_than_a_small_multiple(world: World) -> None:
    populate(world)
    leave(world)
    server = made(world)
    site = Message(2, request=5, flags=certify)
    questions = {
        1: question("99.100.1/SMALL"),
        100: question("99.100.1/none", flags=no_referral),
        200: question(handle, 9, flags=public_only),
        302: question("99.100.1/none", flags=certify),
        402: question(handle, 3),
        405: replied(question(), bodies.ChallengeReply("HS_PUBKEY", core, 300, b"")),
        4: Message(1, b"\0\0\0\xff", request=5),
        5: Message(100, request=5),
    }
    for code, message in (*questions.items(), (1, site), (1, question("99.100.1/LARGE"))):
        asked = message.encode()
        sent = _sent(server, asked)
        assert sum(map(len, sent)) <= udp_factor_max * len(asked)
        # What is cut has its header, which says what the answer is.
        assert int.from_bytes(sent[0][24:28], "big") == code


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_no_question_at_all_is_worth_asking_for_another(world: World, data: st.DataObject) -> None:
    server = _populated(world)
    name = st.sampled_from((handle, core, "99.100.1/LARGE", "0.NA/99.100.1")) | st.text(max_size=90)
    asked = st.builds(
        Message,
        st.sampled_from((1, 2, 100, 200)) | st.integers(0, 2**32 - 1),
        st.binary(max_size=200)
        | st.builds(
            lambda *told: bodies.Question(*told).encode(),
            name,
            st.lists(st.integers(1, 9), max_size=3).map(tuple),
            st.lists(st.sampled_from(("URL.", native.proof_type, "NOTE")), max_size=2).map(tuple),
        ),
        st.just(0) | st.integers(0, 400),
        st.integers(0, 2**32 - 1),
    )
    sent = data.draw(asked).encode() if data.draw(st.booleans()) else data.draw(st.binary())
    assert sum(map(len, _sent(server, sent))) <= udp_factor_max * len(sent)


_made: dict[int, native.NativeServer] = {}


def _populated(world: World) -> native.NativeServer:
    """One for all examples, which share a world."""
    if id(world) not in _made:
        populate(world)
        _made.clear()
        _made[id(world)] = made(world)
    return _made[id(world)]


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
