"""Stretches: what each reader gets of one, and that nothing malformed is read as something."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ledger.world import NoteBody, World, core, supplier

from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Reader,
    auditor_reader,
    public_reader,
    witness_reader,
)
from tallystick.ledger.entry import body_bytes_max
from tallystick.ledger.mirror import OperatorAnswerRefused
from tallystick.ledger.mirror.stretch import Sent, read_stretch, write_stretch


def written(world: World) -> tuple[int, int]:
    """A note of the core enterprise with an attachment of each grade, and one of its supplier."""
    files = [
        Attachment("text/plain", grade.encode(), bytes(32), grade)
        for grade in ("public", "parties", "restricted")
    ]
    refs = tuple(
        AttachmentRef(hash=f.hash(), type=f.type, size=len(f.data), grade=f.grade) for f in files
    )
    note = NoteBody(text="ours", attachments=refs)
    said = world.author(core).write("test.note/1", note, attachments=files)
    mine = world.append([said])[0].index
    other = world.add(supplier, "test.note/1", NoteBody(text="theirs")).index
    return mine, other


def sent(world: World, reader: Reader) -> list[Sent]:
    with world.reader.open() as snapshot:
        data = write_stretch(snapshot.disclosed(0, snapshot.size(), reader))
    return list(read_stretch(data, 0))


def test_each_reader_gets_what_is_theirs(world: World) -> None:
    """The table of `readers.py` once more: bodies, envelopes in bulk, attachments by grade."""
    mine, other = written(world)
    all_grades = {"public", "parties", "restricted"}
    expected = {
        "public": (public_reader, False, False, False, {"public"}),
        "witness": (witness_reader, True, False, False, {"public"}),
        "party": (Reader.party(core), True, True, False, all_grades),
        "stranger": (Reader.party(supplier), False, False, True, {"public"}),
        "auditor": (auditor_reader, True, True, True, all_grades),
    }
    for kind, (reader, leaf, body, of_other, grades) in expected.items():
        found = sent(world, reader)
        one = found[mine]
        got = (one.leaf is not None, one.body is not None, found[other].body is not None)
        assert got == (leaf, body, of_other), kind
        assert {a.grade for a in one.attachments} == grades, kind
        assert one.withheld == 3 - len(grades), kind
        assert found[0].body is not None, "genesis is for everybody"
        assert one.outcome == "accepted"


def test_only_whole_entries_and_at_least_one(world: World) -> None:
    with world.reader.open() as snapshot:
        for limit, count in ((1, 1), (10**9, snapshot.size())):
            data = write_stretch(snapshot.disclosed(0, snapshot.size(), auditor_reader), limit)
            assert len(list(read_stretch(data, 0))) == count


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.data())
def test_a_damaged_stretch_is_refused_or_is_other_entries(
    world: World, data: st.DataObject
) -> None:
    """Cut or changed anywhere: an error of its own name, and never anything else."""
    with world.reader.open() as snapshot:
        whole = write_stretch(snapshot.disclosed(0, 6, auditor_reader))
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    for damaged in (whole[:at], whole[:at] + bytes([byte]) + whole[at + 1 :]):
        try:
            found = list(read_stretch(damaged, 0))
        except OperatorAnswerRefused:
            continue
        assert all(isinstance(one, Sent) for one in found)
        assert damaged == whole or found != list(read_stretch(whole, 0))


def test_limits(world: World) -> None:
    body = (body_bytes_max + 33).to_bytes(4, "big")
    for data, said in (
        (b"\x7f\xff\xff\xff", "at most"),
        (bytes(4) + bytes(4) + body, "at most"),
        (bytes(12) + b"\x00\x01\x00\x00", "attachments of one entry"),
        (bytes(8) + b"\x00\x00\x00\x01x", "has no salt"),
        (bytes(5), "ends in the middle"),
    ):
        with pytest.raises(OperatorAnswerRefused, match=said):
            list(read_stretch(data, 0))
    assert world.origin
