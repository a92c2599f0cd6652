"""What `trace.capture/1` says of each event in its body (formats §2).

The EPCIS document is the capture's attachment and may be erased; the body keeps, for ever, each event's
digests and what it says about items, parties and references, so that the item graph and everything that
binds survives the erasure. Identifiers are handles (`hdl:99.100.7/SN-0001` in EPCIS, bare here) or other
URIs exactly as captured. References are `hdl:<organisation handle>#<number>` in EPCIS, bare here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.ledger import AttachmentRef, Body, Handle, Hex32, Instant, Positive

capture_events_max = 500
event_items_max = 1000

Identifier = Annotated[str, Field(min_length=3, max_length=255, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
EventType = Literal[
    "ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"
]


class Quantity(Body):
    """Goods without serials: a class of things (a lot), so many of them.

    `quantity` counts 10^-`scale` of `unit` (UN/CEFACT code; absent for pieces).
    """

    lot: Identifier
    quantity: Positive
    scale: Annotated[int, Field(ge=0, le=6)] = 0
    unit: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")] | None = None


class Reference(Body):
    """A business transaction: CBV type (`po`, `desadv`, `rma`, …) and its identifier."""

    type: Annotated[str, Field(max_length=60, pattern=r"^\S+$")]
    id: Identifier


class EventSummary(Body):
    """One event. `items`/`lots` are the epcList, childEPCs or, for a transformation, nothing:
    its materials stand in `inputs`/`input_lots` and its products in `outputs`/`output_lots`."""

    digest: Hex32
    cbv_hash: Annotated[str, Field(pattern=r"^ni:///sha-256;[0-9a-f]{64}\?ver=CBV2\.0$")]
    type: EventType
    time: Instant
    biz_step: Annotated[str, Field(max_length=200, pattern=r"^\S+$")] | None = None
    disposition: Annotated[str, Field(max_length=200, pattern=r"^\S+$")] | None = None
    action: Literal["ADD", "OBSERVE", "DELETE"] | None = None
    read_point: Identifier | None = None
    parent: Identifier | None = None
    items: Annotated[tuple[Identifier, ...], Field(max_length=event_items_max)] = ()
    lots: Annotated[tuple[Quantity, ...], Field(max_length=event_items_max)] = ()
    inputs: Annotated[tuple[Identifier, ...], Field(max_length=event_items_max)] = ()
    outputs: Annotated[tuple[Identifier, ...], Field(max_length=event_items_max)] = ()
    input_lots: Annotated[tuple[Quantity, ...], Field(max_length=event_items_max)] = ()
    output_lots: Annotated[tuple[Quantity, ...], Field(max_length=event_items_max)] = ()
    references: Annotated[tuple[Reference, ...], Field(max_length=20)] = ()
    source: Handle | None = None
    destination: Handle | None = None


class Capture(Body):
    """Body of `trace.capture/1`. `document` names the EPCIS 2.0 JSON-LD document."""

    events: Annotated[tuple[EventSummary, ...], Field(min_length=1, max_length=capture_events_max)]
    document: AttachmentRef
