"""The routes of credentials over one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.bundles.api import Tally
from tallystick.app.credentials import papers_api, reminding, shown
from tallystick.app.credentials.errors import NodeWithoutKey
from tallystick.app.credentials.moment import now_ms
from tallystick.app.credentials.proving import prove_newer
from tallystick.app.keystore import KeyMissing
from tallystick.identity import credentials, ending_papers
from tallystick.ledger import NotReadable, SigningKey, Snapshot, Thing, instant


def router(node: Node, reading: Callable[..., Any]) -> APIRouter:
    def prove(snapshot: Snapshot, digest: str) -> Response:
        headers = {
            "Content-Disposition": f'attachment; filename="{digest[:16]}.tally"',
            "Cache-Control": "no-store",
        }
        return Tally(prove_newer(snapshot, digest), headers=headers)

    def key() -> SigningKey:
        """The receipt key: it says what the node answers, never what the log is."""
        try:
            return node.keys.get(node.operator_keys().receipt_key)
        except KeyMissing:
            raise NodeWithoutKey from None

    routes = credentials.router(reading, now_ms, prove, key, node.settings.base_url)

    @routes.get(
        "/v1/credentials/{credential}/fields",
        tags=["credentials"],
        summary="The fields of a credential that you were shown through the log",
    )
    def get_fields(
        credential: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
        response: Response,
        reading: Reading = Depends(reading),
    ) -> dict[str, Any]:
        """Verified again with each answer. Empty for what was not shown to you, and for a paper that is stated."""
        response.headers["Cache-Control"] = "private, no-store"
        now = now_ms(reading.view)
        return shown.told(reading.snapshot, reading.reader, credential, now)

    @routes.get(
        "/v1/reminders",
        tags=["credentials"],
        summary="Which of your credentials and papers are about to end, and when you were reminded",
    )
    def get_reminders(
        response: Response,
        reading: Reading = Depends(reading),
        organisation: Annotated[str, Query(max_length=300)] = "",
        after: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
    ) -> dict[str, Any]:
        """By credential, a page of them at a time. `next`, if there, is the `after` of the next page. `papers`: those that the
        node looked at and that end within 90 days, or have ended.
        """
        own = reading.reader.lists_of(organisation or None, thing=Thing("credentials"))
        if own is None:
            raise NotReadable("name the organisation, and read in its name")
        response.headers["Cache-Control"] = "private, no-store"
        found, last = reminding.of_holder(node, reading.view, own, after)
        told = [one.told() for one in found]
        now = now_ms(reading.view)
        until = instant(now + reminding.days_before[0] * reminding.day_ms)[:10]
        papers = ending_papers(reading.view, own, instant(now)[:10], until)
        more = {"next": last} if last else {}
        return {"organisation": own, "reminders": told, "papers": papers, **more}

    routes.routes.extend(papers_api.router(reading, node.settings.base_url).routes)
    return routes
