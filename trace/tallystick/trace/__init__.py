"""Custody: EPCIS events, what the item graph says now, and what its readers see."""

from tallystick.trace import builders
from tallystick.trace.draft import event_part
from tallystick.trace.epcis import (
    cbv_hash,
    instant,
    parse,
    strict_digest,
    validate,
    validate_document,
    validate_event,
)
from tallystick.trace.epcis.fields import canonical
from tallystick.trace.errors import (
    CaptureRefused,
    EpcisRefused,
    NotAParty,
    SummaryMismatch,
    UnknownItem,
)
from tallystick.trace.graph import Node, Tree, contents, materials, products
from tallystick.trace.routes import router
from tallystick.trace.rules import register
from tallystick.trace.summarise import check_capture, summarise
from tallystick.trace.summary import (
    Capture,
    EventSummary,
    Identifier,
    Quantity,
    Reference,
    capture_events_max,
    event_items_max,
)
from tallystick.trace.views import Item, Journey, Step, containers, history, item, journey

__all__ = [
    "Capture",
    "CaptureRefused",
    "EpcisRefused",
    "EventSummary",
    "Identifier",
    "Item",
    "Journey",
    "Node",
    "NotAParty",
    "Quantity",
    "Reference",
    "Step",
    "SummaryMismatch",
    "Tree",
    "UnknownItem",
    "builders",
    "canonical",
    "capture_events_max",
    "cbv_hash",
    "check_capture",
    "containers",
    "contents",
    "event_items_max",
    "event_part",
    "history",
    "instant",
    "item",
    "journey",
    "materials",
    "parse",
    "products",
    "register",
    "router",
    "strict_digest",
    "summarise",
    "validate",
    "validate_document",
    "validate_event",
]
