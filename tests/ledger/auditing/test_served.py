"""A served log: as far as its reader may see it, over a server that may lie, stop, or say nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.ledger.auditing.audits import alike, audited, filled
from tests.ledger.world import World, core

from tallystick.identity import Directory
from tallystick.ledger import (
    Audited,
    Checker,
    NoLog,
    NotSound,
    Reader,
    auditor_reader,
    public_reader,
)
from tallystick.ledger.auditing import (
    AuditAnswerRefused,
    AuditSeesTooLittle,
    AuditSourceRefused,
    AuditSourceUnreachable,
    Held,
    audit_served,
    run,
)
from tallystick.ledger.mirror import (
    OperatorAnswerRefused,
    OperatorRefused,
    OperatorUnreachable,
    StoreSource,
)


@dataclass
class Server:
    """The world's log as its reader gets it, with what a test changes on the way."""

    world: World
    reader: Reader = auditor_reader
    change: Callable[[bytes], bytes] = bytes
    change_tile: Callable[[bytes], bytes] = bytes
    down_from: int = 1 << 60
    error: Exception = field(default_factory=lambda: OperatorUnreachable("no route"))
    note: str | None = ""
    asked: list[int] = field(default_factory=list)

    def newest(self) -> str | None:
        return (
            StoreSource(self.world.reader, self.reader).newest() if self.note == "" else self.note
        )

    def stretch(self, first: int, end: int) -> bytes:
        self.asked.append(first)
        if first >= self.down_from:
            raise self.error
        return self.change(StoreSource(self.world.reader, self.reader, 64).stretch(first, end))

    def tile(self, path: str) -> bytes:
        return self.change_tile(StoreSource(self.world.reader, self.reader).tile(path))


def served(
    server: Server, state: Path | None = None, *, ruled: bool = True, pinned: str | None = None
) -> Audited:
    return audit_served(
        server, server.world.rules, Directory(), Checker(), Held(pinned=pinned),
        state=state, ruled=ruled,
    )  # fmt: skip


def expected(world: World, ruled: bool) -> Audited:
    """From afar there is one checkpoint, the newest."""
    return replace(audited(world, ruled=ruled), checkpoints=1)


@pytest.mark.parametrize("ruled", [True, False])
def test_who_may_read_everything_finds_what_the_operator_finds(world: World, ruled: bool) -> None:
    filled(world)
    assert alike(served(Server(world), ruled=ruled), expected(world, ruled))


def test_a_reader_of_parts_audits_what_it_sees(world: World) -> None:
    filled(world)
    with pytest.raises(AuditSeesTooLittle, match="is not shown whole"):
        served(Server(world, public_reader))
    whole = audited(world, ruled=False)
    for reader in (public_reader, Reader.party(core)):
        found = served(Server(world, reader), ruled=False)
        assert (found.size, found.root) == (whole.size, whole.root)
        assert found.bodies_withheld > 0
        assert found.bodies + found.bodies_withheld == found.size
        assert found.signatures + found.signatures_unknown <= whole.signatures


def test_a_server_that_lies_is_named(world: World) -> None:
    filled(world)
    lies: list[tuple[Callable[[bytes], bytes], str]] = [
        (lambda data: data.replace(b"accepted", b"acceptee", 1), "outcome as served"),
        (lambda data: data.replace(b'"payloadType"', b'"payloadTypo"', 1), "leaf"),
        (lambda data: data.replace("电池包".encode(), "电池宝".encode(), 1), "body|hash"),
    ]
    for lie, named in lies:
        with pytest.raises(NotSound, match=named):
            served(Server(world, change=lie))
    with pytest.raises(NotSound, match="as served"):
        served(Server(world, change_tile=lambda tile: bytes([tile[0] ^ 1]) + tile[1:]))
    with world.reader.open() as snapshot:
        note = (snapshot.checkpoint() or (0, ""))[1]
    signature = note.rindex(" ") + 20
    forged = note[:signature] + ("A" if note[signature] != "A" else "B") + note[signature + 1 :]
    with pytest.raises(NotSound, match="the checkpoint served"):
        served(Server(world, note=forged))
    with pytest.raises(NotSound, match="the checkpoint given"):
        served(Server(world), pinned=forged)


def test_answers_out_of_form_are_named(world: World) -> None:
    filled(world)
    with pytest.raises(AuditAnswerRefused):
        served(Server(world, change=lambda data: data[:-3]))
    with pytest.raises(AuditAnswerRefused, match="0 entries"):
        served(Server(world, change=lambda _data: b""))
    with pytest.raises(NoLog):
        served(Server(world, note=None))
    server = Server(world, down_from=0, error=OperatorRefused("401"))
    with pytest.raises(AuditSourceRefused):
        served(server)
    server.error = OperatorAnswerRefused("it is a page")
    with pytest.raises(AuditAnswerRefused):
        served(server)


@pytest.mark.parametrize("ruled", [True, False])
def test_a_server_that_stops_midway_costs_nothing_that_was_gone_through(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ruled: bool
) -> None:
    monkeypatch.setattr(run, "save_every_s", -1)
    monkeypatch.setattr("tallystick.ledger.auditing.unruled.save_every_s", -1)
    filled(world)
    state, server = tmp_path / "state", Server(world, down_from=200)
    with pytest.raises(AuditSourceUnreachable, match="no route"):
        served(server, state, ruled=ruled)
    server.down_from = 1 << 60
    server.asked.clear()
    found = served(server, state, ruled=ruled)
    assert found.since >= 100
    assert min(one for one in server.asked if one) >= 100
    assert alike(found, expected(world, ruled))
