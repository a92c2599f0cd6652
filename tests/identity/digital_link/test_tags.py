"""EPC binary strings in Digital Links, as epcpy encodes tags; and the worked example of the standard."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from epcpy import epc_schemes as theirs
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.identity import digital_link
from tallystick.identity.digital_link import errors
from tallystick.identity.digital_link.compressed.bits import alphabet

#: EPC URN, its scheme in epcpy, and the form of its tag.
tags: list[tuple[str, Any, str]] = [
    ("id:sgtin:9521234.054321.123456789123", theirs.SGTIN, "SGTIN_96"),
    ("id:sgtin:952123454321.0.0", theirs.SGTIN, "SGTIN_96"),
    ("id:sgtin:952123.1454321.A%2F1-z", theirs.SGTIN, "SGTIN_198"),
    ("id:sscc:952123456789.10000", theirs.SSCC, "SSCC_96"),
    ("id:sgln:9521234.54321.7", theirs.SGLN, "SGLN_96"),
    ("id:sgln:952123454321..0", theirs.SGLN, "SGLN_96"),
    ("id:sgln:9521234.54321.DOCK-4", theirs.SGLN, "SGLN_195"),
    ("id:grai:9521234.54321.77", theirs.GRAI, "GRAI_96"),
    ("id:grai:9521234.54321.AB-1", theirs.GRAI, "GRAI_170"),
    ("id:giai:9521234.1234", theirs.GIAI, "GIAI_96"),
    ("id:giai:9521234.A-7%2F", theirs.GIAI, "GIAI_202"),
    ("id:gsrn:952123456.78900000", theirs.GSRN, "GSRN_96"),
    ("id:gsrnp:952123456.78900000", theirs.GSRNP, "GSRNP_96"),
    ("id:gdti:9521234.54321.12", theirs.GDTI, "GDTI_96"),
    ("id:gdti:9521234.54321.DOC7", theirs.GDTI, "GDTI_174"),
    ("id:cpi:9521234.98765.12", theirs.CPI, "CPI_96"),
    ("id:sgcn:9521234.54321.0012", theirs.SGCN, "SGCN_96"),
    ("id:itip:9521234.054321.01.02.12", theirs.ITIP, "ITIP_110"),
    ("id:itip:9521234.054321.01.02.S1", theirs.ITIP, "ITIP_212"),
]
#: The standard's own example, both ways.
worked = ("eh30164596f40c0e5cbe991a83", "exMBZFlvQMDly-mRqD")


def in_base64(digits: str) -> str:
    bits = "".join(f"{int(digit, 16):04b}" for digit in digits)
    bits += "0" * (-len(bits) % 6)
    return "".join(alphabet[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


@pytest.mark.parametrize("text", worked)
def test_the_example_of_the_standard(text: str) -> None:
    found = digital_link.expand_path(f"/{text}", "linkType=gs1:pip&17=261231")
    assert found.uri("https://a.example") == (
        "https://a.example/01/09528765123457/21/123456789123?17=261231&linkType=gs1:pip"
    )


@pytest.mark.parametrize(("urn", "kind", "form"), tags)
def test_tags_that_epcpy_writes(urn: str, kind: Any, form: str) -> None:
    scheme = kind.from_epc_uri(f"urn:epc:{urn}")
    forms = type(scheme).BinaryCodingScheme
    digits = scheme.hex(binary_coding_scheme=forms[form], filter_value=_filter(kind)).lower()
    told = digital_link.parse_urn(f"urn:epc:{urn}")
    for text in (f"/eh{digits}", f"/ex{in_base64(digits)}"):
        assert digital_link.expand_path(text) == told


def _filter(kind: Any) -> Any:
    """Any that its module has."""
    module = importlib.import_module(kind.__module__)
    (found,) = (
        getattr(module, name) for name in dir(module) if name == f"{kind.__name__}FilterValue"
    )
    return list(found)[1]


@pytest.mark.parametrize(
    "text",
    [
        "eh", "ex", "ehA0", "eh30", "eh3", "eh00164596f40c0e5cbe991a83", "eh301c4596f40c0e5cbe991a83",
        "eh30164596f40c0e5cbe991a8", "eh30164596f40c0e5cbe991a831", "ex MBZFlv", "ehffff4596f40c0e5cbe991a83",
        "eh3003ffffffffffffffffffff", "ehe0164596f40c0e5cbe991a83",
    ],
)  # fmt: skip
def test_damaged(text: str) -> None:
    with pytest.raises(errors.LinkRefused):
        digital_link.expand_path(f"/{text}")


@settings(max_examples=100)
@given(st.sampled_from(["2c", "2d", "30", "31", "33", "34", "36", "38", "39", "3c", "3f", "40"]), st.binary(max_size=30))  # fmt: skip
def test_any_bits_are_read_or_refused_by_name(header: str, data: bytes) -> None:
    try:
        found = digital_link.expand_path(f"/eh{header}{data.hex()}")
    except errors.LinkRefused:
        return
    assert digital_link.parse(found.uri()) == found
