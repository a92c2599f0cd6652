"""Routes of a demo store alone: its people, and their keys, with which a browser logs in and signs as one of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from tallystick.app.bootstrap import Node
from tallystick.app.played.keys import PlayedUnknown, secret_jwk, valid_key
from tallystick.app.played.people import Playbill


def router(node: Node, bill: Playbill) -> APIRouter:
    routes = APIRouter(prefix="/v1/played", tags=["demo"])

    @routes.get("", summary="The demo's people")
    def people() -> dict[str, Any]:
        """Whom this demo plays, and in which roles."""
        return {"people": [one.model_dump(mode="json") for one in bill.people]}

    @routes.get("/{owner:path}", summary="The key of one of them, or of an organisation of theirs")
    def key(response: Response, owner: Annotated[str, Path(max_length=300)]) -> dict[str, Any]:
        """`jwk` is the private key: it is nobody's secret, and the log says of it that it is played."""
        if bill.person(owner) is None and owner not in bill.firms():
            raise PlayedUnknown(owner)
        with node.look() as view:
            found = valid_key(view, owner)
        response.headers["Cache-Control"] = "no-store"
        return {"owner": owner, "reference": found.keyid, "jwk": secret_jwk(found)}

    return routes
