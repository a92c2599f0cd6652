"""Templates: published in versions, copied, withdrawn; records held against them, field by field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.test_records import code, said
from tests.ledger.world import World, core, node, supplier

from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RenewHandle,
    SuspendPrefix,
    WriteHandle,
    resolve,
    values_for,
)
from tallystick.identity.templates import (
    Choice,
    PublishTemplate,
    TemplateField,
    WithdrawTemplate,
    versions_of,
)
from tallystick.identity.templates.pictures import PictureRefused, fits, matches, read_picture
from tallystick.identity.templates.values import mismatch
from tallystick.ledger import Answer, Body, Reader, auditor_reader, public_reader

template = "99.100.1/META_PACK"
first = f"1:{template}"
handle = "99.100.1/PACK-1"


def field(index: int, kind: str, data: str = "text", **more: Any) -> TemplateField:
    told = {"index": index, "type": kind, "name": {"en": kind, "zh": "字段"}, "data": data}
    return TemplateField.model_validate({**told, **more}, strict=False)


model = field(10, "MODEL", required=True, pattern="[A-Z]{2}-[0-9]{1,4}")
serial = field(11, "SERIAL", unique=True, final=True)
mass = field(12, "MASS", "decimal", scale=1, unit="KGM", minimum="0.1", maximum="900")
made = field(13, "MADE", "date")
price = field(14, "PRICE", "integer", grade="partners", readers=(supplier,), section="extended")
recipe = field(15, "RECIPE", grade="owner")
fields = (model, serial, mass, made, price, recipe)


def publish(world: World, author: str = core, **more: Any) -> Answer:
    told = {"template": template, "version": 1, "name": {"en": "Battery pack"}, "fields": fields}
    return say(world, author, "identity.template/1", PublishTemplate(**{**told, **more}))


def say(world: World, author: str, entry_type: str, body: Body) -> Answer:
    (answer,) = world.ledger.append([world.write(author, entry_type, body)])
    return answer


def value(index: int, kind: str, data: str, **more: Any) -> HandleValue:
    return HandleValue(index=index, type=kind, data=data, **more)


good = (value(10, "MODEL", "BP-7"), value(11, "SERIAL", "S1"))


def create(world: World, *values: HandleValue, name: str = handle, under: str = first) -> Answer:
    record = HandleRecord(handle=name, values=values, template=under)
    return say(world, core, "identity.handle.create/1", CreateHandles(handles=(record,)))


def write(world: World, *values: HandleValue, name: str = handle, **more: Any) -> Answer:
    body = WriteHandle(handle=name, values=values, **more)
    return say(world, core, "identity.handle.write/1", body)


@pytest.fixture
def populated(tmp_path: Path, database_url: str) -> World:
    made = World(database_url, tmp_path)
    made.populate()
    return made


@pytest.fixture
def ruled(world: World) -> World:
    said(publish(world))
    return world


def test_values_get_readers_and_permissions_of_their_fields(populated: World) -> None:
    said(publish(populated))
    values = (*good, value(14, "PRICE", "4100"), value(15, "RECIPE", "NCM 811"))
    said(create(populated, *values, value(100, "HS_ADMIN", "{}", format="admin")))
    with populated.reader.open() as snapshot:
        found = resolve(snapshot.view, handle)
        assert found is not None
        assert found.template == first
        told = {
            name: [one.index for one in values_for(reader, found)]
            for name, reader in {
                "public": public_reader, "owner": Reader.party(core), "auditor": auditor_reader,
                "partner": Reader.party(supplier), "stranger": Reader.party(node),
            }.items()
        }  # fmt: skip
    assert told == {
        "public": [10, 11, 100], "stranger": [10, 11, 100], "partner": [10, 11, 14, 100],
        "owner": [10, 11, 14, 15, 100], "auditor": [10, 11, 14, 15, 100],
    }  # fmt: skip


def test_an_entry_whose_fields_are_private_is_not_public(ruled: World) -> None:
    """The body says the usual permissions; only the template tells that the price is nobody's."""
    hidden = create(ruled, *good, value(14, "PRICE", "4100")).index
    shown = create(ruled, value(10, "MODEL", "BP-8"), name="99.100.1/PACK-2").index
    written = write(ruled, value(14, "PRICE", "4200")).index
    for index, public in ((hidden, False), (shown, True), (written, False)):
        assert index is not None
        with ruled.reader.open() as snapshot:
            for reader in (public_reader, Reader.party(supplier)):
                assert (snapshot.disclose(index, reader).body is not None) == public
            assert snapshot.disclose(index, Reader.party(core)).body is not None


refused: list[tuple[tuple[HandleValue, ...], str]] = [((), "10 (MODEL) is required"),
     ((value(10, "MODEL", "bp-7"),), "10 (MODEL) is not like"),
     ((*good, value(12, "MASS", "412.5")), "12 (MASS) is not a number, a blank and the unit KGM"),
     ((*good, value(12, "MASS", "412.5 LBR")), "unit KGM"),
     ((*good, value(12, "MASS", "412 KGM")), "exactly 1 digits"),
     ((*good, value(12, "MASS", "0.0 KGM")), "less than 0.1"),
     ((*good, value(12, "MASS", "900.1 KGM")), "more than 900"),
     ((*good, value(13, "MADE", "2026-02-30")), "13 (MADE) is no date"),
     ((*good, value(13, "DAY", "2026-02-03")), "13 (DAY) is no field"),
     ((*good, value(99, "COLOUR", "red")), "99 (COLOUR) is no field"),
     ((value(10, "HS_ADMIN", "{}", format="admin"),), "10 (HS_ADMIN) is no field"),
     ((value(10, "MODEL", '"BP-7"', format="json"),), "10 (MODEL) is text, not json"),
     ((*good, value(14, "PRICE", "4100", permissions="1010")), "may have the permissions 1100"),
     ((*good, value(14, "PRICE", "1", permissions="1100", readers=(node,))), "may be read by those"),
     ((*good, value(15, "RECIPE", "x", permissions="1100", readers=(supplier,))), "names no readers"),
     ((value(10, "MODEL", "BP-7", permissions="1100", readers=(node,)),), "names no readers")]  # fmt: skip


def test_a_record_that_is_not_as_its_template_says_is_refused_by_the_fields_name(
    ruled: World,
) -> None:
    for values, told in refused:
        answer = create(ruled, *values)
        assert code(answer) == "template-not-met"
        assert answer.problem is not None
        assert told in answer.problem.detail
    with ruled.reader.open() as snapshot:
        assert resolve(snapshot.view, handle) is None


def test_a_narrower_value_stays_as_narrow(ruled: World) -> None:
    said(create(ruled, value(10, "MODEL", "BP-7", permissions="1100")))
    with ruled.reader.open() as snapshot:
        found = resolve(snapshot.view, handle)
        assert found is not None
        assert values_for(public_reader, found) == ()


def test_a_write_keeps_to_the_template_of_its_record(ruled: World) -> None:
    said(create(ruled, *good))
    assert code(write(ruled, value(10, "MODEL", "nothing"))) == "template-not-met"
    assert code(write(ruled, remove=(10,))) == "template-not-met"
    assert code(write(ruled, value(11, "SERIAL", "S2"))) == "value-frozen"
    said(write(ruled, value(13, "MADE", "2026-07-01")))


def test_what_is_unique_is_claimed_and_given_up(ruled: World) -> None:
    said(create(ruled, *good))
    other = "99.100.1/PACK-2"
    assert code(create(ruled, *good, name=other)) == "template-not-met"
    twice = tuple(
        HandleRecord(handle=f"99.100.1/P-{n}", values=(good[0], value(11, "SERIAL", "S9")), template=first)
        for n in range(2)
    )  # fmt: skip
    both = say(ruled, core, "identity.handle.create/1", CreateHandles(handles=twice))
    assert code(both) == "template-not-met"
    said(
        say(ruled, core, "identity.handle.delete/1", DeleteHandle(handle=handle, reason="mistake"))
    )
    said(create(ruled, *good, name=other))
    again = RenewHandle(handle=handle, values=good, template=first)
    assert code(say(ruled, core, "identity.handle.renew/1", again)) == "template-not-met"
    again = RenewHandle(handle=handle, values=good[:1], template=first)
    said(say(ruled, core, "identity.handle.renew/1", again))


def test_a_new_version_changes_no_old_record(ruled: World) -> None:
    said(create(ruled, *good, value(15, "RECIPE", "x")))
    colour = field(20, "COLOUR", "choice", required=True, choices=(Choice(value="red"),))
    open_recipe = field(15, "RECIPE")
    second = f"2:{template}"
    said(publish(ruled, version=2, fields=(model, serial, open_recipe, colour)))
    said(write(ruled, value(13, "MADE", "2026-07-01")))
    assert code(write(ruled, value(20, "COLOUR", "red"))) == "template-not-met"
    # The date of the old version is no field of the new one, and the recipe is as closed as it was.
    moving = {"template": second}
    assert code(write(ruled, value(20, "COLOUR", "red"), **moving)) == "template-not-met"
    assert (
        code(write(ruled, value(20, "COLOUR", "blue"), remove=(13,), **moving))
        == "template-not-met"
    )
    said(write(ruled, value(20, "COLOUR", "red"), remove=(13,), **moving))
    with ruled.reader.open() as snapshot:
        found = resolve(snapshot.view, handle)
        assert found is not None
        assert found.template == second
        assert [one.index for one in values_for(public_reader, found)] == [10, 11, 20]
        assert [row["version"] for row in versions_of(snapshot.view, template.lower())] == [1, 2]
        announced = resolve(snapshot.view, template)
        assert announced is not None
        assert announced.values[0].value["version"] == 2


def test_a_withdrawn_version_begins_no_record_and_copies_to_nobody(ruled: World) -> None:
    said(create(ruled, *good))
    withdraw = WithdrawTemplate(template=template, version=1)
    assert code(say(ruled, supplier, "identity.template.withdraw/1", withdraw)) == "not-entitled"
    said(say(ruled, core, "identity.template.withdraw/1", withdraw))
    again = say(ruled, core, "identity.template.withdraw/1", withdraw)
    assert code(again) == "template-version-refused"
    assert code(create(ruled, good[0], name="99.100.1/PACK-2")) == "template-not-usable"
    said(write(ruled, value(10, "MODEL", "BP-8")))
    copy = {"template": "99.100.2/META_PACK", "copied_from": first}
    assert code(publish(ruled, supplier, **copy)) == "template-refused"


def test_templates_of_others_are_copied_and_those_of_a_prefix_above_are_shared(
    ruled: World,
) -> None:
    theirs = HandleRecord(handle="99.100.2/P-1", values=good[:1], template=first)
    create_theirs = CreateHandles(handles=(theirs,))
    answer = say(ruled, supplier, "identity.handle.create/1", create_theirs)
    assert code(answer) == "template-not-usable"
    copy = {"template": "99.100.2/META_PACK", "copied_from": first}
    said(publish(ruled, supplier, **copy))
    with ruled.reader.open() as snapshot:
        (copied,) = versions_of(snapshot.view, "99.100.2/META_PACK")
        (original,) = versions_of(snapshot.view, template)
        assert copied["copied_from"] == first
        assert copied["digest"] == original["digest"]
    said(publish(ruled, node, template="99.100/META_SHARED"))
    said(create(ruled, *good, under="1:99.100/META_SHARED"))


not_to_publish: list[tuple[str, dict[str, Any], str]] = [(supplier, {}, "not-entitled"),
     (core, {"version": 2}, "template-version-refused"),
     (core, {"template": "99.100.1/SCANNER-1"}, "already-registered"),
     (core, {"copied_from": "3:99.100.1/META_NONE"}, "template-unknown")]  # fmt: skip


def test_who_may_publish_what(world: World) -> None:
    for author, more, expected in not_to_publish:
        assert code(publish(world, author, **more)) == expected


def test_a_suspended_prefix_takes_no_template(ruled: World) -> None:
    suspend = SuspendPrefix(prefix="99.100.1", reason="unpaid")
    said(say(ruled, node, "identity.prefix.suspend/1", suspend))
    assert code(publish(ruled, version=2)) == "prefix-suspended"
    withdraw = WithdrawTemplate(template=template, version=1)
    assert code(say(ruled, core, "identity.template.withdraw/1", withdraw)) == "prefix-suspended"


def test_a_template_stands(ruled: World) -> None:
    assert code(publish(ruled)) == "template-version-refused"
    delete = DeleteHandle(handle=template, reason="mistake")
    assert code(say(ruled, core, "identity.handle.delete/1", delete)) == "template-stands"
    announced = value(1, "TALLYSTICK.TEMPLATE", "forged")
    assert code(write(ruled, announced, name=template)) == "value-frozen"
    said(write(ruled, value(2, "URL", "https://example.com/"), name=template))
    assert code(create(ruled, good[0], under=f"2:{template}")) == "template-unknown"
    assert code(create(ruled, good[0], under=first.lower())) == "template-unknown"
    ruled.audit()


faulty: list[tuple[TemplateField, str]] = [(field(1, "A", "choice"), "lists its choices"),
     (field(1, "A", "decimal"), "says its scale"),
     (field(1, "A", "date", unit="KGM"), "unit means nothing for date"),
     (field(1, "A", "integer", pattern="[0-9]"), "pattern means nothing"),
     (field(1, "A", readers=(supplier,)), "only the grade partners"),
     (field(1, "A", pattern="(a|b)"), "means nothing here"),
     (field(1, "A", chars_min=9, chars_max=8), "chars_min is more"),
     (field(1, "A", chars_max=5000), "more than 4096"),
     (field(1, "A", "integer", minimum="2", maximum="1"), "minimum is more"),
     (field(1, "A", "integer", minimum="0.5"), "more than 0 digits"),
     (field(1, "A", "choice", choices=(Choice(value="x"), Choice(value="x"))), "listed twice"),
     (field(10, "A"), "another field has this index"),
     (field(1, "HS_ADMIN"), "stand beside")]  # fmt: skip


def test_a_template_that_contradicts_itself_is_refused(world: World) -> None:
    for wrong, told in faulty:
        answer = publish(world, fields=(model, wrong))
        assert code(answer) == "template-refused"
        assert told in str(answer.problem)


@pytest.mark.parametrize(
    ("kind", "more", "right", "wrong"),
    [("integer", {}, ("0", "-7", "42"), ("", "-0", "07", "1.0", "+1", "１", "9" * 31, "1 ")),
     ("decimal", {"scale": 2}, ("0.50", "-0.50", "12.00"), ("0.5", "-0.00", "1", ".50", "1.0x")),
     ("integer", {"unit": "H87"}, ("3 H87",), ("3", "3 KGM", "3  H87", "3 H87 ")),
     ("boolean", {}, ("true", "false"), ("True", "1", "")),
     ("choice", {"choices": (Choice(value="a"),)}, ("a",), ("A", "b", "")),
     ("handle", {}, ("99.1/x",), ("99.1", "/x", "99.1/a b")),
     ("url", {}, ("https://example.com/a?b#c",), ("ftp://x", "https://", "https://a b", "javascript:1")),
     ("digest", {}, ("0a" * 32,), ("0A" * 32, "0a" * 31)),
     ("date", {}, ("2024-02-29",), ("2023-02-29", "20240229", "2024-W01-1")),
     ("text", {"chars_min": 1, "chars_max": 2}, ("a", "电池"), ("", "abc"))],
)  # fmt: skip
def test_what_each_type_may_say(
    kind: str, more: dict[str, Any], right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    told = field(1, "A", kind, **more)
    assert {text: mismatch(told, text) for text in right} == dict.fromkeys(right)
    for text in wrong:
        assert mismatch(told, text) is not None, text


pieces = st.tuples(
    st.sampled_from(["a", "b", "[ab]", "[a-c]", "\\.", "[0-9a-]"]),
    st.sampled_from(["", "?", "{2}", "{0,2}", "{1,3}"]),
).map("".join)


@settings(max_examples=200)
@given(st.lists(pieces, max_size=6).map("".join), st.text("abc.-0", max_size=8))
def test_a_pattern_means_what_the_regular_expression_means(pattern: str, text: str) -> None:
    expected = bool(re.fullmatch(pattern, text))
    assert matches(read_picture(pattern), text) == fits(pattern, text) == expected


@pytest.mark.parametrize(
    "pattern",
    ["a*", "a+", "(a)", "a|b", ".", "^a", "[^a]", "[a", "[]", "[z-a]", "[a--b]", "[-a]", "\\d", "\\",
     "a{", "a{,2}", "a{3,2}", "a{5000}", "a{0}", "{2}", "a" * 33, "[a&&b]", "a{1}{2}"],
)  # fmt: skip
def test_what_a_pattern_cannot_say(pattern: str) -> None:
    with pytest.raises(PictureRefused):
        read_picture(pattern)


def test_a_pattern_that_would_hold_up_a_regular_expression_ends_at_once() -> None:
    pattern = "[a-z]{0,4000}" * 14 + "!"
    assert not fits(pattern, "a" * 4096)
