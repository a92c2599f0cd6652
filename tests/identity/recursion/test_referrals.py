"""A server that sends whoever asks to another one: followed a few times, never in a circle, never inwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tallystick.identity import Value
from tallystick.identity.native import Interface, Server, Site, bodies, site_json
from tallystick.identity.native.errors import NativeRefused
from tallystick.identity.native.translate import to_wire
from tallystick.identity.recursion import (
    Cache,
    Found,
    LoopRefused,
    NobodyAnswers,
    OverHttp,
    Resolver,
    Routes,
    referrals,
)
from tallystick.identity.recursion.json_form import AnswerUnreadable
from tallystick.ledger import SetClock

handle = "99.1/x"
here = Found(1, handle, (Value(1, "NAME", "string", "v", 100),))
Answer = Callable[[str], Found]


@dataclass
class Net:
    """Servers by address, each with what it says to a handle."""

    servers: Mapping[str, Answer]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def at(self, url: str) -> One:
        return One(self, url)

    def resolver(self, first: str) -> Resolver:
        clock = SetClock("2026-03-05T08:00:00.000Z")
        routes = Routes({"*": [self.at(first)]})
        return Resolver(routes, Cache(clock), clock, "me", self.at)


@dataclass
class One:
    net: Net
    url: str

    def ask(
        self,
        handle: str,
        indexes: tuple[int, ...] = (),
        types: tuple[str, ...] = (),
        hops: tuple[str, ...] = (),
    ) -> Found:
        self.net.asked.append((self.url, handle))
        return self.net.servers[self.url](handle)


def site(*addresses: str, port: int = 2641) -> Value:
    servers = tuple(
        Server(number, address, b"", (Interface(1, "HTTP", 1), Interface(2, "TCP", port)))
        for number, address in enumerate(addresses)
    )
    return Value(1, "HS_SITE", "site", site_json.document(Site(1, servers)))


def sends(elsewhere: str = "", *values: Value, source: str = "tcp://127.0.0.1:1") -> Found:
    return Found(302, handle, values, source=source, elsewhere=elsewhere)


def test_a_site_in_the_answer_is_asked() -> None:
    net = Net({
        "tcp://127.0.0.1:1": lambda _: sends("", site("127.0.0.2")),
        "tcp://127.0.0.2:2641": lambda _: here,
    })  # fmt: skip
    assert net.resolver("tcp://127.0.0.1:1").resolve(handle).found.values == here.values
    assert net.asked[-1] == ("tcp://127.0.0.2:2641", handle)


@pytest.mark.parametrize(
    ("values", "leads"),
    [
        ((site("127.0.0.2"),), "tcp://127.0.0.2:2641"),
        ((Value(4, "TALLYSTICK.HOME", "string", "http://127.0.0.2:80"),), "http://127.0.0.2:80"),
        ((Value(4, "HS_SERV", "string", "99.9/service"),), "tcp://127.0.0.3:2641"),
    ],
)
def test_a_record_that_says_where_to_ask_is_read_first(
    values: tuple[Value, ...], leads: str
) -> None:
    def first(asked: str) -> Found:
        known = {"0.NA/99.1": values, "99.9/service": (site("127.0.0.3"),)}
        return Found(1, asked, known[asked]) if asked in known else sends("0.NA/99.1")

    net = Net({"tcp://127.0.0.1:1": first, leads: lambda _: here})
    assert net.resolver("tcp://127.0.0.1:1").resolve(handle).found.values == here.values


def test_a_circle_of_referrals_is_refused() -> None:
    one, two = "tcp://127.0.0.1:1", "tcp://127.0.0.2:2641"
    net = Net({
        one: lambda _: sends("", site("127.0.0.2")),
        two: lambda _: sends("", site("127.0.0.1", port=1), source=two),
    })  # fmt: skip
    with pytest.raises(LoopRefused):
        net.resolver(one).resolve(handle)
    assert net.asked == [(one, handle), (two, handle)]


def test_a_service_that_is_found_by_asking_itself_is_refused() -> None:
    net = Net({"tcp://127.0.0.1:1": lambda _: sends("", Value(1, "HS_SERV", "string", "99.9/s"))})
    with pytest.raises(LoopRefused):
        net.resolver("tcp://127.0.0.1:1").resolve(handle)
    assert len(net.asked) <= referrals.referrals_max + 1


def test_a_chain_of_referrals_ends() -> None:
    def answer(number: int) -> Answer:
        return lambda _: sends("", site(f"127.0.0.{number + 1}"), source="tcp://127.0.0.1:2641")

    net = Net({f"tcp://127.0.0.{number}:2641": answer(number) for number in range(1, 20)})
    with pytest.raises(LoopRefused):
        net.resolver("tcp://127.0.0.1:2641").resolve(handle)
    assert len(net.asked) == referrals.referrals_max + 1


def test_a_referral_to_nobody_leaves_the_next_server_to_be_asked() -> None:
    clock = SetClock("2026-03-05T08:00:00.000Z")
    net = Net({"a": lambda _: sends(""), "b": lambda _: here})
    routes = Routes({"*": [net.at("a"), net.at("b")]})
    told = Resolver(routes, Cache(clock), clock, "me", net.at).resolve(handle)
    assert told.found.values == here.values


def test_a_resolver_that_follows_none_says_that_nobody_answers() -> None:
    net = Net({"a": lambda _: sends("", site("127.0.0.2"))})
    with pytest.raises(NobodyAnswers):
        Resolver(Routes({"*": [net.at("a")]})).resolve(handle)


@pytest.mark.parametrize(
    ("source", "target", "may"),
    [
        ("tcp://8.8.8.8:1", "8.8.4.4", True),
        ("tcp://8.8.8.8:1", "10.0.0.1", False),
        ("tcp://8.8.8.8:1", "127.0.0.1", False),
        ("tcp://8.8.8.8:1", "169.254.169.254", False),
        ("tcp://8.8.8.8:1", "::1", False),
        ("tcp://10.0.0.1:1", "8.8.8.8", True),
        ("tcp://10.0.0.1:1", "10.0.0.2", True),
        ("tcp://10.0.0.1:1", "127.0.0.1", False),
        ("tcp://127.0.0.1:1", "127.0.0.2", True),
        ("tcp://127.0.0.1:1", "224.0.0.1", False),
        ("tcp://127.0.0.1:1", "0.0.0.0", False),
    ],
)
def test_it_leads_nowhere_that_is_less_public(source: str, target: str, may: bool) -> None:
    told = referrals.addresses(sends("", site(target), source=source), _none, _none)
    assert bool(told) is may


@pytest.mark.parametrize(
    ("address", "may"),
    [("https://node.example", True), ("http://node.example", False), ("http://8.8.8.8", True)],
)
def test_a_name_is_believed_with_tls_alone(address: str, may: bool) -> None:
    told = referrals.addresses(sends(address, source="https://8.8.8.8"), _none, _none)
    assert told == ([address] if may else [])


def _none(_handle: str, _types: tuple[str, ...]) -> Found:
    raise AssertionError("nobody is to be asked")


def _http(location: str) -> OverHttp:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(307, headers={"location": location})

    return OverHttp("http://a.test", httpx.Client(transport=httpx.MockTransport(answer)))


def test_a_redirect_is_a_referral() -> None:
    told = _http("https://b.test/x/api/handles/99.1/x?referred=true").ask(handle)
    assert (told.code, told.elsewhere) == (302, "https://b.test/x")


def test_a_redirect_to_something_else_is_refused() -> None:
    with pytest.raises(AnswerUnreadable):
        _http("https://b.test/login").ask(handle)


@pytest.mark.parametrize("more", [{}, {"referred": "true"}])
def test_whoever_was_sent_says_so(more: Any) -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params.get("referred"))
        told = b'{"responseCode": 100, "handle": "99.1/x"}'
        return httpx.Response(404, stream=httpx.ByteStream(told))

    http = httpx.Client(transport=httpx.MockTransport(answer))
    OverHttp("http://a.test", http, referred=bool(more)).ask(handle)
    assert seen == [more.get("referred")]


def test_the_body_of_a_referral_is_read_as_it_was_written() -> None:
    for told in (bodies.Referral("0.NA/99.1"), bodies.Referral("", (to_wire(site("127.0.0.1")),))):
        assert bodies.read_referral(told.encode()) == told
    with pytest.raises(NativeRefused):
        bodies.read_referral(bodies.Referral("0.NA/99.1").encode() + b"\0")
