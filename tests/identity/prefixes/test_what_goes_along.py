"""Everything of a prefix goes along, and nothing can be left out: codes, relations, contents, templates, ranges."""

from __future__ import annotations

from typing import Any

import pytest
from tests.identity.prefixes.two_logs import Log, Move, firm, other, root

from tallystick.identity import (
    AddRelation,
    CarriedPrefix,
    ClaimName,
    CreateHandles,
    HandleRecord,
    HandleValue,
    RegisterContent,
    ReleaseName,
    RemoveRelation,
    WriteHandle,
    prefix_travel,
)
from tallystick.identity.grades import of_fields
from tallystick.identity.minting import IssueBatch, ReserveRange
from tallystick.identity.templates import PublishTemplate, TemplateField
from tallystick.identity.views import resolve
from tallystick.ledger import grading

prefix, near = "99.1", "99.2"
pack, cell, module, foreign = f"{prefix}/PACK", f"{prefix}/CELL", f"{near}/MODULE", "99/PASSPORT"
code, private_code = "did:web:pack.example", "did:web:secret.example"
digest = "ab" * 32
secret = "1100"
Licensed = {"spdx": "MIT"}


def record(handle: str, template: str | None = None, data: str = "x") -> CreateHandles:
    values = (HandleValue(index=1, type="NAME", data=data),)
    return CreateHandles(handles=(HandleRecord(handle=handle, values=values, template=template),))


def published(template: str) -> PublishTemplate:
    field = TemplateField(index=1, type="NAME", name={"en": "Name", "zh": "名称"}, data="text", unique=True)  # fmt: skip
    return PublishTemplate(template=template, version=1, name={"en": "Pack"}, fields=(field,))


def content(version: str) -> RegisterContent:
    told = {"handle": pack, "what": "drawing", "sha256": version * 32, "size": 9}
    return RegisterContent.model_validate(
        {**told, "media_type": "application/pdf", "licence": Licensed}, strict=False
    )


def furnished() -> tuple[Log, Log]:
    """In A: a prefix with something of everything, next to another one."""
    a, b = Log(0), Log(1)
    a.let(prefix, firm)
    a.let(near, firm)
    a.done(firm, "template", published(f"{prefix}/OWN"))
    a.done(root, "template", published(foreign))
    a.done(firm, "handle.create", record(pack, f"1:{foreign}", "pack"))
    a.done(firm, "handle.create", record(cell, f"1:{prefix}/OWN", "cell"))
    a.done(firm, "handle.create", record(module))
    a.done(firm, "name.claim", ClaimName(handle=pack, scheme="did-web", code=code))
    hidden = ClaimName(handle=cell, scheme="did-web", code=private_code, readers=(other,))
    a.done(firm, "name.claim", hidden)
    a.done(firm, "relation.add", AddRelation(source=pack, kind="contains", target=cell))
    a.done(firm, "relation.add", AddRelation(source=module, kind="contains", target=pack))
    for version in ("ab", "cd"):
        a.done(firm, "content.register", content(version))
    a.done(firm, "range.reserve", ReserveRange(prefix=prefix, label="S-", digits=4, first=0, count=9, site=firm, until="2027-01-01T00:00:00.000Z"))  # fmt: skip
    a.done(firm, "batch", IssueBatch(prefix=prefix, batch="0001", count=8, root="1" * 64, record=()))  # fmt: skip
    return a, b


def test_each_of_them_works_there_as_here() -> None:
    a, b = furnished()
    Move(prefix, a, b).whole()
    state: Any = b.state
    assert state.get("name", f"did-web:{code}")["handle"] == pack
    assert state.get("name", f"did-web:{private_code}")["readers"] == [other]
    assert state.get("relation", f"contains {pack}", cell)["target"] == cell
    assert state.get("relation", f"contains {module}", pack)["source"] == module
    assert set(state.group("relation-back", f"contains {pack}")) == {module}
    versions = list(state.group("content-version", pack).values())
    assert [one["sha256"][:2] for one in versions] == ["ab", "cd"]
    assert [one["from"]["origin"] for one in versions] == [a.origin] * 2
    assert state.get("handle", pack)["template"] == f"1:{foreign}"
    assert state.get("batch", f"{prefix}/0001")["from"]["since"] == 12
    # What was there is not made a second time, and what goes on goes on there.
    again = ClaimName(handle=cell, scheme="did-web", code=code)
    assert b.say(firm, "name.claim", again) == "name-claimed"
    assert b.say(firm, "relation.add", AddRelation(source=cell, kind="contains", target=pack)) == "relation-cycle"  # fmt: skip
    assert b.say(firm, "handle.create", record(f"{prefix}/S-0001")) == "accepted"
    assert b.say(other, "handle.create", record(f"{prefix}/S-0002")) == "not-entitled"
    same = record(f"{prefix}/CELL-2", f"1:{prefix}/OWN", "cell")
    assert b.say(firm, "handle.create", same) == "template-not-met"
    changed = WriteHandle(handle=pack, values=(HandleValue(index=9, type="OTHER", data="y"),))
    assert b.say(firm, "handle.write", changed) == "template-not-met"
    issued = IssueBatch(prefix=prefix, batch="0001", count=8, root="2" * 64, record=())
    assert b.say(firm, "batch", issued) == "already-registered"
    b.done(firm, "content.register", content("ef"))
    assert next(reversed(state.group("content-version", pack).values()))["sha256"][:2] == "ef"
    # A relation whose other end stayed in A ends in B, and no longer in A.
    gone = RemoveRelation(source=module, kind="contains", target=pack)
    assert a.say(firm, "relation.remove", gone) == "prefix-elsewhere"
    b.done(firm, "relation.remove", gone)


def test_here_nothing_of_it_is_changed_any_more() -> None:
    a, b = furnished()
    assert Move(prefix, a, b).leave() == "accepted"
    refused = [
        ("name.claim", ClaimName(handle=pack, scheme="did-web", code="did:web:more.example")),
        ("name.release", ReleaseName(handle=pack, scheme="did-web", code=code)),
        ("relation.add", AddRelation(source=pack, kind="same-as", target=module)),
        ("relation.add", AddRelation(source=module, kind="contains", target=cell)),
        ("relation.remove", RemoveRelation(source=pack, kind="contains", target=cell)),
        ("content.register", content("ef")),
        ("handle.create", record(f"0.NA/{prefix}")),
    ]
    for kind, body in refused:
        assert a.say(firm, kind, body) == "prefix-elsewhere", kind
        assert b.origin in a.why
        assert b.url in a.why


@pytest.mark.parametrize("missing", range(13))
def test_no_record_can_be_left_out(missing: int) -> None:
    a, b = furnished()
    move = Move(prefix, a, b)
    move.leave()
    found = move.documents()
    assert len(found) == 13
    kept = [one for number, one in enumerate(found) if number != missing]
    if missing < len(kept):
        assert a.say(root, "prefix.carry", move.batch(0, kept)) == "prefix-move-refused"
        kept = found[:missing]
    if kept:
        a.done(root, "prefix.carry", move.batch(0, kept))
    digests = [one.digest for one in move.batch(0, kept).records] if kept else []
    none = prefix_travel.no_chain
    chain = prefix_travel.chained(none, "0" * 64, digests) if kept else none
    early = CarriedPrefix(prefix=prefix, count=len(kept), chain=chain)
    assert a.say(root, "prefix.carried", early) == "prefix-move-refused"
    assert "was not carried" in a.why
    assert found[missing][1] in a.why


def test_what_does_not_stand_so_is_not_carried() -> None:
    a, b = furnished()
    move = Move(prefix, a, b)
    move.leave()
    found = move.documents()
    kind, name, part, _ = found[0]
    changed: list[prefix_travel.Named] = [(kind, name, part, {"handle": cell})]
    for some in ([found[0], found[0]], changed, [*found, found[-1]]):
        assert a.say(root, "prefix.carry", move.batch(0, some)) == "prefix-move-refused"


def test_what_ended_while_it_was_away_has_ended_when_it_comes_home() -> None:
    a, b = furnished()
    there = Move(prefix, a, b)
    there.whole()
    b.done(firm, "name.release", ReleaseName(handle=pack, scheme="did-web", code=code))
    b.done(firm, "relation.remove", RemoveRelation(source=pack, kind="contains", target=cell))
    moved = ClaimName(handle=cell, scheme="did-web", code=code)
    b.done(firm, "name.claim", moved)
    there.back().whole()
    state: Any = a.state
    assert state.get("name", f"did-web:{code}")["handle"] == cell
    assert state.get("relation", f"contains {pack}", cell) is None
    assert state.get("relation", f"contains {module}", pack) is not None
    assert set(state.group("name-of", pack)) == set()
    assert set(state.group("name-of", cell)) == {f"did-web:{code}", f"did-web:{private_code}"}
    # What A had proven itself does not come back as a copy.
    assert len(state.group("content-version", pack)) == 2
    assert a.say(firm, "handle.create", record(f"{prefix}/NEW")) == "accepted"


def test_a_code_that_names_another_record_there_is_contested() -> None:
    a, b = furnished()
    b.let("99.3", other)
    b.done(other, "handle.create", record("99.3/X"))
    b.done(other, "name.claim", ClaimName(handle="99.3/X", scheme="did-web", code=code))
    Move(prefix, a, b).whole()
    state: Any = b.state
    assert state.get("name", f"did-web:{code}")["handle"] == "99.3/X"
    (contest,) = state.group("name-contest", f"did-web:{code}").values()
    told = (contest["handle"], contest["owner"], contest["against"], contest["reason"])
    assert told == (pack, firm, "99.3/X", "moved")
    assert contest["decider"] == root
    b.done(other, "name.release", ReleaseName(handle="99.3/X", scheme="did-web", code=code))
    assert state.get("name", f"did-web:{code}")["handle"] == pack


def test_a_template_of_somebody_else_there_is_not_replaced() -> None:
    a, b = furnished()
    own = published(foreign)
    (field,) = own.fields
    b.done(root, "template", own.model_copy(update={"fields": (field.model_copy(update={"unique": False}),)}))  # fmt: skip
    Move(prefix, a, b).whole()
    state: Any = b.state
    assert "from" not in state.get("template", foreign, "0000000001")
    row = state.get("handle", pack)
    assert "template" not in row
    assert row["from"]["template"] == f"1:{foreign}"


def test_what_a_lost_template_kept_for_roles_stays_kept() -> None:
    """Nobody there knows what it was: to all roles but those for personal data it is masked, in record and entries."""
    a, b = Log(0), Log(1)
    a.let(prefix, firm)
    named, phone = (
        TemplateField(index=index, type=kind, name={"en": kind}, data="text", grade=grade)
        for index, kind, grade in ((1, "NAME", "public"), (2, "PHONE", "owner"))
    )
    own = PublishTemplate(
        template=foreign, version=1, name={"en": "Contact"}, fields=(named, phone)
    )
    a.done(root, "template", own)
    values = (
        HandleValue(index=1, type="NAME", data="Works"),
        HandleValue(index=2, type="PHONE", data="13812345678"),
    )
    made = HandleRecord(handle=pack, values=values, template=f"1:{foreign}")
    a.done(firm, "handle.create", CreateHandles(handles=(made,)))
    b.done(root, "template", own.model_copy(update={"fields": (named,)}))
    Move(prefix, a, b).whole()
    state: Any = b.state
    strict = grading.Mark("personal", "restricted")
    found = resolve(state, pack)
    assert found is not None
    assert {value.index: value.mark for value in found.values} == {1: None, 2: strict}
    again = WriteHandle(
        handle=pack, values=(HandleValue(index=2, type="PHONE", data="1", permissions=secret),)
    )
    b.done(firm, "handle.write", again)
    body = again.model_dump(mode="json")
    assert of_fields.within(state, firm, 10**6, body) == {"/values/0/data": strict}
    # Under a template of its own log it is kept as that says.
    b.done(firm, "template", published(f"{prefix}/OWN"))
    opened = WriteHandle(handle=pack, values=(values[0],), remove=(2,), template=f"1:{prefix}/OWN")
    b.done(firm, "handle.write", opened)
    assert not of_fields.without_template(state.get("handle", pack))


def test_the_same_template_there_is_followed_on() -> None:
    a, b = furnished()
    b.done(root, "template", published(foreign))
    Move(prefix, a, b).whole()
    state: Any = b.state
    assert state.get("handle", pack)["template"] == f"1:{foreign}"


def test_a_template_comes_under_no_prefix_of_others_without_their_word() -> None:
    a, b = furnished()
    move = Move(prefix, a, b)
    move.leave()
    move.carry()
    b.done(root, "prefix.arrive", move.arriving())
    for batch in reversed(move.batches):
        b.done(firm, "prefix.take", batch)
    state: Any = b.state
    assert state.get("template", foreign, "0000000001") is None
    assert state.get("handle", pack)["from"]["template"] == f"1:{foreign}"
    assert state.get("handle", cell)["template"] == f"1:{prefix}/OWN"


def test_a_relation_that_would_go_in_a_circle_there_ends_on_its_way() -> None:
    a, b = furnished()
    Move(prefix, a, b).whole()
    last = "99.4/Y"
    for log in (a, b):
        log.let("99.4", firm)
        log.done(firm, "handle.create", record(last))
    b.done(firm, "relation.add", AddRelation(source=cell, kind="contains", target=last))
    # In A the circle is open at this place alone: last, module, pack, cell.
    a.done(firm, "relation.add", AddRelation(source=last, kind="contains", target=module))
    Move(prefix, b, a).whole()
    state: Any = a.state
    assert state.get("relation", f"contains {cell}", last) is None
    (ended,) = state.group("relation-past", f"contains {cell}").values()
    assert ended["until"] == ended["since"]
    assert state.get("relation", f"contains {pack}", cell) is not None


def test_of_batches_public_values_stay_for_their_readers() -> None:
    a, b = furnished()
    move = Move(prefix, a, b, per_batch=100)
    move.leave()
    move.carry()
    entry_type: Any = b.rules.type("identity.prefix.take/1")
    b.done(root, "prefix.arrive", move.arriving())

    class Told:
        body = move.batches[0]

    assert list(entry_type.parties(b.state, Told)) == [firm]
