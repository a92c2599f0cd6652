"""The signed body says what the document says, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.ledger.fields import AttachmentRef
from tallystick.trace import (
    Capture,
    EpcisRefused,
    Quantity,
    Reference,
    SummaryMismatch,
    builders,
    check_capture,
    summarise,
)

TIME = "2026-03-05T08:00:00+08:00"
ORDER = Reference(type="po", id="99.100/O-BUYER00000000#PO-7")
LOT = Quantity(lot="99.100.7/L-1", quantity=2005, scale=1, unit="KGM")


def _received() -> dict[str, Any]:
    return builders.receiving(
        ["99.100.7/SN-1"], time=TIME, lots=[LOT], references=[ORDER], read_point="99.100.8/DOCK",
        source="99.100/O-SELLER0000000", destination="99.100/O-BUYER00000000",
    )  # fmt: skip


def _capture(*events: dict[str, Any]) -> tuple[Capture, bytes]:
    document = builders.document(list(events), created=TIME)
    data = builders.encode(document)
    named = AttachmentRef(hash="0" * 64, type="application/ld+json", size=len(data))
    return Capture(events=summarise(document), document=named), data


def test_a_receiving_event_is_summarised_without_hdl_and_in_utc() -> None:
    capture, data = _capture(_received())
    event = capture.events[0]
    assert (event.time, event.biz_step, event.disposition) == (
        "2026-03-05T00:00:00.000Z", "receiving", "in_progress")  # fmt: skip
    assert event.items == ("99.100.7/SN-1",)
    assert event.lots == (LOT,)
    assert event.references == (ORDER,)
    assert (event.source, event.destination) == ("99.100/O-SELLER0000000", "99.100/O-BUYER00000000")
    assert event.read_point == "99.100.8/DOCK"
    check_capture(capture, data)


def test_words_are_bare_when_they_are_cbv_and_uris_otherwise() -> None:
    event = {**_received(), "bizStep": "urn:epcglobal:cbv:bizstep:receiving",
             "disposition": "https://example.com/disp/odd",
             "bizTransactionList": [{"type": "cbv:BTT-po", "bizTransaction": "hdl:99.1/O-A#1"}]}  # fmt: skip
    summary = summarise(builders.document([event], created=TIME))[0]
    assert (summary.biz_step, summary.disposition) == ("receiving", "https://example.com/disp/odd")
    assert summary.references == (Reference(type="po", id="99.1/O-A#1"),)


def test_the_owning_party_goes_before_the_possessing_party_and_only_handles_count() -> None:
    parties = [
        {"type": "possessing_party", "source": "hdl:99.100/O-CARRIER"},
        {"type": "owning_party", "source": "hdl:99.100/O-SELLER"},
        {"type": "location", "source": "hdl:99.100/O-PLACE"},
    ]
    event = {**_received(), "sourceList": parties,
             "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00777"}]}  # fmt: skip
    summary = summarise(builders.document([event], created=TIME))[0]
    assert (summary.source, summary.destination) == ("99.100/O-SELLER", None)


@pytest.mark.parametrize("quantity", [None, 0, 0.12345678, 2**53 - 1 + 0.5])
def test_a_lot_without_a_countable_quantity_is_refused(quantity: float | None) -> None:
    event = _received()
    event["quantityList"] = [{"epcClass": "hdl:99.100.7/L-1", "quantity": quantity}]
    if quantity is None:
        del event["quantityList"][0]["quantity"]
    with pytest.raises(EpcisRefused, match="/epcisBody/eventList/0/quantityList/0/quantity"):
        summarise(builders.document([event], created=TIME))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("digest", "0" * 64),
        ("time", "2026-03-05T00:00:00.001Z"),
        ("biz_step", "shipping"),
        ("items", ("99.100.7/SN-2",)),
        ("lots", ()),
        ("references", ()),
        ("destination", "99.100/O-OTHER"),
    ],
)
def test_a_false_summary_is_named_by_event_and_field(field: str, value: object) -> None:
    capture, data = _capture(builders.commissioning(["99.100.7/SN-1"], time=TIME), _received())
    false = capture.events[1].model_copy(update={field: value})
    forged = capture.model_copy(update={"events": (capture.events[0], false)})
    with pytest.raises(SummaryMismatch) as caught:
        check_capture(forged, data)
    assert (caught.value.members["event"], caught.value.members["field"]) == (1, field)


def test_missing_events_and_other_bytes_are_found() -> None:
    capture, data = _capture(_received(), builders.commissioning(["99.100.7/A"], time=TIME))
    fewer = capture.model_copy(update={"events": capture.events[:1]})
    with pytest.raises(SummaryMismatch, match="1 events, the document 2"):
        check_capture(fewer, data)
    with pytest.raises(SummaryMismatch, match="size"):
        check_capture(capture, data + b" ")


def test_builders_make_valid_documents_of_all_common_events() -> None:
    events = [
        builders.commissioning(["99.100.7/A"], time=TIME, ilmd={"cbvmda:lotNumber": "L"}),
        builders.packing("99.100.7/P", ["99.100.7/A"], time=TIME, lots=[LOT]),
        builders.unpacking("99.100.7/P", time=TIME),
        builders.shipping(["99.100.7/P"], time=TIME),
        builders.transforming(["99.100.7/A"], ["99.100.7/B"], time=TIME, input_lots=[LOT]),
        builders.transaction_event(["99.100.7/B"], time=TIME, step="accepting", references=[ORDER]),
        builders.sensor_reading(
            ["99.100.7/B"], time=TIME, read_point="99.100.7/COLD", device="99.100.7/T-1",
            reports=[{"type": "Temperature", "value": 3.5, "uom": "CEL"}],
        ),
    ]  # fmt: skip
    capture, data = _capture(*events)
    check_capture(capture, data)
    assert [event.type for event in capture.events].count("ObjectEvent") == 3
    assert _capture(*events)[1] == data
    with pytest.raises(TypeError, match="colour"):
        builders.shipping(["99.100.7/P"], time=TIME, colour="red")
