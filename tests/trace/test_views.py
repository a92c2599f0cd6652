"""What readers see: history, containment, genealogy, the consumer's journey; and who sees what."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from tallystick.ledger import Reader, auditor_reader, public_reader
from tallystick.ledger.errors import TallystickError
from tallystick.trace import (
    NotAParty,
    Quantity,
    UnknownItem,
    builders,
    contents,
    history,
    item,
    journey,
    materials,
    products,
)
from tallystick.trace.api import router

CELL, OTHER, MODULE, PACK, BOX = (f"99.100.7/{n}" for n in ("CELL", "OTHER", "MOD", "PACK", "BOX"))
LOT, DOCK = "99.100.7/FOIL-1", "99.100.7/DOCK"
PUBLIC = public_reader


def at(minute: int) -> str:
    return f"2026-03-05T07:{minute:02d}:00Z"


@pytest.fixture
def story(world: Any, helpers: Any) -> Any:
    """Foil and cells become a module, the module a pack; the pack travels in a box and is received."""
    world.handles(CELL, OTHER, MODULE, PACK, BOX, LOT)
    world.handles(DOCK, name="East Dock")
    world.capture(
        builders.commissioning([CELL, OTHER], time=at(0), lots=[Quantity(lot=LOT, quantity=9)])
    )
    world.capture(builders.transforming([CELL, OTHER], [MODULE], time=at(1),
                                        input_lots=[Quantity(lot=LOT, quantity=4)]))  # fmt: skip
    world.capture(builders.transforming([MODULE], [PACK], time=at(2),
                                        input_lots=[Quantity(lot=LOT, quantity=2)]))  # fmt: skip
    world.capture(builders.packing(BOX, [PACK], time=at(3)))
    world.capture(builders.shipping([BOX], time=at(4), read_point=DOCK, source=helpers.MAKER,
                                    destination=helpers.BUYER))  # fmt: skip
    for minute in (5, 6, 7):
        world.capture(
            builders.object_event([BOX], time=at(minute), step="transporting"), by=helpers.CARRIER
        )
    world.capture(builders.receiving([BOX], time=at(8)), by=helpers.BUYER)
    world.capture(builders.unpacking(BOX, time=at(9)), by=helpers.BUYER)
    world.capture(builders.shipping([BOX], time=at(10)), by=helpers.BUYER)
    return world


def test_a_history_pages_in_ledger_order(story: Any) -> None:
    whole = history(story.state, BOX)
    assert [step.step for step in whole] == [
        "packing", "shipping", "transporting", "transporting", "transporting", "receiving",
        "unpacking", "shipping"]  # fmt: skip
    first = history(story.state, BOX, limit=3)
    rest = history(story.state, BOX, after=first[-1].cursor)
    assert first + rest == whole


def test_contents_follow_packing_and_unpacking(world: Any) -> None:
    world.capture(
        builders.packing("box:o", ["box:i"], time=at(0), lots=[Quantity(lot="l:1", quantity=5)])
    )
    world.capture(builders.packing("box:i", ["a:1", "a:2"], time=at(1)))
    tree = contents(world.state, "box:o")
    inner, lot = tree.root.branches
    assert [leaf.identifier for leaf in inner.branches] == ["a:1", "a:2"]
    assert lot.link is not None
    assert lot.link["amounts"] == {"": "5"}
    assert (tree.nodes, tree.complete) == (5, True)
    shallow = contents(world.state, "box:o", depth=1)
    assert not shallow.complete
    assert shallow.root.branches[0].more
    assert item(world.state, "a:1").containers == ("box:i", "box:o")


def test_materials_and_products_show_shared_nodes_once(story: Any) -> None:
    tree = materials(story.state, PACK)
    marks = {(n.identifier, n.seen) for n in _all(tree.root)}
    assert {name for name, _ in marks} == {PACK, MODULE, CELL, OTHER, LOT}
    lots = [node for node in _all(tree.root) if node.identifier == LOT]
    assert sorted(node.seen for node in lots) == [False, True]
    forward = products(story.state, LOT)
    assert {n.identifier for n in _all(forward.root)} == {LOT, MODULE, PACK}


def test_rework_that_leads_back_to_a_lot_ends(world: Any) -> None:
    one, two = Quantity(lot="l:1", quantity=1), Quantity(lot="l:2", quantity=1)
    world.capture(builders.transforming(time=at(0), input_lots=[one], output_lots=[two]))
    world.capture(builders.transforming(time=at(1), input_lots=[two], output_lots=[one]))
    tree = materials(world.state, "l:1")
    assert tree.nodes == 3
    assert tree.root.branches[0].branches[0].seen


def test_the_journey_inherits_from_containers_only_while_contained(story: Any) -> None:
    steps = journey(story.state, PACK).steps
    assert [(step.step, step.inherited, step.count) for step in steps] == [
        ("commissioning", False, 1), ("packing", False, 1), ("shipping", True, 1),
        ("transporting", True, 3), ("receiving", True, 1), ("unpacking", False, 1),
    ]  # fmt: skip
    assert steps[2].place_name == {"en": "East Dock"}


def test_a_bounded_journey_says_so(story: Any) -> None:
    assert not journey(story.state, PACK, limit=3).complete


def test_an_item_is_where_its_container_is(story: Any, helpers: Any) -> None:
    story.capture(builders.packing(BOX, [PACK], time=at(11)), by=helpers.BUYER)
    story.capture(builders.shipping([BOX], time=at(12)), by=helpers.BUYER)
    assert item(story.state, PACK).status == "in_transit"
    assert item(story.state, CELL).status == "consumed"


def test_the_public_sees_public_fields_only(story: Any, helpers: Any) -> None:
    for step in journey(story.state, PACK, PUBLIC).steps:
        assert step.private is None
        assert step.date == "2026-03-05"
    shown = item(story.state, PACK, PUBLIC)
    assert (shown.private, shown.containers) == (None, ())
    assert shown.maker_name["en"] == "Maker"
    nodes = _all(materials(story.state, PACK, reader=PUBLIC).root)[1:]
    assert all(node.identifier is None and node.link is None for node in nodes)
    assert {node.maker_name["en"] for node in nodes} == {"Maker"}
    with pytest.raises(NotAParty):
        products(story.state, CELL, reader=PUBLIC)


def test_parties_see_their_events_and_auditors_all(story: Any, helpers: Any) -> None:
    def seen(reader: Reader) -> list[str | None]:
        return [step.step for step in history(story.state, BOX, reader=reader) if step.private]

    assert len(seen(Reader.party(helpers.MAKER))) == 8  # holds the prefix
    assert seen(Reader.party(helpers.CARRIER)) == ["transporting"] * 3
    assert seen(Reader.party(helpers.BUYER)) == ["shipping", "receiving", "unpacking", "shipping"]
    assert len(seen(auditor_reader)) == 8


def test_an_identifier_without_events_is_unknown(world: Any) -> None:
    for view in (history, contents, materials, products, item, journey):
        with pytest.raises(UnknownItem):
            view(world.state, "99.100.7/NEVER")  # type: ignore[operator]


def _all(node: Any) -> list[Any]:
    return [node, *(below for branch in node.branches for below in _all(branch))]


class Reading:
    def __init__(self, view: Any, organisation: str | None) -> None:
        self.view = view
        self.reader = Reader.party(organisation) if organisation else public_reader


@pytest.fixture
def client(story: Any) -> TestClient:
    app = FastAPI()

    def reading(request: Request) -> Reading:
        return Reading(story.state, request.headers.get("as"))

    async def problem(_: Request, error: Any) -> JSONResponse:
        return JSONResponse(error.problem(), status_code=error.status)

    app.include_router(router(reading))
    app.add_exception_handler(TallystickError, problem)
    return TestClient(app)


def test_items_are_read_over_http(client: TestClient, helpers: Any) -> None:
    path = f"/trace/v1/items/{PACK}"
    assert client.get(path).json()["status"] == "active"
    assert client.get(path).json()["private"] is None
    mine = client.get(path, headers={"as": helpers.MAKER}).json()
    assert mine["private"]["maker"] == helpers.MAKER
    page = client.get(f"/trace/v1/items/{BOX}/history?limit=3").json()
    assert len(page["steps"]) == 3
    after = client.get(f"/trace/v1/items/{BOX}/history?after={page['next']}").json()
    assert (len(after["steps"]), after["next"]) == (5, None)
    assert client.get(path + "/journey").json()["complete"]
    tree = client.get(path + "/materials", headers={"as": helpers.MAKER}).json()
    assert tree["nodes"][0]["identifier"] == PACK
    assert [node["above"] for node in tree["nodes"]][:3] == [None, 0, 0]
    assert client.get(f"/trace/v1/items/{BOX}/contents").json()["nodes"][0]["identifier"] == BOX


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/trace/v1/items/99.100.7/NEVER", 404, "unknown-item"),
        (f"/trace/v1/items/{CELL}/products", 403, "not-a-party"),
        (f"/trace/v1/items/{quote('a b')}/history", 422, None),
        (f"/trace/v1/items/{BOX}/history?limit=0", 422, None),
        (f"/trace/v1/items/{BOX}/contents?depth=101", 422, None),
    ],
)
def test_bad_questions_get_a_problem(
    client: TestClient, path: str, status: int, code: str | None
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json().get("code") == code


def test_a_document_is_checked_without_storing_it(client: TestClient) -> None:
    document = builders.document([builders.shipping([PACK], time=at(0))], created=at(0))
    good = client.post("/epcis/validate", content=builders.encode(document)).json()
    assert good["valid"]
    assert good["events"][0]["cbv_hash"].startswith("ni:///sha-256;")
    single = {**document["epcisBody"]["eventList"][0], "@context": document["@context"]}
    assert client.post("/epcis/validate", content=builders.encode(single)).json()["valid"]
    document["epcisBody"]["eventList"][0]["bizStep"] = "flying"
    bad = client.post("/epcis/validate", content=builders.encode(document)).json()
    assert not bad["valid"]
    assert bad["errors"][0]["pointer"] == "/epcisBody/eventList/0/bizStep"
    assert "CBV" in bad["errors"][0]["message"]
    assert not client.post("/epcis/validate", content=b"\xff").json()["valid"]


def test_an_endless_document_is_cut_off(client: TestClient) -> None:
    answer = client.post("/epcis/validate", content=b" " * (16 * 2**20 + 1))
    assert answer.status_code == 413
    assert str(16 * 2**20) in answer.json()["detail"]
