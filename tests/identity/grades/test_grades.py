"""Raising takes one person, lowering two and a reason; readers, exports and feeds follow from the next index on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.identity.people.firm import (
    add,
    agreed,
    code,
    decide,
    first,
    found,
    propose,
    row,
    second,
)
from tests.ledger.world import NoteBody, World, core, root, rules_with_notes, supplier

from tallystick.app.leaving import leaves_to
from tallystick.app.settings import Settings
from tallystick.identity import FoundOrganisation, grades
from tallystick.identity.grades import EndPermission, LowerGrade, PermitLeaving, RaiseGrade
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    NotReadable,
    Reader,
    auditor_reader,
    export,
    grading,
)
from tallystick.ledger.grading import MayNotLeave

secret = b"a secret that is looked for byte by byte"


@pytest.fixture
def firm(tmp_path: Path, sqlite_url: str) -> World:
    return _firm(tmp_path, sqlite_url)


@pytest.fixture
def any_firm(tmp_path: Path, database_url: str) -> World:
    return _firm(tmp_path, database_url)


def _firm(folder: Path, url: str) -> World:
    made = World(url, folder / "home", rules=rules_with_notes())
    made.populate()
    return found(made)


def raised(world: World, thing: str, grade: Any, by: str = first, firm: str = core) -> str:
    body = RaiseGrade(organisation=firm, thing=thing, grade=grade, reason="risk")
    return code(world, by, "grade.raise", body)


def lowered(thing: str, grade: Any) -> LowerGrade:
    return LowerGrade(kind="lower-grade", thing=thing, grade=grade, reason="expired")


def noted(world: World, grade: str = "parties") -> tuple[int, str]:
    """The index of an entry of the core enterprise that all parties read, and the hash of what is attached."""
    kept = Attachment("text/plain", secret, bytes(32), grade)
    ref = AttachmentRef(hash=kept.hash(), type=kept.type, size=len(kept.data), grade=grade)
    body = NoteBody(text="mine", attachments=(ref,))
    said = world.author(core).write("test.note/1", body, attachments=[kept])
    return world.append([said])[0].index, kept.hash()


def sees(world: World, reader: Reader, index: int) -> tuple[bool, int]:
    """Whether the reader gets the body, and how many attachments."""
    with world.reader.open() as snapshot:
        found = snapshot.disclose(index, reader)
    return found.body is not None, len(found.attachments)


def test_one_raises_and_two_lower(any_firm: World) -> None:
    firm = any_firm
    index, _ = noted(firm)
    warehouse, checker = Reader.party(core, {"warehouse"}), Reader.party(core, {"administrator"})
    assert sees(firm, warehouse, index) == sees(firm, checker, index) == (True, 1)
    assert raised(firm, "type:test.note/1", "restricted") == "accepted"
    assert sees(firm, warehouse, index) == (False, 1)
    assert sees(firm, checker, index) == (True, 1)
    assert sees(firm, auditor_reader, index) == (True, 1)
    assert sees(firm, Reader.party(supplier), index) == (False, 0)
    # Nobody lowers it alone: neither by raising, nor by deciding about his own proposal.
    assert raised(firm, "type:test.note/1", "partner") == "grade-stands"
    told, name = propose(firm, first, lowered("type:test.note/1", "partner"))
    assert told == "accepted"
    assert decide(firm, first, name) == "same-person"
    assert sees(firm, warehouse, index) == (False, 1)
    assert decide(firm, second, name) == "accepted"
    assert sees(firm, warehouse, index) == (True, 1)
    with firm.reader.open() as snapshot:
        now = dict(snapshot.view.group("grade", core))["type:test.note/1"]
        past = list(dict(snapshot.view.group("grade-past", core)).values())
    assert (now["grade"], now["lowered"], now["by"], now["proposed"]) == (
        "partner", True, second, first,
    )  # fmt: skip
    assert [(one["grade"], one["by"], one["until"]) for one in past] == [
        ("restricted", first, now["since"])
    ]


@pytest.mark.parametrize(
    ("thing", "grade", "why"),
    [
        ("type:test.nothing/1", "restricted", "thing-unknown"),
        ("field:test.note/1#/nothing", "restricted", "thing-unknown"),
        ("template:1:99.100/T-NONE#1", "restricted", "thing-unknown"),
        ("type:identity.key.add/1", "restricted", "grade-stands"),
        ("type:test.note/1", "partner", "grade-stands"),
    ],
)
def test_what_cannot_be_raised(firm: World, thing: str, grade: str, why: str) -> None:
    assert raised(firm, thing, grade) == why


def test_what_cannot_be_lowered(firm: World) -> None:
    assert propose(firm, first, lowered("type:test.note/1", "partner"))[0] == "grade-stands"
    assert propose(firm, first, lowered("type:test.note/1", "public"))[0] == "grade-stands"
    assert raised(firm, "type:test.note/1", "restricted") == "accepted"
    assert propose(firm, first, lowered("type:test.note/1", "public"))[0] == "grade-stands"
    assert propose(firm, first, lowered("type:test.note/1", "core"))[0] == "grade-stands"


def test_nobody_grades_others_data(firm: World) -> None:
    index, digest = noted(firm)
    assert raised(firm, "type:test.note/1", "restricted", by=supplier) == "not-entitled"
    assert raised(firm, f"attachment:{digest}", "core", by=supplier, firm=supplier) == "accepted"
    assert sees(firm, Reader.party(core), index) == (True, 1)
    packer = "99.100/P-PACKER0000000"
    assert add(firm, first, packer, "warehouse") == "accepted"
    firm.add_key(first, packer)
    assert raised(firm, "type:test.note/1", "restricted", by=packer) == "not-entitled"


def test_a_field_is_masked_for_those_who_need_only_to_recognise_it(firm: World) -> None:
    index, _ = noted(firm)
    assert raised(firm, "field:test.note/1#/text", "restricted") == "accepted"
    with firm.reader.open() as snapshot:
        masked = snapshot.disclose(index, Reader.party(core, {"warehouse"}))
        clear = snapshot.disclose(index, Reader.party(core, {"administrator"}))
    assert clear.body is not None
    assert clear.masked is None
    assert (masked.body, masked.salt) == (None, None)
    assert masked.masked is not None
    assert b'"mine"' not in masked.masked
    assert b'"text":"****"' in masked.masked


def test_an_attachment_raised_is_its_owners(firm: World) -> None:
    index, digest = noted(firm, "public")
    everybody = Reader()
    assert sees(firm, everybody, index) == (False, 1)
    assert raised(firm, f"attachment:{digest}", "restricted") == "accepted"
    assert sees(firm, everybody, index) == (False, 0)
    with firm.reader.open() as snapshot, pytest.raises(NotReadable):
        snapshot.attachment(index, digest, everybody)
    assert agreed(firm, lowered(f"attachment:{digest}", "partner")) == "accepted"
    assert sees(firm, Reader.party(core, {"warehouse"}), index) == (True, 1)
    # Raising again to what it was before it was lowered takes one.
    assert raised(firm, f"attachment:{digest}", "core") == "accepted"


def permission(world: World, **wrong: Any) -> PermitLeaving:
    told: dict[str, Any] = {
        "kind": "permit-leaving", "recipient": "regulator", "country": "CN", "data_class": "personal",
        "grade": "restricted", "routes": ("export", "mirror"), "basis": "law",
        "ends": "2099-01-01T00:00:00.000Z",
    }  # fmt: skip
    return PermitLeaving(**told | wrong)


def taken(
    world: World, folder: Path, to: str = "", *, country: str = "", strict: bool = True
) -> bool:
    """Whether the secret stands in an export for this recipient."""
    settings = Settings(home=folder)
    world.ledger.seal()
    with world.reader.open() as snapshot:
        reader = leaves_to(
            snapshot.view, settings, auditor_reader, "export", to, country, strict=strict
        )
    export.export_log(world.store, world.rules, folder, reader)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return any(secret in path.read_bytes() for path in files)


def test_what_is_important_leaves_under_a_named_permission(firm: World, tmp_path: Path) -> None:
    index, digest = noted(firm, "restricted")
    with pytest.raises(MayNotLeave, match=f"attachment {digest} of entry {index}.*personal, restr"):
        taken(firm, tmp_path / "no", "regulator")
    assert not taken(firm, tmp_path / "cut", "regulator", strict=False)
    told, name = propose(firm, first, permission(firm))
    assert told == "accepted"
    assert decide(firm, first, name) == "same-person"
    assert decide(firm, second, name) == "accepted"
    assert taken(firm, tmp_path / "yes", "regulator")
    for to, country in (("somebody", ""), ("regulator", "DE")):
        with pytest.raises(MayNotLeave, match=to):
            taken(firm, tmp_path / to / country, to, country=country)
    with firm.reader.open() as snapshot:
        (named,) = grades.permissions_of(snapshot.view, core)
    ended = EndPermission(permission=named["permission"], reason="done")
    assert code(firm, supplier, "permission.end", ended) == "permission-unknown"
    assert code(firm, first, "permission.end", ended) == "accepted"
    assert code(firm, first, "permission.end", ended) == "permission-unknown"
    with pytest.raises(MayNotLeave):
        taken(firm, tmp_path / "ended", "regulator")
    assert row(firm, "permission", named["permission"])["ended"]["by"] == first


def test_a_folder_made_for_one_recipient_is_no_other_ones(firm: World, tmp_path: Path) -> None:
    """It was gone on with and handed to the next one, with what that one was never permitted."""
    noted(firm, "restricted")
    _, name = propose(firm, first, permission(firm))
    assert decide(firm, second, name) == "accepted"
    folder = tmp_path / "made"
    assert taken(firm, folder, "regulator")
    assert "It goes to **regulator**" in (folder / "README.md").read_text(encoding="utf-8")
    for to, country, strict in (
        ("somebody", "", False),
        ("", "", False),
        ("regulator", "DE", False),
    ):
        with pytest.raises(export.ExportElsewhere):
            taken(firm, folder, to, country=country, strict=strict)
    assert taken(firm, folder, "regulator"), "to whom it was made it goes on"


def test_an_export_that_left_something_out_is_not_taken_for_whole(
    firm: World, tmp_path: Path
) -> None:
    """Asked for again without leaving out, it was said to be done, and its README called it full."""
    noted(firm, "restricted")
    folder = tmp_path / "made"
    with pytest.raises(MayNotLeave):
        taken(firm, folder)
    assert not taken(firm, folder, strict=False), "what was never finished is gone on with"
    for language in ("README.md", "README.zh-CN.md"):
        said = (folder / language).read_text(encoding="utf-8")
        assert "**left out**" in said or "**已略去**" in said
        assert "It is **full**" not in said
    with pytest.raises(export.ExportElsewhere, match="left out"):
        taken(firm, folder)
    assert not taken(firm, folder, strict=False)


def test_bad_permissions(firm: World) -> None:
    past = permission(firm, ends="2001-01-01T00:00:00.000Z")
    assert propose(firm, first, past)[0] == "grade-stands"
    assert propose(firm, first, permission(firm, everybody=True))[0] == "not-entitled"
    everybody = permission(firm, everybody=True)
    assert propose(firm, root, everybody, root)[0] == "two-persons-needed"
    one, two = "99/P-ROOT0000001", "99/P-ROOT0000002"
    for person, role in ((one, "administrator"), (two, "security-administrator")):
        assert add(firm, root, person, role, organisation=root) == "accepted"
        firm.add_key(root, person)
    founding = FoundOrganisation(organisation=root)
    assert code(firm, root, "organisation.found", founding) == "accepted"
    told, name = propose(firm, one, everybody, root)
    assert (told, decide(firm, two, name)) == ("accepted", "accepted")


def test_a_permission_ends_by_its_time(firm: World) -> None:
    assert agreed(firm, permission(firm, ends="2090-01-01T00:00:00.000Z")) == "accepted"
    with firm.reader.open() as snapshot:
        before = grades.permissions(snapshot.view, "regulator", "2089-12-31T23:59:59.999Z")
        after = grades.permissions(snapshot.view, "regulator", "2090-01-01T00:00:00.000Z")
        other = grades.permissions(snapshot.view, "regulator-2", "2089-01-01T00:00:00.000Z")
    assert ([one.owner for one in before], after, other) == ([core], (), ())
    assert before[0].routes == {"export", "mirror"}
    assert grading.any_owner not in {one.owner for one in before}
