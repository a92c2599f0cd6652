"""What a capture's body says about its EPCIS document: computed by the device, checked by the node.

Times are UTC with milliseconds. `hdl:` is stripped. Business steps, dispositions and transaction types
are bare CBV words where they are CBV's, else URIs. Source and destination are the handles of
sourceList and destinationList: the owning party's before the possessing party's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from tallystick.trace.epcis import clock, vocabulary
from tallystick.trace.epcis.event_hash import cbv_hash, strict_digest
from tallystick.trace.epcis.faults import refuse
from tallystick.trace.epcis.fields import bare, is_handle
from tallystick.trace.epcis.json_ld import parse
from tallystick.trace.epcis.validate import validate_document
from tallystick.trace.errors import SummaryMismatch
from tallystick.trace.summary import Capture, EventSummary, Quantity, Reference

references_max = 20
scale_max = 6
quantity_max = 2**53 - 1


def summarise(document: Mapping[str, Any]) -> tuple[EventSummary, ...]:
    """The summaries of a valid EPCISDocument's events, in order; raises `EpcisRefused`."""
    validate_document(document)
    context = document.get("@context")
    return tuple(
        _summary_or_fault(event, context, f"/epcisBody/eventList/{number}")
        for number, event in enumerate(document["epcisBody"]["eventList"])
    )


def check_capture(capture: Capture, document_bytes: bytes) -> None:
    """Raise `EpcisRefused` or `SummaryMismatch` unless the body says what its document says."""
    if capture.document.size != len(document_bytes):
        raise SummaryMismatch(
            f"document.size is {capture.document.size}, the document has {len(document_bytes)} bytes",
            field="document.size",
        )
    said, true = capture.events, summarise(parse(document_bytes))
    if len(said) != len(true):
        raise SummaryMismatch(
            f"the body lists {len(said)} events, the document {len(true)}", field="events"
        )
    for number, (claimed, found) in enumerate(zip(said, true, strict=True)):
        if claimed == found:
            continue
        for field in EventSummary.model_fields:
            if getattr(claimed, field) != getattr(found, field):
                raise SummaryMismatch(
                    f"event {number} (counted from 0): {field} differs from the document",
                    event=number,
                    field=field,
                )


def _summary_or_fault(event: Mapping[str, Any], context: object, at: str) -> EventSummary:
    try:
        return _summary(event, context, at)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = "/".join(str(step) for step in first["loc"])
        refuse(at, f"{field} cannot be summarised: {first['msg']}", "use plainer identifiers")


def _summary(event: Mapping[str, Any], context: object, at: str) -> EventSummary:
    step, disposition = event.get("bizStep"), event.get("disposition")
    place, parent = event.get("readPoint"), event.get("parentID")
    return EventSummary(
        digest=strict_digest(event, context),
        cbv_hash=cbv_hash(event, context),
        type=event["type"],
        time=clock.instant(event["eventTime"]),
        biz_step=None if step is None else vocabulary.biz_steps.normal(step),
        disposition=None if disposition is None else vocabulary.dispositions.normal(disposition),
        action=event.get("action"),
        read_point=None if place is None else bare(place["id"]),
        parent=None if parent is None else bare(parent),
        items=_bare(event.get("epcList") or event.get("childEPCs")),
        lots=_lots(event, ("quantityList", "childQuantityList"), at),
        inputs=_bare(event.get("inputEPCList")),
        outputs=_bare(event.get("outputEPCList")),
        input_lots=_lots(event, ("inputQuantityList",), at),
        output_lots=_lots(event, ("outputQuantityList",), at),
        references=_references(event.get("bizTransactionList") or (), at),
        source=_party(event.get("sourceList") or (), "source"),
        destination=_party(event.get("destinationList") or (), "destination"),
    )


def _bare(identifiers: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(bare(identifier) for identifier in identifiers or ())


def _lots(event: Mapping[str, Any], fields: Iterable[str], at: str) -> tuple[Quantity, ...]:
    return tuple(
        _quantity(element, f"{at}/{field}/{number}")
        for field in fields
        for number, element in enumerate(event.get(field) or ())
    )


def _quantity(element: Mapping[str, Any], at: str) -> Quantity:
    given = element.get("quantity")
    if given is None:
        refuse(f"{at}/quantity", "a captured lot needs its quantity", "say how much of it there is")
    amount = Decimal(str(given)).normalize()
    exponent = amount.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else scale_max + 1
    if scale > scale_max or not 0 < amount * 10**scale <= quantity_max:
        refuse(
            f"{at}/quantity",
            f"{given} is not a positive number of at most {scale_max} decimals",
            "choose a unit in which it is",
        )
    return Quantity(
        lot=bare(element["epcClass"]),
        quantity=int(amount.scaleb(scale)),
        scale=scale,
        unit=element.get("uom"),
    )


def _references(listed: Iterable[Mapping[str, Any]], at: str) -> tuple[Reference, ...]:
    found = tuple(
        Reference(
            type=vocabulary.transactions.normal(entry.get("type", "unspecified")),
            id=bare(entry["bizTransaction"]),
        )
        for entry in listed
    )
    if len(found) > references_max:
        refuse(
            f"{at}/bizTransactionList",
            f"a captured event has at most {references_max} transactions",
            "split the event",
        )
    return found


def _party(listed: Iterable[Mapping[str, Any]], field: str) -> str | None:
    handles = {
        vocabulary.parties.normal(entry["type"]): bare(entry[field])
        for entry in listed
        if entry[field].startswith("hdl:") and is_handle(bare(entry[field]))
    }
    return handles.get("owning_party") or handles.get("possessing_party")
