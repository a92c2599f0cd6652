"""Reading the body of a request, up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.ledger import digits
from tallystick.ledger.errors import TallystickError

if TYPE_CHECKING:
    from fastapi import Request


class ReadOnly(TallystickError):
    code = "read-only"
    status = 503
    title = "This process only reads; it takes in no entries"
    advice = "Send them to the node that holds the log's keys."


class RequestTooLarge(TallystickError):
    code = "request-too-large"
    status = 413
    title = "The request is larger than this node reads"
    advice = "Send fewer entries at a time."


def declared_size(request: Request, bytes_max: int) -> int:
    """What the request says of its size, and the most that is read of one that says nothing."""
    told = digits.whole(request.headers.get("content-length", ""), bytes_max)
    return bytes_max if told is None else told


async def read_limited(request: Request, bytes_max: int) -> bytes:
    """The request's body; raises `RequestTooLarge` as soon as it is."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > bytes_max:
            raise RequestTooLarge(f"at most {bytes_max} bytes")
    return bytes(data)
