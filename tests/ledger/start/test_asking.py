"""What witnesses say at a start: only what the log itself signed counts, and nobody holds it up for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.ledger.witness.history import cosigner, key
from tests.ledger.witness.test_stored import line
from tests.ledger.world import World, rules_with_notes
from tests.ledger.world import key as log_key

from tallystick.ledger import Checkpoint, DataLost, Note, start, witness
from tallystick.ledger.checkpoint import CheckpointRefused

names = ("w1", "w2", "w3")
policy = "\n".join(
    [
        *(
            f"witness {name} {cosigner(f'witness.example/{name}').encode()} http://{name}.example/sub/"
            for name in names
        ),
        "group two 2 w1 w2 w3",
        "quorum two",
        "",
    ]
)
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Rig:
    world: World
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def ask(self, wait_ms: int = 2000) -> start.Asked:
        def handle(request: httpx.Request) -> httpx.Response:
            name = request.url.host.partition(".")[0]
            self.asked.append(request.url.path)
            return self.answers[name](request)

        known = start.Known.by(self.world.store, self.world.rules)
        with httpx.Client(transport=httpx.MockTransport(handle)) as http:
            return start.ask_witnesses(known, http, wait_ms)

    def note(self) -> str:
        with self.world.reader.open() as snapshot:
            found = snapshot.checkpoint()
        assert found is not None
        return found[1]

    def says(self, name: str, note: str, signer: str = "") -> None:
        cosigned = Note.parse(note).adding([line(note, name, signer)]).encode()
        self.answers[name] = _answer(200, cosigned.encode())


@pytest.fixture
def rig(tmp_path: Path, sqlite_url: str) -> Iterator[Rig]:
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes(), policy=policy)
    made = Rig(world)
    for name in names:
        made.answers[name] = _answer(404)
    yield made
    world.store.close()


def test_what_witnesses_cosigned_becomes_claims(rig: Rig) -> None:
    note = rig.note()
    rig.says("w1", note)
    found = rig.ask()
    size = rig.world.memory.load()[0]
    assert [(one.who, one.size) for one in found.claims] == [("witness w1", size)]
    assert [str(one) for one in found.told] == [
        f"w1 cosigned {size} entries last",
        "w2 has cosigned nothing of this log yet",
        "w3 has cosigned nothing of this log yet",
    ]
    assert set(rig.asked) == {f"/sub/{witness.origin_hash(rig.world.origin)}/checkpoint"}
    rig.world.ledger.open(found.claims)


def test_a_witness_that_saw_more_stops_a_store_that_lost_it(rig: Rig) -> None:
    """Machine and memory were set back together, as a snapshot of a virtual machine does it."""
    size, root = rig.world.memory.load()
    more = Checkpoint(rig.world.origin, size + 7, bytes(32))
    log = rig.world.ledger.signer.key.private
    rig.says("w2", more.sign(log).encode())
    with pytest.raises(DataLost, match=f"signed {size + 7}: witness w2 has"):
        rig.world.ledger.open(rig.ask().claims)
    assert rig.world.memory.load() == (size, root)


def test_too_few_witnesses_left_under_this_key_are_told(rig: Rig) -> None:
    """An operator that had been replaced came back and took entries in, with receipts that nobody could keep."""
    successor = Checkpoint(rig.world.origin, 10_000, bytes(32)).sign(log_key("302:99/next").private)
    rig.says("w1", successor.encode())
    assert rig.ask().superseded() == ""
    rig.says("w3", successor.encode())
    found = rig.ask()
    assert (found.superseded(), found.claims) == ("w1, w3", ())
    assert str(found.told[0]) == (
        "w1: it cosigned 10000 entries under a key that is not this log's (log-key-superseded)"
    )


def _answer(status: int, content: bytes = b"") -> Answer:
    return lambda _request: httpx.Response(status, stream=httpx.ByteStream(content))


def _fail(error: Exception) -> Answer:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return answer


def test_an_answer_that_proves_nothing_is_told_and_ignored(rig: Rig) -> None:
    note, log = rig.note(), rig.world.ledger.signer.key.private
    ahead = Checkpoint(rig.world.origin, 10_000, bytes(32))
    elsewhere = Checkpoint("log.example/else", 10_000, bytes(32))
    foreign = ahead.sign(log_key("300:99/stranger").private).encode()
    cases: list[tuple[Answer | None, str, str]] = [
        (_answer(500), "", "witness-answer-refused"),
        (_answer(200, b"no note at all"), "", "note-refused"),
        (_answer(200, b"x" * 2_000_000), "", "witness-answer-refused"),
        (_answer(200, note.encode()), "", "witness-answer-refused"),
        (_fail(httpx.ConnectError("refused")), "", "witness-unreachable"),
        (_fail(httpx.InvalidURL("no address")), "", "witness-unreachable"),
        (_fail(RuntimeError("a defect")), "", "a defect"),
        (None, foreign, "log-key-superseded"),
        (None, elsewhere.sign(log).encode(), "checkpoint-refused"),
    ]
    for answer, said, why in cases:
        if answer is None:
            rig.says("w1", said)
        else:
            rig.answers["w1"] = answer
        found = rig.ask()
        assert found.claims == ()
        assert why in found.told[0].why, (why, found.told[0])
    rig.says("w1", note, signer="w2")
    assert "it has not cosigned what it shows" in rig.ask().told[0].why


def test_a_silent_witness_holds_up_nothing_for_long(rig: Rig) -> None:
    gone, begun = threading.Event(), time.monotonic()

    def wait(_request: httpx.Request) -> httpx.Response:
        gone.wait(20)
        return httpx.Response(404)

    rig.answers["w3"] = wait
    rig.says("w1", rig.note())
    try:
        found = rig.ask(wait_ms=300)
    finally:
        gone.set()
    assert time.monotonic() - begun < 10
    assert found.told[2].why == "it has not answered in time"
    assert len(found.claims) == 1
    found.require_quorum()
    rig.answers["w2"] = _fail(httpx.ConnectError("refused"))
    rig.answers["w3"] = _fail(httpx.ConnectError("refused"))
    with pytest.raises(start.WitnessesSilent, match=r"w2: .*refused.*; w3: "):
        rig.ask().require_quorum()


def test_a_checkpoint_that_somebody_kept_must_be_the_logs(rig: Rig) -> None:
    known = start.Known.by(rig.world.store, rig.world.rules)
    assert start.claim_by(rig.note(), known, "a friend").size == rig.world.memory.load()[0]
    forged = Checkpoint(rig.world.origin, 5, bytes(32)).sign(key("nobody")).encode()
    with pytest.raises(CheckpointRefused):
        start.claim_by(forged, known, "a friend")
