"""A template says class, grade and mask of its fields: roles that need the value see it, others a mask or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.identity.people.firm import code, first, found
from tests.ledger.world import World, core, supplier

from tallystick.identity import (
    CreateHandles,
    HandleRecord,
    HandleValue,
    resolve,
    shown_for,
    values_for,
)
from tallystick.identity.grades import RaiseGrade
from tallystick.identity.templates import PublishTemplate, TemplateField
from tallystick.ledger import Reader, auditor_reader, public_reader

template, thing = "99.100.1/T-CONTACT", "99.100.1/CONTACT-1"
phone, price = "13812345678", "4711"


def field(index: int, kind: str, **more: Any) -> TemplateField:
    return TemplateField(index=index, type=kind, name={"en": kind}, data="text", **more)


@pytest.fixture
def firm(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home")
    made.populate()
    fields = (
        field(1, "NAME"),
        field(2, "PHONE", grade="owner", data_class="personal", mask="phone"),
        field(3, "PRICE", grade="partners", readers=(supplier,), data_class="money"),
    )
    body = PublishTemplate(template=template, version=1, name={"en": "Contact"}, fields=fields)
    made.add(core, "identity.template/1", body)
    values = tuple(
        HandleValue(index=index, type=kind, data=data)
        for index, kind, data in ((1, "NAME", "Works"), (2, "PHONE", phone), (3, "PRICE", price))
    )
    record = HandleRecord(handle=thing, values=values, template=f"1:{template}")
    made.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    return found(made)


def shown(world: World, reader: Reader) -> dict[str, tuple[Any, bool]]:
    with world.reader.open() as snapshot:
        record = resolve(snapshot.view, thing)
    assert record is not None
    clear = {value.type for value in values_for(reader, record)}
    told = {value.type: (value.value, masked) for value, masked in shown_for(reader, record)}
    assert clear == {name for name, (_, masked) in told.items() if not masked}
    return told


def test_who_sees_value_mask_and_nothing(firm: World) -> None:
    name, masked = ("Works", False), ("138****5678", True)
    expected = {
        "public": (public_reader, {"NAME": name}),
        "partner": (Reader.party(supplier), {"NAME": name, "PRICE": (price, False)}),
        "warehouse": (
            Reader.party(core, {"warehouse"}),
            {"NAME": name, "PHONE": masked, "PRICE": (price, False)},
        ),
        "administrator": (
            Reader.party(core, {"administrator"}),
            {"NAME": name, "PHONE": (phone, False), "PRICE": (price, False)},
        ),
        "auditor": (
            auditor_reader,
            {"NAME": name, "PHONE": (phone, False), "PRICE": (price, False)},
        ),
    }
    assert {who: shown(firm, reader) for who, (reader, _) in expected.items()} == {
        who: told for who, (_, told) in expected.items()
    }


def test_a_raised_field_is_the_owners(firm: World) -> None:
    body = RaiseGrade(
        organisation=core, thing=f"template:1:{template}#3", grade="restricted", reason="risk"
    )
    assert code(firm, first, "grade.raise", body) == "accepted"
    assert shown(firm, Reader.party(core, {"finance"}))["PRICE"] == (price, False)
    assert shown(firm, Reader.party(core, {"warehouse"}))["PRICE"] == ("****", True)
    assert shown(firm, Reader.party(supplier))["PRICE"] == ("****", True)
    public = body.model_copy(update={"thing": f"template:1:{template}#1"})
    assert code(firm, first, "grade.raise", public) == "grade-stands"
    foreign = body.model_copy(update={"organisation": supplier, "grade": "core"})
    assert code(firm, supplier, "grade.raise", foreign) == "not-entitled"
