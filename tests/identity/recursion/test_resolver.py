"""What a resolver remembers, for how long, whom it asks, and how it notices that it goes in a circle."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from tallystick.identity import Value
from tallystick.identity.filters import is_wanted
from tallystick.identity.recursion import (
    Cache,
    Found,
    LoopRefused,
    NobodyAnswers,
    NobodyKnows,
    Resolver,
    RouteRefused,
    Routes,
    filtered,
    upstream,
)
from tallystick.identity.recursion.json_form import AnswerUnreadable, read_found, show_found
from tallystick.ledger import RuleError, SetClock

now = "2026-03-05T08:00:00.000Z"
handle = "99.1/x"


def value(index: int = 1, kind: str = "NAME", ttl: int = 100) -> Value:
    return Value(index, kind, "string", f"v{index}", ttl)


def found(*values: Value, name: str = handle) -> Found:
    return Found(1, name, values or (value(),))


@dataclass
class Said:
    """An upstream that says what it is told to, and remembers what it was asked."""

    answer: Callable[[str], Found]
    url: str = "test://a"
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def ask(
        self,
        handle: str,
        indexes: tuple[int, ...] = (),
        types: tuple[str, ...] = (),
        hops: tuple[str, ...] = (),
    ) -> Found:
        self.asked.append((handle, hops))
        return self.answer(handle)


def silent(_handle: str) -> Found:
    raise NobodyAnswers("test")


@dataclass
class Rig:
    said: Said
    clock: SetClock
    resolver: Resolver


def rig(answer: Callable[[str], Found] = lambda _: found(), **more: Said) -> Rig:
    said, clock = Said(answer), SetClock(now)
    routes = Routes({"99": [said], **{prefix: [one] for prefix, one in more.items()}})
    return Rig(said, clock, Resolver(routes, Cache(clock), clock, "me"))


def test_a_record_is_remembered_as_long_as_its_shortest_time_to_live() -> None:
    made = rig(lambda _: found(value(1, ttl=100), value(2, ttl=60)))
    made.resolver.resolve(handle)
    made.clock.advance(59_000)
    told = made.resolver.resolve(handle.upper())
    assert [one.ttl for one in told.found.values] == [41, 1]
    assert len(made.said.asked) == 1
    made.clock.advance(1_000)
    assert [one.ttl for one in made.resolver.resolve(handle).found.values] == [100, 60]
    made.resolver.resolve(handle, fresh=True)
    assert len(made.said.asked) == 3


@pytest.mark.parametrize("code", [100, 200])
def test_that_something_is_not_there_is_remembered_a_minute(code: int) -> None:
    made = rig(lambda name: Found(code, name))
    for _ in range(3):
        assert made.resolver.resolve(handle).found.code == code
    made.clock.advance(60_000)
    made.resolver.resolve(handle)
    assert len(made.said.asked) == 2


def test_what_may_not_be_kept_is_not_kept_and_nothing_lives_longer_than_a_day() -> None:
    made = rig(lambda _: found(value(ttl=0)))
    for _ in range(2):
        made.resolver.resolve(handle)
    assert (len(made.said.asked), len(made.resolver.cache)) == (2, 0)
    made = rig(lambda _: found(value(ttl=31_536_000)))
    made.resolver.resolve(handle)
    made.clock.advance(86_400_000)
    made.resolver.resolve(handle)
    assert len(made.said.asked) == 2


def test_memory_is_bounded() -> None:
    cache = Cache(SetClock(now), 10_000)
    for number in range(100):
        cache.keep(f"99/{number}", found(name=f"99/{number}"))
    assert 5 < len(cache) < 20
    assert cache.fresh("99/99") is not None
    assert cache.fresh("99/0") is None
    cache.keep("99/huge", Found(1, "99/huge", (Value(1, "X", "string", "x" * 20_000),)))
    assert cache.fresh("99/huge") is None


def test_when_nobody_answers_what_is_remembered_is_told_as_stale() -> None:
    made = rig()
    made.resolver.resolve(handle)
    made.said.answer = silent
    made.clock.advance(101_000)
    told = made.resolver.resolve(handle)
    assert (told.stale, told.found.values[0].ttl) == (True, 0)
    assert told.until_ms < made.clock.now_ms()
    with pytest.raises(NobodyAnswers):
        made.resolver.resolve("99.1/other")
    made.clock.advance(7 * 86_400_000)
    with pytest.raises(NobodyAnswers):
        made.resolver.resolve(handle)


def test_that_something_is_not_there_is_never_told_as_stale() -> None:
    made = rig(lambda name: Found(100, name))
    made.resolver.resolve(handle)
    made.said.answer = silent
    made.clock.advance(61_000)
    with pytest.raises(NobodyAnswers):
        made.resolver.resolve(handle)


def test_who_does_not_answer_is_left_alone_for_a_moment_and_the_next_is_asked() -> None:
    clock, first, second = SetClock(now), Said(silent), Said(lambda _: found(), "test://b")
    routes = Routes({"99": [first, second]})
    resolver = Resolver(routes, clock=clock)
    for _ in range(3):
        resolver.resolve(handle, fresh=True)
    assert (len(first.asked), len(second.asked)) == (1, 3)
    clock.advance(5_000)
    resolver.resolve(handle, fresh=True)
    assert len(first.asked) == 2


@pytest.mark.parametrize("answer", [found(name="99.1/y"), Found(2, handle), Found(402, handle)])
def test_an_answer_about_something_else_is_none(answer: Found) -> None:
    made = rig(lambda _: answer)
    with pytest.raises(NobodyAnswers):
        made.resolver.resolve(handle)
    assert len(made.resolver.cache) == 0


def test_a_circle_is_refused() -> None:
    made = rig()
    made.resolver.resolve(handle, ("a", "b"))
    assert made.said.asked == [(handle, ("a", "b", "me"))]
    for hops in (("a", "me"), ("-",) * 8):
        with pytest.raises(LoopRefused):
            made.resolver.resolve(handle, hops)
    made.said.answer = lambda name: Found(6, name)
    with pytest.raises(LoopRefused):
        made.resolver.resolve(handle, fresh=True)


def test_the_longest_prefix_decides() -> None:
    deep, child, rest = (Said(lambda name: Found(100, name), f"test://{n}") for n in range(3))
    made = rig(lambda name: Found(100, name), **{"99.100.7": deep, "99.100": child, "*": rest})
    asked = {
        "99.100.7/a": deep, "99.100.7.1/a": deep, "99.100.70/a": child, "99.100/a": child, "99.1000/a": made.said,
        "0.NA/99.100.7": deep, "0.na/99.100": child, "0.NA/98": rest, "98/a": rest, "10320/loc": rest,
    }  # fmt: skip
    for name, one in asked.items():
        before = len(one.asked)
        made.resolver.resolve(name)
        assert len(one.asked) == before + 1, name
    with pytest.raises(NobodyKnows):
        Resolver(Routes({"99": [deep]})).resolve("98/a")
    with pytest.raises(RuleError):
        made.resolver.resolve("no handle")


def test_questions_at_one_time_are_one_question() -> None:
    going, go = threading.Event(), threading.Event()

    def slow(_handle: str) -> Found:
        going.set()
        assert go.wait(10)
        return found()

    made = rig(slow)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(made.resolver.resolve, handle)
        assert going.wait(10)
        others = [pool.submit(made.resolver.resolve, handle, fresh=True) for _ in range(3)]
        go.set()
        told = [one.result(10).found for one in (first, *others)]
    assert told == [found()] * 4
    assert 1 <= len(made.said.asked) <= 4
    assert made.resolver._asking == {}


@pytest.mark.parametrize(
    "route",
    ["", "99", "99=", "=http://a", "99=ftp://a", "99=udp://", "99=udp://a/x", "99=http://a?b", "99=http://u@a",
     "99=tcp://a:x", "9 9=http://a"],
)  # fmt: skip
def test_a_wrong_route_is_refused(route: str) -> None:
    with httpx.Client() as http, pytest.raises(RouteRefused):
        Routes.parse([route], lambda address: upstream(address, http, 1))


def test_routes_are_read() -> None:
    with httpx.Client() as http:
        routes = Routes.parse(
            ["99=http://a/b/", "99=udp://h", "*=tcp://[::1]:1"],
            lambda address: upstream(address, http, 1),
        )
    assert [one.url for one in routes.of("99/x")] == ["http://a/b", "udp://h:2641"]
    assert [one.url for one in routes.of("98/x")] == ["tcp://::1:1"]


def test_an_answer_in_json_is_read_as_it_was_shown() -> None:
    told = Found(
        1, handle,
        (Value(1, "URL", "string", "a://b", 5, now, "1110", (), ("300:0.NA/9",)),
         Value(2, "X", "json", {"a": [1]}, 0, now, "1010")), "https://a.example/log/proof/3",
    )  # fmt: skip
    assert read_found(json.dumps(show_found(told)).encode(), 0) == told
    short = b'{"responseCode":1,"handle":"99.1/x","values":[{"index":1,"type":"T","data":"d"}]}'
    assert read_found(short, 0).values[0].value == "d"
    fixed = short.replace(b'"data":"d"', b'"data":"d","ttl":"1970-01-01T00:01:00Z"')
    assert read_found(fixed, 10_000).values[0].ttl == 50


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", b"{}", b"[]", b'{"responseCode":"x"}', b'{"responseCode":1,"values":[{}]}',
     b'{"responseCode":1,"values":[{"index":-1,"type":"T","data":"d"}]}',
     b'{"responseCode":1,"values":[{"index":1,"type":"T","data":"d","references":["x"]}]}',
     b'{"responseCode":1,"values":[{"index":1,"type":"T","data":"d","ttl":"soon"}]}',
     b'{"responseCode":1,"values":[{"index":1,"type":"T","data":"d","permissions":"2"}]}'],
)  # fmt: skip
def test_other_json_is_refused(data: bytes) -> None:
    with pytest.raises(AnswerUnreadable):
        read_found(data, 0)


def test_a_proof_is_an_address_or_is_not_told() -> None:
    for proof in ('"javascript:1"', "{}", "7", f'"https://{"x" * 2048}"'):
        assert read_found(f'{{"responseCode":1,"proof":{proof}}}'.encode(), 0).proof is None


def test_filters() -> None:
    told = found(value(1, "URL"), value(2, "URL.PAGE"), value(3))
    assert [v.index for v in filtered(told, (3,), ("URL.",)).values] == [2, 3]
    assert filtered(told, (9,), ()).code == 200
    assert is_wanted(value(), (), ())
