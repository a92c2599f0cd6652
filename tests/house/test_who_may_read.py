"""The matrix: each kind of reader and each kind of thing, from the log over HTTP to certificates and items.

What a thing is for is written here once more, by hand, and compared with what readers really get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.finance.desk import Desk
from tests.finance.desk import core as issuer
from tests.finance.desk import other_bank as no_party
from tests.finance.test_views import MemoryView
from tests.finance.test_views import Reading as FinanceReading
from tests.ledger.test_http import client_of
from tests.ledger.world import NoteBody, World, core, rules_with_notes, supplier
from tests.trace.conftest import BUYER, MAKER, SCANNER
from tests.trace.conftest import World as TraceWorld

from tallystick import trace
from tallystick.finance import views
from tallystick.finance.errors import NotReadable
from tallystick.identity import Record, Value, values_for
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Mark,
    Reader,
    auditor_reader,
    public_reader,
    witness_reader,
)
from tallystick.ledger.readers import Grade, body_grade, everybody, sight_of

kinds = ("public", "party", "stranger", "auditor", "witness")
all_of_them = set(kinds)
parties = {"party", "auditor"}


def reader_of(kind: str, party: str, stranger: str) -> Reader:
    return {
        "public": public_reader,
        "party": Reader.party(party),
        "stranger": Reader.party(stranger),
        "auditor": auditor_reader,
        "witness": witness_reader,
    }[kind]


@dataclass(frozen=True)
class Log:
    """A log with an entry for everybody, one of the party, and one of somebody else."""

    client: TestClient
    public: int
    party: int
    stranger: int
    size: int

    def get(self, path: str, kind: str) -> Any:
        named = {"public": None, "party": core, "stranger": supplier}
        who = named.get(kind, kind)
        return self.client.get(path, headers={"as": who} if who else {})

    def entry(self, index: int, kind: str) -> Any:
        return self.get(f"/v1/entries/{index}", kind).json()

    def shows(self, path: str) -> Callable[[str], bool]:
        return lambda kind: self.get(path, kind).status_code == 200

    def body(self, index: int) -> Callable[[str], bool]:
        return lambda kind: self.entry(index, kind)["body"] is not None

    def attachment(self, grade: str) -> Callable[[str], bool]:
        return lambda kind: (
            grade in {row["grade"] for row in self.entry(self.party, kind)["attachments"]}
        )


@pytest.fixture
def log(tmp_path: Path, database_url: str) -> Iterator[Log]:
    world = World(database_url, tmp_path, rules=rules_with_notes())
    world.populate()
    # So many entries for everybody that a bundle holds no others.
    for start in range(0, 256, 64):
        world.append(world.mint(64, start))
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
    world.ledger.seal()
    size = world.memory.load()[0]
    for client in client_of(world):
        yield Log(client, 1, mine, other, size)


def test_the_log(log: Log) -> None:
    bundle = f"/log/tile/entries/001.p/{log.size - 256}"
    upto_mine = f"/log/tile/entries/001.p/{log.party + 1 - 256}"
    things: dict[str, tuple[Callable[[str], bool], set[str]]] = {
        "checkpoint": (log.shows("/log/checkpoint"), all_of_them),
        "tile of hashes": (log.shows("/log/tile/0/000"), all_of_them),
        "proof": (log.shows(f"/log/proof/{log.party}"), all_of_them),
        "inclusion": (log.shows(f"/log/inclusion/{log.party}"), all_of_them),
        "consistency": (
            log.shows(f"/log/consistency?first=7&second={log.size}"),
            all_of_them,
        ),
        "envelope of a public entry": (log.shows(f"/v1/entries/{log.public}"), all_of_them),
        "envelope of the party's": (log.shows(f"/v1/entries/{log.party}"), all_of_them),
        "envelope of a stranger's": (log.shows(f"/v1/entries/{log.stranger}"), all_of_them),
        "body of a public entry": (log.body(log.public), all_of_them),
        "body of the party's": (log.body(log.party), parties),
        "body of a stranger's": (log.body(log.stranger), {"stranger", "auditor"}),
        "attachment, public": (log.attachment("public"), all_of_them),
        "attachment, parties": (log.attachment("parties"), parties),
        "attachment, restricted": (log.attachment("restricted"), {"party", "auditor"}),
        "bundle of public entries": (log.shows("/log/tile/entries/000"), all_of_them),
        "bundle with the party's": (log.shows(upto_mine), {"party", "auditor", "witness"}),
        "bundle with everybody's": (log.shows(bundle), {"auditor", "witness"}),
    }
    got = {what: {kind for kind in kinds if may(kind)} for what, (may, _) in things.items()}
    assert got == {what: allowed for what, (_, allowed) in things.items()}


def test_a_witness_finds_no_body_in_what_it_reads(log: Log) -> None:
    """The bundle that it may fetch holds envelopes; what was said is in none of them."""
    data = log.get(f"/log/tile/entries/001.p/{log.size - 256}", "witness").content
    assert data
    assert b"ours" not in data
    for index in (log.party, log.stranger):
        told = log.entry(index, "witness")
        assert (told["body"], told["salt"]) == (None, None)


def test_certificates_and_documents() -> None:
    desk = Desk()
    name = desk.live(900_000_000)
    view = MemoryView(desk)
    invoice = f"{desk.row('certificate', name)['invoice']}"
    asks: tuple[Callable[[FinanceReading], object], ...] = (
        lambda reading: views.certificate(reading, name),
        lambda reading: views.lineage(reading, name),
        lambda reading: views.document(reading, "invoice", invoice),
        lambda reading: views.invoice_match(reading, invoice),
        lambda reading: views.certificates_issued(reading, issuer),
    )
    for ask in asks:
        allowed = set()
        for kind in kinds:
            try:
                ask(FinanceReading(view, reader_of(kind, issuer, no_party)))
            except NotReadable:
                continue
            allowed.add(kind)
        assert allowed == parties


def test_items_and_events() -> None:
    world = TraceWorld()
    world.handles("99.100.7/SN-1")
    world.capture(
        trace.builders.commissioning(["99.100.7/SN-1"], time="2026-03-05T07:00:00Z"), by=MAKER
    )
    assert SCANNER[BUYER] not in str(world.state.get("item", "99.100.7/SN-1"))
    for private in (
        lambda reader: trace.item(world.state, "99.100.7/SN-1", reader).private,
        lambda reader: trace.history(world.state, "99.100.7/SN-1", reader=reader)[0].private,
    ):
        readers = {kind: reader_of(kind, MAKER, BUYER) for kind in kinds}
        assert {kind for kind in kinds if private(readers[kind]) is not None} == parties


def test_values_of_a_record() -> None:
    values = tuple(
        Value(number, "NOTE", "string", "x", 60, None, permissions)
        for number, permissions in ((1, "1110"), (2, "1100"))
    )
    record = Record("99.100.7/SN-1", MAKER, values)
    seen = {
        kind: [value.index for value in values_for(reader_of(kind, MAKER, BUYER), record)]
        for kind in kinds
    }
    assert {kind for kind in kinds if 1 in seen[kind]} == all_of_them
    assert {kind for kind in kinds if 2 in seen[kind]} == parties


@pytest.mark.parametrize("kind", kinds)
@pytest.mark.parametrize("grade", ["public", "leaf", "parties", "restricted", "core", "", "Public"])
def test_what_has_no_parties_or_no_grade_is_denied(kind: str, grade: str) -> None:
    """Default deny: no party, the empty party and None are nobody; a grade unknown is nobody's."""
    reader = reader_of(kind, core, supplier)
    expected = kind == "auditor" or grade == "public" or (kind, grade) == ("witness", "leaf")
    for nobody in ((), (None,), ("",), (None, "")):
        assert reader.may_read(grade, nobody) == expected


def test_grades_of_bodies_and_attachments() -> None:
    found: list[tuple[Grade, Grade]] = [
        (body_grade(True, ()), "public"),
        (body_grade(False, (core, everybody)), "public"),
        (body_grade(False, (core,)), "parties"),
    ]
    assert all(got == wanted for got, wanted in found)
    bodies: tuple[Grade, ...] = ("public", "parties")
    for body in bodies:
        assert sight_of(Mark("trade", "partner"), body) == body
        assert sight_of(Mark("trade", "restricted"), body) == "restricted"
        assert sight_of(Mark("trade", "core"), body) == "core"
        assert sight_of(Mark("trade", "public"), body) == "public"


def test_lists_are_ones_own_or_an_auditors() -> None:
    asked = {
        kind: [
            reader_of(kind, core, supplier).lists_of(organisation)
            for organisation in (None, core, supplier)
        ]
        for kind in kinds
    }
    assert asked == {
        "public": [None, None, None],
        "party": [core, core, None],
        "stranger": [supplier, None, supplier],
        "auditor": [None, core, supplier],
        "witness": [None, None, None],
    }
