"""A prefix moves from one log to another: no resolution fails, no identifier changes, nothing is issued twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.app.prefixes.moved import (
    Readers,
    Two,
    a_url,
    b_url,
    carried,
    code,
    come,
    create,
    holder_there,
    leave,
    prefix,
    record,
    said_nothing,
    vkey,
)
from tests.ledger.world import World, core, node, root, supplier

from tallystick.app.prefixes.carrying import carry, write_folder
from tallystick.app.prefixes.coming import arrive
from tallystick.app.prefixes.proving import Wanted
from tallystick.app.prefixes.sending import Scribe
from tallystick.identity import (
    AddDevice,
    CreateHandles,
    DelegatePrefix,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RenewHandle,
    WriteHandle,
    versions,
)
from tallystick.identity.prefixes.errors import MoveRefused


def test_a_prefix_moves_under_load(two: Two, tmp_path: Path) -> None:
    handles = [f"{prefix}/SN-{n:03d}" for n in range(30)] + [f"{prefix}/电池"]
    create(two.a, core, *handles)
    two.a.add(
        core, "identity.handle.write/1",
        WriteHandle(handle=handles[0], values=(HandleValue(index=2, type="NOTE", data="later"),)),
    )  # fmt: skip
    create(two.a, core, f"{prefix}/GONE")
    two.a.add(
        core, "identity.handle.delete/1", DeleteHandle(handle=f"{prefix}/GONE", reason="retired")
    )
    child = DelegatePrefix(prefix=f"{prefix}.5", holder=supplier, role="enterprise")
    two.a.add(core, "identity.prefix.delegate/1", child)
    asked = [handles[0], handles[17], handles[-1], f"{prefix}/scanner-1"]
    with Readers(two, asked) as readers:
        leave(two.a, two.b)
        again = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/NEW", values=()),))
        assert code(two.a, core, "identity.handle.create/1", again) == "prefix-elsewhere"
        wanted = carried(two, tmp_path / "out")
        scribe = two.scribe(two.b, root)
        seen: list[int] = []

        def tick(done: int, _total: int) -> None:
            readers.b_knows.set()
            seen.append(done)

        arrive(two.b.reader, scribe, prefix, tmp_path / "out", wanted, tick)
        readers.b_knows.set()
        two.b.ledger.seal()
    assert readers.failed == []
    assert min(readers.asked) >= 2
    # 32 records of handles, the scanner, and the prefix below: in two batches, the last one first.
    assert seen == [14, 34]
    for handle in handles:
        here, there = record(two.a, handle), record(two.b, handle)
        assert (here.handle, here.values) == (there.handle, there.values)
        assert there.owner == holder_there
    assert two.ask(a_url, handles[1]).json()["home"] == b_url
    assert two.prefix(a_url)["state"] == "elsewhere"
    told = two.prefix(b_url)
    assert (told["state"], told["from"]["origin"]) == ("active", two.a.origin)
    # Nothing is issued twice: neither here nor there, not even what was deleted or delegated before.
    for handle in (*handles[:2], f"{prefix}/gone", f"{prefix}/scanner-1"):
        body = CreateHandles(handles=(HandleRecord(handle=handle, values=()),))
        assert code(two.b, holder_there, "identity.handle.create/1", body) == "already-registered"
        assert code(two.a, core, "identity.handle.create/1", body) != "accepted"
    below = DelegatePrefix(prefix=f"{prefix}.5", holder=holder_there, role="enterprise")
    delegate = "identity.prefix.delegate/1"
    assert code(two.b, holder_there, delegate, below) == "already-registered"
    # What was not is issued there, and found from here.
    create(two.b, holder_there, f"{prefix}/NEW")
    assert two.ask(a_url, f"{prefix}/NEW").json()["handle"] == f"{prefix}/NEW"
    renewed = RenewHandle(handle=f"{prefix}/GONE")
    two.b.add(holder_there, "identity.handle.renew/1", renewed)
    with two.b.reader.open() as snapshot:
        told = [
            ("deleted" in one, "from" in one) for one in versions(snapshot.view, f"{prefix}/GONE")
        ]
    assert told == [(False, False), (True, True)]
    # The same scanner goes on under its own name, and nobody else gets it.
    scanner = f"{prefix}/scanner-1"
    device = AddDevice(device=scanner, organisation=holder_there, purpose="scanner")
    two.b.add(holder_there, "identity.device.add/1", device)
    for world in (two.a, two.b):
        world.ledger.seal()
        assert world.audit().refused == 0


def test_every_step_may_be_stopped_and_run_again(two: Two, tmp_path: Path) -> None:
    create(two.a, core, *(f"{prefix}/SN-{n:03d}" for n in range(45)))
    leave(two.a, two.b)

    class Stopped(Exception):
        pass

    def stopping(after: int, world: World, author: str) -> Scribe:
        whole = two.scribe(world, author)
        left = [after]

        def append(said: Any) -> Any:
            if left[0] == 0:
                raise Stopped
            left[0] -= 1
            return whole.append(said)

        return Scribe(whole.author, append)

    for _ in range(8):
        try:
            carry(two.a.reader, stopping(1, two.a, core), prefix, said_nothing)
        except Stopped:
            continue
        break
    wanted = carried(two, tmp_path / "out")
    first = sorted((tmp_path / "out").iterdir())
    with two.a.reader.open() as snapshot:
        write_folder(snapshot, prefix, tmp_path / "again", said_nothing)
    for path in first[:-1]:
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    for _ in range(8):
        try:
            scribe = stopping(1, two.b, root)
            arrive(two.b.reader, scribe, prefix, tmp_path / "out", wanted, said_nothing)
        except Stopped:
            continue
        break
    with two.b.reader.open() as snapshot:
        size = snapshot.size()
    arrive(two.b.reader, stopping(0, two.b, root), prefix, tmp_path / "out", wanted, said_nothing)
    with two.b.reader.open() as snapshot:
        assert snapshot.size() == size
    assert two.prefix(b_url)["state"] == "active"
    assert record(two.b, f"{prefix}/SN-044") is not None


def test_a_prefix_comes_home_again_and_no_old_proof_brings_it_back(
    two: Two, tmp_path: Path
) -> None:
    handle = f"{prefix}/SN-1"
    create(two.a, core, handle, value="from A")
    leave(two.a, two.b)
    wanted = carried(two, tmp_path / "out")
    come(two, tmp_path / "out", wanted)
    changed = WriteHandle(handle=handle, values=(HandleValue(index=1, type="NAME", data="from B"),))
    two.b.add(holder_there, "identity.handle.write/1", changed)
    leave(two.b, two.a, holder_there, a_url)
    with pytest.raises(MoveRefused, match="brought it here before"):
        come(two, tmp_path / "out", wanted)
    carry(two.b.reader, two.scribe(two.b, holder_there), prefix, said_nothing)
    two.b.ledger.seal()
    with two.b.reader.open() as snapshot:
        write_folder(snapshot, prefix, tmp_path / "back", said_nothing)
    home = Wanted(core, "enterprise", vkey(two.b), b_url)
    arrive(two.a.reader, two.scribe(two.a, node), prefix, tmp_path / "back", home, said_nothing)
    back = record(two.a, handle)
    assert (back.owner, back.values[0].value) == (core, "from B")
    with two.a.reader.open() as snapshot:
        assert [one["values"][0]["data"] for one in versions(snapshot.view, handle)] == [
            "from B", "from A",
        ]  # fmt: skip
    create(two.a, core, f"{prefix}/SN-2")
