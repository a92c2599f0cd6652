"""GET /v1/credentials, /v1/qualifications, /v1/status-lists: who sees which credential, and how it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query, Response

from tallystick.identity import directory
from tallystick.identity.credentials import status_list
from tallystick.identity.credentials.bodies import lists_max
from tallystick.identity.credentials.standing import Standing
from tallystick.identity.credentials.types import list_url
from tallystick.identity.credentials.views import (
    Side,
    asks,
    credential_for,
    credentials,
    credentials_for,
    needs_of,
    page_max,
    qualifications,
)
from tallystick.ledger import NotReadable, Reader, SigningKey, Thing, View

handle_chars_max = 300
_digest = r"^[0-9a-f]{64}$"
_cache = {"Cache-Control": f"public, max-age={status_list.ttl_s}"}
_private = {"Cache-Control": "private, no-store"}
_plain = re.compile(r"\s")


class ReadingCredentials(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def snapshot(self) -> Any: ...


class StatusList(Response):
    """A status list token."""

    media_type = status_list.media_type


def router(
    reading: Callable[..., Any],
    now: Callable[[View], int],
    prove: Callable[[Any, str], Response],
    key: Callable[[], SigningKey],
    base_url: str,
) -> APIRouter:
    """`now`: the instant of an answer; `prove` makes the newest proof of a credential; `key` signs status lists."""
    routes = APIRouter(tags=["credentials"])

    @routes.get("/v1/credentials", summary="Credentials that you hold, issued, or were shown")
    def list_credentials(
        response: Response,
        reading: ReadingCredentials = Depends(reading),
        side: Annotated[Side, Query(description="As what you see them.")] = "holder",
        organisation: Annotated[str, Query(max_length=handle_chars_max)] = "",
        after: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
        limit: Annotated[int, Query(ge=1, le=page_max)] = 50,
    ) -> dict[str, Any]:
        """Your own list; an auditor names the organisation. `next`, if there, is the `after` of the next page."""
        own = _lists_of(reading, organisation)
        response.headers.update(_private)
        rows = credentials(reading.view, own, side, now(reading.view), after, limit + 1)
        page = [one.told() for one in credentials_for(reading.reader, rows[:limit], own)]
        more = {"next": rows[limit - 1].credential} if len(rows) > limit else {}
        return {"organisation": own, "side": side, "credentials": page, **more}

    @routes.get("/v1/credentials/{credential}", summary="A credential that you may see")
    def get_credential(
        credential: Annotated[str, Path(pattern=_digest)],
        response: Response,
        reading: ReadingCredentials = Depends(reading),
    ) -> dict[str, Any]:
        """How it stands now. 404 `credential-unknown` for everybody else."""
        response.headers.update(_private)
        return credential_for(reading.view, reading.reader, credential, now(reading.view)).told()

    @routes.get(
        "/v1/credentials/{credential}/proof",
        summary="What became of a credential, proven, for whoever knows its name",
        response_class=Response,
    )
    def get_proof(
        credential: Annotated[str, Path(pattern=_digest)],
        reading: ReadingCredentials = Depends(reading),
    ) -> Response:
        """A bundle: which entries touched it, and whether the keys of issuer and holder stand. No field of it."""
        return prove(reading.snapshot, credential)

    @routes.get(
        "/v1/qualifications", summary="What your suppliers have shown you, and how it stands"
    )
    def list_qualifications(
        response: Response,
        reading: ReadingCredentials = Depends(reading),
        buyer: Annotated[str, Query(max_length=handle_chars_max)] = "",
        supplier: Annotated[str, Query(max_length=handle_chars_max)] = "",
        kind: Annotated[str, Query(max_length=40)] = "",
        standing: Annotated[Standing | None, Query()] = None,
        after: Annotated[str, Query(max_length=handle_chars_max + 50)] = "",
        limit: Annotated[int, Query(ge=1, le=page_max)] = 50,
    ) -> dict[str, Any]:
        """Suppliers × the kinds that you ask of them. What was not shown to you is `not-shown`, whatever there is."""
        own = _lists_of(reading, buyer)
        response.headers.update(_private)
        page = qualifications(
            reading.view, own, now(reading.view), supplier=supplier, wanted=kind,
            standing=standing, after=after, limit=limit,
        )  # fmt: skip
        more = {"next": page.next} if page.next else {}
        rows = page.rows if asks(reading.reader, own) else ()
        return {"buyer": own, "qualifications": [one.told() for one in rows], **more}

    @routes.get("/v1/qualifications/asked", summary="Which certificates are asked of you, by whom")
    def list_asked(
        response: Response,
        reading: ReadingCredentials = Depends(reading),
        supplier: Annotated[str, Query(max_length=handle_chars_max)] = "",
    ) -> dict[str, Any]:
        own = _lists_of(reading, supplier)
        response.headers.update(_private)
        asked = [
            {"buyer": by, "kinds": [*kinds]}
            for by, kinds in needs_of(reading.view, own)
            if asks(reading.reader, by, own)
        ]
        return {"supplier": own, "asked": asked}

    @routes.get(
        "/v1/status-lists/{number}/{issuer:path}",
        summary="Token Status List of an issuer, computed from the log",
        response_class=StatusList,
    )
    def get_status_list(
        number: Annotated[int, Path(ge=0, lt=lists_max)],
        issuer: Annotated[str, Path(max_length=handle_chars_max)],
        reading: ReadingCredentials = Depends(reading),
    ) -> Response:
        """Two bits for each place: 0 valid, 1 revoked, 2 suspended. It says of which log and size it was computed."""
        if _plain.search(issuer) or not _is_organisation(reading.view, issuer):
            raise NotReadable(issuer)
        genesis: Mapping[str, Any] = reading.view.get("log", "genesis") or {}
        text = status_list.token(
            status_list.computed(reading.view, issuer, number),
            list_url(base_url, number, issuer),
            str(genesis["origin"]),
            reading.snapshot.size(),
            now(reading.view),
            key(),
        )
        return StatusList(text, headers=_cache)

    return routes


def _lists_of(reading: ReadingCredentials, organisation: str) -> str:
    """Whose list this reader gets. Raises `NotReadable`."""
    own = reading.reader.lists_of(organisation or None, thing=Thing("credentials"))
    if own is None:
        raise NotReadable("name the organisation, and read in its name")
    return own


def _is_organisation(view: View, handle: str) -> bool:
    try:
        directory.organisation(view, handle)
    except directory.UnknownParty:
        return False
    return True
