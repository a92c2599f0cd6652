"""Each refusal of `trace.capture/1`, and what an accepted capture leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.identity import NotEntitled, UnknownParty
from tallystick.ledger.errors import RuleError
from tallystick.trace import Quantity, builders, event_part
from tallystick.trace.draft import Draft
from tallystick.trace.errors import NotCustodian
from tallystick.trace.packing import nesting_max

TIME = "2026-03-05T07:00:00Z"
A, B, P, Q, X = (f"99.100.7/{name}" for name in ("A", "B", "P", "Q", "X"))
FOREIGN = "urn:epc:id:sscc:0614141.1234567890"
LOT = "99.100.7/LOT-1"


@pytest.fixture(autouse=True)
def handles(world: Any) -> None:
    world.handles(A, B, P, Q, X, LOT)


def make(*items: str) -> dict[str, Any]:
    return builders.commissioning(items, time=TIME)


def pack(parent: str, *children: str, **more: Any) -> dict[str, Any]:
    return builders.packing(parent, children, time=TIME, **more)


def unpack(parent: str, *children: str, **more: Any) -> dict[str, Any]:
    return builders.unpacking(parent, children, time=TIME, **more)


def lot(quantity: int, scale: int = 0, unit: str | None = "KGM") -> Quantity:
    return Quantity(lot=LOT, quantity=quantity, scale=scale, unit=unit)


def refused(world: Any, *events: dict[str, Any], by: str | None = None) -> RuleError:
    """The refusal; the state is the same before and after."""
    before = list(world.state.documents())
    with pytest.raises(RuleError) as caught:
        world.capture(*events, **({"by": by} if by else {}))
    assert list(world.state.documents()) == before
    return caught.value


def test_a_commissioned_item_shows_maker_holder_and_place(world: Any, helpers: Any) -> None:
    world.capture(builders.commissioning([A], time=TIME, read_point="99.100.7/LINE"))
    assert world.item(A) == {
        "kind": "item", "status": "active", "custodian": helpers.MAKER, "maker": helpers.MAKER,
        "commissioned": event_part(1, 0), "first": event_part(1, 0), "last": event_part(1, 0),
        "time": "2026-03-05T07:00:00.000Z", "step": "commissioning", "disposition": "active",
        "place": "99.100.7/LINE",
    }  # fmt: skip
    event = world.state.get("item-event", A, event_part(1, 0))
    assert event["party"] == helpers.MAKER
    assert (event["relation"], event["index"], event["event"]) == ("item", 1, 0)


@pytest.mark.parametrize(
    ("events", "code", "who"),
    [
        ([make("99.100.7/NEVER")], "unregistered-item", "99.100.7/NEVER"),
        ([make("99.100.7/a")], "unregistered-item", "99.100.7/a"),
        ([make(A), make(A)], "commissioned-twice", A),
        ([make(A), pack(P, A), pack(Q, A)], "in-another-parent", A),
        ([pack(P, A), pack(A, P)], "aggregation-cycle", P),
        ([pack(P, Q), pack(Q, A), pack(A, P)], "aggregation-cycle", P),
        ([pack(P, A), unpack(Q, A)], "in-another-parent", A),
        ([pack(P, A), unpack(P, B)], "not-contained", B),
        ([pack(P, lots=[lot(5)]), unpack(P, lots=[lot(51, 1)])], "not-contained", LOT),
        ([pack(P, lots=[lot(5)]), unpack(P, lots=[lot(5, 0, "MTR")])], "not-contained", LOT),
        ([pack(P, A), builders.transforming([A], [X], time=TIME)], "still-contained", A),
        ([make(A), pack(P, lots=[Quantity(lot=A, quantity=1)])], "serial-and-lot", A),
        ([builders.transforming([A], [A], time=TIME)], "malformed-event", A),
        ([make(A), builders.transforming([B], [A], time=TIME)], "commissioned-twice", A),
    ],
)  # fmt: skip
def test_a_wrong_scan_refuses_the_whole_capture(
    world: Any, events: list[dict[str, Any]], code: str, who: str
) -> None:
    error = refused(world, *events)
    assert (error.code, error.members["identifier"]) == (code, who)
    assert error.members["event"] == len(events) - 1
    assert who in error.diagnosis()


GONE = [
    builders.transforming([A], [X], time=TIME),
    builders.object_event([A], time=TIME, step="destroying", action="DELETE"),
    builders.object_event([A], time=TIME, step="decommissioning", action="DELETE"),
]


@pytest.mark.parametrize("ending", GONE)
@pytest.mark.parametrize(
    "after",
    [
        pack(P, A),
        pack(A, B),
        builders.shipping([A], time=TIME),
        builders.receiving([A], time=TIME),
        builders.transforming([A], [Q], time=TIME),
        builders.object_event([A], time=TIME, step="destroying", action="DELETE"),
        make(A),
    ],
)
def test_what_is_gone_is_neither_packed_moved_nor_consumed_again(
    world: Any, ending: dict[str, Any], after: dict[str, Any]
) -> None:
    world.capture(make(A), ending)
    assert refused(world, after).code == "item-gone"
    status = world.item(A)["status"]
    world.capture(builders.object_event([A], time=TIME, step="inspecting"))
    assert world.item(A)["status"] == status


def test_only_the_holder_of_a_prefix_commissions_under_it(world: Any, helpers: Any) -> None:
    assert refused(world, make(A), by=helpers.BUYER).code == "not-prefix-holder"
    made = builders.transforming([FOREIGN], [X], time=TIME)
    assert refused(world, made, by=helpers.BUYER).code == "not-prefix-holder"
    world.capture(make(FOREIGN), by=helpers.BUYER)
    assert world.item(FOREIGN)["maker"] == helpers.BUYER


def test_only_who_holds_an_item_may_end_it(world: Any, helpers: Any) -> None:
    world.handles("99.100.8/Y")
    world.capture(make(A, B))
    consume = builders.transforming([A], ["99.100.8/Y"], time=TIME)
    assert refused(world, consume, by=helpers.BUYER).code == "not-custodian"
    world.capture(builders.shipping([A], time=TIME, destination=helpers.BUYER))
    world.capture(consume, by=helpers.BUYER)
    assert world.item(A)["status"] == "consumed"


def test_receiving_takes_custody_and_contents_come_out_with_it(world: Any, helpers: Any) -> None:
    world.capture(make(A), pack(P, A), builders.shipping([P], time=TIME, destination=helpers.BUYER))
    assert world.item(P)["status"] == "in_transit"
    assert world.item(P)["custodian"] == helpers.MAKER
    world.capture(builders.receiving([P], time=TIME), by=helpers.BUYER)
    assert (world.item(P)["status"], world.item(P)["custodian"]) == ("active", helpers.BUYER)
    world.capture(unpack(P), by=helpers.BUYER)
    assert world.item(A)["custodian"] == helpers.BUYER
    assert "parent" not in world.item(A)


def test_late_events_are_recorded_and_do_not_turn_back_what_is_shown(
    world: Any, helpers: Any
) -> None:
    world.capture(make(A))
    world.capture(builders.receiving([A], time="2026-03-05T07:30:00Z"), by=helpers.BUYER)
    assert world.item(A)["custodian"] != helpers.BUYER
    world.capture(builders.shipping([A], time="2026-03-05T07:10:00Z", destination=helpers.BUYER))
    assert world.item(A)["status"] == "active"
    assert world.item(A)["custodian"] == helpers.BUYER
    assert len(world.state.group("item-event", A)) == 3


def test_a_time_in_the_future_does_not_freeze_an_item(world: Any, helpers: Any) -> None:
    world.capture(builders.commissioning([A], time="2999-01-01T00:00:00Z"))
    world.capture(
        builders.receiving([A], time=TIME), by=helpers.BUYER, time="2026-03-05T09:00:00.000Z"
    )
    assert world.item(A)["time"] == "2026-03-05T08:00:00.000Z"
    world.capture(
        builders.receiving([A], time="2026-03-05T08:30:00Z"), time="2026-03-05T09:00:00.000Z"
    )
    assert world.item(A)["time"] == "2026-03-05T08:30:00.000Z"


def test_a_stranger_takes_no_custody_and_ends_nothing(world: Any, helpers: Any) -> None:
    """Any firm could once scan a receiving, become custodian, and destroy the goods of others."""
    world.capture(make(A))
    before = world.item(A)["custodian"]
    world.capture(builders.receiving([A], time="2026-03-05T07:30:00Z"), by=helpers.BUYER)
    world.capture(
        builders.object_event([A], time="2026-03-05T07:31:00Z", step="retail_selling"),
        by=helpers.BUYER,
    )
    assert (world.item(A)["custodian"], world.item(A)["status"]) == (before, "active")
    with pytest.raises(NotCustodian):
        world.capture(
            builders.object_event([A], time="2026-03-05T07:32:00Z", step="destroying"),
            by=helpers.BUYER,
        )
    world.capture(builders.shipping([A], time="2026-03-05T07:40:00Z", destination=helpers.BUYER))
    world.capture(builders.receiving([A], time="2026-03-05T07:50:00Z"), by=helpers.BUYER)
    assert world.item(A)["custodian"] == helpers.BUYER


def test_a_refusal_names_container_amount_and_holder_only_to_parties(
    world: Any, helpers: Any
) -> None:
    """Who tried to pack an item of others once learned in which container it is, and how much of a lot."""
    world.handles("99.100.8/BOX")
    world.capture(make(A, B), pack(P, A), pack(P, lots=[lot(5)]))
    destroy = builders.object_event([B], time=TIME, step="destroying", action="DELETE")
    refusal = refused(world, destroy, by=helpers.CARRIER)
    assert refusal.code == "not-custodian"
    assert helpers.MAKER not in refusal.detail
    assert P in refused(world, pack(Q, A)).detail
    assert "holds 5" in refused(world, unpack(P, lots=[lot(7)])).detail


def test_a_stranger_packs_and_unpacks_nothing_of_others(world: Any, helpers: Any) -> None:
    """Any firm could put a thing into a box of its own and take it out again, and then had it."""
    box = "99.100.8/BOX"
    world.handles(box)
    world.capture(make(A, B), pack(P, A))
    before = [world.item(name) for name in (A, B)]
    held = dict(world.state.group("content", P))
    for event in (pack(box, B), unpack(box, B), unpack(P, A), unpack(P), pack(P, "urn:x:junk")):
        world.capture(event, by=helpers.CARRIER)
    assert dict(world.state.group("content", P)) == held
    assert not world.state.group("content", box)
    for name, doc in zip((A, B), before, strict=True):
        assert (world.item(name)["custodian"], world.item(name).get("parent")) == (
            doc["custodian"],
            doc.get("parent"),
        )
    seen = list(world.state.group("item-event", B).values())[-1]
    assert (seen["party"], seen["parent"]) == (helpers.CARRIER, box)


def test_a_thing_that_nobody_scanned_before_is_not_the_first_comers(
    world: Any, helpers: Any
) -> None:
    """It is with the holder of its prefix, until that firm says whom it sent it to."""
    world.capture(builders.receiving([A], time=TIME), by=helpers.BUYER)
    assert (world.item(A)["custodian"], world.item(A)["claimed"]) == (helpers.MAKER, helpers.BUYER)
    earlier = "2026-03-05T06:00:00Z"
    world.capture(builders.shipping([A], time=earlier, destination=helpers.BUYER))
    assert world.item(A)["custodian"] == helpers.BUYER


def test_foreign_codes_are_continued(world: Any) -> None:
    world.capture(unpack(FOREIGN, "urn:epc:id:sgtin:0614141.107346.2017"))
    world.capture(pack(FOREIGN, A), unpack(FOREIGN, A))
    assert world.state.group("content", FOREIGN) == {}


def test_lots_are_packed_as_amounts_and_may_be_in_several_parents(world: Any) -> None:
    world.capture(pack(P, lots=[lot(55, 1)]), pack(Q, lots=[lot(1)]))
    world.capture(pack(P, lots=[lot(1)]), unpack(P, lots=[lot(25, 1)]))
    assert world.state.get("content", P, LOT)["amounts"] == {"KGM": "4"}
    world.capture(unpack(P))
    assert world.state.group("content", P) == {}
    assert world.state.get("content", Q, LOT)["amounts"] == {"KGM": "1"}


def test_scanning_into_the_same_parent_again_changes_nothing(world: Any) -> None:
    world.capture(pack(P, A))
    before = world.state.get("content", P, A)
    world.capture(pack(P, A))
    assert world.state.get("content", P, A) == before


def test_a_transformation_relates_all_inputs_to_all_outputs(world: Any, helpers: Any) -> None:
    made = builders.transforming([A, B], [X], time=TIME, input_lots=[lot(3)])
    world.capture(make(A, B), made)
    assert set(world.state.group("made-of", X)) == {A, B, LOT}
    assert set(world.state.group("made-into", A)) == {X}
    assert world.state.get("made-of", X, A)["party"] == helpers.MAKER
    assert world.item(LOT)["kind"] == "lot"
    assert world.item(LOT)["status"] == "active"


def test_too_many_relations_are_refused(world: Any) -> None:
    many = [f"a:{n}" for n in range(101)]
    made = builders.transforming(many, [f"b:{n}" for n in range(100)], time=TIME)
    assert refused(world, made).code == "too-many-relations"


def test_nesting_is_bounded(world: Any) -> None:
    for n in range(nesting_max):
        world.capture(pack(f"box:{n}", f"box:{n + 1}"))
    error = refused(world, pack(f"box:{nesting_max}", "box:last"))
    assert error.code == "aggregation-too-deep"


def test_people_and_strangers_do_not_capture(world: Any) -> None:
    with pytest.raises(NotEntitled, match="person"):
        world.capture(make(A), by="99.100/P-1")
    with pytest.raises(UnknownParty):
        world.capture(make(A), by="99.100.7/scanner-99")


@pytest.mark.parametrize(
    "change",
    [
        {"biz_step": "cbv:BizStep-shipping"},
        {"biz_step": "flying"},
        {"disposition": "https://ref.gs1.org/cbv/Disp-active"},
        {"action": None},
        {"items": ()},
        {"items": ("hdl:99.100.7/A",)},
        {"items": ("HDL:99.100.7/A",)},
        {"items": ("no-handle",)},
        {"items": ("99.100.7/A", "99.100.7/A")},
        {"parent": "99.100.7/P"},
        {"outputs": ("99.100.7/X",)},
        {"type": "AggregationEvent"},
        {"type": "TransformationEvent"},
    ],
)
def test_the_rule_checks_the_body_itself_since_the_document_may_be_gone(
    world: Any, change: dict[str, Any]
) -> None:
    act = world.act(make(A))
    event = act.body.events[0].model_copy(update=change)
    body = act.body.model_copy(update={"events": (event,)})
    forged = type(act)(act.index, act.type, act.author, act.id, act.payload_hash, act.time, body)
    with pytest.raises(RuleError) as caught:
        world.rules.judge(world.state, forged)
    assert caught.value.code == "malformed-event"


def test_parties_are_author_both_ends_and_prefix_holders(world: Any, helpers: Any) -> None:
    shipped = builders.shipping(
        [A, FOREIGN], time=TIME, source=helpers.MAKER, destination=helpers.BUYER
    )
    act = world.act(shipped, by=helpers.CARRIER)
    parties = world.rules.type("trace.capture/1").parties(world.state, act)
    assert parties == sorted([helpers.MAKER, helpers.BUYER, helpers.CARRIER])
    stranger = world.act(shipped, by="99.100.7/scanner-99")
    assert list(world.rules.type("trace.capture/1").parties(world.state, stranger)) == []


def test_effects_are_ordered_and_leave_out_what_never_was(world: Any) -> None:
    act = world.act(make(A), pack(P, A), unpack(P, A))
    effects = world.rules.judge(world.state, act)
    keys = [(change.kind, change.name, change.part) for change in effects]
    assert keys == sorted(set(keys))
    assert not [change for change in effects if change.kind == "content"]
    assert Draft(world.state, act, "").changes() == []
