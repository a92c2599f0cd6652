"""EPC URNs of every scheme, both ways, against two other implementations."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from epcis_event_hash_generator import dl_normaliser
from epcpy import epc_schemes
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.identity import codes, digital_link
from tallystick.identity.digital_link import epc, errors
from tallystick.identity.digital_link.check_digits import characters_82

#: URN, the key that it says, digits of its company prefix, scheme of the code. Every scheme, shortest and longest prefix.
table = [
    ("id:sgtin:952123.1454321.A%2F1", "/01/19521234543210/21/A%2F1", 6, "sgtin"),
    ("id:sgtin:952123454321.0.%22%25%26'()*+,-.:;%3C=%3E%3F", "/01/09521234543213/21/%22%25%26%27%28%29%2A%2B%2C-.%3A%3B%3C%3D%3E%3F", 12, "sgtin"),
    ("id:sscc:952123.11234567890", "/00/195212312345678902", 6, "sscc"),
    ("id:sscc:952123456789.10000", "/00/195212345678900006", 12, "sscc"),
    ("id:sgln:9521234.54321.DOCK-4", "/414/9521234543213/254/DOCK-4", 7, "sgln"),
    ("id:sgln:952123454321..0", "/414/9521234543213", 12, "gln"),
    ("id:grai:9521234.54321.AB-1", "/8003/09521234543213AB-1", 7, "grai"),
    ("id:grai:952123454321..1%2F", "/8003/095212345432131%2F", 12, "grai"),
    ("id:giai:9521234.1-%22", "/8004/95212341-%22", 7, "giai"),
    ("id:gsrn:952123456.78900000", "/8018/952123456789000007", 9, "digital-link"),
    ("id:gsrnp:952123456.78900000", "/8017/952123456789000007", 9, "digital-link"),
    ("id:gdti:9521234.54321.A%2F1%25", "/253/9521234543213A%2F1%25", 7, "digital-link"),
    ("id:cpi:9521234.%23A%2F1-B.12", "/8010/9521234%23A%2F1-B/8011/12", 7, "digital-link"),
    ("id:sgcn:9521234.54321.0012", "/255/95212345432130012", 7, "digital-link"),
    ("id:ginc:9521234.ABC%2F9", "/401/9521234ABC%2F9", 7, "digital-link"),
    ("id:gsin:9521234.543210000", "/402/95212345432100003", 7, "digital-link"),
    ("id:itip:9521234.054321.01.02.S!1", "/8006/095212345432130102/21/S%211", 7, "digital-link"),
    ("id:upui:9521234.054321.tp(x)", "/01/09521234543213/235/tp%28x%29", 7, "digital-link"),
    ("id:pgln:9521234.54321", "/417/9521234543213", 7, "gln"),
    ("class:lgtin:9521234.054321.L-1", "/01/09521234543213/10/L-1", 7, "lgtin"),
    ("idpat:sgtin:9521234.054321.*", "/01/09521234543213", 7, "gtin"),
    ("idpat:grai:9521234.54321.*", "/8003/09521234543213", 7, "grai"),
    ("idpat:gdti:9521234.54321.*", "/253/9521234543213", 7, "digital-link"),
    ("idpat:sgcn:9521234.54321.*", "/255/9521234543213", 7, "digital-link"),
    ("idpat:cpi:9521234.%23A%2F1-B.*", "/8010/9521234%23A%2F1-B", 7, "digital-link"),
    ("idpat:itip:9521234.054321.01.02.*", "/8006/095212345432130102", 7, "digital-link"),
]  # fmt: skip
#: Read, and written as another: a pattern of one GTIN has one spelling.
one_way = "idpat:upui:9521234.054321.*"


def test_the_table_has_every_scheme() -> None:
    assert {":".join(urn.split(":")[:2]) for urn, *_ in table} | {"idpat:upui"} == set(epc.schemes)


@pytest.mark.parametrize(("urn", "path", "length", "scheme"), table)
def test_both_ways(urn: str, path: str, length: int, scheme: str) -> None:
    text = f"urn:epc:{urn}"
    found = digital_link.parse_urn(text)
    assert found.path == path
    assert digital_link.to_urn(digital_link.parse_path(path), length) == text
    told = codes.parse(scheme, text)
    assert (told.scheme, told.value) == codes.code_of(found)
    for other in sorted(set(codes.schemes) - {scheme, "aas"}):
        with pytest.raises(codes.CodeRefused):
            codes.parse(other, text)


#: The reference knows no asset type of no digits, and epcpy takes the extension 0 for one.
not_theirs = ("id:grai:952123454321..1%2F", "id:sgln:952123454321..0")


@pytest.mark.parametrize("urn", [*(row[0] for row in table if row[0] != not_theirs[0]), one_way])
def test_the_reference_of_the_event_hash_says_the_same(urn: str) -> None:
    logging.disable(logging.ERROR)
    try:
        theirs = dl_normaliser.normaliser(f"urn:epc:{urn}")
    finally:
        logging.disable(logging.NOTSET)
    assert digital_link.from_urn(f"urn:epc:{urn}") == theirs


named = [u for u, *_ in table if not u.startswith("idpat:") and u != not_theirs[1]]
_theirs: dict[str, Any] = {
    "id:sgtin": epc_schemes.SGTIN, "id:sscc": epc_schemes.SSCC, "id:grai": epc_schemes.GRAI,
    "id:giai": epc_schemes.GIAI, "id:gsrn": epc_schemes.GSRN, "id:gsrnp": epc_schemes.GSRNP,
    "id:gdti": epc_schemes.GDTI, "id:cpi": epc_schemes.CPI, "id:sgcn": epc_schemes.SGCN,
    "id:ginc": epc_schemes.GINC, "id:gsin": epc_schemes.GSIN, "id:itip": epc_schemes.ITIP,
    "id:upui": epc_schemes.UPUI, "id:pgln": epc_schemes.PGLN, "class:lgtin": epc_schemes.LGTIN,
    "id:sgln": epc_schemes.SGLN,
}  # fmt: skip


@pytest.mark.parametrize("urn", named)
def test_epcpy_writes_the_same_element_string(urn: str) -> None:
    kind = _theirs[":".join(urn.split(":")[:2])]
    theirs = kind.from_epc_uri(f"urn:epc:{urn}").gs1_element_string()
    assert theirs == digital_link.parse_urn(f"urn:epc:{urn}").element_string()


def test_a_serial_stands_for_its_lot_and_patterns_have_one_spelling() -> None:
    found = digital_link.parse_path("/01/09521234543213/22/V/10/L/21/S")
    assert digital_link.to_urn(found, 7) == "urn:epc:id:sgtin:9521234.054321.S"
    assert digital_link.parse_urn(f"urn:epc:{one_way}").path == "/01/09521234543213"


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("/01/09521234543213", 5),
        ("/01/09521234543213", 13),
        ("/01/09521234543213", -1),
        ("/01/09521234543213/22/V", 7),
        ("/8013/1987654Ad4X4bL5ttr2310c2K", 7),
        ("/415/9521234543213/8020/R", 7),
        ("/8004/9521234-1/7040/1AB_", 7),
        ("/8006/095212345432130102/10/L", 7),
        ("/8018/952123456789000007/8019/1", 7),
        ("/8004/9521", 6),
        ("/8004/9521ABC", 6),
        ("/255/9521234543213", 14),
    ],
)
def test_what_no_urn_says(path: str, length: int) -> None:
    with pytest.raises(errors.LinkWithoutEpc):
        digital_link.to_urn(digital_link.parse_path(path), length)


@pytest.mark.parametrize(
    "text",
    [
        "", "urn:epc:", "urn:epc:id:sgtin", "URN:EPC:id:sgtin:9521234.054321.1",
        "urn:epc:id:sgtin:9521234.054321", "urn:epc:id:sgtin:9521234.54321.1", "urn:epc:id:sgtin:95212.05432100.1",
        "urn:epc:id:sgtin:9521234.054321.", "urn:epc:id:sgtin:9521234.054321.%", "urn:epc:id:sgtin:9521234.054321.%E4",
        "urn:epc:id:sgtin:9521234.054321.a~b", "urn:epc:id:sgtin:9521234.054321." + "1" * 21,
        "urn:epc:id:sgtin:952123\u0664.054321.1", "urn:epc:id:sgtin:9521234.054321.1\n", "urn:epc:idpat:sgtin:9521234.054321.1",
        "urn:epc:idpat:sgtin:9521234.*.*", "urn:epc:id:gid:1.2.3", "urn:epc:id:sscc:9521234.1234567890.1",
        "urn:epc:id:cpi:9521234.a.1", "urn:epc:id:cpi:9521234.A.0x1", "urn:epc:tag:sgtin-96:3.9521234.054321.1",
    ],
)  # fmt: skip
def test_what_is_no_urn_of_a_key(text: str) -> None:
    with pytest.raises(errors.LinkNotAnEpc):
        digital_link.parse_urn(text)
    assert digital_link.from_urn(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("urn:epc:id:cpi:9521234.A.012", errors.LinkValueWrong),
        ("urn:epc:id:gdti:9521234.54321." + "1" * 18, errors.LinkValueWrong),
        ("urn:epc:id:sgtin:9521234.054321.%20", errors.LinkValueWrong),
        ("urn:epc:id:itip:9521234.054321.03.02.1", errors.LinkValueWrong),
    ],
)
def test_a_urn_in_form_whose_key_is_not(text: str, why: type[errors.LinkRefused]) -> None:
    with pytest.raises(why):
        digital_link.parse_urn(text)


serial = st.text(characters_82, min_size=1, max_size=20).filter(lambda t: t not in (".", ".."))


@settings(max_examples=60)
@given(serial, st.integers(6, 12), st.sampled_from(["21", "10", "254"]))
def test_any_serial_comes_back(told: str, length: int, ai: str) -> None:
    key = ("414", "9521234543213") if ai == "254" else ("01", "09521234543213")
    link = digital_link.build(key, {ai: told})
    if (ai, told) == ("254", "0"):
        with pytest.raises(errors.LinkWithoutEpc):
            digital_link.to_urn(link, length)
    else:
        assert digital_link.parse_urn(digital_link.to_urn(link, length)) == link
