"""The demo's switcher: as whom to look. Other stores have no such route."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from tallystick.app import access
from tallystick.app.pages.links import is_local
from tallystick.ledger import read_limited

_form_bytes_max = 4096
_form_fields_max = 10


def add(routes: APIRouter, switcher: access.Personas) -> None:
    known = {persona.id for persona in switcher.personas}

    @routes.post("/view-as")
    async def view_as(request: Request) -> RedirectResponse:
        """Set the persona (none: the public) and go back to where one was."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
        form = await form_of(request, _form_bytes_max)
        back, persona = form.get("next", "/"), form.get("persona", "")
        response = RedirectResponse(back if is_local(back) else "/", 303)
        if persona in known:
            response.set_cookie(
                access.persona_cookie, persona, httponly=True, samesite="lax", path="/"
            )
        elif not persona:
            response.delete_cookie(access.persona_cookie, path="/")
        else:
            raise HTTPException(400)
        return response


async def form_of(request: Request, most: int) -> dict[str, str]:
    """The first value of each field of a form."""
    data = await read_limited(request, most)
    text = data.decode("ascii", "replace")
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_form_fields_max)
    except ValueError:
        raise HTTPException(400) from None
    return {name: values[0] for name, values in fields.items()}
