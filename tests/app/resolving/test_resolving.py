"""One record, asked in every way there is: at its node and through resolvers, from a program and by command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.app.resolving.rig import At, free_port, node, resolving
from tests.identity.native.rig import handle, leave, populate, serving
from tests.ledger.world import World, core, key
from tests.patience import patience_s
from typer.testing import CliRunner

from tallystick.app.handle_cli import cli
from tallystick.app.keystore import KeyStore
from tallystick.app.readers import Readers
from tallystick.app.resolving import native as native_app
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord, HandleValue, native
from tallystick.identity.native import forms
from tallystick.identity.native.bodies import Question
from tallystick.identity.native.message import Message, read_message, recursive
from tallystick.identity.recursion import OverHttp, OverNative, RouteRefused, show_found
from tallystick.ledger import PublicKey, TallystickError, canonical


@pytest.fixture
def here(tmp_path: Path, sqlite_url: str) -> Iterator[At]:
    world = World(sqlite_url, tmp_path / "signer")
    world.populate()
    populate(world)
    world.ledger.seal()
    with node(world, sqlite_url, tmp_path / "node") as at:
        yield at


def asked(at: At, name: str, *indexes: int, types: tuple[str, ...] = ()) -> list[Any]:
    """The answers over HTTP, UDP and TCP, with time told in seconds."""
    found: list[Any] = []
    with httpx.Client() as http:
        for server in (
            OverHttp(at.url, http),
            OverNative("127.0.0.1", at.native, "udp"),
            OverNative("127.0.0.1", at.native, "tcp"),
        ):
            told = show_found(server.ask(name, indexes, types))
            for value in told.get("values", ()):
                value["timestamp"] = value["timestamp"][:19]
                value.pop("ttl")
            found.append(told)
    return found


def test_one_record_is_the_same_at_its_node_and_through_resolvers(here: At) -> None:
    with (
        resolving(f"99.100={here.url}") as first,
        resolving(f"*=udp://{here.address}") as second,
        resolving(f"99=tcp://{second.address}") as third,
    ):
        for name in (handle, handle.lower(), "99.100.1/LARGE", "0.NA/99.100.1"):
            whole = asked(here, name)[0]
            assert whole["responseCode"] == 1
            for at in (here, first, second, third):
                # Over HTTP the answer also names its proof; natively one asks for it.
                assert [said | {"proof": None} for said in asked(at, name)] == [
                    whole | {"proof": None}
                ] * 3
        for at in (here, first, second, third):
            assert {one["responseCode"] for one in asked(at, "99.100.1/none")} == {100}
            # The private value is there, and looks as one that is not.
            for index in (3, 9):
                assert {one["responseCode"] for one in asked(at, handle, index)} == {200}
            for told in asked(at, handle, 4, types=("URL.",)):
                assert [value["index"] for value in told["values"]] == [2, 4]
        answer = httpx.get(f"{first.url}/api/handles/{handle}")
        left_s = int(answer.headers["cache-control"].removeprefix("max-age="))
        assert 60 - int(answer.headers["age"]) - 1 <= left_s <= 60
        assert answer.json()["source"] == here.url
        answer = httpx.get(f"{first.url}/api/handles/98/x")
        assert (answer.status_code, answer.json()["responseCode"]) == (400, 301)


def test_what_it_said_then_is_told_by_every_way(here: At) -> None:
    proof = httpx.get(f"{here.url}/api/handles/{handle}").json()["proof"]
    index = OverNative("127.0.0.1", here.native, "tcp").ask(handle, (), (native.proof_type,))
    made = index.values[-1].value["index"]
    with (
        resolving(f"99.100={here.url}") as first,
        resolving(f"*=udp://{here.address}") as second,
        resolving(f"*=tcp://{second.address}") as third,
    ):
        for at in (here, first, second, third):
            for way in (["--at", at.url], ["--udp", at.address], ["--tcp", at.address]):
                for moment, code in ((made, 1), (made - 1, 100)):
                    asking = ["resolve", handle, *way, "--as-of", str(moment), "--index", "1"]
                    result = CliRunner().invoke(cli, [*asking, "--json"])
                    # The servers say what they do on the same stream.
                    (line,) = [one for one in result.stdout.splitlines() if one.startswith("{")]
                    told = json.loads(line)
                    since = {"since": made} if code == 1 else {}
                    assert told["responseCode"] == code
                    assert told["asOf"] == {"index": moment, **since}
                    assert [one["index"] for one in told.get("values", ())] == [1] * (code == 1)
                    if code == 1:
                        assert told["proof"] == f"{proof}?asOf={made}"
                shown = CliRunner().invoke(cli, ["resolve", handle, *way, "--as-of", str(made)])
                assert f"as of entry {made}, as entry {made} wrote it" in shown.stdout
                bad = CliRunner().invoke(cli, ["resolve", handle, *way, "--as-of", "soon"])
                assert isinstance(bad.exception, TallystickError)
                assert bad.exception.code == "as-of-malformed"


def test_the_proof_that_the_origin_names_is_reached_through_a_resolver(here: At) -> None:
    with resolving(f"*=udp://{here.address}") as first:
        asking = OverNative("127.0.0.1", first.native, "tcp")
        found = asking.ask(handle, (1,), (native.proof_type,))
        assert [value.index for value in found.values] == [1, native.proof_index]
        assert found.proof is not None
        assert found.proof.startswith(f"{here.url}/log/proof/")
        assert httpx.get(found.proof).status_code == 200


def test_the_resolver_says_that_it_is_not_the_origin(here: At) -> None:
    with resolving(f"*=tcp://{here.address}") as first:
        client = native.NativeClient("127.0.0.1", first.native, "tcp")
        question = Message(1, Question(handle).encode(), request=1)
        _, answer = client._exchange(question)
        assert answer.flags == recursive
        assert answer.expiration > 0
        assert [one.port for one in client.site().servers[0].interfaces][:2] == [first.native] * 2
        assert read_message(answer.encode()) == answer
        # Nothing is written through it.
        _, refused = client._exchange(Message(100, request=1))
        assert refused.code == 5


def test_what_is_asked_natively_stands_among_the_figures(here: At, tmp_path: Path) -> None:
    token = Readers(tmp_path / "node").add("auditor", None)
    for by in ("udp", "tcp", "udp"):
        assert OverNative("127.0.0.1", here.native, by).ask(handle).code == 1
    assert httpx.get(f"{here.url}/api/handles/{handle}").status_code == 200
    told = httpx.get(
        f"{here.url}/api/prefixes/99.100.1/statistics",
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    assert sum(day["found"] for day in told["days"]) == 4, told


def test_the_resolver_signs_what_it_tells_by_a_key_of_its_own(here: At) -> None:
    with resolving(f"*={here.url}") as first, resolving(f"*={here.url}") as second:
        keys = [_key_of(at) for at in (here, first, second)]
        assert len({key.raw for key in keys}) == 3
        for name in (handle, "99.100.1/none"):
            caller = native.Caller(service=keys[1])
            told = OverNative("127.0.0.1", first.native, "tcp", caller=caller).ask(name)
            assert told.code == (1 if name == handle else 100)
        with pytest.raises(TallystickError, match="not by this key"):
            OverNative("127.0.0.1", second.native, "tcp", caller=caller).ask(handle)


def _key_of(at: At) -> PublicKey:
    """The one that the service publishes."""
    site = native.NativeClient("127.0.0.1", at.native, "tcp").site()
    return PublicKey.from_jwk(forms.read_key(site.servers[0].key))


def test_a_prefix_that_moved_is_found_at_its_new_home(tmp_path: Path, sqlite_url: str) -> None:
    old = World(sqlite_url, tmp_path / "old")
    new = World(f"sqlite:///{tmp_path / 'new.sqlite'}", tmp_path / "new")
    for world in (old, new):
        world.populate()
        populate(world)
    later = HandleRecord(handle="99.100.1/LATER", values=(_name("made there"),))
    new.add(core, "identity.handle.create/1", CreateHandles(handles=(later,)))
    with serving(new) as port:
        interface = native.Interface(2, "TCP", port)
        site = native.Site(1, (native.Server(1, "127.0.0.1", b"", (interface,)),))
        data = canonical.encode(native.site_json.document(site)).decode()
        leave(old, HandleValue(index=10, type="HS_SITE", format="site", data=data))
        with (
            node(old, sqlite_url, tmp_path / "node") as at,
            resolving(f"*=udp://{at.address}") as first,
        ):
            assert OverNative("127.0.0.1", at.native, "udp").ask(later.handle).code == 302
            for told in asked(first, later.handle):
                assert [one["data"]["value"] for one in told["values"]] == ["made there"]
            assert {one["responseCode"] for one in asked(first, "99.100.1/none")} == {100}


def _name(data: str) -> HandleValue:
    return HandleValue(index=1, type="NAME", data=data)


def test_resolvers_that_ask_each_other_say_so() -> None:
    one, other = At(free_port(), free_port()), At(free_port(), free_port())
    with resolving(f"*={other.url}", at=one), resolving(f"*={one.url}", at=other):
        answer = httpx.get(f"{one.url}/api/handles/99/x", timeout=patience_s)
        assert (answer.status_code, answer.json()["responseCode"]) == (508, 6)
    with (
        resolving(f"*=tcp://{other.address}", at=one),
        resolving(f"*=tcp://{one.address}", at=other),
    ):
        assert OverNative("127.0.0.1", one.native, "tcp", 20).ask("99/x").code == 6


def test_a_resolver_whose_origin_is_away_says_so(here: At) -> None:
    with resolving(f"*=http://127.0.0.1:{free_port()}") as lost:
        answer = httpx.get(f"{lost.url}/api/handles/{handle}")
        assert (answer.status_code, answer.json()["responseCode"]) == (504, 2)
        assert OverNative("127.0.0.1", lost.native, "udp").ask(handle).code == 2


def test_a_resolver_without_routes_does_not_start() -> None:
    with pytest.raises(RouteRefused), resolving():
        pass


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["resolve", *words], env={"COLUMNS": "200"})
    if isinstance(done.exception, TallystickError):
        return 2, done.exception.code
    return done.exit_code, done.output


def test_the_command_asks_in_every_way(
    here: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = (("--at", here.url), ("--udp", here.address), ("--tcp", here.address))
    for way in ways:
        code, said = run(handle, *way, "--index", "2", "--json")
        # The node's own lines of log may stand between.
        (told,) = [line for line in said.splitlines() if line.startswith("{")]
        assert (code, [v["index"] for v in json.loads(told)["values"]]) == (0, [2])
        code, said = run(handle, *way, "--type", "URL.")
        assert code == 0
        assert "https://example.com/" in said
        assert run("99.100.1/none", *way)[0] == 1
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "mine"))
    KeyStore(tmp_path / "mine").add(key(f"300:{core}"))
    assert "secret" in run(handle, "--udp", here.address, "--index", "3", "--key", f"300:{core}")[1]
    public = native_app.service_key(tmp_path / "node").public.jwk()["x"]
    assert run(handle, "--tcp", here.address, "--signed-by", public)[0] == 0
    other = native_app.service_key(tmp_path / "other").public.jwk()["x"]
    assert run(handle, "--tcp", here.address, "--signed-by", other) == (2, "native-answer-unsigned")


@pytest.mark.parametrize(
    "words",
    [("--at", "http://a", "--udp", "a:1"), ("--udp", "a:x"), ("--tcp", ":1"), ("--tcp", "a:70000"),
     ("--key", "300:99/x"), ("--signed-by", "x")],
)  # fmt: skip
def test_the_command_refuses_what_cannot_be_meant(words: tuple[str, ...]) -> None:
    assert run(handle, *words)[0] == 2


def test_the_service_key_is_made_once_and_stays(tmp_path: Path) -> None:
    first = native_app.service_key(tmp_path)
    assert native_app.service_key(tmp_path).public == first.public
    told = native_app.service(
        Settings(home=tmp_path, native_port=2641, base_url="https://a.example"), first
    )
    ports = [(one.protocol, one.port) for one in told.site.servers[0].interfaces]
    assert ports == [("UDP", 2641), ("TCP", 2641), ("HTTPS", 443)]
