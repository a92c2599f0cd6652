"""Who publishes a calendar, and what a table may say."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.calendars.shop import Shop, china, node
from tests.finance.desk import checker, core, maker, supplier

from tallystick.finance import calendars
from tallystick.finance.errors import (
    CalendarMovedOn,
    CalendarUnknown,
    CalendarWrong,
    DateRefused,
    ProposalUnknown,
    SamePerson,
)
from tallystick.identity import NotEntitled
from tallystick.ledger.rules import OwnKeyRequired
from tallystick.ledger.state import Change


@pytest.fixture
def shop() -> Shop:
    return Shop()


def table(**more: Any) -> calendars.CalendarPropose:
    told: dict[str, Any] = {
        "code": "CN",
        "year": 2027,
        "rest": (6, 7),
        "holidays": days("2027-01-01"),
        "known_until": "2027-12-31",
        "source": calendars.Source(authority="a ministry", title="a notice"),
    }
    return calendars.CalendarPropose(**{**told, **more})


def days(*on: str) -> tuple[calendars.Day, ...]:
    return tuple(calendars.Day(on=day) for day in on)


def test_a_version_is_made_by_two_persons_and_never_changes(shop: Shop) -> None:
    shop.shipped("CN-2025", "CN-2026")
    before = shop.rows("calendar-version", china)
    assert list(before) == ["000001", "000002"]
    assert before["000002"]["source"]["number"] == "国办发明电〔2025〕7号"
    assert (before["000002"]["proposer"], before["000002"]["approver"]) == (
        maker(node),
        checker(node),
    )
    assert shop.change(2026, off=["2026-07-10"]) == 3
    after = shop.rows("calendar-version", china)
    assert {part: after[part] for part in before} == before
    assert not calendars.in_force(shop.state, china).is_business("2026-07-10")
    assert calendars.version_of(shop.state, china, 2).is_business("2026-07-10")


def test_one_person_does_not_publish_with_any_number_of_keys(shop: Shop) -> None:
    both = {"organisation": node, "roles": ["maker", "checker"]}
    shop.state.apply([Change("person", maker(node), both)])
    proposal = shop.propose_table(table())
    with pytest.raises(SamePerson):
        shop.approve_table(proposal, by=maker(node))
    shop.approve_table(proposal)
    with pytest.raises(ProposalUnknown):
        shop.approve_table(proposal)


@pytest.mark.parametrize("by", [maker(core), maker(supplier), checker(node), node])
def test_only_a_maker_of_a_node_proposes(shop: Shop, by: str) -> None:
    with pytest.raises(NotEntitled):
        shop.propose_table(table(), by=by)


def test_only_a_checker_of_the_same_node_approves(shop: Shop) -> None:
    shop.enrol("99/O-OTHER", "node")
    proposal = shop.propose_table(table())
    with pytest.raises(ProposalUnknown):
        shop.approve_table(proposal, by=checker("99/O-OTHER"))
    for by in (maker(node), checker(core)):
        with pytest.raises(NotEntitled):
            shop.approve_table(proposal, by=by)
    body = calendars.CalendarApprove(proposal=proposal)
    with pytest.raises(OwnKeyRequired):
        shop.play("finance.calendar.approve/1", checker(node), body, custody="node")


def test_nodes_do_not_publish_in_each_others_names(shop: Shop) -> None:
    shop.enrol("99/O-OTHER", "node")
    shop.approve_table(
        shop.propose_table(table(), by=maker("99/O-OTHER")), by=checker("99/O-OTHER")
    )
    assert shop.versions(china) == 0
    assert shop.versions("99/O-OTHER#CN") == 1


def test_a_table_is_approved_against_the_version_that_it_follows(shop: Shop) -> None:
    first, second = (shop.propose_table(table(known_until=f"2027-12-{day}")) for day in (30, 31))
    shop.approve_table(first)
    with pytest.raises(CalendarMovedOn):
        shop.approve_table(second)
    with pytest.raises(CalendarMovedOn):
        shop.propose_table(table())
    with pytest.raises(CalendarMovedOn):
        shop.propose_table(table(after=2))
    assert shop.publish(table(after=1)) == 2


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"holidays": days("2026-12-31")}, "not in 2027"),
        ({"holidays": days("2027-02-01", "2027-01-01")}, "order"),
        ({"holidays": days("2027-02-01", "2027-02-01")}, "order"),
        ({"working": days("2027-01-04")}, "no weekly rest day"),
        ({"working": days("2027-01-02"), "holidays": days("2027-01-02")}, "both"),
        ({"known_until": "2028-01-01"}, "not in 2027"),
        ({"known_until": "2027-01-31", "holidays": days("2027-02-01")}, "last known day"),
        ({"rest": (6, 6)}, "twice"),
        ({"holidays": days(*(f"2027-03-{day:02d}" for day in range(1, 32)))}, "business day"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    shop: Shop, wrong: dict[str, Any], why: str
) -> None:
    before = dict(shop.state.documents())
    with pytest.raises(CalendarWrong, match=why):
        shop.propose_table(table(**wrong))
    assert dict(shop.state.documents()) == before


@pytest.mark.parametrize("day", ["2027-02-29", "2027-11-31", "2027-00-10"])
def test_a_day_that_is_none_is_refused(shop: Shop, day: str) -> None:
    with pytest.raises(DateRefused):
        shop.propose_table(table(holidays=days(day)))


@pytest.mark.parametrize(
    "wrong", [{"rest": (0,)}, {"rest": (8,)}, {"rest": (1, 2, 3, 4)}, {"code": "cn"}, {"year": 1}]
)
def test_what_is_no_table_is_no_body(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        table(**wrong)


def test_a_calendar_that_nobody_published_is_named(shop: Shop) -> None:
    with pytest.raises(CalendarUnknown):
        calendars.in_force(shop.state, china)
    shop.shipped()
    with pytest.raises(CalendarUnknown):
        calendars.version_of(shop.state, china, 3)
