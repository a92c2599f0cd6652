"""Forms of pages, as browsers send them."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import Request
from starlette.exceptions import HTTPException

from tallystick.ledger import read_limited

_form_fields_max = 10


async def form_of(request: Request, most: int) -> dict[str, str]:
    """The first value of each field of a form."""
    data = await read_limited(request, most)
    text = data.decode("ascii", "replace")
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_form_fields_max)
    except ValueError:
        raise HTTPException(400) from None
    return {name: values[0] for name, values in fields.items()}
