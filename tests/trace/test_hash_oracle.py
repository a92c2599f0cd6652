"""The CBV event hash against the reference implementation, and the strict digest against forgeries.

The oracle runs offline: it knows the 2.0.0 context, so documents are given that one.
"""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.trace import Quantity, Reference, builders, cbv_hash, strict_digest
from tallystick.trace.epcis import digital_link

TIME = "2026-03-05T08:00:00+08:00"
pytestmark = pytest.mark.filterwarnings("ignore:open_text is deprecated")


def oracle(document: dict[str, Any]) -> list[str]:
    """The reference's hashes; its warnings about unknown vocabulary are of no interest."""
    logging.disable(logging.ERROR)
    try:
        json_to_py._namespaces.clear()
        events = json_to_py.event_list_from_epcis_document_json(copy.deepcopy(document))
        hashes: list[str] = hash_generator.epcis_hashes_from_events(events)
        return hashes
    finally:
        logging.disable(logging.NOTSET)


def ours(document: dict[str, Any]) -> list[str]:
    return [cbv_hash(event, document["@context"]) for event in document["epcisBody"]["eventList"]]


def agreeable(value: Any, key: str = "") -> Any:
    """A document without what the two are known to take differently (see `event_hash`)."""
    if isinstance(value, dict):
        skip = ("bizRules",) if key == "sensorReport" else ()
        return {k: agreeable(v, k) for k, v in value.items() if k not in skip}
    if isinstance(value, list):
        return [agreeable(member, key) for member in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith("gs1:"):
        return value.replace("gs1:", "https://gs1.org/voc/")
    if isinstance(value, str) and value.startswith("cbv:Comp-"):
        return value.replace("cbv:", "https://ref.gs1.org/cbv/")
    return value


DISAGREE = {
    "Namespaces_at_different_level": "a context inside an event",
    "Combination_of_different_event": "a transaction without a type",
    "TransactionEvent": "a transaction without a type",
    "TransformationEvent_all_possible_fields": "redeclares a prefix of the EPCIS context",
    "SensorData_with_combined_events": "namespaces that do not end in a slash",
}


@pytest.mark.shared
def test_events_of_others_hash_as_the_reference_hashes_them(shared_epcis: Path) -> None:
    compared = 0
    for file in sorted((shared_epcis / "valid").glob("*.json")):
        document = json.loads(file.read_text("utf-8"))
        if file.stem in DISAGREE:
            continue
        own = [part for part in document["@context"] if isinstance(part, dict)]
        document = agreeable({**document, "@context": [builders.context_url, *own]})
        assert ours(document) == oracle(document), file.stem
        compared += len(document["epcisBody"]["eventList"])
    assert compared >= 40


suffixes = st.text("ABCXYZ0123456789-", min_size=1, max_size=8)
identifiers = st.one_of(
    suffixes.map(lambda s: f"99.100.7/{s}"),
    st.integers(0, 10**6 - 1).map(lambda n: f"urn:epc:id:sgtin:4012345.0{n % 100000:05d}.{n}"),
    st.integers(0, 10**9 - 1).map(lambda n: f"urn:epc:id:sscc:4012345.0{n:09d}"),
    st.integers(1, 10**5).map(
        lambda n: f"https://shop.example/01/09521141012345/10/L{n}/21/{n}?17=1"
    ),
    st.integers(1, 10**5).map(lambda n: f"https://id.gs1.org/8004/4000001{n}"),
)
lists = st.lists(identifiers, min_size=1, max_size=4, unique=True)
lots = st.lists(
    st.builds(
        Quantity,
        lot=suffixes.map(lambda s: f"urn:epc:class:lgtin:4012345.011111.{s}"),
        quantity=st.integers(1, 10**6),
        scale=st.integers(0, 3),
        unit=st.sampled_from([None, "KGM", "MTR"]),
    ),
    max_size=2,
    unique_by=lambda lot: lot.lot,
)
common = st.fixed_dictionaries(
    {},
    optional={
        "disposition": st.sampled_from(["in_transit", "cbv:Disp-active"]).filter(
            lambda d: ":" not in d
        ),
        "read_point": identifiers,
        "place": st.just("urn:epc:id:sgln:4012345.00225.0"),
        "source": st.just("99.100/O-A"),
        "destination": st.just("urn:epc:id:pgln:0614141.00777"),
        "references": st.lists(
            st.builds(Reference, type=st.sampled_from(["po", "desadv", "inv"]), id=identifiers),
            max_size=3,
        ),
        "extensions": st.fixed_dictionaries(
            {},
            optional={
                "ex:number": st.sampled_from(["0012", "3.10", "text", 7, 2.5]),
                "ex:deep": st.just({"ex:b": ["2", "1"], "ex:a": {"ex:c": "x"}}),
            },
        ),
        "sensors": st.lists(
            st.builds(
                lambda value, kind: {
                    "sensorMetadata": {"time": TIME, "deviceID": "urn:epc:id:giai:4000001.111"},
                    "sensorReport": [{"type": kind, "value": value, "uom": "CEL"}],
                },
                st.sampled_from([0, -3, 21.5, 1200, 0.001]),
                st.sampled_from(["Temperature", "RelativeHumidity"]),
            ),
            min_size=1,
            max_size=2,
        ),
    },
)
times = st.datetimes().map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000))
moments = times.filter(lambda t: 1901 < t.year < 2900).map(lambda t: t.isoformat() + "+08:00")
events = st.one_of(
    st.builds(
        lambda items, lots, time, more: builders.object_event(
            items, lots=lots, time=time, step="shipping", **more
        ),
        lists, lots, moments, common,
    ),
    st.builds(
        lambda children, lots, time, more: builders.packing(
            "urn:epc:id:sscc:0614141.1234567890", children, lots=lots, time=time, **more
        ),
        lists, lots, moments, common,
    ),
    st.builds(
        lambda items, out, lots, time, more: builders.transforming(
            items, out, input_lots=lots, time=time, **more
        ),
        lists, lists, lots, moments, common,
    ),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(events, min_size=1, max_size=3))
def test_generated_events_hash_as_the_reference_hashes_them(found: list[dict[str, Any]]) -> None:
    document = builders.document(found, created=TIME, prefixes={"ex": "https://ns.example.com/"})
    assert ours(document) == oracle(document)


@pytest.mark.parametrize(
    ("given_as", "normal"),
    [
        ("urn:epc:id:sgtin:0614141.107346.2017", "/01/10614141073464/21/2017"),
        ("urn:epc:id:sgln:0614141.07346.0", "/414/0614141073467"),
        ("urn:epc:id:gdti:0614141.00001.1618034", "/253/06141410000121618034"),
        ("urn:epc:id:cpi:4012345.ABC.123", "/8010/4012345ABC/8011/123"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "/8006/040123451234560102"),
        ("https://a.example/gtin/4012345999990/lot/L1", "/01/04012345999990/10/L1"),
        ("https://a.example/some/stem/01/04012345999990/22/V/10/L/21/S?17=261231", "/01/04012345999990/21/S"),
        ("https://a.example/414/4012345000115/254/12", "/414/4012345000115/254/12"),
    ],
)  # fmt: skip
def test_gs1_keys_become_canonical_digital_links(given_as: str, normal: str) -> None:
    assert digital_link.normalise(given_as) == "https://id.gs1.org" + normal


@pytest.mark.parametrize(
    "text", ["urn:epc:id:sgtin:1.2.3", "https://a.example/01", "https://a.example/01/12/21/x", "x"]
)
def test_what_is_no_gs1_key_stays(text: str) -> None:
    assert digital_link.normalise(text) == text


CONTEXT = [builders.context_url, {"ex": "https://ns.example.com/epcis/"}]


def _event(**fields: Any) -> dict[str, Any]:
    return {**builders.shipping(["99.100.7/SN-1"], time=TIME), **fields}


FORGERIES = [
    # Each pair has one CBV hash: values that spell out other fields, dropped lots, lost zeros.
    ({"ex:a": "1", "ex:b": "2"}, {"ex:a": "1{https://ns.example.com/epcis/}b=2"}),
    (
        {"bizStep": "departing", "disposition": "in_transit"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-departingdisposition="
         "https://ref.gs1.org/cbv/Disp-in_transit", "disposition": None},
    ),
    ({"ex:lot": "00123"}, {"ex:lot": "123"}),
    (
        {"epcList": ["https://a.example/01/04012345999990/10/L1/21/1"]},
        {"epcList": ["https://a.example/01/04012345999990/10/L2/21/1"]},
    ),
    (
        {"epcList": ["https://a.example/01/04012345999990/21/1?17=261231"]},
        {"epcList": ["https://b.example/01/04012345999990/21/1?17=300101"]},
    ),
    (
        {"errorDeclaration": {"declarationTime": TIME, "reason": "did_not_occur"}},
        {"errorDeclaration": {"declarationTime": TIME, "reason": "incorrect_data"}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), FORGERIES)
def test_the_strict_digest_tells_apart_what_the_event_hash_does_not(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    left, right = ({k: v for k, v in _event(**f).items() if v is not None} for f in (one, other))
    assert cbv_hash(left, CONTEXT) == cbv_hash(right, CONTEXT)
    assert strict_digest(left, CONTEXT) != strict_digest(right, CONTEXT)


def test_the_strict_digest_covers_namespaces_wherever_they_are_declared() -> None:
    elsewhere = [builders.context_url, {"ex": "https://other.example/"}]
    event = _event(**{"ex:a": "1"})
    assert strict_digest(event, CONTEXT) != strict_digest(event, elsewhere)
    inside = {**event, "@context": {"ex": "https://other.example/"}}
    assert strict_digest(inside, CONTEXT) == strict_digest(event, elsewhere)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"ex:n": "1_000"}, {"ex:n": "1000"}),
        ({"ex:n": "123456789012345678901234567890"}, {"ex:n": "123456789012345678901234567891"}),
    ],
)
def test_numbers_keep_their_digits(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert cbv_hash(_event(**one), CONTEXT) != cbv_hash(_event(**other), CONTEXT)


@pytest.mark.parametrize("spelling", ["cbv:BizStep-shipping", "urn:epcglobal:cbv:bizstep:shipping",
                                      "https://ref.gs1.org/cbv/BizStep-shipping"])  # fmt: skip
def test_a_word_hashes_alike_in_all_its_spellings(spelling: str) -> None:
    assert cbv_hash(_event(bizStep=spelling)) == cbv_hash(_event(bizStep="shipping"))
    assert strict_digest(_event(bizStep=spelling)) != strict_digest(_event(bizStep="shipping"))
