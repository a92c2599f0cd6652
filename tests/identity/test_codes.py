"""Codes of every scheme: one canonical spelling, check digits held against other people's, tricks refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from urllib.parse import quote

import pytest
from biip import ParseError
from biip.gln import Gln
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gtin import Gtin
from biip.sscc import Sscc
from epcpy.epc_schemes import GIAI, GRAI, SGLN, SGTIN, SSCC
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import imo, iso6346, lei
from stdnum.cn import uscc

from tallystick.identity import Code, CodeRefused, codes
from tallystick.identity.codes import CodeNotCanonical, SchemeUnknown, digits
from tallystick.identity.digital_link import check_digit
from tallystick.ledger import RuleError

rounds = 400


def passes(scheme: str, text: str) -> bool:
    try:
        codes.parse(scheme, text)
    except CodeRefused:
        return False
    return True


def _biip(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def valid(text: str) -> bool:
        try:
            parse(text)
        except ParseError:
            return False
        return True

    return valid


@pytest.mark.parametrize(
    ("scheme", "length", "other"),
    [("gtin", 8, _biip(Gtin.parse)), ("gtin", 12, _biip(Gtin.parse)),
     ("gtin", 13, _biip(Gtin.parse)), ("gtin", 14, _biip(Gtin.parse)),
     ("sscc", 18, _biip(Sscc.parse)), ("gln", 13, _biip(Gln.parse)),
     ("imo", 7, imo.is_valid)],
)  # fmt: skip
def test_numbers_as_other_implementations_check_them(
    scheme: str, length: int, other: Callable[[str], bool]
) -> None:
    rng, good = random.Random(f"{scheme} {length}"), 0
    for _ in range(rounds):
        first = str(rng.randrange(1, 10)) + "".join(rng.choices("0123456789", k=length - 2))
        right = digits.imo(first) if scheme == "imo" else check_digit(first)
        assert other(first + right)
        assert passes(scheme, first + right)
        number = first + rng.choice("0123456789")
        assert passes(scheme, number) == other(number)
        good += number[-1] == right
    assert 0 < good < rounds


@pytest.mark.parametrize(
    ("scheme", "alphabet", "shape", "other"),
    [("uscc", "0123456789ABCDEFGHJKLMNPQRTUWXY", (8, 10), uscc.is_valid),
     ("lei", digits.alphabet, (0, 18), lei.is_valid)],
)  # fmt: skip
def test_numbers_of_organisations_too(
    scheme: str, alphabet: str, shape: tuple[int, int], other: Callable[[str], bool]
) -> None:
    rng = random.Random(scheme)
    for _ in range(rounds):
        body = "".join(rng.choices("0123456789", k=shape[0])) + "".join(
            rng.choices(alphabet, k=shape[1])
        )
        number = body + f"{rng.randrange(100):02d}" if scheme == "lei" else body[:18]
        assert passes(scheme, number.lower()) == other(number)


def test_containers_as_another_implementation_checks_them() -> None:
    rng, letters = random.Random(6346), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for _ in range(rounds):
        first = "".join(rng.choices(letters, k=3)) + rng.choice("UJZ")
        first += "".join(rng.choices("0123456789", k=6))
        assert iso6346.is_valid(first + digits.iso_6346(first))
        number = first + rng.choice("0123456789")
        assert passes("container", number) == iso6346.is_valid(number)


@pytest.mark.parametrize(
    "vin", ["1M8GDM9AXKP042788", "1HGCM82633A004352", "11111111111111111", "5YJSA1DG9DFP14705"]
)
def test_vins_that_are_published_with_their_check_digit(vin: str) -> None:
    assert codes.parse("vin", vin.lower()).value == vin
    for wrong in "0123456789X":
        assert passes("vin", vin[:8] + wrong + vin[9:]) == (wrong == vin[8])
    # Europe has no check digit, so that any character may stand there.
    assert passes("vin", "W" + vin[1:8] + "Z" + vin[9:])


@pytest.mark.parametrize(
    ("scheme", "told"),
    [("sgtin", SGTIN.from_epc_uri("urn:epc:id:sgtin:9506000.013435.SN-1")),
     ("sscc", SSCC.from_epc_uri("urn:epc:id:sscc:9506000.1343520001")),
     ("grai", GRAI.from_epc_uri("urn:epc:id:grai:9506000.13437.C-1")),
     ("giai", GIAI.from_epc_uri("urn:epc:id:giai:9506000.134ASSET")),
     ("sgln", SGLN.from_epc_uri("urn:epc:id:sgln:9506000.13437.DOCK-4"))],
)  # fmt: skip
def test_element_strings_that_epcpy_writes_are_read(scheme: str, told: SGTIN) -> None:
    text = told.gs1_element_string()
    found = codes.parse(scheme, text).value
    assert text.endswith(found)
    assert codes.parse(scheme, found).value == found


def test_a_digital_link_with_a_wrong_check_digit_is_no_code_here() -> None:
    """biip gives a URI for it, with the error beside the key."""
    link = GS1DigitalLinkURI.parse("https://id.gs1.org/01/09506000134353/21/X")
    key = link.element_strings[0]
    assert key.gtin_error is not None
    assert not passes("gtin", key.value)
    assert not passes("sgtin", f"{key.value}(21)X")


def test_every_example_is_canonical_and_every_row_is_told_in_both_languages() -> None:
    for name, scheme in codes.schemes.items():
        assert scheme.name == name
        assert scheme.parse(scheme.example) == Code(name, scheme.example)
        for told in (scheme.title, scheme.form, scheme.check):
            assert set(told) == {"en", "zh"}
            assert all(told.values())


@pytest.mark.parametrize(
    ("scheme", "text", "canonical"),
    [("gtin", "96385074", "00000096385074"),
     ("gtin", " (01)09506000134352 ", "09506000134352"),
     ("gtin", "0 950600 013435 2", "09506000134352"),
     ("lgtin", "(01)9506000134352(10)A(21)B", "09506000134352(10)A(21)B"),
     ("sgtin", "09506000134352(21)%2F", "09506000134352(21)%2F"),
     ("uscc", "91350211m000100y46", "91350211M000100Y46"),
     ("container", "csqu 305438-3", "CSQU3054383"),
     ("imo", "IMO 9074729", "9074729"),
     ("did-web", "did:web:EXAMPLE.com%3a8443:A:%41%2d", "did:web:example.com%3A8443:A:A-"),
     ("did-web", "did:web:xn--fiqs8s.example", "did:web:xn--fiqs8s.example"),
     ("aas", "HTTPS://Example.COM/A%7eb?x=%c3%a4", "https://example.com/A~b?x=%C3%A4"),
     ("aas", "urn:example:Pack-7", "urn:example:Pack-7"),
     ("aas", "0173-1#02-AAO677#002", "0173-1#02-AAO677#002"),
     ("aas", "0112/2///61987#ABA565#007", "0112/2///61987#ABA565#007"),
     ("oid", "urn:oid:1.2.156.10197.1", "1.2.156.10197.1"),
     ("oid", "2.999.7", "2.999.7"),
     ("ecode", "E=10064000000000001", "10064000000000001"),
     ("own", "99.100/O-CORE#物料 ".strip(), "99.100/O-CORE#物料")],
)  # fmt: skip
def test_one_spelling(scheme: str, text: str, canonical: str) -> None:
    assert codes.parse(scheme, text).value == canonical
    assert codes.canonical(scheme, canonical) == Code(scheme, canonical)
    if text != canonical:
        with pytest.raises(CodeNotCanonical, match="is written"):
            codes.canonical(scheme, text)


#: What looks like a digit or a letter, and is another character.
full_width, cyrillic, arabic, roman = "\uff19", "\u0410", "\u0669", "\u216f"


@pytest.mark.parametrize(
    ("scheme", "text"),
    [("gtin", ""), ("gtin", "0950600013435"), ("gtin", "09506000134353"), ("gtin", "0950600013435X"),
     ("gtin", f"{full_width}506000134352"), ("gtin", "09506000134352(21)1"), ("gtin", "(02)09506000134352"),
     ("gtin", f"0{arabic}506000134352"), ("gtin", "-9506000134352"), ("gtin", "9506000134352\n"),
     ("gtin", "9506000\u200b134352"), ("gtin", "09506000134352%00"),
     ("sgtin", "09506000134352"), ("sgtin", "09506000134352(21)"), ("sgtin", "09506000134353(21)1"),
     ("sgtin", "09506000134352(21)" + "1" * 21), ("sgtin", "09506000134352(21)a b"),
     ("sgtin", f"09506000134352(21){cyrillic}"), ("sgtin", "09506000134352(10)1"),
     ("sgtin", "09506000134352(21)a~b"), ("sgtin", "(21)1"), ("sgtin", "09506000134352(21)a\u0301"),
     ("sscc", "095060001343520018"), ("sscc", "(00)09506000134352001"),
     ("gln", "9506000134377"), ("sgln", "9506000134376(254)" + "1" * 21),
     ("grai", "9506000134376C-1"), ("grai", "09506000134377C-1"), ("grai", "09506000134376" + "1" * 17),
     ("giai", "950"), ("giai", "A506000134ASSET"), ("giai", "9506" + "1" * 27),
     ("uscc", f"9135021{cyrillic}M000100Y46"), ("uscc", "91350211M000100Y47"), ("lei", "213800KUD8LAJWSQ9D16"),
     ("vin", "1M8GDM9A1KP042788"), ("vin", "1M8GDM9AXKP04278"), ("vin", "WI8GDM9AXKP042788"),
     ("vin", "WO8GDM9AXKP042788"), ("vin", f"1M8GDM9A{roman}KP042788"),
     ("gb34014", "08GPE0112345678B3000000"), ("gb34014", "08GXE0112345678B30000001"),
     ("gb34014", "08GP10112345678B30000001"), ("gb34014", "08GPE0112345678D10000001"),
     ("gb34014", "08GPE0112345678B3000000A"), ("gb34014", "08GPE0112345678B30000000"),
     ("gb34014", "08GPE0112345678BI1000001"), ("gb34014", "08GPE0112345678B3O000001"),
     ("container", "CSQU3054384"), ("container", "CSQX3054383"), ("container", "CSQU305438"),
     ("imo", "9074728"), ("imo", "0074729"), ("imo", "IMO"),
     ("customs-cn", "22332026100000001"), ("customs-cn", "223318261000000017"),
     ("customs-cn", "223320262000000017"), ("customs-cn", "22332026100000001A"),
     ("did-web", "did:web:"), ("did-web", "did:key:example.com"), ("did-web", "did:web:localhost"),
     ("did-web", "did:web:127.0.0.1"), ("did-web", "did:web:example.com:8443:"), ("did-web", "did:web:example.com:.."),
     ("did-web", "did:web:example.com:%2e%2e"), ("did-web", "did:web:example.com:a%2Fb"),
     ("did-web", "did:web:example.com%3A"), ("did-web", "did:web:example.com%3A0x1"), ("did-web", "did:web:ex%61mple.com"),
     ("did-web", "did:web:example.com:a%00"), ("did-web", "did:web:example.com:a%2"), ("did-web", f"did:web:ex{cyrillic}mple.com"),
     ("did-web", "did:web:-example.com"), ("did-web", "did:web:" + "a." * 127 + "com"), ("did-web", "DID:WEB:example.com"),
     ("did-key", "did:key:z"), ("did-key", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0"),
     ("did-key", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDoo"), ("did-key", "did:key:m6MkiTBz"),
     ("did-key", "did:key:z1116MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"),
     ("aas", ""), ("aas", "pack-7"), ("aas", "https://"), ("aas", "https://user@example.com/a"),
     ("aas", "https://ex\u0430mple.com/"), ("aas", "https://example.com/a b"), ("aas", "https://example.com/%0a"),
     ("aas", "https://example.com/%zz"), ("aas", "https://exa_mple.com/"), ("aas", "0173-1#02-AAO677"),
     ("oid", "1"), ("oid", "1.2.0156"), ("oid", "3.1"), ("oid", "1.40"), ("oid", "1..2"), ("oid", f"1.{full_width}"),
     ("oid", "1." + "9" * 40), ("ecode", "50064000000000001"), ("ecode", "1006"), ("ecode", "1006A000"),
     ("own", "PN-7"), ("own", "99.100/O-CORE#"), ("own", f"99.100/O-CORE#{cyrillic}"), ("own", "99.100/O-CORE#a b"),
     ("own", f"99.100/O-CORE#{full_width}"), ("own", "99.100/O-CORE#" + "x" * 101), ("own", "/O-CORE#1"),
     ("own", "99.100/O-CORE#\u202e1")],
)  # fmt: skip
def test_refused(scheme: str, text: str) -> None:
    with pytest.raises(CodeRefused) as refused:
        codes.parse(scheme, text)
    assert refused.value.detail


def test_an_unknown_scheme_is_named() -> None:
    for name in ("isbn", "GTIN", "", "gtin "):
        with pytest.raises(SchemeUnknown):
            codes.parse(name, "1")


@settings(max_examples=300)
@given(st.sampled_from(sorted(codes.schemes)), st.text(max_size=40), st.data())
def test_whatever_is_read_is_read_again_as_it_is(
    scheme: str, text: str, data: st.DataObject
) -> None:
    """Whole texts of anything, and examples with something put in."""
    example = codes.schemes[scheme].example
    place = data.draw(st.integers(0, len(example)))
    for told in (text, example[:place] + text[:3] + example[place:], quote(example, safe="")):
        try:
            found = codes.parse(scheme, told)
        except RuleError:
            continue
        assert codes.parse(scheme, found.value) == found
        assert "\x00" not in found.name
