"""Questions that come together are answered as one by one, and what is remembered is bounded."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.identity.native.rig import handle, populate, question, serving
from tests.ledger.world import World, core, supplier

from tallystick.identity import CreateHandles, HandleRecord, HandleValue, native
from tallystick.identity.native.message import keep_alive, no_referral, public_only, read_message
from tallystick.identity.native.translate import encoded, to_wire
from tallystick.identity.remembered import Remembered
from tallystick.identity.views import Value

names = [
    handle,
    handle.lower(),
    "99.100.1/SMALL",
    "99.100.1/none",
    core,
    supplier,
    "0.NA/99.100.1",
    "x",
    "a/\x00",
]


def _answers(world: World) -> native.NodeAnswers:
    service = native.Service(native.Site(1, ()), "https://node.example")
    return native.NodeAnswers(native.Present(world.reader), service)


def test_questions_that_are_expected_have_the_same_answers(populated: World) -> None:
    asked = [question(name, flags=flags) for name in names for flags in (public_only, no_referral)]
    data = [one.encode() for one in (*asked, *asked)] + [b"", b"\x03" * 50]
    one_by_one, together = _answers(populated), _answers(populated)
    together.expect(data)
    for each in data:
        assert together.answer(each, "192.0.2.1") == one_by_one.answer(each, "192.0.2.1")
    one_by_one.close()
    together.close()


def test_what_grows_between_is_seen(populated: World) -> None:
    answers = _answers(populated)
    name, asked = "99.100.1/LATER", question("99.100.1/LATER", flags=public_only).encode()
    answers.expect([asked] * 3)
    first = answers.answer(asked, "192.0.2.1")
    assert first is not None
    assert read_message(first.message).code == 100
    record = HandleRecord(handle=name, values=(HandleValue(index=1, type="NAME", data="x"),))
    populated.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    answers.close()
    answers.expect([asked] * 3)
    second = answers.answer(asked, "192.0.2.1")
    assert second is not None
    assert read_message(second.message).code == 1
    answers.close()


@pytest.mark.parametrize("end", [b"", b"\x03", b"\x09" * 60])
def test_a_connection_answers_all_that_came_at_once(world: World, end: bytes) -> None:
    """Before what is no message ends it."""
    populate(world)
    asked = [question(name, flags=keep_alive | public_only) for name in names * 30]
    with serving(world) as port, socket.create_connection(("127.0.0.1", port), 5) as speaking:
        speaking.sendall(b"".join(one.encode() for one in asked) + end)
        with speaking.makefile("rb") as file:
            for one in asked:
                head = file.read(20)
                told = read_message(head + file.read(int.from_bytes(head[16:], "big")))
                assert told.code == (1 if one.body in _there else 100)
            if len(end) > 20:
                assert file.read() == b""


_there = {question(name).body for name in [*names[:3], *names[4:7]]}


@given(
    st.builds(
        Value,
        st.integers(1, 2**32 - 1),
        st.text(max_size=20),
        st.just("string"),
        st.text(max_size=40),
        st.integers(0, 2**31),
        st.sampled_from([None, "2026-03-05T08:00:00.000Z"]),
        st.sampled_from(["1110", "1100", "0000"]),
        references=st.sampled_from([(), ("1:99.1/A",)]),
    )
)
def test_a_value_is_encoded_as_the_wire_has_it(value: Value) -> None:
    assert encoded(value) == to_wire(value).encode()


def test_what_is_remembered_stays_within_its_bytes() -> None:
    kept: Remembered[int, str] = Remembered(1000)
    for number in range(1000):
        kept.keep(number, str(number), 10)
        assert kept.get(0) == "0"
        assert len(kept) <= 100
    assert not kept.has(1)
    assert kept.get(998) == "998"
    kept.keep(5000, "too large", 501)
    assert kept.get(5000) is None
    kept.clear()
    assert len(kept) == 0
    assert kept.get(0) is None
