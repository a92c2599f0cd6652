"""The routes of credentials over one node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Response

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.bundles.api import Tally
from tallystick.app.credentials import shown
from tallystick.app.credentials.errors import NodeWithoutKey
from tallystick.app.credentials.proving import prove_newer
from tallystick.app.keystore import KeyMissing
from tallystick.identity import credentials
from tallystick.ledger import (
    Clock,
    SigningKey,
    Snapshot,
    SystemClock,
    View,
    from_instant,
    simulated_suffix,
)


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

    return routes


def now_ms(view: View, clock: Clock | None = None) -> int:
    """The clock's time; in a simulated log, whose clock is not the wall clock, that of its newest block."""
    genesis = cast(Mapping[str, Any], view.get("log", "genesis"))
    block = cast(Mapping[str, Any] | None, view.get("log", "block"))
    if block is not None and str(genesis["origin"]).endswith(simulated_suffix):
        return from_instant(block["time"])
    return (clock or SystemClock()).now_ms()
