"""Whatever is written is read as it was, and other bytes are refused by name."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.identity import Value
from tallystick.identity.native import bodies
from tallystick.identity.native.errors import FragmentsRefused, MessageTooLarge, NativeRefused
from tallystick.identity.native.fragments import (
    Gathering,
    cut,
    packet_bytes_max,
    size_split,
    split,
)
from tallystick.identity.native.message import Credential, Message, read_message
from tallystick.identity.native.site_json import document, site_of
from tallystick.identity.native.sites import Interface, Server, Site, read_site
from tallystick.identity.native.translate import from_wire, to_wire
from tallystick.identity.native.values import NativeValue, Reference

u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
index = st.integers(1, 2**32 - 1)
text = st.text(st.characters(codec="utf-8"), max_size=20)
references = st.lists(st.builds(Reference, text, index), max_size=3).map(tuple)
values = st.builds(
    NativeValue, index, text, st.binary(max_size=60), st.integers(0, 1), u32, u32,
    st.integers(0, 15), references,
)  # fmt: skip
credentials = st.none() | st.builds(Credential, text, text, st.binary(max_size=70), u32)
version = st.tuples(st.integers(2, 3), u8)
messages = st.builds(
    Message, u32, st.binary(max_size=900), u32, u32, u32, u32, version, u16, u8, u32, credentials,
    st.tuples(st.integers(0, 31), u8),
)  # fmt: skip


@given(messages)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    assert read_message(message.encode()) == message


@given(text, st.lists(index, max_size=5), st.lists(text, max_size=5))
def test_so_is_a_question(handle: str, indexes: list[int], types: list[str]) -> None:
    question = bodies.Question(handle, tuple(indexes), tuple(types))
    assert bodies.read_question(question.encode()) == question


@given(text, st.lists(values, max_size=4))
def test_so_is_a_record(handle: str, found: list[NativeValue]) -> None:
    told = bodies.Resolved(handle, tuple(found))
    assert bodies.read_resolved(told.encode()) == told


@given(text, st.lists(u32, min_size=1, max_size=3))
def test_so_is_a_refusal(said: str, indexes: list[int]) -> None:
    for told in (bodies.Refusal(said, tuple(indexes)), bodies.Refusal(said)):
        assert bodies.read_refusal(told.encode()) == told


addresses = st.ip_addresses(v=4).map(str)
interfaces = st.builds(
    Interface, st.integers(0, 3), st.sampled_from(("UDP", "TCP", "HTTP", "HTTPS")), st.integers(0, 65_535)
)  # fmt: skip
servers = st.builds(
    Server, u32, addresses, st.just(b""), st.lists(interfaces, max_size=3).map(tuple)
)
sites = st.builds(
    Site, u16, st.lists(servers, max_size=3).map(tuple),
    st.lists(st.tuples(text, text), max_size=2).map(tuple), st.tuples(st.integers(0, 99), st.integers(0, 99)),
    st.sampled_from((0, 0x40, 0x80, 0xC0)), st.integers(0, 2),
)  # fmt: skip


@given(sites)
def test_so_is_a_site_also_through_its_json(site: Site) -> None:
    again = read_site(site.encode())
    assert again.encode() == site.encode()
    assert site_of(document(again)) == again


@given(messages, st.randoms(use_true_random=False))
def test_datagrams_are_put_together_in_any_order(message: Message, chance: random.Random) -> None:
    whole = message.encode()
    packets = list(split(whole))
    assert all(len(packet) <= packet_bytes_max for packet in packets)
    assert sum(map(len, packets)) == size_split(len(whole))
    gathering, shuffled = Gathering(), [*packets, *packets[1:]]
    chance.shuffle(shuffled)
    found = [gathering.add(packet) for packet in shuffled]
    assert whole in found
    assert not gathering.was_cut


def test_a_cut_answer_says_so_and_foreign_pieces_are_refused() -> None:
    whole = Message(1, bytes(range(256)) * 5, code=1, request=9).encode()
    gathering = Gathering()
    assert gathering.add(cut(whole)) is None
    assert gathering.was_cut
    first, second, *_ = split(whole)
    other = Message(1, bytes(1280), code=1, request=9).encode()
    for pieces in (
        (first, next(split(other))),
        (first, second[:-1]),
        (first, first[:12] + b"\0\0\0\x09" + first[16:]),
        (first, next(split(Message(1, bytes(999), code=1, request=9).encode()))),
    ):
        gathering = Gathering()
        gathering.add(pieces[0])
        with pytest.raises(FragmentsRefused):
            gathering.add(pieces[1])


def test_nothing_larger_than_the_limit_is_sent() -> None:
    with pytest.raises(MessageTooLarge):
        Message(1, bytes(262_144)).encode()


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_other_bytes_are_refused_by_name(data: bytes) -> None:
    found: list[str] = []
    for read in (
        read_message, bodies.read_question, bodies.read_resolved, bodies.read_refusal,
        bodies.read_challenge, bodies.read_reply, read_site, Gathering().add,
    ):  # fmt: skip
        try:
            read(data)
        except NativeRefused as refused:
            found.append(refused.code)
    assert found
    assert NativeRefused.code not in found


admin = {"handle": "0.NA/9", "index": 300, "permissions": "011111110011"}
rsa = {"kty": "RSA", "e": "AQAB", "n": "sXch"}
okp = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@pytest.mark.parametrize(
    ("kind", "form", "told"),
    [("NAME", "string", "电池包"), ("HASH", "base64", "//8="), ("HS_ADMIN", "admin", admin),
     ("HS_VLIST", "vlist", [{"handle": "0.NA/9", "index": 300}]), ("HS_PUBKEY", "key", rsa), ("HS_PUBKEY", "key", okp),
     ("TALLYSTICK.DEVICE", "json", {"a": [1, "b"]}), ("HS_ADMIN", "string", "not an administrator"),
     ("HS_SITE", "string", "nor a site")],
)  # fmt: skip
def test_values_cross_the_wire(kind: str, form: str, told: object) -> None:
    value = Value(7, kind, form, told, 60, "2026-03-05T08:00:00.000Z", "1110", (), ("300:0.NA/9",))
    assert from_wire(to_wire(value), 0) == value


@pytest.mark.parametrize(
    ("form", "told"),
    [("admin", {"handle": 1}), ("admin", "x"), ("vlist", 3), ("key", {"kty": "RSA", "e": "!", "n": "a"}),
     ("site", {"serialNumber": -1}), ("base64", "%"), ("hex", "g")],
)  # fmt: skip
def test_data_that_is_not_in_its_form_goes_as_it_stands(form: str, told: object) -> None:
    sent = to_wire(Value(1, "X", form, told)).data
    assert sent


def test_a_fixed_time_to_live_counts_down() -> None:
    told = NativeValue(1, "X", b"", 1, 1_000_060)
    assert from_wire(told, 1_000_000_000).ttl == 60
    assert from_wire(told, 2_000_000_000).ttl == 0
