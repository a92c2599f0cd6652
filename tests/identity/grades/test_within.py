"""What a template keeps from roles and from ways out, the entries that wrote it keep as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.identity.grades.test_fields import field, firm, phone, price, template, thing
from tests.identity.people.firm import code, first
from tests.ledger.world import World, core, supplier

from tallystick.identity import AddDevice, HandleValue, RenewHandle, WriteHandle
from tallystick.identity.bodies import DeleteHandle
from tallystick.identity.grades import RaiseGrade, of_fields
from tallystick.identity.templates import PublishTemplate
from tallystick.ledger import Reader, StreamAuthor, auditor_reader, canonical, grading

__all__ = ["firm"]
new_phone, program = "13999990000", "99.100.1/ERP-1"


def entry_of(world: World, entry_type: str) -> int:
    """The newest of a type."""
    with world.reader.open() as snapshot:
        return max(
            index
            for index in range(snapshot.size())
            if snapshot.row(index).type == f"identity.{entry_type}/1"
        )


def seen(world: World, index: int, reader: Reader) -> Mapping[str, Any]:
    """The body whole, or as it is shown."""
    with world.reader.open() as snapshot:
        told = snapshot.disclose(index, reader)
    assert (told.body is None) == (told.salt is None)
    found = told.body if told.body is not None else told.masked
    assert found is not None
    decoded: Mapping[str, Any] = canonical.decode(found)
    return decoded


def data(told: Mapping[str, Any]) -> list[str]:
    record = told["handles"][0] if "handles" in told else told
    return [value["data"] for value in record["values"]]


def test_the_entry_is_masked_as_its_record(firm: World) -> None:
    made = entry_of(firm, "handle.create")
    for roles, expected in (
        ({"administrator"}, phone),
        ({"warehouse"}, "138****5678"),
        ({"finance"}, "138****5678"),
    ):
        assert data(seen(firm, made, Reader.party(core, roles))) == ["Works", expected, price]
    assert data(seen(firm, made, Reader.party(core))) == ["Works", phone, price]
    assert data(seen(firm, made, auditor_reader)) == ["Works", phone, price]


def test_what_is_written_later_follows_the_template_of_then(firm: World) -> None:
    value = HandleValue(index=2, type="PHONE", data=new_phone)
    firm.add(core, "identity.handle.write/1", WriteHandle(handle=thing, values=(value,)))
    written = entry_of(firm, "handle.write")
    warehouse = Reader.party(core, {"warehouse"})
    assert data(seen(firm, written, warehouse)) == ["139****0000"]
    # Under another version of the template nobody hides it any more; what was said stays as it was meant.
    fields = (
        field(1, "NAME"), field(2, "PHONE", grade="partners", readers=(supplier,)),
        field(3, "PRICE", grade="partners", readers=(supplier,)),
    )  # fmt: skip
    again = PublishTemplate(template=template, version=2, name={"en": "Contact"}, fields=fields)
    firm.add(core, "identity.template/1", again)
    values = (value, HandleValue(index=3, type="PRICE", data=price))
    opened = WriteHandle(handle=thing, values=values, template=f"2:{template}")
    firm.add(core, "identity.handle.write/1", opened)
    newest = entry_of(firm, "handle.write")
    assert newest > written
    assert data(seen(firm, newest, warehouse)) == [new_phone, price]
    assert data(seen(firm, written, warehouse)) == ["139****0000"]


def test_a_renewed_record_is_masked_too(firm: World) -> None:
    firm.add(core, "identity.handle.delete/1", DeleteHandle(handle=thing, reason="mistake"))
    values = (
        HandleValue(index=1, type="NAME", data="Works"),
        HandleValue(index=2, type="PHONE", data=new_phone),
    )
    body = RenewHandle(handle=thing, values=values, template=f"1:{template}")
    firm.add(core, "identity.handle.renew/1", body)
    told = seen(firm, entry_of(firm, "handle.renew"), Reader.party(core, {"reader"}))
    assert data(told) == ["Works", "139****0000"]


def test_a_raised_field_is_masked_in_entries_of_before(firm: World) -> None:
    made, warehouse = entry_of(firm, "handle.create"), Reader.party(core, {"warehouse"})
    assert data(seen(firm, made, warehouse))[2] == price
    body = RaiseGrade(
        organisation=core, thing=f"template:1:{template}#3", grade="restricted", reason="risk"
    )
    assert code(firm, first, "grade.raise", body) == "accepted"
    assert data(seen(firm, made, warehouse))[2] == "****"
    assert data(seen(firm, made, Reader.party(core, {"finance"})))[2] == price


@pytest.mark.parametrize("route", grading.routes)
def test_it_leaves_by_no_way_without_a_permission(firm: World, route: grading.Route) -> None:
    made = entry_of(firm, "handle.create")
    away = grading.Leaving("somebody", "US", route)
    reader = Reader.party(core).taking_away(away)
    assert data(seen(firm, made, reader)) == ["Works", "138****5678", price]
    strict = Reader.party(core).taking_away(grading.Leaving("somebody", "US", route, strict=True))
    with (
        firm.reader.open() as snapshot,
        pytest.raises(grading.MayNotLeave, match="/handles/0/values/1/data"),
    ):
        snapshot.disclose(made, strict)
    permission = grading.Permission(
        "p", core, "personal", "restricted", "US", frozenset(grading.routes)
    )
    permitted = grading.Leaving("somebody", "US", route, permissions=(permission,))
    expected = "138****5678" if route == "webhook" else phone
    assert data(seen(firm, made, Reader.party(core).taking_away(permitted)))[1] == expected


def test_what_was_refused_is_masked_as_well(firm: World) -> None:
    value = HandleValue(index=2, type="PHONE", data="1", format="json")
    again = WriteHandle(handle=thing, values=(value,))
    add = AddDevice(device=program, organisation=core, purpose="service")
    assert code(firm, first, "device.add", add) == "accepted"
    firm.add_key(first, program, types=("identity.*",))
    said = StreamAuthor(firm.author(program)).write("identity.handle.write/1", again)
    (answer,) = firm.ledger.append([said])
    assert (answer.outcome, answer.code) == ("refused", "template-not-met")
    away = auditor_reader.taking_away(grading.Leaving("somebody", "US", "export"))
    told = seen(firm, entry_of(firm, "handle.write"), away)
    assert data(told) == ["****"]


def test_a_record_that_came_along_with_a_prefix_is_marked_as_its_strictest_value(
    firm: World,
) -> None:
    """Its whole document, which is text in the body; where the template is not here, as personal and restricted."""
    within = firm.rules.types["identity.prefix.take/1"].within
    assert within is of_fields.carried
    with firm.reader.open() as snapshot:
        stored: Any = snapshot.view.get("handle", thing)
        public = {**stored, "values": [stored["values"][0]]}
        elsewhere = {**stored, "template": "9:99.100.1/NOWHERE"}
        body = {
            "records": [
                {"kind": kind, "name": thing, "document": canonical.encode(document).decode()}
                for kind, document in (
                    ("handle", stored), ("handle", public), ("handle", elsewhere), ("party", {}),
                )
            ]
        }  # fmt: skip
        found = within(snapshot.view, core, 0, body)
    restricted = grading.Mark("personal", "restricted")
    assert found == {"/records/0/document": restricted, "/records/2/document": restricted}
