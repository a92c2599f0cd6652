"""A record through its life: written, read as it was, deleted, registered again."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.ledger.world import World, core, supplier

from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RenewHandle,
    WriteHandle,
    resolve,
    values_for,
    versions,
)
from tallystick.identity.records import stored
from tallystick.ledger import Answer, Body, Reader, auditor_reader, public_reader

handle = "99.100.1/SN-1"


def value(index: int, data: str = "x", **more: Any) -> HandleValue:
    return HandleValue(index=index, type="NAME", data=data, **more)


def say(world: World, author: str, verb: str, body: Body) -> Answer:
    (answer,) = world.ledger.append([world.write(author, f"identity.handle.{verb}/1", body)])
    return answer


def code(answer: Answer) -> str:
    return answer.problem.code if answer.problem else answer.outcome


def create(world: World, *values: HandleValue) -> int:
    body = CreateHandles(handles=(HandleRecord(handle=handle, values=values),))
    return said(say(world, core, "create", body))


def said(answer: Answer) -> int:
    assert answer.accepted, answer.problem
    assert answer.index is not None
    return answer.index


@pytest.fixture
def populated(tmp_path: Path, database_url: str) -> World:
    world = World(database_url, tmp_path)
    world.populate()
    return world


def test_every_version_is_kept_and_read_as_it_was(populated: World) -> None:
    first = create(populated, value(1, "0"))
    indexes = [first]
    for turn in range(1, 5):
        body = WriteHandle(handle=handle, values=(value(1, str(turn)),))
        indexes.append(said(say(populated, core, "write", body)))
    with populated.reader.open() as snapshot:
        view = snapshot.view
        for turn, index in enumerate(indexes):
            found = resolve(view, handle.lower(), at=index)
            assert found is not None
            assert (found.since, found.values[0].value) == (index, str(turn))
        assert resolve(view, handle, at=first - 1) is None
        kept = [one["since"] for one in versions(view, handle)]
        assert kept == indexes[::-1]


def test_a_deleted_handle_keeps_history_and_is_renewed_by_its_prefix_alone(
    populated: World,
) -> None:
    created = create(populated, value(1))
    delete = DeleteHandle(handle=handle, reason="duplicate")
    assert code(say(populated, supplier, "delete", delete)) == "not-entitled"
    renew = RenewHandle(handle=handle, values=(value(1, "again"),))
    assert code(say(populated, core, "renew", renew)) == "already-registered"
    gone = said(say(populated, core, "delete", delete))
    assert code(say(populated, core, "delete", delete)) == "handle-unknown"
    body = WriteHandle(handle=handle, values=(value(1),))
    assert code(say(populated, core, "write", body)) == "handle-unknown"
    again = CreateHandles(handles=(HandleRecord(handle=handle, values=()),))
    assert code(say(populated, core, "create", again)) == "already-registered"
    assert code(say(populated, supplier, "renew", renew)) == "not-entitled"
    back = said(say(populated, core, "renew", renew))
    with populated.reader.open() as snapshot:
        told = [(one["since"], "deleted" in one) for one in versions(snapshot.view, handle)]
        assert told == [(back, False), (gone, True), (created, False)]
        tombstone = resolve(snapshot.view, handle, at=gone)
    assert tombstone is not None
    assert tombstone.deleted is not None
    assert tombstone.deleted["reason"] == "duplicate"
    assert tombstone.values == ()


def test_a_value_without_admin_write_is_never_changed(populated: World) -> None:
    create(populated, value(1, permissions="1010"), value(2))
    for body in (
        WriteHandle(handle=handle, values=(value(1, "y"),)),
        WriteHandle(handle=handle, remove=(1,)),
    ):
        assert code(say(populated, core, "write", body)) == "value-frozen"
    said(say(populated, core, "write", WriteHandle(handle=handle, remove=(2,))))


def test_a_value_for_a_partner_is_the_owners_the_partners_and_the_auditors(
    populated: World,
) -> None:
    hidden = value(2, permissions="1100", readers=(supplier,))
    create(populated, value(1), hidden, value(3, permissions="0100"))
    with populated.reader.open() as snapshot:
        found = resolve(snapshot.view, handle)
        assert found is not None
        told = {
            name: [one.index for one in values_for(reader, found)]
            for name, reader in {
                "public": public_reader, "owner": Reader.party(core),
                "partner": Reader.party(supplier), "auditor": auditor_reader,
                "stranger": Reader.party("99.100/O-STRANGER00000"),
            }.items()
        }  # fmt: skip
    assert told == {
        "public": [1], "owner": [1, 2], "partner": [1, 2], "auditor": [1, 2, 3], "stranger": [1],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "told"),
    [({"readers": (supplier,)}, "names readers"),
     ({"format": "base64", "data": "YQ"}, "base64"),
     ({"format": "base64", "data": "YR=="}, "canonical"),
     ({"format": "hex", "data": "0G"}, "hex"),
     ({"format": "hex", "data": "AB"}, "canonical"),
     ({"format": "json", "data": "{"}, "json"),
     ({"format": "json", "data": '{"b":1, "a":2}'}, "re-encoding"),
     ({"format": "admin", "data": "1.5"}, "admin")],
)  # fmt: skip
def test_data_has_one_spelling(world: World, more: dict[str, Any], told: str) -> None:
    body = CreateHandles(
        handles=(HandleRecord(handle=handle, values=(value(1, **{"data": "x", **more}),)),)
    )
    answer = say(world, core, "create", body)
    assert code(answer) == "values-refused"
    assert told in str(answer.problem)


@pytest.mark.parametrize("permissions", ["1111", "111", "11100", "2110", ""])
def test_nobody_else_writes(permissions: str) -> None:
    with pytest.raises(ValidationError):
        value(1, permissions=permissions)


@settings(max_examples=50)
@given(st.binary(max_size=40))
def test_any_bytes_are_kept_as_base64_or_hex(data: bytes) -> None:
    told = [
        value(1, base64.b64encode(data).decode(), format="base64"),
        value(2, data.hex(), format="hex"),
    ]
    assert [one["data"] for one in stored(told, "t")] == [one.data for one in told]
