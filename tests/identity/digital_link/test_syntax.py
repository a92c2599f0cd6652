"""The syntax of GS1 Digital Links: every key, every order of qualifiers, every refusal by its name."""

from __future__ import annotations

from itertools import permutations

import biip
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import ean

from tallystick.identity import digital_link
from tallystick.identity.digital_link import errors
from tallystick.identity.digital_link.check_digits import characters_82, check_digit, check_pair
from tallystick.identity.digital_link.identifiers import (
    attributes,
    keys,
    qualifiers,
    short_names,
)

gtin = "09521234543213"
gln = "9521234543213"
values = {
    "00": ["195212345678900006"],
    "01": [gtin],
    "253": [gln, f"{gln}A/1%\"<>'", f"{gln}{'z' * 17}"],
    "255": [gln, f"{gln}123456789012"],
    "401": ["9521", "9521234ABC/9", "9521" + "_" * 26],
    "402": ["95212345432100003"],
    "414": [gln],
    "415": [gln],
    "417": [gln],
    "8003": [f"0{gln}", f"0{gln}AB-1", f"0{gln}{'9' * 16}"],
    "8004": ["9521234-1", "9521"],
    "8006": [f"{gtin}0102", f"{gtin}9999"],
    "8010": ["9521234#A/1-B", "9521"],
    "8013": ["1987654Ad4X4bL5ttr2310c2K"],
    "8017": ["952123456789000007"],
    "8018": ["952123456789000007"],
}
wrong_values = {
    "00": ["19521234567890000", "1952123456789000060", "19521234567890000x"],
    "01": ["1234567", "123456789", "1234567890", "12345678901", "095212345432130", "abc", "１２３４５６７８"],
    "253": ["952123454321", f"{gln}{'z' * 18}", f"{gln}~", "x"],
    "255": ["952123454321", f"{gln}1234567890123", f"{gln}A"],
    "401": ["952", "95A1", "9521" + "_" * 27, "9521 "],
    "402": ["9521234543210000", "952123454321000030"],
    "414": ["952123454321", f"0{gln}"],
    "415": ["952123454321"],
    "417": ["952123454321"],
    "8003": [gln, f"1{gln}", f"0{gln}{'9' * 17}"],
    "8004": ["952", "X9521", "9521" + "1" * 27],
    "8006": [gtin, f"{gtin}0001", f"{gtin}0201", f"{gtin}01021"],
    "8010": ["952", "9521a", "9521" + "A" * 27],
    "8013": ["1987654Ad4X4bL5ttr2310c2K2", "2K"],
    "8017": ["95212345678900000"],
    "8018": ["9521234567890000070"],
}  # fmt: skip
qualified = {
    "10": "L/1", "21": "S#?".replace("#", "%"), "22": "2A", "235": "tp(x)", "254": "A.1", "7040": "1AB_",
    "8011": "12", "8019": "0123456789", "8020": "RF-18",
}  # fmt: skip
wrong_qualified = {
    "10": ["", "L" * 21, "é"],
    "21": ["", "S" * 21, "a b"],
    "22": ["", "V" * 21],
    "235": ["", "T" * 29],
    "254": ["", "E" * 21, "^"],
    "7040": ["", "1AB", "AABC", "1AB/", "1ABCD"],
    "8011": ["", "01", "A", "1" * 13],
    "8019": ["", "12345678901", "x"],
    "8020": ["", "R" * 26],
}


def needs(ai: str) -> dict[str, str]:
    required = keys[ai].required
    return {required: qualified[required]} if required else {}


def written(*pairs: tuple[str, str]) -> str:
    from urllib.parse import quote

    return "https://id.example" + "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in pairs)


def test_the_tables_of_this_test_are_complete() -> None:
    assert values.keys() == wrong_values.keys() == keys.keys()
    assert qualified.keys() == wrong_qualified.keys() == qualifiers.keys()
    used = {ai for key in keys.values() for ai in key.all_qualifiers()}
    assert used == qualifiers.keys()
    assert not attributes.keys() & keys.keys()
    assert not attributes.keys() & qualifiers.keys()
    assert len(attributes) > 450


@pytest.mark.parametrize(("ai", "value"), [(ai, v) for ai, all_ in values.items() for v in all_])
def test_every_key_is_read_and_written(ai: str, value: str) -> None:
    made = digital_link.build((ai, value), needs(ai))
    assert made.key == (ai, value)
    assert digital_link.parse(made.uri("https://id.example/stem")) == made
    assert digital_link.parse(made.canonical() + "/") == made
    assert digital_link.from_elements([*needs(ai).items(), (ai, value)]) == made
    assert made.element_string().startswith(f"({ai}){value}")


@pytest.mark.parametrize(
    ("ai", "value"), [(ai, v) for ai, all_ in wrong_values.items() for v in all_]
)
def test_a_malformed_key_is_refused(ai: str, value: str) -> None:
    with pytest.raises(errors.LinkRefused) as refused:
        digital_link.parse(written((ai, value), *needs(ai).items()))
    assert refused.type in (errors.LinkValueWrong, errors.LinkCheckDigitWrong)
    with pytest.raises(errors.LinkRefused):
        digital_link.build((ai, value), needs(ai))


@pytest.mark.parametrize("ai", [ai for ai in keys if ai not in ("401", "8004", "8010")])
def test_a_wrong_check_digit_is_refused_in_every_key_that_has_one(ai: str) -> None:
    right = values[ai][0]
    at = {"8003": 13, "8006": 13, "253": 12, "255": 12}.get(ai, len(right) - 1)
    wrong = right[:at] + ("1" if right[at] != "1" else "2") + right[at + 1 :]
    with pytest.raises(errors.LinkCheckDigitWrong, match="wrong"):
        digital_link.parse(written((ai, wrong), *needs(ai).items()))


def _sequences() -> list[tuple[str, tuple[str, ...]]]:
    """Every order of every number of qualifiers that belong to one key."""
    return [
        (ai, order)
        for ai, key in keys.items()
        for count in range(len(key.all_qualifiers()) + 1)
        for order in permutations(sorted(key.all_qualifiers()), count)
    ]


@pytest.mark.parametrize(("ai", "order"), _sequences())
def test_qualifiers_stand_in_one_order(ai: str, order: tuple[str, ...]) -> None:
    key = keys[ai]
    text = written((ai, values[ai][0]), *((q, qualified[q]) for q in order))
    if key.required and key.required not in order:
        with pytest.raises(errors.LinkQualifierMissing):
            digital_link.parse(text)
        return
    fitting = [s for s in key.qualifiers if set(order) <= set(s)]
    if order and not fitting:
        with pytest.raises(errors.LinkQualifiersExclusive):
            digital_link.parse(text)
    elif order and [s for s in fitting[0] if s in order] != list(order):
        with pytest.raises(errors.LinkQualifierOrder):
            digital_link.parse(text)
        asked = digital_link.build((ai, values[ai][0]), {q: qualified[q] for q in order})
        assert [q for q, _ in asked.qualifiers] == [s for s in fitting[0] if s in order]
    else:
        found = digital_link.parse(text)
        assert found.qualifiers == tuple((q, qualified[q]) for q in order)
        assert found.uri("https://id.example") == text


@pytest.mark.parametrize(
    ("ai", "qualifier"),
    [(ai, q) for ai, key in keys.items() for q in qualifiers if q not in key.all_qualifiers()],
)
def test_a_qualifier_of_another_key_is_refused(ai: str, qualifier: str) -> None:
    pairs = [(ai, values[ai][0]), *needs(ai).items(), (qualifier, qualified[qualifier])]
    with pytest.raises(errors.LinkQualifierForeign):
        digital_link.parse(written(*pairs))
    with pytest.raises(errors.LinkQualifierForeign):
        digital_link.build(pairs[0], dict(pairs[1:]))


@pytest.mark.parametrize(
    ("qualifier", "value"), [(q, v) for q, all_ in wrong_qualified.items() for v in all_]
)
def test_a_malformed_qualifier_is_refused(qualifier: str, value: str) -> None:
    ai = next(ai for ai, key in keys.items() if qualifier in key.all_qualifiers())
    with pytest.raises(errors.LinkValueWrong):
        digital_link.build((ai, values[ai][0]), {qualifier: value})
    with pytest.raises(errors.LinkValueWrong if value else errors.LinkUnpaired):
        digital_link.parse(written((ai, values[ai][0]), (qualifier, value)))


base = f"https://id.example/01/{gtin}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", errors.LinkNotAnAddress),
        (f"/01/{gtin}", errors.LinkNotAnAddress),
        (f"ftp://id.example/01/{gtin}", errors.LinkNotAnAddress),
        (f"https:///01/{gtin}", errors.LinkNotAnAddress),
        (f"https://me@id.example/01/{gtin}", errors.LinkNotAnAddress),
        (f"https://id example/01/{gtin}", errors.LinkNotAnAddress),
        (base + "?x=" + "y" * 2000, errors.LinkTooLong),
        (base + "/21/%", errors.LinkEncodingWrong),
        (base + "/21/%4", errors.LinkEncodingWrong),
        (base + "/21/%GG", errors.LinkEncodingWrong),
        (base + "/21/a b", errors.LinkEncodingWrong),
        (base + '/21/"', errors.LinkEncodingWrong),
        (base + "?x=%zz", errors.LinkEncodingWrong),
        (base + "?17=26 12", errors.LinkEncodingWrong),
        (base + "/21/%FF", errors.LinkValueWrong),
        (base + "/21/%00", errors.LinkValueWrong),
        (base + "/21/..", errors.LinkValueWrong),
        (base + "/21/%2E", errors.LinkValueWrong),
        ("https://id.example/", errors.LinkWithoutKey),
        ("https://id.example/10/L/21/S", errors.LinkWithoutKey),
        ("https://id.example/02/" + gtin, errors.LinkWithoutKey),
        ("https://id.example/1/" + gtin, errors.LinkWithoutKey),
        ("https://id.example/gtin/" + gtin, errors.LinkShortName),
        (base + "/lot/L", errors.LinkShortName),
        (base + "/21", errors.LinkUnpaired),
        (base + "/foo", errors.LinkUnpaired),
        (base + "/21/A/10", errors.LinkUnpaired),
        ("https://id.example/01", errors.LinkUnpaired),
        (base + "//21", errors.LinkQualifierForeign),
        (base + "/17/261231", errors.LinkQualifierForeign),
        (base + "/21/A/21/B", errors.LinkQualifierOrder),
        (base + "?01=" + gtin, errors.LinkAttributeMisplaced),
        (base + "?21=A", errors.LinkAttributeMisplaced),
        (base + "?18=261231", errors.LinkAttributeUnknown),
        (base + "?999999=1", errors.LinkAttributeUnknown),
        (base + "?17=261332", errors.LinkValueWrong),
        (base + "?17=260230", errors.LinkValueWrong),
        (base + "?3103=12", errors.LinkValueWrong),
        (base + "?410=9521234543210", errors.LinkCheckDigitWrong),
        (base + "?17=261231&17=261231", errors.LinkAttributeTwice),
    ],
)
def test_every_refusal_is_named(text: str, why: type[errors.LinkRefused]) -> None:
    with pytest.raises(errors.LinkRefused) as refused:
        digital_link.parse(text)
    assert refused.type is why, refused.value
    assert refused.value.status == 400
    assert refused.value.diagnosis().isprintable()


def test_no_short_name_is_taken() -> None:
    for name, ai in short_names.items():
        if ai in keys:
            with pytest.raises(errors.LinkShortName, match=f"/{ai}/"):
                digital_link.parse(f"https://id.example/{name}/{values[ai][0]}")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (f"HTTP://ID.example:8443/a/b/01/{gtin}#x", f"/01/{gtin}"),
        ("https://id.example/01/9521234543213", "/01/09521234543213"),
        ("https://id.example/01/012345678905", "/01/00012345678905"),
        ("https://id.example/01/95200002", "/01/00000095200002"),
        (base + "/10/a%2Fb/21/%2525?17=261200&linkType=gs1:pip", f"/01/{gtin}/10/a%2Fb/21/%2525"),
        (base + "/21/a+b!", f"/01/{gtin}/21/a%2Bb%21"),
        (f"https://id.example/01/x/01/{gtin}", None),
        (f"https://[2001:db8::1]/01/{gtin}", f"/01/{gtin}"),
        (f"https://id.example/00/01/{gtin}", f"/01/{gtin}"),
    ],
)
def test_spellings_of_one_thing(text: str, canonical: str | None) -> None:
    if canonical is None:
        with pytest.raises(errors.LinkRefused):
            digital_link.parse(text)
    else:
        assert digital_link.parse(text).canonical() == "https://id.gs1.org" + canonical


def test_attributes_and_other_parameters_are_kept() -> None:
    text = base + "/21/A?17=261231&3103=000195&240=a%2Fb&linkType=gs1%3Apip&flag"
    found = digital_link.parse(text)
    assert found.attributes == (("17", "261231"), ("3103", "000195"), ("240", "a/b"))
    assert found.others == ("linkType=gs1%3Apip", "flag")
    assert found.uri("https://id.example") == text


def test_levels_lead_from_the_serial_to_the_key() -> None:
    found = digital_link.parse(base + "/22/V/10/L/21/S?17=261231")
    assert [level.path for level in found.levels()] == [
        f"/01/{gtin}/22/V/10/L/21/S",
        f"/01/{gtin}/22/V/10/L",
        f"/01/{gtin}/22/V",
        f"/01/{gtin}",
    ]
    assert found.finest().path == f"/01/{gtin}/21/S"
    paid = digital_link.parse(f"https://id.example/415/{gln}/8020/R")
    assert [level.path for level in paid.levels()] == [f"/415/{gln}/8020/R"]


set_82 = st.text(characters_82, min_size=1, max_size=20).filter(lambda t: t not in (".", ".."))
digits = st.text("0123456789", min_size=12, max_size=12)


@settings(max_examples=80)
@given(digits, set_82, set_82, st.booleans())
@example("952123454321", "%2F", "..%", True)
def test_any_values_come_back_and_biip_agrees(item: str, lot: str, serial: str, lots: bool) -> None:
    number = "0" + item + check_digit("0" + item)
    assert number[1:] == item + ean.calc_check_digit(item)
    pairs = {"10": lot, "21": serial} if lots else {"21": serial}
    made = digital_link.build(("01", number), pairs)
    text = made.uri("https://id.example")
    assert digital_link.parse(text) == made
    theirs = biip.parse(text).gs1_digital_link_uri
    assert theirs is not None
    heard = {e.ai.ai: e.value for e in theirs.element_strings}
    assert heard == {"01": number, **pairs}


@settings(max_examples=60)
@given(st.text(max_size=60) | st.text("/01459%23?&=GTINgtin", max_size=60).map(base.__add__))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    try:
        found = digital_link.parse(text)
    except errors.LinkRefused:
        return
    assert digital_link.parse(found.uri()) == found


def test_biip_takes_a_gtin_with_a_wrong_check_digit_and_we_do_not() -> None:
    """The trap of the oracle: it gives a link, and says what is wrong only within."""
    wrong = f"https://id.example/01/{gtin[:-1]}4"
    theirs = biip.parse(wrong).gs1_digital_link_uri
    assert theirs is not None
    assert theirs.element_strings[0].gtin_error
    with pytest.raises(errors.LinkCheckDigitWrong):
        digital_link.parse(wrong)


def test_check_pair_of_a_model_number() -> None:
    """The worked example of GS1 General Specifications §7.9.5."""
    assert check_pair("1987654Ad4X4bL5ttr2310c") == "2K"
