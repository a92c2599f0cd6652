"""What is shared, over HTTP. Sharing itself is a signed entry (`POST /v1/entries`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.machines import admitted
from tallystick.app.permissions import kinds_of_parts, kinds_seen
from tallystick.app.sharing import things
from tallystick.app.sharing.desk import SharingDesk
from tallystick.identity import sharing
from tallystick.ledger import NotReadable, TallystickError

handle_chars_max = 300
_private = {"Cache-Control": "private, no-store"}
_Handle = Annotated[str, Query(max_length=handle_chars_max)]
_Words = Annotated[list[str], Query(max_length=sharing.names_max)]


class PreviewRefused(TallystickError):
    code = "preview-refused"
    status = 400
    title = "Nothing can be opened by these words"
    advice = "Name a kind of thing, and what narrows it; the reference of `identity.disclose/1` says what fits."


def router(reading: Callable[..., Any], desk: SharingDesk) -> APIRouter:
    """`reading` is the dependency that says who asks."""
    routes = APIRouter(prefix="/v1/sharing", tags=["sharing"])

    @routes.get("", summary="What your organisation lets others read, or was given")
    def list_sharing(
        response: Response,
        reading: Reading = Depends(reading),
        side: Annotated[sharing.Side, Query(description="What it gave, or received.")] = "given",
        organisation: _Handle = "",
        after: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
        limit: Annotated[int, Query(ge=1, le=sharing.sharing_page_max)] = 50,
    ) -> dict[str, Any]:
        """Agreements, disclosures and remits, the ended ones too. `next`, if there, is the `after` of the next page."""
        response.headers.update(_private)
        own, view = lists_of(reading, organisation), reading.view
        today = desk.today(view)
        found = sharing.agreements(view, own, side, today, after, limit + 1)
        more = {"next": found[limit - 1].name} if len(found) > limit else {}
        shown = sharing.agreements_for(reading.reader, found[:limit])
        told = [one.told() for one in shown]
        return {"organisation": own, "side": side, "today": today, "sharing": told, **more}

    @routes.get("/preview", summary="What another organisation would see of yours")
    def preview(
        request: Request,
        response: Response,
        reading: Reading = Depends(reading),
        organisation: _Handle = "",
        to: _Handle = "",
        kind: Annotated[str, Query(max_length=20)] = "",
        part: Annotated[str, Query(max_length=20)] = "",
        types: _Words = [],  # noqa: B006
        names: _Words = [],  # noqa: B006
        prefixes: _Words = [],  # noqa: B006
    ) -> dict[str, Any]:
        """`to`: by all that holds today. Else by a `kind` of thing (or `part`), narrowed by the rest."""
        response.headers.update(_private)
        own = lists_of(reading, organisation)
        found = previewed(
            request, reading, desk, own, to, {"kind": kind, "part": part, "types": types, "names": names, "prefixes": prefixes}
        )  # fmt: skip
        return {"organisation": own, **found.told()}

    @routes.get("/{agreement}", summary="One agreement, disclosure or remit")
    def get_sharing(
        agreement: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
        response: Response,
        reading: Reading = Depends(reading),
    ) -> dict[str, Any]:
        """For either side. 404 for everybody else, whether there is one or not."""
        response.headers.update(_private)
        today = desk.today(reading.view)
        return sharing.agreement(reading.view, reading.reader, agreement, today).told()

    return routes


def lists_of(reading: Reading, organisation: str) -> str:
    """Raises `NotReadable`."""
    own = reading.reader.lists_of(organisation or None)
    if own is None:
        raise NotReadable("name the organisation, and read in its name")
    return own


def previewed(
    request: Request, reading: Reading, desk: SharingDesk, own: str, to: str, words: dict[str, Any]
) -> things.Preview:
    """Of kinds of thing that whoever asks may read at all. Raises `PreviewRefused`."""
    view, kinds = reading.view, _kinds(request)
    if to:
        given = desk.holding(lambda: reading.snapshot, frozenset({"sharing", "remit"}), to)
        if given is None:
            raise PreviewRefused(to)
        return things.as_seen_by(view, own, given, kinds)
    told = {name: tuple(v) if isinstance(v, list) else v for name, v in words.items() if v}
    try:
        return things.by_scopes(view, own, (sharing.Opened.model_validate(told),), kinds)
    except ValidationError as error:
        raise PreviewRefused(error.errors()[0]["msg"]) from None


def _kinds(request: Request) -> frozenset[str]:
    """By the roles of a person, by the scopes of a program; all for who reads for the organisation as a whole."""
    member, program = member_of(request), admitted(request)
    if member is not None:
        return kinds_seen(member.roles)
    return things.all_kinds if program is None else kinds_of_parts(program.scopes)
