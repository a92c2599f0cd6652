"""PUT and DELETE /api/handles, and the list of a prefix."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from tallystick.identity import names, records
from tallystick.identity.rest import admins, plan
from tallystick.identity.rest.administering import Administrator, ReadingHandles
from tallystick.identity.rest.errors import (
    NotResponsible,
    RequestNotUnderstood,
    of,
    require,
    success,
)
from tallystick.identity.rest.forms import body_bytes_max, read_values
from tallystick.identity.rest.plan import Plan, Reason
from tallystick.identity.searching import by_prefix_index
from tallystick.identity.views import resolve
from tallystick.ledger import RuleError, View, read_limited

indexes_max = 64
listed_max = 100_000
suffix_characters = 20
_found_at_once = 1000
_index = re.compile("[0-9]{1,10}")
Indexes = Annotated[list[str] | None, Query(max_length=indexes_max)]


async def _body(request: Request) -> bytes:
    return await read_limited(request, body_bytes_max)


def add(routes: APIRouter, reading: Callable[..., Any], administering: Callable[..., Any]) -> None:
    """The routes that need an administrator."""

    @routes.get("/api/handles", summary="The handles of a prefix")
    def list_handles(
        prefix: Annotated[str, Query(max_length=100)],
        admin: Administrator = Depends(administering),
        reading: ReadingHandles = Depends(reading),
        page: Annotated[int, Query(le=2**31)] = 0,
        pageSize: Annotated[int, Query(le=2**31)] = -1,
    ) -> JSONResponse:
        """`page` counts from 0; `pageSize` 0 answers the count alone, a negative one everything."""
        prefix = prefix.removeprefix("0.NA/")
        _require_prefix(reading.view, prefix)
        handle = f"{prefix}/"
        needed = admins.Permission.LIST_HANDLES
        admins.require(reading.view, admin.identity, handle, None, needed)
        total, handles = _listed(reading.view, prefix, max(page, 0), pageSize)
        told = {"prefix": prefix, "totalCount": total, "page": page, "pageSize": pageSize}
        return JSONResponse({"responseCode": success, **told, "handles": handles})

    @routes.put("/api/handles/{handle:path}", summary="Create, replace or change a handle")
    def put_handle(
        handle: str,
        admin: Administrator = Depends(administering),
        reading: ReadingHandles = Depends(reading),
        body: bytes = Depends(_body),
        index: Indexes = None,
        overwrite: bool = True,
        mintNewSuffix: bool = False,
    ) -> JSONResponse:
        """With `index` (repeated, or `various`) only these values are set; else the whole record."""
        values = read_values(body)
        if mintNewSuffix:
            handle = _minted(handle)
        if index:
            asked = None if index == ["various"] else _indexes(index)
            made = plan.put_values(reading.view, handle, values, asked, overwrite=overwrite)
        else:
            made = plan.put(reading.view, handle, values, overwrite=overwrite and not mintNewSuffix)
        return _done(admin, reading.view, made)

    @routes.delete("/api/handles/{handle:path}", summary="Delete a handle, or some of its values")
    def delete_handle(
        handle: str,
        admin: Administrator = Depends(administering),
        reading: ReadingHandles = Depends(reading),
        index: Indexes = None,
        reason: Reason = "withdrawn",
    ) -> JSONResponse:
        """Its history and the `reason` stay; its prefix's holder may register the handle again."""
        if index:
            made = plan.delete_values(reading.view, handle, _indexes(index))
        else:
            made = plan.delete(reading.view, handle, reason)
        return _done(admin, reading.view, made)


def _done(admin: Administrator, view: View, made: Plan) -> JSONResponse:
    """Whoever may is answered only once the entry is durable."""
    prefix = _prefix_of(made.handle)
    _require_prefix(view, prefix)
    record = None if made.created else resolve(view, made.handle)
    admins.require(view, admin.identity, made.handle, record, made.needs)
    if made.said is not None:
        (answer,) = admin.pen.write([made.said])
        require(answer, made.handle)
    status = 201 if made.created else 200
    return JSONResponse({"responseCode": success, "handle": made.handle}, status_code=status)


def _prefix_of(handle: str) -> str:
    """Raises `HandleNotFormed`."""
    try:
        names.split(handle)
    except RuleError as error:
        raise of(error, handle) from None
    return names.administered_by(handle)


def _require_prefix(view: View, prefix: str) -> None:
    if view.get("prefix", prefix) is None:
        raise NotResponsible(prefix)


def _minted(handle: str) -> str:
    suffix = "".join(secrets.choice(names.crockford) for _ in range(suffix_characters))
    try:
        return plan.minted(handle, suffix)
    except RuleError as error:
        raise of(error, handle) from None


def _indexes(told: list[str]) -> list[int]:
    for one in told:
        if not _index.fullmatch(one):
            raise RequestNotUnderstood(f"index={one:.40} is no number")
    return [int(one) for one in told]


def _listed(view: View, prefix: str, page: int, size: int) -> tuple[int, list[str]]:
    """How many there are, and those of the page."""
    total = view.count(by_prefix_index, names.fold(prefix))
    first = page * size if size > 0 else 0
    count = min(size if size >= 0 else total, listed_max)
    handles: list[str] = []
    seen, after = 0, None
    while len(handles) < count and seen < total:
        key = names.fold(prefix)
        rows = view.keys(by_prefix_index, key, key + "\x01", after=after, limit=_found_at_once)
        if not rows:
            break
        after = rows[-1]
        start = max(0, first - seen)
        wanted = rows[start : start + count - len(handles)]
        seen += len(rows)
        found = (records.find(view, name) for _, name, _ in wanted)
        handles += [str(row["handle"]) for row in found if row is not None]
    return total, handles
