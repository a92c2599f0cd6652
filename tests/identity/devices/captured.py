"""Captures of devices, as a device sends them."""

from __future__ import annotations

from typing import Any

from tests.ledger.world import World

from tallystick.ledger import Attachment, AttachmentRef, StreamAuthor, Submission
from tallystick.trace import Capture, builders, summarise

time = "2026-01-05T01:00:00.000Z"


def capture(world: World, by: StreamAuthor, *events: Any) -> Submission:
    document = builders.document(list(events), created=time)
    data = builders.encode(document)
    attachment = Attachment("application/ld+json", data, world.random(32))
    named = AttachmentRef(hash=attachment.hash(), type=attachment.type, size=len(data))
    body = Capture(events=summarise(document), document=named)
    return by.write("trace.capture/1", body, [attachment])


def reading(at: str = time, place: str = "99.100.1/cold-store") -> Any:
    report = {"type": "Temperature", "value": 4.5, "uom": "CEL"}
    return builders.sensor_reading([], read_point=place, time=at, reports=[report])
