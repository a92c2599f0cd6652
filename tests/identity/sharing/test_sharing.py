"""Who lets whom read what, from when until when: the verdicts, and what readers get by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.identity.people.firm import by_node, code, decide, found, propose, row
from tests.identity.people.firm import first as officer
from tests.identity.sharing.agreed import (
    accepted,
    admit,
    auditor,
    bank,
    checker,
    core,
    disclosed,
    ended,
    maker,
    notes,
    offered,
    reads,
    said,
    supplier,
    until,
)
from tests.ledger.erasure.notes import ref
from tests.ledger.world import NoteBody, World, node, root, rules_with_notes

from tallystick.app.sharing import SharingDesk
from tallystick.identity import AddPerson, FoundOrganisation, SuspendOrganisation
from tallystick.identity.sharing import Disclose, GiveRemit, OfferSharing, Opened, Over
from tallystick.ledger import Attachment, NotReadable, Reader

salt = bytes(32)


@pytest.fixture
def anywhere(tmp_path: Path, database_url: str) -> World:
    return made_in(tmp_path, database_url)


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    return made_in(tmp_path, sqlite_url)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """For what is refused: the same world for all of it."""
    home = tmp_path_factory.mktemp("sharing")
    return made_in(home, f"sqlite:///{home / 'ledger.sqlite3'}")


def made_in(home: Path, url: str) -> World:
    made = World(url, home / "home", rules=rules_with_notes())
    with made.together():
        made._populate()
        admit(made, bank, "bank", "CN")
        admit(made, auditor, "auditor")
    return made


def note(world: World, by: str = core, text: str = "ours") -> int:
    return world.add(by, "test.note/1", NoteBody(text=text)).index


def later(world: World, days: int) -> None:
    world.clock.advance(days * 86_400_000)
    world.ledger.seal()
    note(world)


def test_a_disclosure_opens_what_it_names_until_it_ends(anywhere: World) -> None:
    world = anywhere
    index, own = note(world), world.add(core, "test.note/1", NoteBody(text="kept")).index
    theirs = note(world, supplier, "theirs")
    desk = SharingDesk()
    assert not reads(world, supplier, index, desk)
    name = disclosed(world, notes)
    assert reads(world, supplier, index, desk)
    assert reads(world, supplier, own, desk)
    assert not reads(world, bank, index, desk), "given to the supplier alone"
    assert not reads(world, core, theirs, desk), "nothing was given in return"
    assert ended(world, supplier, name) == "accepted"
    assert not reads(world, supplier, index, desk)
    assert row(world, "sharing", name)["ended"]["side"] == supplier
    assert ended(world, checker, name) == "sharing-closed"
    world.ledger.seal()
    world.audit()


def test_an_offer_opens_nothing_until_it_is_accepted_and_then_both_ways(world: World) -> None:
    index, theirs = note(world), note(world, supplier, "theirs")
    told, name = offered(world, notes, returns=(notes,))
    assert told == "accepted"
    assert not reads(world, supplier, index)
    assert accepted(world, checker, name) == "not-entitled", "who offered does not accept"
    assert accepted(world, bank, name) == "sharing-unknown"
    assert accepted(world, supplier, name) == "accepted"
    assert reads(world, supplier, index)
    assert reads(world, core, theirs)
    assert accepted(world, supplier, name) == "sharing-closed"
    assert ended(world, bank, name) == "sharing-unknown"
    assert ended(world, checker, name) == "accepted"
    assert not reads(world, supplier, index)
    assert not reads(world, core, theirs)


def test_days_begin_and_end_it(world: World) -> None:
    index = note(world)
    disclosed(world, notes, since="2026-01-10", until="2026-01-20")
    seen = []
    for _ in range(20):
        seen.append(reads(world, supplier, index))
        later(world, 1)
    # From the 5th on, day by day: the 10th and the 20th are in it.
    assert seen == [False] * 5 + [True] * 11 + [False] * 4
    told, name = offered(world, notes, until="2026-02-01")
    later(world, 10)
    assert told == "accepted"
    assert accepted(world, supplier, name) == "sharing-closed", "it lapsed"


@pytest.mark.parametrize(
    ("what", "thing", "opened"),
    [
        (Opened(kind="entries", types=("test.*",)), True, False),
        (Opened(kind="entries", types=("test.*",), evidence=True), True, True),
        (Opened(kind="entries", types=("test.own/1",), evidence=True), False, False),
        (Opened(kind="entries", names=(core,), evidence=True), True, True),
        (Opened(kind="entries", names=(core.upper(),)), True, False),
        (Opened(kind="entries", prefixes=("99.100",)), True, False),
        (Opened(kind="entries", prefixes=("99.10",)), False, False),
        (Opened(kind="items"), False, False),
        (Opened(kind="part", part="identity", evidence=True), False, False),
    ],
)
def test_kinds_types_names_prefixes_and_evidence_narrow_it(
    unchanged: World, what: Opened, thing: bool, opened: bool
) -> None:
    world = unchanged
    files = [
        Attachment("text/plain", grade.encode(), salt, grade) for grade in ("parties", "restricted")
    ]
    body = NoteBody(text="ours", attachments=tuple(ref(one) for one in files))
    (answer,) = world.append([world.author(core).write("test.note/1", body, attachments=files)])
    name = disclosed(world, what)
    desk = SharingDesk()
    assert reads(world, supplier, answer.index, desk) == thing
    with world.reader.open() as snapshot:
        given = desk.of(lambda: snapshot, frozenset({"sharing"}))
        reader = Reader.party(supplier).holding(given)
        for one, may in zip(files, (opened, False), strict=True):
            if may:
                assert snapshot.attachment(answer.index, one.hash(), reader).data == one.data
            else:
                with pytest.raises(NotReadable):
                    snapshot.attachment(answer.index, one.hash(), reader)
    assert ended(world, supplier, name) == "accepted"


def test_who_may_bind_the_organisation(world: World) -> None:
    body = Disclose(to=supplier, what=(notes,), purpose="audit", until=until)
    assert said(world, maker, "disclose", body)[0] == "not-entitled"
    assert said(world, core, "disclose", body)[0] == "accepted", "its own key, before it is founded"
    found(world)
    assert said(world, core, "disclose", body)[0] == "not-entitled"
    assert said(world, officer, "disclose", body)[0] == "not-entitled", (
        "it does not read the business"
    )
    told, name = said(world, checker, "disclose", body)
    assert told == "accepted"
    assert ended(world, officer, name) == "accepted", "ending is quick"


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"until": "2025-12-31"}, "sharing-term-refused"),
        ({"until": "2036-12-31"}, "sharing-term-refused"),
        ({"until": "2026-02-30"}, "sharing-term-refused"),
        ({"since": "2026-02-01", "until": "2026-01-31"}, "sharing-term-refused"),
        ({"to": core}, "sharing-with-oneself"),
        ({"to": "99.100/O-NOBODY0000000"}, "unknown-party"),
        ({"capacity": "auditor"}, "not-entitled"),
        ({"to": bank, "capacity": "insurer"}, "not-entitled"),
    ],
)
def test_what_is_refused(unchanged: World, changes: dict[str, Any], refused: str) -> None:
    usual = {"to": supplier, "what": (notes,), "purpose": "audit", "until": until}
    assert said(unchanged, checker, "disclose", Disclose(**{**usual, **changes}))[0] == refused
    if "capacity" not in changes:
        assert (
            said(unchanged, checker, "share.offer", OfferSharing(**{**usual, **changes}))[0]
            == refused
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "part"},
        {"kind": "items", "part": "trace"},
        {"kind": "part", "part": "trace", "names": ("99.100.1/A",)},
        {"kind": "items", "types": ("x",)},
        {"kind": "everything"},
        {"kind": "items", "names": ("with space",)},
        {"kind": "items", "names": tuple(f"n{n}" for n in range(201))},
    ],
)
def test_what_no_scope_can_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Opened(**wrong)


def test_an_outsider_gets_what_its_work_needs(world: World) -> None:
    index = note(world)
    admit(world, "99.100/O-CARRIER000000", "carrier")
    usual = {
        "to": "99.100/O-CARRIER000000",
        "capacity": "carrier",
        "purpose": "logistics",
        "until": until,
    }
    for what, told in (
        (Opened(kind="items"), "accepted"),
        (Opened(kind="entries", types=("trace.capture/1",)), "accepted"),
        (Opened(kind="entries", types=("trace.*", "finance.*")), "capacity-exceeded"),
        (Opened(kind="entries"), "capacity-exceeded"),
        (Opened(kind="certificates"), "capacity-exceeded"),
        (Opened(kind="part", part="trace"), "capacity-exceeded"),
    ):
        assert said(world, checker, "disclose", Disclose(what=(what,), **usual))[0] == told, what
    disclosed(world, notes, to=auditor, capacity="auditor", purpose="audit")
    assert reads(world, auditor, index)
    assert not reads(world, auditor, note(world, supplier, "theirs")), "of who invited it, alone"


def test_whoever_is_suspended_discloses_and_agrees_to_nothing_new(world: World) -> None:
    index, theirs = note(world), note(world, supplier, "theirs")
    told, name = offered(world, notes, returns=(notes,))
    assert (told, accepted(world, supplier, name)) == ("accepted", "accepted")
    what = SuspendOrganisation(kind="suspend", organisation=core, reason="sanctions")
    assert by_node(world, what) == "accepted"
    assert reads(world, supplier, index), "what it discloses stays disclosed"
    assert not reads(world, core, theirs), "what it was given rests"
    assert offered(world, notes)[0] == "organisation-suspended"
    disclosed(world, notes)


def governed_node(world: World) -> tuple[str, str]:
    """The node with two officers who decide."""
    people = ("99/P-NODE1", "99/P-NODE2")
    for person, role in zip(people, ("administrator", "security-administrator"), strict=True):
        body = AddPerson(person=person, organisation=node, roles=(role,))  # type: ignore[arg-type]
        world.add(node, "identity.person.add/1", body)
        world.add_key(node, person)
    assert (
        code(world, node, "organisation.found", FoundOrganisation(organisation=node)) == "accepted"
    )
    return people


def remit(**more: Any) -> GiveRemit:
    usual = {
        "kind": "remit", "to": auditor, "role": "auditor", "what": (notes,),
        "over": Over(nodes=("99.100",)), "until": until,
    }  # fmt: skip
    return GiveRemit(**{**usual, **more})


def test_a_remit_takes_two_persons_of_a_node(world: World) -> None:
    index, theirs = note(world), note(world, supplier, "theirs")
    assert propose(world, node, remit(), node)[0] == "two-persons-needed"
    one, two = governed_node(world)
    told, name = propose(world, one, remit(), node)
    assert told == "accepted"
    assert decide(world, one, name) == "same-person"
    assert not reads(world, auditor, index)
    assert decide(world, two, name) == "accepted"
    assert reads(world, auditor, index)
    assert reads(world, auditor, theirs)
    assert not reads(world, bank, index)
    with world.reader.open() as snapshot:
        (agreement,) = snapshot.view.group("shared-with", auditor)
    assert ended(world, checker, agreement) == "sharing-unknown", (
        "whose things are read ends no remit"
    )
    assert ended(world, one, agreement) == "accepted"
    assert not reads(world, auditor, index)


def test_a_node_opens_what_is_under_it(world: World) -> None:
    one, _ = governed_node(world)
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"over": Over(everybody=True)}, "remit-too-wide"),
        ({"over": Over(nodes=("99",))}, "remit-too-wide"),
        ({"over": Over(nodes=("99.200",))}, "remit-too-wide"),
        ({"over": Over(organisations=(node,))}, "remit-too-wide"),
        ({"over": Over(organisations=("99.100/O-NOBODY0000000",))}, "unknown-party"),
        ({"role": "regulator"}, "not-entitled"),
        ({"role": "court", "order": "0" * 64}, "not-entitled"),
        ({"until": "2025-01-01"}, "sharing-term-refused"),
    ]
    for more, refused in refusals:
        assert propose(world, one, remit(**more), node)[0] == refused


def test_a_court_officer_reads_by_an_order() -> None:
    with pytest.raises(ValidationError, match="order"):
        remit(role="court")
    for over in ({}, {"countries": ("CN",)}, {"everybody": True, "nodes": ("99.100",)}):
        with pytest.raises(ValidationError, match="everybody"):
            Over(**over)


def test_countries_and_organisations_narrow_a_remit(world: World) -> None:
    one, two = governed_node(world)
    of_bank, of_core = note(world, bank, "theirs"), note(world)
    for over, seen in (
        (Over(nodes=("99.100",), countries=("CN",)), (True, False)),
        (Over(organisations=(core, bank), countries=("DE",)), (False, False)),
        (Over(organisations=(core,)), (False, True)),
    ):
        told, name = propose(world, one, remit(over=over), node)
        assert (told, decide(world, two, name)) == ("accepted", "accepted")
        assert (reads(world, auditor, of_bank), reads(world, auditor, of_core)) == seen
        with world.reader.open() as snapshot:
            (agreement,) = snapshot.view.group("shared-with", auditor)
        assert ended(world, two, agreement) == "accepted"


def test_the_root_opens_everybodys(world: World) -> None:
    people = ("99/P-ROOT1", "99/P-ROOT2")
    for person, role in zip(people, ("administrator", "security-administrator"), strict=True):
        body = AddPerson(person=person, organisation=root, roles=(role,))  # type: ignore[arg-type]
        world.add(root, "identity.person.add/1", body)
        world.add_key(root, person)
    assert (
        code(world, root, "organisation.found", FoundOrganisation(organisation=root)) == "accepted"
    )
    index = note(world)
    told, name = propose(world, people[0], remit(over=Over(everybody=True)), root)
    assert (told, decide(world, people[1], name)) == ("accepted", "accepted")
    assert reads(world, auditor, index)
