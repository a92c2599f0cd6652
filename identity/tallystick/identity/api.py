"""GET /api/handles/{handle} in the JSON form of Handle.net (HN Technical Manual 9, ch. 14)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from tallystick.identity import strangers
from tallystick.identity.asof.moment import index_of
from tallystick.identity.asof.wish import proof_address
from tallystick.identity.filters import is_wanted
from tallystick.identity.prefixes import answers
from tallystick.identity.prefixes.counting import Counts, Uncounted
from tallystick.identity.rest import admins, forms, search_api, writing
from tallystick.identity.rest.administering import HandleAccess, ReadingHandles
from tallystick.identity.views import CodesOfBatches, Record, documents_of, resolve, values_for
from tallystick.ledger import Reader, View, public_reader

success, handle_not_found, values_not_found = 1, 100, 200
filters_max = 64
_index = re.compile("[1-9][0-9]{0,9}")
_flagged = ("publicOnly", "referred")
_flags = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question: a handle, filters, whose values, as of when, and whether another server sent it here."""

    handle: str
    indexes: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    public_only: bool = False
    as_of: str | None = None
    referred: bool = False


def router(
    reading: Callable[..., Any],
    access: HandleAccess | None = None,
    counts: Counts | None = None,
    issued: CodesOfBatches | None = None,
    base_url: str = "",
    desk: strangers.Strangers | None = None,
) -> APIRouter:
    """The resolver's routes; `reading` is the dependency that says who asks. With `access`, those that write too.

    `counts` is told what was asked; `issued` finds codes of batches that nobody has seen yet. With `base_url`
    answers name the address of their proof, which resolvers pass on. `desk`: who answers strangers.
    """
    served = _Served(counts or Uncounted(), issued, base_url)
    routes = APIRouter(tags=["handles"])
    if access is not None:
        writing.add(routes, reading, access.administering)
    search_api.add(routes, reading)
    identifying = access.identifying if access else _nobody

    @routes.get("/api/handles/{handle:path}", summary="Resolve a handle")
    def get_handle(
        handle: str,
        reading: ReadingHandles = Depends(reading),
        identity: str | None = Depends(identifying),
        index: Annotated[list[int] | None, Query(max_length=filters_max)] = None,
        type: Annotated[list[str] | None, Query(max_length=filters_max)] = None,  # noqa: A002
        publicOnly: bool = False,
        auth: bool = False,
        as_of: Annotated[str | None, Query(alias="asOf")] = None,
        referred: Annotated[bool, Query()] = False,
    ) -> Response:
        """`index` and `type` filter by either; a type ending in `.` takes all its subtypes.

        `publicOnly` leaves out what only you may read. `auth` asks for an answer from no cache: every one is.
        `asOf`: an index of the log or a time (RFC 3339); the answer names both indexes, that and the version's.
        307 to the server that may know it, of a handle whose prefix is at home or comes from there; not if
        `referred`, which says that another server has sent the question here.
        """
        filters = tuple(index or ()), tuple(type or ())
        return served.answer(
            _Asked(handle, *filters, publicOnly, as_of, referred), reading, identity
        )

    if desk is not None:
        strangers.serve(routes.routes[-1], desk, served.prepare)
    return routes


@dataclass(frozen=True, slots=True)
class _Served:
    """What answers rest on beside the question and the log."""

    counting: Counts
    issued: CodesOfBatches | None
    base_url: str

    def prepare(self, request: Request) -> strangers.Prepared:
        """Of a stranger who asks in the plainest way; whatever else there may be in a query is for FastAPI to judge."""
        asked = _plain(request.path_params["handle"], request.scope["query_string"])
        if asked is None:
            return None
        return partial(self.answer, asked), documents_of((asked.handle,))

    def answer(
        self, asked: _Asked, reading: ReadingHandles, identity: str | None = None
    ) -> Response:
        view, handle = reading.view, asked.handle
        at = None if asked.as_of is None else index_of(reading.snapshot, asked.as_of)
        record = resolve(view, handle, at, self.issued)
        prefix = answers.standing(view, record.handle if record else handle)
        if prefix is not None:
            self.counting.count(prefix.prefix, "missing" if record is None else "found")
        if record is None or record.deleted:
            elsewhere = None if asked.referred or at is not None else answers.referral(view, handle)
            if elsewhere is not None:
                return RedirectResponse(answers.asked_there(elsewhere, handle))
            return _answer(handle_not_found, handle, status=404, **as_of_members(record, at))
        more = {**(prefix.told() if prefix else {}), **as_of_members(record, at)}
        if self.base_url and record.since is not None:
            more["proof"] = proof_address(self.base_url, record.handle, at)
        reader = public_reader if asked.public_only else reading.reader
        if identity is not None:
            reader = _as_administrator(view, reader, identity, record)
        values = [
            value
            for value in values_for(reader, record)
            if is_wanted(value, asked.indexes, asked.types)
        ]
        if not values:
            return _answer(values_not_found, record.handle, values=[], **more)
        return _answer(success, record.handle, values=forms.listed(values), **more)


def _plain(handle: str, query: bytes) -> _Asked | None:
    """A question as of now whose parameters are written as programs write them; None for any other."""
    if not query:
        return _Asked(handle)
    found: dict[str, list[str]] = {name: [] for name in ("index", "type", *_flagged)}
    try:
        for name, value in parse_qsl(query.decode("ascii"), keep_blank_values=True):
            found[name].append(value)
        public_only, referred = (_flags[(found[one] or ["false"])[-1]] for one in _flagged)
    except (KeyError, ValueError):
        return None
    indexes, types = found["index"], found["type"]
    if max(len(indexes), len(types)) > filters_max or not all(map(_index.fullmatch, indexes)):
        return None
    return _Asked(handle, tuple(map(int, indexes)), tuple(types), public_only, None, referred)


def as_of_members(record: Record | None, at: int | None) -> dict[str, Any]:
    """What an answer as of then says beside the record: as of which entry, and which one wrote the version."""
    if at is None:
        return {}
    told: dict[str, Any] = {"index": at}
    if record is not None and record.since is not None:
        told["since"] = record.since
    if record is None:
        return {"asOf": told, "message": f"there was no such record as of entry {at}"}
    return {"asOf": told}


def _nobody() -> None:
    return None


def _as_administrator(view: View, reader: Reader, identity: str, record: Record) -> Reader:
    """Who logged in by this API reads private values of its own only with the permission READ_VALUE."""
    if not reader.takes_part(record.owner):
        return reader
    granted = admins.permissions(view, identity, record.handle, record)
    allowed = granted is not None and admins.Permission.READ_VALUE in granted
    return reader if allowed else public_reader


def _answer(code: int, handle: str, *, status: int = 200, **more: Any) -> Response:
    told = orjson.dumps({"responseCode": code, "handle": handle, **more})
    return Response(told, status, media_type="application/json")
