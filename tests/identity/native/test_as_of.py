"""What a record said then, by UDP and TCP: of a node, and through a resolver by either protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.identity.native.rig import ask, base_url, over, serving, udp
from tests.ledger.world import World, core, supplier

from tallystick.app import problems
from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    WriteHandle,
    native,
)
from tallystick.identity.asof.errors import (
    AsOfBeforeLog,
    AsOfBeyondLog,
    AsOfMalformed,
    AsOfNotTold,
)
from tallystick.identity.asof.wish import AsOf, type_of, wished
from tallystick.identity.native import bodies, proof_type
from tallystick.identity.native.message import Message, public_only
from tallystick.identity.native.server import udp_factor_max
from tallystick.identity.recursion import OverNative, Resolver, ResolverAnswers, Routes, router
from tallystick.ledger import SystemClock, TallystickError

handle = "99.100.1/AS-OF"


@dataclass
class Story:
    world: World
    port: int
    made: int
    written: int
    deleted: int

    def over(self, by: str = "udp") -> OverNative:
        return over(self.port, by)


def _value(index: int, data: str, **more: Any) -> HandleValue:
    return HandleValue(index=index, type="NAME", data=data, **more)


@pytest.fixture
def story(world: World) -> Iterator[Story]:
    record = HandleRecord(handle=handle, values=(_value(1, "pump"),))
    made = world.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    world.ledger.seal()
    world.clock.advance(60_000)
    private = _value(2, "41 CNY", permissions="1100", readers=(supplier,))
    body = WriteHandle(handle=handle, values=(_value(1, "valve"), private, _value(3, "x" * 300)))
    written = world.add(core, "identity.handle.write/1", body)
    world.ledger.seal()
    world.clock.advance(60_000)
    gone = DeleteHandle(handle=handle, reason="retired")
    deleted = world.add(core, "identity.handle.delete/1", gone)
    world.ledger.seal()
    indexes = [one.index for one in (made, written, deleted)]
    with serving(world) as port:
        yield Story(world, port, *indexes)


def _told(found: Any) -> tuple[int, dict[int, Any], AsOf | None]:
    return found.code, {value.index: value.value for value in found.values}, found.as_of


def _as_of(upstream: Any, moment: object, *types: str) -> Any:
    return upstream.ask(handle, (), (*types, type_of(str(moment))))


@pytest.mark.parametrize("by", ["udp", "tcp"])
def test_a_record_is_told_as_of_an_index_and_a_time(story: Story, by: str) -> None:
    asked = story.over(by)
    address = f"{base_url}/v1/records/{handle}/proof?asOf="
    first, second = AsOf(story.made, story.made), AsOf(story.written, story.written)
    for moment, values, as_of in (
        (story.made, {1: "pump"}, first),
        (story.written, {1: "valve", 3: "x" * 300}, second),
        (_time(story, story.written), {1: "valve", 3: "x" * 300}, second),
    ):
        found = _as_of(asked, moment)
        assert found.proof == f"{address}{found.as_of.index}"
        assert (found.code, {v.index: v.value for v in found.values}) == (1, values)
        assert found.as_of.since == as_of.since
    assert _as_of(asked, story.deleted - 1).as_of.since == story.written
    only = asked.ask(handle, (1,), (type_of(str(story.made)),))
    assert [value.index for value in only.values] == [1]
    none = asked.ask(handle, (9,), (type_of(str(story.made)),))
    assert (none.code, none.values, none.as_of.index) == (200, (), story.made)


def test_it_is_told_where_there_was_none(story: Story) -> None:
    for by in ("udp", "tcp"):
        before = _as_of(story.over(by), story.made - 1)
        assert (before.code, before.as_of) == (100, AsOf(story.made - 1))
        gone = _as_of(story.over(by), story.deleted)
        assert (gone.code, gone.as_of) == (100, AsOf(story.deleted, story.deleted))
    assert story.over().ask(handle).code == 100


def test_the_proof_of_then_comes_with_it(story: Story) -> None:
    found = _as_of(story.over(), story.made, proof_type, "NAME")
    assert [value.index for value in found.values] == [1, native.proof_index]
    told = found.values[-1].value
    assert told["index"] == story.made
    assert told["proof"] == f"{base_url}/log/proof/{story.made}"


wrong = [
    ("yesterday", AsOfMalformed),
    ("", AsOfMalformed),
    ("2026-03-05", AsOfMalformed),
    ("-1", AsOfMalformed),
    ("9" * 15, AsOfBeyondLog),
    ("9" * 2000, AsOfMalformed),
    ("1999-01-01T00:00:00Z", AsOfBeforeLog),
]


@pytest.mark.parametrize(("moment", "error"), wrong)
def test_a_bad_moment_has_its_own_error(
    story: Story, moment: str, error: type[TallystickError]
) -> None:
    for by in ("udp", "tcp"):
        with pytest.raises(error):
            _as_of(story.over(by), moment)


def test_two_moments_are_none(story: Story) -> None:
    with pytest.raises(AsOfMalformed, match="2 moments"):
        wished([type_of("1"), type_of("2")])
    asked = bodies.Question(handle, (), (type_of("1"), type_of("2"))).encode()
    told = ask(story.port, Message(1, asked, request=5))
    assert (told.code, bodies.read_refusal(told.body).said) == (2, "as-of-malformed")


def test_a_server_that_knows_no_moment_is_found_out(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would tell what is so now, or that nothing is there."""
    monkeypatch.setattr("tallystick.identity.native.answering.wished", lambda types: (types, None))
    for name in (handle, core):
        with pytest.raises(AsOfNotTold):
            story.over("tcp").ask(name, (), (type_of("3"),))


def test_by_udp_it_is_no_larger_than_any_answer(story: Story) -> None:
    with udp(story.port) as speaking:
        for moment in (story.made, story.written, "yesterday", _time(story, story.written)):
            for types in ((type_of(str(moment)),), (type_of(str(moment)), proof_type)):
                body = bodies.Question(handle, (), types).encode()
                asked = Message(1, body, flags=public_only, request=5).encode()
                speaking.send(asked)
                assert len(speaking.recv(4096)) <= min(512, udp_factor_max * len(asked))


@pytest.mark.parametrize("by", ["udp", "tcp"])
def test_a_resolver_asks_the_origin_each_time(story: Story, by: str) -> None:
    resolver = Resolver(Routes({"99.100.1": [story.over(by)]}))
    clock = SystemClock()
    server = native.NativeServer(ResolverAnswers(resolver, native.Site(1, ())), native.Guard(0), 4)
    with native.serving(lambda: server, "127.0.0.1", 0) as port:
        for there in ("udp", "tcp"):
            through = over(port, there)
            found = _as_of(through, story.written, proof_type)
            direct = _as_of(story.over(), story.written, proof_type)
            assert _told(found) == _told(direct)
            assert found.proof == direct.proof
            assert _as_of(through, story.made - 1).as_of == AsOf(story.made - 1)
            assert _as_of(through, story.deleted).as_of == AsOf(story.deleted, story.deleted)
            assert through.ask(handle).code == 100
            for moment, error in wrong:
                with pytest.raises(error):
                    _as_of(through, moment)
    app = FastAPI()
    problems.install(app)
    app.include_router(router(resolver, clock))
    with TestClient(app) as client:
        found = client.get(f"/api/handles/{handle}?asOf={story.written}&index=1").json()
        assert found["values"][0]["data"]["value"] == "valve"
        assert found["asOf"] == {"index": story.written, "since": story.written}
        gone = client.get(f"/api/handles/{handle}?asOf={story.made - 1}")
        assert (gone.status_code, gone.json()["asOf"]) == (404, {"index": story.made - 1})
        bad = client.get(f"/api/handles/{handle}?asOf=soon")
        assert (bad.status_code, bad.json()["code"]) == (400, "as-of-malformed")


def _time(story: Story, index: int) -> str:
    with story.world.reader.open() as snapshot:
        return snapshot.row(index).time
