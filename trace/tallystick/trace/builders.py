"""Valid EPCIS 2.0 events and documents, deterministic: time comes from the caller, nothing is random.

Identifiers may be given as bare handles (`99.100.7/SN-0001`) or as URIs; times are RFC 3339 with zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tallystick.ledger import canonical
from tallystick.trace.epcis import vocabulary
from tallystick.trace.summary import Quantity, Reference

context_url = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
Event = dict[str, Any]


def uri(identifier: str) -> str:
    """`hdl:<handle>`, or the URI as it stands."""
    return identifier if vocabulary.is_uri(identifier) else f"hdl:{identifier}"


def document(
    events: Sequence[Event], *, created: str, prefixes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An EPCISDocument with these events; `prefixes` are the namespaces of extension fields."""
    return {
        "@context": [context_url, *([dict(prefixes)] if prefixes else [])],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created,
        "epcisBody": {"eventList": list(events)},
    }


def encode(value: Mapping[str, Any]) -> bytes:
    """The bytes in which a document is stored: RFC 8785."""
    return canonical.encode_fractions(value)


def object_event(
    items: Iterable[str] = (),
    *,
    time: str,
    step: str,
    action: str = "OBSERVE",
    lots: Iterable[Quantity] = (),
    ilmd: Mapping[str, Any] | None = None,
    **more: Any,
) -> Event:
    """Something happened to items or lots. `more` is what every event may have, see `_event`."""
    things = {"epcList": _uris(items), "quantityList": _quantities(lots)}
    extra = {"ilmd": dict(ilmd)} if ilmd else {}
    return _event("ObjectEvent", time, step, more, action=action, **things, **extra)


def aggregation_event(
    parent: str,
    children: Iterable[str] = (),
    *,
    time: str,
    action: str,
    step: str,
    lots: Iterable[Quantity] = (),
    **more: Any,
) -> Event:
    """Children put into a parent (ADD), taken out (DELETE; none named: all of them), or seen in it."""
    things = {"childEPCs": _uris(children), "childQuantityList": _quantities(lots)}
    return _event(
        "AggregationEvent", time, step, more, action=action, parentID=uri(parent), **things
    )


def transaction_event(
    items: Iterable[str] = (),
    *,
    time: str,
    step: str,
    references: Iterable[Reference],
    action: str = "ADD",
    lots: Iterable[Quantity] = (),
    **more: Any,
) -> Event:
    """Items or lots tied to business transactions."""
    things = {"epcList": _uris(items), "quantityList": _quantities(lots)}
    more = {**more, "references": references}
    return _event("TransactionEvent", time, step, more, action=action, **things)


def transformation_event(
    inputs: Iterable[str] = (),
    outputs: Iterable[str] = (),
    *,
    time: str,
    step: str = "commissioning",
    input_lots: Iterable[Quantity] = (),
    output_lots: Iterable[Quantity] = (),
    ilmd: Mapping[str, Any] | None = None,
    **more: Any,
) -> Event:
    """Inputs that cease to exist, outputs that come into being."""
    things = {
        "inputEPCList": _uris(inputs),
        "inputQuantityList": _quantities(input_lots),
        "outputEPCList": _uris(outputs),
        "outputQuantityList": _quantities(output_lots),
    }
    extra = {"ilmd": dict(ilmd)} if ilmd else {}
    return _event("TransformationEvent", time, step, more, **things, **extra)


def commissioning(items: Iterable[str] = (), *, time: str, **more: Any) -> Event:
    """Items (or `lots`) come into being."""
    more = {"disposition": "active", **more}
    return object_event(items, time=time, step="commissioning", action="ADD", **more)


def packing(parent: str, children: Iterable[str] = (), *, time: str, **more: Any) -> Event:
    return aggregation_event(parent, children, time=time, action="ADD", step="packing", **more)


def unpacking(parent: str, children: Iterable[str] = (), *, time: str, **more: Any) -> Event:
    """Without children (and lots): everything comes out."""
    return aggregation_event(parent, children, time=time, action="DELETE", step="unpacking", **more)


def shipping(items: Iterable[str] = (), *, time: str, **more: Any) -> Event:
    """With `references`, `source` and `destination` it binds the parties to a despatch."""
    return object_event(items, time=time, step="shipping", **{"disposition": "in_transit", **more})


def receiving(items: Iterable[str] = (), *, time: str, **more: Any) -> Event:
    return object_event(
        items, time=time, step="receiving", **{"disposition": "in_progress", **more}
    )


def transforming(
    inputs: Iterable[str] = (), outputs: Iterable[str] = (), *, time: str, **more: Any
) -> Event:
    return transformation_event(inputs, outputs, time=time, **more)


def sensor_reading(
    items: Iterable[str] = (),
    *,
    time: str,
    read_point: str,
    reports: Iterable[Mapping[str, Any]],
    device: str | None = None,
    **more: Any,
) -> Event:
    """Measurements at a place, of items if any are named; `reports` are EPCIS sensor reports."""
    metadata: dict[str, Any] = {"time": time}
    if device is not None:
        metadata["deviceID"] = uri(device)
    element = {"sensorMetadata": metadata, "sensorReport": [dict(report) for report in reports]}
    more = {**more, "read_point": read_point, "sensors": [element]}
    return object_event(items, time=time, step="sensor_reporting", **more)


def _event(kind: str, time: str, step: str, common: Mapping[str, Any], **fields: Any) -> Event:
    """The fields in EPCIS' names. `common`: disposition, read_point, place, references, source and
    destination (owning parties), event_id, sensors (sensorElementList), offset, extensions."""
    event = {
        "type": kind,
        "eventTime": time,
        "eventTimeZoneOffset": common.get("offset", "+00:00"),
        "bizStep": step,
        **fields,
        **_common(common),
    }
    return {key: value for key, value in event.items() if value not in (None, [])}


def _common(common: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(common) - _names:
        raise TypeError(f"unknown parts of an event: {', '.join(sorted(unknown))}")
    return {
        "eventID": common.get("event_id"),
        "disposition": common.get("disposition"),
        "readPoint": _place(common.get("read_point")),
        "bizLocation": _place(common.get("place")),
        "bizTransactionList": [
            {"type": reference.type, "bizTransaction": uri(reference.id)}
            for reference in common.get("references", ())
        ],
        "sourceList": _party("source", common.get("source")),
        "destinationList": _party("destination", common.get("destination")),
        "sensorElementList": list(common.get("sensors", ())),
        **common.get("extensions", {}),
    }


_names = frozenset(
    [
        "offset",
        "event_id",
        "disposition",
        "read_point",
        "place",
        "references",
        "source",
        "destination",
        "sensors",
        "extensions",
    ]
)


def _place(identifier: str | None) -> dict[str, str] | None:
    return None if identifier is None else {"id": uri(identifier)}


def _party(field: str, handle: str | None) -> list[dict[str, str]]:
    return [] if handle is None else [{"type": "owning_party", field: uri(handle)}]


def _uris(identifiers: Iterable[str]) -> list[str]:
    return [uri(identifier) for identifier in identifiers]


def _quantities(lots: Iterable[Quantity]) -> list[dict[str, Any]]:
    return [
        {
            "epcClass": uri(lot.lot),
            "quantity": lot.quantity
            if lot.scale == 0
            else float(Decimal(lot.quantity).scaleb(-lot.scale)),
            **({"uom": lot.unit} if lot.unit else {}),
        }
        for lot in lots
    ]
