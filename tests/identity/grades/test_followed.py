"""A type that its owner raises later is followed by what identity shows elsewhere of its entries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.identity.people.firm import code, first, found
from tests.ledger.world import World, core, supplier

from tallystick.identity import (
    AddRelation,
    ClaimName,
    CreateHandles,
    HandleRecord,
    Licence,
    RegisterContent,
    credentials,
    sharing,
)
from tallystick.identity.claims.views import names_for, names_of
from tallystick.identity.contents.views import contents_for, contents_of
from tallystick.identity.grades import RaiseGrade
from tallystick.identity.relations.views import relations_for, relations_of
from tallystick.ledger import Body, Reader, Snapshot, auditor_reader

thing, part = "99.100.1/PUMP-1", "99.100.1/PUMP-2"
digest = "ab" * 32
Seen = Callable[[Snapshot, Reader], bool]

#: By what is raised: the entry, and whether the reader sees what it says.
cases: dict[str, tuple[Body, Seen]] = {
    "identity.name.claim/1": (
        ClaimName(handle=thing, scheme="did-web", code="did:web:pumps.example:1", readers=(supplier,)),
        lambda s, r: bool(names_for(r, names_of(s.view, thing))),
    ),
    "identity.relation.add/1": (
        AddRelation(source=thing, kind="contains", target=part, readers=(supplier,)),
        lambda s, r: bool(relations_for(r, relations_of(s.view, thing))),
    ),
    "identity.content.register/1": (
        RegisterContent(
            handle=thing, what="drawing", sha256=digest, size=7, media_type="image/svg+xml",
            licence=Licence(spdx="CC-BY-4.0"), readers=(supplier,),
        ),
        lambda s, r: bool(contents_for(r, contents_of(s.view, thing))),
    ),
    "identity.qualification.require/1": (
        credentials.RequireQualifications(supplier=supplier, kinds=("iso-9001",)),
        lambda _, r: credentials.asks(r, core, supplier),
    ),
    "identity.disclose/1": (
        sharing.Disclose(
            to=supplier, what=(sharing.Opened(kind="part", part="trace"),), purpose="other",
            until="2030-01-01",
        ),
        lambda s, r: bool(
            sharing.agreements_for(r, sharing.agreements(s.view, core, "given", "2026-01-01"))
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("raised", cases)
def test_what_it_says_is_for_roles_of_the_table_alone(
    raised: str, sqlite_url: str, tmp_path: Path
) -> None:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    records = tuple(HandleRecord(handle=one, values=()) for one in (thing, part))
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records))
    body, sees = cases[raised]
    world.add(core, raised, body)
    found(world)
    clerk, officer = (Reader.party(core, {role}) for role in ("reader", "security-administrator"))
    theirs = Reader.party(supplier, {"security-administrator"})

    def seen() -> list[bool]:
        with world.reader.open() as snapshot:
            return [
                sees(snapshot, reader.grading(snapshot.raised))
                for reader in (officer, auditor_reader, clerk, theirs)
            ]

    assert seen() == [True, True, True, True]
    grade = RaiseGrade(organisation=core, thing=f"type:{raised}", grade="core", reason="risk")
    assert code(world, first, "grade.raise", grade) == "accepted"
    assert seen()[:3] == [True, True, False]
