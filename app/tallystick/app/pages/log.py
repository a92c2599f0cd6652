"""The log's page and the page of an entry, with everything that verifies it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

import tallystick.ledger as ledger
from tallystick.app.access import Reading
from tallystick.app.pages import links
from tallystick.app.pages.evidence import body_matches, examine
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.identity import UnknownParty, speaker
from tallystick.ledger import View

entries_per_page = 50
body_shown_chars_max = 60_000

#: What a browser may be told that an attachment is; everything else is bytes.
_endings = {
    "application/pdf": "pdf",
    "application/ofd": "ofd",
    "application/xml": "xml",
    "application/json": "json",
    "image/jpeg": "jpg",
    "image/png": "png",
    "text/plain": "txt",
}
_Index = Annotated[int, Path(ge=0, le=2**53)]
_Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_Before = Annotated[int | None, Query(ge=0, le=2**53)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A body as text; `cut` if only its beginning is shown."""

    text: str
    cut: bool


def add(
    routes: APIRouter,
    pages: Pages,
    reader: Callable[..., Any],
    fence: Callable[[], ledger.Fence | None],
) -> None:
    """`fence` says whether the log has stopped signing."""

    @routes.get("/log")
    def log(
        request: Request, reading: Reading = Depends(reader), before: _Before = None
    ) -> Response:
        snapshot = reading.snapshot
        rows = snapshot.recent(before, entries_per_page)
        firm = firm_names(reading.view, choose(request))
        return pages.page(
            request,
            "log.html",
            size=snapshot.size(),
            rows=rows,
            older=rows[-1].index if rows and rows[-1].index > 0 else None,
            newer=_newer(before, snapshot.size()),
            checkpoint=snapshot.checkpoint(),
            finality=snapshot.finality(),
            anchor=snapshot.anchor(),
            fence=fence(),
            printable=ledger.witness.printable,
            log_handle=(reading.view.get("log", "genesis") or {}).get("log"),
            verifier=ledger.log_verifier(reading.view).encode(),
            who=lambda author: firm(speaks_for(reading.view, author)),
        )

    @routes.get("/log/entries")
    def choose_entry(index: Annotated[str, Query(max_length=20)] = "") -> RedirectResponse:
        """The form "verify this entry"."""
        number = index.strip()
        known = number.isascii() and number.isdecimal()
        return RedirectResponse(links.entry_url(int(number)) if known else "/log", 303)

    @routes.get("/log/entries/{index}/attachments/{digest}")
    def attachment(index: _Index, digest: _Digest, reading: Reading = Depends(reader)) -> Response:
        """As a file, which the browser keeps and neither opens nor runs: others wrote it, and said what it is."""
        found = reading.snapshot.attachment(index, digest, reading.reader)
        ending = _endings.get(found.type, "bin")
        headers = {
            "Content-Disposition": f'attachment; filename="{index}-{digest[:16]}.{ending}"',
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        shown = found.type if found.type in _endings else "application/octet-stream"
        return Response(found.data, media_type=shown, headers=headers)

    @routes.get("/log/entries/{index}")
    def entry(request: Request, index: _Index, reading: Reading = Depends(reader)) -> Response:
        snapshot = reading.snapshot
        evidence = examine(snapshot, index)
        disclosed = snapshot.disclose(index, reading.reader)
        known = pages.rules.types.get(evidence.row.type)
        firm = firm_names(reading.view, choose(request))
        return pages.page(
            request,
            "entry.html",
            evidence=evidence,
            row=evidence.row,
            entry=evidence.entry,
            body=_shown(disclosed.body),
            body_sound=body_matches(disclosed),
            attachments=disclosed.attachments,
            erased=snapshot.erased(index),
            public=known is not None and known.public,
            organisation=speaks_for(reading.view, evidence.row.author),
            firm=firm,
            last=snapshot.size() - 1,
        )


def speaks_for(view: View, author: str) -> str:
    """The organisation in whose name an author speaks; the author itself if it is none of anybody."""
    try:
        return speaker(view, author).organisation
    except UnknownParty:
        return author


def _newer(before: int | None, size: int) -> int | None:
    """The mark of the page before this one; None on the newest."""
    return None if before is None or before >= size else min(before + entries_per_page, size)


def _shown(body: bytes | None) -> Shown | None:
    if body is None:
        return None
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        text = body.decode("utf-8", "replace")
    return Shown(text[:body_shown_chars_max], len(text) > body_shown_chars_max)
