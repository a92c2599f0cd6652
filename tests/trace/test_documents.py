"""Documents written by others, and the bad input that a capture must refuse with a place and a reason."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.trace import EpcisRefused, builders, instant, parse, validate
from tallystick.trace.epcis import json_ld as limits

TIME = "2026-03-05T08:00:00+08:00"


@pytest.mark.shared
def test_valid_documents_of_others_are_accepted(shared_epcis: Path) -> None:
    refused = {}
    for file in sorted((shared_epcis / "valid").glob("*.json")):
        try:
            validate(parse(file.read_bytes()))
        except EpcisRefused as error:
            refused[file.stem] = error.detail
    # Disputed: they use measurement types that CBV 2.0 does not list.
    assert set(refused) == {
        "SensorData_with_combined_events",
        "TransactionEvent_with_userExtensions",
    }
    assert all("/sensorReport/" in why and "measurement type" in why for why in refused.values())


@pytest.mark.shared
def test_single_events_of_others_are_accepted(shared_epcis: Path) -> None:
    counts = [validate(parse(f.read_bytes())) for f in (shared_epcis / "events").glob("*.json")]
    assert counts == [1] * 5


INVALID = {
    "Combination_of_events_with_missing_mandatory_fields": ("/epcisBody/eventList/0/action", "missing"),
    "Combination_of_multiple_invalid_fields": ("/epcisBody/eventList/4/eventTime", "zone"),
    "Combination_of_non_standard_bizStep_and_disposition": (
        "/epcisBody/eventList/1/disposition", "in_transport"),
    "EPCISDocument_without_context": ("/@context", "missing"),
    "ObjectEvent_with_ilmd_field_without_namespace": (
        "/epcisBody/eventList/0/ilmd/materialType", "no field 'materialType'"),
    "ObjectEvent_with_invalid_action": ("/epcisBody/eventList/0/action", "CREATE"),
    "ObjectEvent_with_invalid_certificationInfo": (
        "/epcisBody/eventList/0/certificationInfo/1", "text"),
    "ObjectEvent_with_invalid_eventTime_format": ("/epcisBody/eventList/0/eventTime", "22-07-2026"),
    "ObjectEvent_with_non_standard_bizStep": ("/epcisBody/eventList/0/bizStep", "transforming"),
    "ObjectEvent_with_non_standard_bizStep_in_second_event": (
        "/epcisBody/eventList/1/bizStep", "transforming"),
    "ObjectEvent_with_non_standard_disposition": (
        "/epcisBody/eventList/0/disposition", "in_transport"),
    "ObjectEvent_with_quantity_as_text": (
        "/epcisBody/eventList/0/quantityList/0/quantity", "number"),
    "ObjectEvent_with_unknown_field_in_quantityList": (
        "/epcisBody/eventList/0/quantityList/0/weight", "no such field"),
    "ObjectEvent_without_action_and_eventTime": ("/epcisBody/eventList/0/eventTime", "missing"),
    "ObjectEvent_without_identifier_list": ("/epcisBody/eventList/0", "epcList"),
}  # fmt: skip


@pytest.mark.shared
def test_invalid_documents_of_others_are_refused_by_field_and_reason(shared_epcis: Path) -> None:
    files = sorted((shared_epcis / "invalid").glob("*.json"))
    assert {file.stem for file in files} == set(INVALID)
    for file in files:
        where, why = INVALID[file.stem]
        faults = _faults(json.loads(file.read_text("utf-8")))
        assert any(why in faults[pointer] for pointer in faults if pointer == where), (file, faults)


def _faults(value: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(EpcisRefused) as caught:
        validate(value)
    errors: Any = caught.value.members["errors"]
    assert all(error["advice"] for error in errors)
    return {error["pointer"]: error["message"] for error in errors}


def _document() -> dict[str, Any]:
    event = builders.shipping(
        ["99.100.7/SN-1"], time=TIME, read_point="99.100.7/DOCK", source="99.100/O-A",
        extensions={"ex:note": {"free": 1.5}},
    )  # fmt: skip
    return builders.document([event], created=TIME, prefixes={"ex": "https://ns.example.com/"})


EVENT = "/epcisBody/eventList/0"


@pytest.mark.parametrize(
    ("change", "pointer", "why"),
    [
        ({"eventTime": "2026-03-05T08:00:00"}, "/eventTime", "zone"),
        ({"eventTime": "2026-02-30T08:00:00Z"}, "/eventTime", "no such time"),
        ({"eventTime": 1}, "/eventTime", "text"),
        ({"eventTimeZoneOffset": "+8"}, "/eventTimeZoneOffset", "+8"),
        ({"bizStep": "cbv:BizStep-flying"}, "/bizStep", "flying"),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-flying"}, "/bizStep", "flying"),
        ({"disposition": "urn:epcglobal:cbv:disp:lost"}, "/disposition", "lost"),
        ({"epcList": ["SN-1"]}, "/epcList/0", "URI"),
        ({"epcList": ["hdl:no-slash"]}, "/epcList/0", "handle"),
        ({"epcList": ["HDL:99.100.7/SN-1"]}, "/epcList/0", "hdl:"),
        ({"epcList": ["hdl:99.100.7/S\u202eN"]}, "/epcList/0", "formatting"),
        ({"epcList": ["hdl:99.100.7/A", "hdl:99.100.7/A"]}, "/epcList", "twice"),
        ({"epcList": "hdl:99.100.7/A"}, "/epcList", "list"),
        ({"readPoint": "hdl:99.100.7/DOCK"}, "/readPoint", "object"),
        ({"readPoint": {"id": "hdl:99.100.7/D", "gate": "1"}}, "/readPoint/gate", "no field"),
        ({"colour": "red"}, "/colour", "no field 'colour'"),
        ({"nope:colour": "red"}, "/nope:colour", "not declared"),
        ({"ex:a": {"nope:b": 1}}, "/nope:b", "not declared"),
        ({"ilmd": {"lot": "1"}}, "/ilmd/lot", "no field"),
        ({"quantityList": [{"epcClass": "hdl:9/L", "quantity": True}]}, "/quantityList/0/quantity", "number"),
        ({"quantityList": [{"epcClass": "hdl:9/L", "uom": "KGM"}]}, "/quantityList/0", "quantity"),
        ({"bizTransactionList": [{"type": "order", "bizTransaction": "a:b"}]}, "/bizTransactionList/0/type", "order"),
        ({"sensorElementList": [{"sensorReport": [{"value": 1}]}]}, "/sensorElementList/0/sensorReport/0", "type"),
        ({"persistentDisposition": {}}, "/persistentDisposition", "names a disposition"),
        ({"errorDeclaration": {"reason": "did_not_occur"}}, "/errorDeclaration/declarationTime", "missing"),
        ({"type": "ThingEvent"}, "/type", "no event type"),
        ({"@context": "https://evil.example/context.jsonld"}, "/@context", "not known"),
        ({"@context": {"ex": 7}}, "/@context", "stands for no URI"),
        ({"@context": {"eventList": "https://a.example/"}}, "/@context", "cannot be declared"),
    ],
)  # fmt: skip
def test_each_fault_is_named_where_it_is(change: dict[str, Any], pointer: str, why: str) -> None:
    document = _document()
    validate(document)
    document["epcisBody"]["eventList"][0].update(change)
    faults = _faults(document)
    assert EVENT + pointer in faults
    assert why in faults[EVENT + pointer]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"type": "AggregationEvent", "action": "ADD", "childEPCs": ["a:b"]}, "parentID"),
        ({"type": "AggregationEvent", "action": "ADD", "parentID": "a:b"}, "children"),
        ({"type": "AssociationEvent", "action": "OBSERVE", "childEPCs": ["a:b"]}, "parentID"),
        ({"type": "TransactionEvent", "action": "ADD", "epcList": ["a:b"]}, "bizTransactionList"),
        ({"type": "TransformationEvent", "inputEPCList": ["a:b"]}, "inputs and outputs"),
        ({"type": "ObjectEvent", "action": "ADD", "sensorElementList": [{"sensorReport": [{"type": "Mass"}]}]}, "epcList"),
    ],
)  # fmt: skip
def test_each_type_has_its_required_parts(event: dict[str, Any], why: str) -> None:
    whole = {"eventTime": TIME, "eventTimeZoneOffset": "+08:00", **event}
    document = builders.document([whole], created=TIME)
    assert why in _faults(document)[EVENT]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "not JSON"),
        (b"[]", "object"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": 9007199254740993}', "too large"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\ud800": 1}', "surrogate"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff", "UTF-8"),
        (b'{"a": "' + b"x" * limits.document_bytes_max + b'"}', "bytes"),
    ],
)
def test_bytes_that_are_no_document_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(EpcisRefused, match=why):
        parse(data)


def test_sensor_data_may_have_fractions() -> None:
    assert parse(b'{"value": 3.5}') == {"value": 3.5}


def test_more_events_than_the_limit_are_refused() -> None:
    document = _document()
    document["epcisBody"]["eventList"] *= 501
    assert "500" in _faults(document)["/epcisBody/eventList"]


def test_many_faults_are_counted_not_repeated_for_ever() -> None:
    document = _document()
    document["epcisBody"]["eventList"] = [{"type": "ObjectEvent"}] * 100
    with pytest.raises(EpcisRefused) as caught:
        validate(document)
    assert len(caught.value.members["errors"]) == 50  # type: ignore[arg-type]
    assert caught.value.members["more"] == 250


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_damage_is_either_harmless_or_told(data: st.DataObject) -> None:
    """No value anywhere makes the validation fail otherwise than by `EpcisRefused`."""
    document = copy.deepcopy(_document())
    target: Any = document
    while isinstance(target, dict | list) and target:
        steps = sorted(target) if isinstance(target, dict) else range(len(target))
        step = data.draw(st.sampled_from(list(steps)))
        if data.draw(st.booleans()) or not isinstance(target[step], dict | list):
            target[step] = data.draw(json_values)
            break
        target = target[step]
    try:
        validate(document)
        told = True
    except EpcisRefused as error:
        told = bool(error.members["errors"])
    assert told


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2026-03-05T08:00:00+08:00", "2026-03-05T00:00:00.000Z"),
        ("2026-03-05T08:00:00.0005Z", "2026-03-05T08:00:00.001Z"),
        ("2026-03-05T08:00:00.00049Z", "2026-03-05T08:00:00.000Z"),
        ("2026-12-31T23:59:59.9996Z", "2027-01-01T00:00:00.000Z"),
        ("2026-03-05T08:00:00.12-00:30", "2026-03-05T08:30:00.120Z"),
    ],
)
def test_instants_are_utc_with_milliseconds(text: str, normal: str) -> None:
    assert instant(text) == normal


@pytest.mark.parametrize(
    "text",
    ["2026-03-05", "2026-03-05T08:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.9999Z"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        instant(text)


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.text(max_size=4),
        st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=4) | st.lists(st.none()),
        max_size=4,
    ),
    st.booleans(),
    st.integers(0, 60),
    st.sampled_from(["", " ", "0", '"', ",", ".0", "e1"]),
)
def test_canonical_bytes_are_read_as_all_others_are(
    value: dict[str, Any], plain: bool, at: int, more: str
) -> None:
    """The short way for documents in RFC 8785 form gives what the long way gives."""
    text = json.dumps(value, sort_keys=plain, separators=(",", ":"), ensure_ascii=not plain)
    data = (text[:at] + more + text[at:]).encode()
    quick = limits._written_canonically(data)
    if quick is not None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(limits, "_written_canonically", lambda _data: None)
            slow = parse(data)
        assert repr(slow) == repr(quick)
