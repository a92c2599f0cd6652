"""What a record said as of an index, proven offline: on SQLite and PostgreSQL, for whom it is."""

from __future__ import annotations

from typing import Any

import pytest
from tests.app.bundles.test_making import made, pins
from tests.ledger.world import World, core, supplier

from tallystick.app.access import Reading
from tallystick.app.bundles import asked
from tallystick.app.bundles.gather import NotYetFinal
from tallystick.app.bundles.statements import Statement
from tallystick.app.bundles.verify import verify
from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RenewHandle,
    WriteHandle,
    resolve,
    values_for,
)
from tallystick.ledger import Body, Reader, auditor_reader, public_reader
from tallystick.ledger.bundle import Request, unpack

handle = "99.100.1/SN-1"
changes = 100


def value(index: int, data: str, **more: Any) -> HandleValue:
    return HandleValue(index=index, type="NAME", data=data, **more)


def hidden(index: int, data: str) -> HandleValue:
    return value(index, data, permissions="1100", readers=(supplier,))


def say(world: World, verb: str, body: Body, *, fields: bool = False) -> int:
    entry = world.author(core).write(f"identity.handle.{verb}/1", body, fields=fields)
    (answer,) = world.append([entry])
    assert answer.accepted
    assert answer.index is not None
    return answer.index


def create(world: World, *values: HandleValue, fields: bool = False) -> int:
    body = CreateHandles(handles=(HandleRecord(handle=handle, values=values),))
    return say(world, "create", body, fields=fields)


def proof(world: World, index: int | None, reader: Reader = public_reader) -> bytes:
    with world.reader.open() as snapshot:
        requests = asked.as_of(Reading(snapshot, reader), handle.lower(), index)
    return made(world, *requests, reader=reader)


def stated(world: World, data: bytes) -> list[Statement]:
    return [one for one in verify(data, pins(world)) if one.says.startswith("record")]


def told(statements: list[Statement]) -> dict[object, object]:
    rows = [dict(one.members) for one in statements if one.says == "record.value"]
    return {row["value"]: row["data"] for row in rows}


def test_each_state_of_a_record_is_served_with_proof_after_a_hundred_changes(
    any_world: World,
) -> None:
    world = any_world
    indexes = [create(world, value(1, "0"), value(2, "stays"))]
    for turn in range(1, changes):
        body = WriteHandle(
            handle=handle,
            values=(value(1 + 2 * (turn % 3), str(turn)),),
            remove=(3,) * (turn == 50),
        )
        indexes.append(say(world, "write", body))
    world.ledger.seal()
    with world.reader.open() as snapshot:
        views = [resolve(snapshot.view, handle, index) for index in indexes]
    for turn in (0, 1, 49, 50, changes - 1):
        found = stated(world, proof(world, indexes[turn]))
        then = views[turn]
        assert then is not None
        assert told(found) == {one.index: one.value for one in then.values}
        first = found[0].document()
        assert (first["says"], first["version"], first["since"]) == (
            "record", turn + 1, indexes[turn],
        )  # fmt: skip
        assert {one.grade for one in found} == {"proven"}
        assert found[-1].says == ("record.newest" if turn == changes - 1 else "record.newer")
    now = stated(world, proof(world, None))
    assert now[-1].says == "record.newest"
    before = stated(world, proof(world, indexes[0] - 1))
    assert [one.says for one in before] == ["record.absent", "record.newer"]


def test_a_tombstone_and_what_came_after_are_proven(world: World) -> None:
    create(world, value(1, "x"))
    gone = say(world, "delete", DeleteHandle(handle=handle, reason="retired"))
    back = say(world, "renew", RenewHandle(handle=handle, values=(value(4, "y"),)))
    world.ledger.seal()
    says = [one.says for one in stated(world, proof(world, gone))]
    assert says == ["record", "record.deleted", "record.whole", "record.newer"]
    assert told(stated(world, proof(world, back))) == {4: "y"}


@pytest.mark.parametrize("fields", [False, True])
def test_a_proof_shows_what_its_reader_may_see_and_says_what_is_hidden(
    world: World, fields: bool
) -> None:
    create(world, value(1, "public"), value(2, "older"))
    say(
        world,
        "write",
        WriteHandle(handle=handle, values=(value(2, "newer"), hidden(7, "41 CNY"))),
        fields=fields,
    )
    last = say(world, "write", WriteHandle(handle=handle, values=(value(3, "last"),), remove=(7,)))
    world.ledger.seal()
    data = proof(world, last - 1)
    assert b"41 CNY" not in data
    assert supplier.encode() not in b"".join(
        text for name, text in unpack(data).items() if name.startswith("disclosures/")
    )
    found = stated(world, data)
    assert told(found) == {1: "public", 2: "newer" if fields else "older"}
    grades = {dict(one.members)["value"]: one.grade for one in found if one.says == "record.value"}
    assert grades == {1: "authentic", 2: "proven" if fields else "authentic"}
    assert "record.hidden" in [one.says for one in found]
    whole = stated(world, proof(world, last - 1, Reader.party(core)))
    assert told(whole) == {1: "public", 2: "newer", 7: "41 CNY"}
    assert {one.grade for one in whole} == {"proven"}
    if fields:
        partner = stated(world, proof(world, last - 1, Reader.party(supplier)))
        assert told(partner)[7] == "41 CNY"
        assert told(stated(world, proof(world, last, Reader.party(supplier)))) == {
            1: "public", 2: "newer", 3: "last",
        }  # fmt: skip
    with world.reader.open() as snapshot:
        record = resolve(snapshot.view, handle, last - 1)
        assert record is not None
        assert {one.index for one in values_for(public_reader, record)} == {1, 2}


def test_parties_and_prefixes_are_proven_by_the_entries_that_wrote_them(world: World) -> None:
    world.ledger.seal()
    with world.reader.open() as snapshot:
        reading = Reading(snapshot, public_reader)
        for name, kinds in ((supplier, ["entry", "key"]), ("0.NA/99.100.2", ["entry"])):
            requests = asked.as_of(reading, name, None)
            assert [one.about for one in requests] == kinds
            assert verify(made(world, *requests, reader=public_reader), pins(world))


def test_what_no_checkpoint_covers_is_not_proven_yet(world: World) -> None:
    world.ledger.seal()
    index = create(world, value(1, "x"))
    with pytest.raises(NotYetFinal):
        made(world, Request.of("record", handle=handle, index=index), reader=auditor_reader)
