"""A witness that stops a log: for ever, durably, and with a statement; and the key of the epoch after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.ledger.governance import acts
from tests.ledger.governance.acts import governed_world
from tests.ledger.governance.epochs import Successor, epoch_of, newest
from tests.ledger.witness.history import History, key, origin, verifier
from tests.ledger.world import World

from tallystick.app.governance.files import (
    GovernanceFileRefused,
    KeyFile,
    read_stopped,
    write,
    write_stopped,
)
from tallystick.app.witness.home import WitnessHome
from tallystick.app.witness.serving import create_app
from tallystick.ledger import (
    EpochBehind,
    EpochProofRefused,
    Note,
    PrivateKey,
    SystemClock,
    Verifier,
    governance,
    log_verifier,
    open_checkpoint,
    prove_epoch,
    witness,
)

main = History()
name = "witness.example/w1"


def watching(folder: Path, log: Verifier, called: str = name) -> WitnessHome:
    home = WitnessHome(folder)
    home.create(called)
    home.add_log(log)
    return home


@contextmanager
def serving(home: WitnessHome) -> Iterator[TestClient]:
    with home.open(SystemClock()) as opened:
        yield TestClient(create_app(opened))


def test_a_stopped_log_gets_no_cosignature_ever_again(tmp_path: Path) -> None:
    home = watching(tmp_path, verifier())
    with serving(home) as client:
        assert client.post("/add-checkpoint", content=main.request(0, 5).encode()).is_success
        with pytest.raises(witness.WitnessBusy):
            home.stop_log(origin)
    told = home.stop_log(origin)
    assert home.stop_log(origin) == told
    found = governance.StopStatement.read(told.statement)
    assert (found.newest, found.stopped) == (main.checkpoint(5), verifier())
    assert Note.parse(told.statement).verify([Verifier(name, home.cosigner().key)])
    write_stopped(tmp_path / "stopped.json", told)
    assert read_stopped(tmp_path / "stopped.json") == told
    for request in (main.request(5, 9), main.request(5, 5)):
        with serving(WitnessHome(tmp_path)) as client:
            assert "stopped for ever" in client.get("/", params={"lang": "en"}).text
            assert "已永久停止共同签名" in client.get("/", params={"lang": "zh"}).text
            answer = client.post("/add-checkpoint", content=request.encode())
            assert (answer.status_code, answer.json()["code"]) == (403, "witness-log-stopped")
    assert home.memory.load(origin).checkpoint == main.checkpoint(5)
    with pytest.raises(witness.LogUnknown):
        home.stop_log("log.example/other")


def test_a_fork_under_a_stopped_key_is_still_kept(tmp_path: Path) -> None:
    home = watching(tmp_path, verifier())
    with serving(home) as client:
        client.post("/add-checkpoint", content=main.request(0, 5).encode())
    home.stop_log(origin)
    with serving(home) as client:
        other = History("other").request(5, 5)
        assert client.post("/add-checkpoint", content=other.encode()).status_code == 403
    assert home.memory.evidence(origin) == 1


def test_a_witness_that_cosigned_nothing_can_stop_too(tmp_path: Path) -> None:
    told = watching(tmp_path, verifier()).stop_log(origin)
    assert governance.StopStatement.read(told.statement).newest.size == 0
    assert told.checkpoint == ""


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = governed_world(sqlite_url, tmp_path / "home")
    made.populate()
    made.ledger.seal()
    return made


def cosign(world: World, home: WitnessHome) -> int:
    """The answer of the running witness to the world's newest checkpoint."""
    known = home.memory.load(acts.origin).checkpoint.size
    size, note = newest(world)
    with world.reader.open() as snapshot:
        proof = tuple(snapshot.consistency(known, size)) if known else ()
    request = witness.AddCheckpoint(known, proof, Note.parse(note))
    with serving(home) as client:
        return client.post("/add-checkpoint", content=request.encode()).status_code


def test_the_key_of_an_epoch_comes_with_its_proof(world: World, tmp_path: Path) -> None:
    """Not of the quorum that stopped: it takes the new key, stops the old one, and knows one that it cosigned."""
    from tests.ledger.governance.epochs import stopped

    with world.reader.open() as snapshot:
        old = log_verifier(snapshot.view)
    home, ahead = (watching(tmp_path / n, old, f"witness.example/{n}") for n in ("w3", "ahead"))
    assert cosign(world, home) == 200
    size, note = newest(world)
    other = Successor(world, f"sqlite:///{tmp_path / 'b.sqlite'}", tmp_path / "b")
    world.append(world.mint(2))
    world.ledger.seal()
    assert cosign(world, ahead) == 200
    other.take_over(epoch_of(note, [stopped(world, n, note) for n in ("w1", "w2")], "w1", "w2"))
    new = other.as_world()
    with new.reader.open() as snapshot:
        fresh = log_verifier(snapshot.view)
    assert cosign(new, home) == 403
    with pytest.raises(EpochProofRefused, match="none from"):
        home.accept_epoch(fresh, prove_epoch(new.reader))
    proof = prove_epoch(new.reader, [size])
    with pytest.raises(EpochProofRefused, match="its newest key is not"):
        home.accept_epoch(Verifier(old.name, key("x").public), proof)
    with pytest.raises(witness.LogUnknown):
        home.accept_epoch(Verifier("log.example/other", key("x").public), proof)
    with pytest.raises(EpochBehind):
        ahead.accept_epoch(fresh, proof)
    home.accept_epoch(fresh, proof)
    with pytest.raises(witness.LogWatched):
        home.accept_epoch(fresh, proof)
    assert cosign(world, home) == 403
    assert cosign(new, home) == 200
    assert home.memory.load(acts.origin).checkpoint == open_checkpoint(newest(new)[1], fresh)
    assert set(home.config().stopped[acts.origin]) == {old.encode()}


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ("", "[]", "{}", '{"tallystick": "witness stopped/2"}', '{"tallystick": 5'):
        path.write_text(text)
        with pytest.raises(GovernanceFileRefused):
            read_stopped(path)
    named = governance.name_key(PrivateKey.generate(), origin, "w1", "300:99/G-X")
    write(path, KeyFile(origin=origin, key=named))
    with pytest.raises(GovernanceFileRefused):
        read_stopped(path)


def test_the_operator_is_told_that_it_was_replaced(tmp_path: Path) -> None:
    home = watching(tmp_path, verifier())
    home.stop_log(origin)
    with serving(home) as client:
        asked = witness.RemoteWitness("w1", home.cosigner(), "http://testserver", client)
        with pytest.raises(witness.LogStopped, match="witness-log-stopped"):
            asked.cosign(main.note(5), main.prove)
