"""From EPCIS events to the body and the attachment of `trace.capture/1` (formats §2).

The body keeps a summary of each event for ever; the EPCIS document is the attachment, which can be erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    NotCanonical,
    attachment_bytes_max,
    body_bytes_max,
)
from tallystick.scanners.device_errors import CaptureTooLarge
from tallystick.trace import Capture, EpcisRefused, builders, capture_events_max, parse, summarise

capture_type = "trace.capture/1"
document_type = "application/ld+json"
salt_bytes = 32


@dataclass(frozen=True, slots=True)
class Prepared:
    """The bytes of a capture before it is signed."""

    body: bytes
    attachments: tuple[Attachment, ...]


def prepare(
    events: Sequence[Mapping[str, Any]], created: str, random: Callable[[int], bytes]
) -> Prepared:
    """Body and EPCIS document of `events`, the document dated `created`.

    Raises `CaptureTooLarge` for none, too many or too large, and what `trace` raises for events that are
    not EPCIS 2.0.
    """
    if not 0 < len(events) <= capture_events_max:
        raise CaptureTooLarge(f"1 to {capture_events_max} events, not {len(events)}")
    stored = Attachment(document_type, _document(events, created), random(salt_bytes))
    named = AttachmentRef(
        hash=stored.hash(), type=stored.type, size=len(stored.data), grade=stored.grade
    )
    # From the stored bytes, as the node will compute it to compare.
    body = Capture(events=summarise(parse(stored.data)), document=named).encode()
    if len(body) > body_bytes_max:
        raise CaptureTooLarge(f"the summary of the events has {len(body)} bytes")
    return Prepared(body, (stored,))


def _document(events: Sequence[Mapping[str, Any]], created: str) -> bytes:
    try:
        epcis = builders.document([dict(event) for event in events], created=created)
        data = builders.encode(epcis)
    except (NotCanonical, TypeError, ValueError, RecursionError) as error:
        raise EpcisRefused(f"the events are not JSON: {error}") from None
    if len(data) > attachment_bytes_max:
        raise CaptureTooLarge(f"the EPCIS document has {len(data)} bytes")
    return data
