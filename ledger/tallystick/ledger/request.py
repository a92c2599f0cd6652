"""Reading a request's body up to a limit."""

from __future__ import annotations

from fastapi import Request

from tallystick.ledger.errors import TallystickError


class RequestTooLarge(TallystickError):
    code = "request-too-large"
    status = 413
    title = "The request is larger than this node reads"
    advice = "Send fewer entries at a time."


async def read_limited(request: Request, bytes_max: int) -> bytes:
    """The request's body; raises `RequestTooLarge` as soon as it is."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > bytes_max:
            raise RequestTooLarge(f"at most {bytes_max} bytes")
    return bytes(data)
