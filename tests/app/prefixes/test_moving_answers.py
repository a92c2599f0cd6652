"""What both logs answer after a move: about the prefix itself, and by code, relation, content and template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.app.prefixes.moved import (
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
)
from tests.ledger.world import World, core, supplier

from tallystick.identity import (
    AddRelation,
    ClaimName,
    CreateHandles,
    HandleRecord,
    HandleValue,
    PrefixSite,
    RegisterContent,
    by_name,
    contents_of,
    names_for,
    names_of,
    relations_for,
    relations_of,
)
from tallystick.identity.native.site_json import site_of
from tallystick.identity.templates import PublishTemplate, TemplateField
from tallystick.ledger import public_reader

pack, cell, own_record = f"{prefix}/PACK", f"{prefix}/CELL", f"0.NA/{prefix}"
public, hidden = "did:web:pack.example", "did:web:hidden.example"
template = f"{prefix}/META"


def furnish(world: World) -> None:
    field = TemplateField(index=1, type="NAME", name={"en": "Name", "zh": "名称"}, data="text")
    published = PublishTemplate(template=template, version=1, name={"en": "M"}, fields=(field,))
    world.add(core, "identity.template/1", published)
    named = HandleValue(index=1, type="NAME", data="x")
    records = (
        HandleRecord(handle=pack, values=(named,), template=f"1:{template}"),
        HandleRecord(handle=cell, values=(named,)),
        HandleRecord(handle=own_record, values=(HandleValue(index=50, type="EMAIL", data="a@b.example"),)),
    )  # fmt: skip
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records))
    create(world, supplier, "99.100.2/MODULE")
    world.add(core, "identity.name.claim/1", ClaimName(handle=pack, scheme="did-web", code=public))
    private = ClaimName(handle=cell, scheme="did-web", code=hidden, readers=(supplier,))
    world.add(core, "identity.name.claim/1", private)
    for source, target in ((pack, cell), (pack, f"{prefix}/scanner-1")):
        body = AddRelation(source=source, kind="contains", target=target)
        world.add(core, "identity.relation.add/1", body)
    told = {"handle": pack, "what": "drawing", "sha256": "ab" * 32, "size": 9, "licence": {"spdx": "MIT"}}  # fmt: skip
    drawing = RegisterContent.model_validate({**told, "media_type": "application/pdf"}, strict=False)  # fmt: skip
    world.add(core, "identity.content.register/1", drawing)


@pytest.fixture
def moved(two_files: Two, tmp_path: Path) -> Two:
    two = two_files
    furnish(two.a)
    leave(two.a, two.b, site=PrefixSite(address="203.0.113.7", port=2641))
    wanted = carried(two, tmp_path / "out")
    come(two, tmp_path / "out", wanted)
    return two


def values(two: Two, url: str, handle: str) -> dict[str, Any]:
    told = two.ask(url, handle).json()
    return {one["type"]: one["data"]["value"] for one in told["values"]}


def test_after_a_move_each_log_answers_as_before(moved: Two) -> None:
    here, there = values(moved, a_url, own_record), values(moved, b_url, own_record)
    assert (here["TALLYSTICK.STATE"], here["TALLYSTICK.HOME"]) == ("elsewhere", b_url)
    assert moved.ask(a_url, own_record).json()["home"] == b_url
    site = site_of(here["HS_SITE"])
    assert site.servers[0].address == "203.0.113.7"
    assert {one.protocol: one.port for one in site.servers[0].interfaces} == {"UDP": 2641, "TCP": 2641}  # fmt: skip
    assert here["TALLYSTICK.HOLDER"] == core
    assert there["TALLYSTICK.HOLDER"] == holder_there
    assert not {"TALLYSTICK.STATE", "TALLYSTICK.HOME", "HS_SITE"} & set(there)
    assert here["EMAIL"] == there["EMAIL"] == "a@b.example"
    with moved.a.reader.open() as one, moved.b.reader.open() as two:
        for view, owner in ((one.view, core), (two.view, holder_there)):
            found = by_name(view, "did-web", public)
            assert found is not None
            assert (found.handle, found.owner) == (pack, owner)
            assert names_for(public_reader, names_of(view, cell)) == ()
            (secret,) = names_of(view, cell)
            assert secret.readers == (supplier,)
            related = relations_for(public_reader, relations_of(view, pack))
            assert [one.target for one in related] == [cell, f"{prefix}/scanner-1"]
            assert [one.owners for one in related] == [(owner,), (owner,)]
            assert [one.sha256 for one in contents_of(view, pack)] == ["ab" * 32]
            row: Any = view.get("handle", pack)
            assert row["template"] == f"1:{template}"
    more = HandleRecord(handle=f"{prefix}/PACK-2", values=(), template=f"1:{template}")
    create_more = CreateHandles(handles=(more,))
    assert code(moved.b, holder_there, "identity.handle.create/1", create_more) == "accepted"
    for world in (moved.a, moved.b):
        world.ledger.seal()
        assert world.audit().refused == 0
