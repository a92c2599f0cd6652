"""Values that lead somewhere are checked when they are written, and again when they are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.digital_link.conftest import link, places
from tests.ledger.world import World, core

from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.identity.digital_link.addresses import is_web_address, with_query
from tallystick.identity.digital_link.link import link_chars_max
from tallystick.identity.digital_link.locations import Locations, parse_locations
from tallystick.identity.digital_link.value_errors import LinkValueRefused
from tallystick.identity.digital_link.values import check_value
from tallystick.identity.digital_link.wishes import ranked
from tallystick.ledger import canonical

good = json.loads(link("gs1:pip", "https://a.example/"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rel": "pip"},
        {"rel": "gs1:"},
        {"rel": "gs1:defaultLink"},
        {"rel": "gs1:linkset"},
        {"rel": "https://gs1.org/voc/defaultLinkMulti"},
        {"rel": "javascript:x"},
        {"href": "javascript:alert(1)"},
        {"href": "data:text/html,x"},
        {"href": "//a.example"},
        {"href": "/t/x"},
        {"href": "https://"},
        {"href": "https://me@a.example/"},
        {"href": "https://a.example/a b"},
        {"href": "https://a.example/\r\nX-Evil: 1"},
        {"href": "https://a.example/电"},
        {"href": "https://a.example/" + "x" * link_chars_max},
        {"title": ""},
        {"title": 7},
        {"hreflang": "en"},
        {"hreflang": []},
        {"hreflang": ["not a tag"]},
        {"type": "html"},
        {"type": "text/html; charset=utf-8"},
        {"context": ["a b"]},
        {"default": False},
        {"fwqs": True},
        {"more": 1},
        {"rel": None},
        {"href": None},
    ],
)
def test_a_link_that_is_not_in_its_form_is_refused(wrong: dict[str, Any]) -> None:
    told = {k: v for k, v in {**good, **wrong}.items() if v is not None}
    with pytest.raises(LinkValueRefused):
        check_value("TALLYSTICK.LINK", "json", canonical.encode(told).decode())


@pytest.mark.parametrize(
    ("kind", "form", "data"),
    [
        ("TALLYSTICK.LINK", None, link("gs1:pip", "https://a.example/")),
        ("TALLYSTICK.LINK", "json", "[]"),
        ("TALLYSTICK.GS1", None, "/01/09521234543214"),
        ("TALLYSTICK.GS1", None, "/01/9521234543213"),
        ("TALLYSTICK.GS1", None, "/01/09521234543213/"),
        ("TALLYSTICK.GS1", None, "https://id.gs1.org/01/09521234543213"),
        ("TALLYSTICK.GS1", None, "/stem/01/09521234543213"),
        ("TALLYSTICK.GS1", "json", '"/01/09521234543213"'),
        ("10320/loc", "hex", "00"),
        ("10320/loc", None, ""),
        ("10320/loc", None, "<locations/>"),
        ("10320/loc", None, "<locations><place href='https://a.example'/></locations>"),
        ("10320/loc", None, "<locations><location/></locations>"),
        ("10320/loc", None, "<locations><location href='ftp://a.example'/></locations>"),
        ("10320/loc", None, "<locations><location href='https://a.example' weight='-1'/></locations>"),
        ("10320/loc", None, "<locations><location href='https://a.example' weight='1e9'/></locations>"),
        ("10320/loc", None, "<locations><location href='https://a.example' country='China'/></locations>"),
        ("10320/loc", None, "<locations chooseby='mood'><location href='https://a.example'/></locations>"),
        ("10320/loc", None, "<locations><location href='https://a.example'><b/></location></locations>"),
        ("10320/loc", None, "<locations>" + "<location href='https://a.example'/>" * 65 + "</locations>"),
        ("10320/loc", None, "<!DOCTYPE a [<!ENTITY b 'c'>]><locations><location href='https://a.example'/></locations>"),
        ("10320/loc", None, "<?xml version='1.0' encoding='x-none'?><locations/>"),
    ],
)  # fmt: skip
def test_other_values_that_are_not_in_their_form(kind: str, form: str | None, data: str) -> None:
    with pytest.raises(LinkValueRefused):
        check_value(kind, form, data)


def test_the_rule_of_records_asks(world: World) -> None:
    wrong = HandleValue(index=1, type="TALLYSTICK.GS1", data="/01/09521234543214")
    body = CreateHandles(handles=(HandleRecord(handle="99.100.1/X", values=(wrong,)),))
    (answer,) = world.ledger.append([world.write(core, "identity.handle.create/1", body)])
    assert answer.problem is not None
    assert answer.problem.code == "link-value-refused"
    other = HandleValue(index=1, type="LINK", data="anything at all")
    body = CreateHandles(handles=(HandleRecord(handle="99.100.1/X", values=(other,)),))
    (answer,) = world.ledger.append([world.write(core, "identity.handle.create/1", body)])
    assert answer.accepted


def chosen(found: Locations, asked: tuple[str, str] | None, country: str, at: int = 0) -> str:
    place = found.choose(asked, country, lambda total: min(at, total - 1))
    return place.attributes["id"] if place else ""


def test_how_a_location_is_chosen() -> None:
    found = parse_locations(places)
    assert chosen(found, None, "CN") == "0"
    assert chosen(found, None, "de") == chosen(found, None, "") == "2"
    assert chosen(found, ("id", "1"), "cn") == "1"
    assert chosen(found, ("id", "none"), "cn") == "0"
    by_chance = Locations(found.places, ("weighted",))
    assert [chosen(by_chance, ("id", "1"), "cn", at) for at in (0, 1_999_999, 2_000_000, 2_999_999)] == ["2", "2", "0", "0"]  # fmt: skip
    only = parse_locations("<locations><location href='https://a.example' id='h' weight='0'/></locations>")  # fmt: skip
    assert chosen(only, None, "cn") == ""
    assert chosen(only, ("id", "h"), "cn") == "h"


@settings(max_examples=60)
@given(
    st.text(max_size=40) | st.text("htps:/.a?#%&= \n", max_size=40).map("https://a.example".__add__)
)
def test_an_address_taken_fits_into_a_header_and_keeps_its_host(text: str) -> None:
    if is_web_address(text):
        assert text.isascii()
        assert text.isprintable()
        assert " " not in text
        assert with_query(text, "") == text
        head = with_query(text, "a=b").partition("#")[0]
        assert head.endswith("a=b")
        assert head.count("?") >= 1


def test_wishes_are_ranked() -> None:
    assert ranked("") == ranked(";q=1") == ranked("de;q=0, en;q=x") == ()
    assert ranked("a;q=0.1, b;q=0.999, c") == ("c", "b", "a")
    assert len(ranked(",".join(f"l{n}" for n in range(100)))) == 20
