"""HTTP routes of erasures: what was erased, and what mirrors stated. Both are public."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Body, Depends, Query

from tallystick.ledger.erasure.found import Erasure
from tallystick.ledger.erasure.kept import Kept
from tallystick.ledger.readers import NotReadable, Reader

index_max = 2**53 - 1
#: Takes in a statement of a mirror (`keep_statement`).
Keep = Callable[[Mapping[str, Any]], Kept]


class Erasures(Protocol):
    """What the routes ask of a snapshot."""

    def size(self) -> int: ...

    def erasures(self, after: int = -1, limit: int = 200) -> list[Erasure]: ...

    def erasure_statements(self) -> list[Kept]: ...


class ReadingErasures(Protocol):
    """A snapshot, and on whose behalf it is read."""

    @property
    def snapshot(self) -> Erasures: ...

    @property
    def reader(self) -> Reader: ...


def router(reading: Callable[..., Any], keep: Keep | None) -> APIRouter:
    """`keep` None: a node that takes in no statements."""
    routes = APIRouter(tags=["erasures"])

    @routes.get("/v1/erasures", summary="Attachments that were erased, in the order of the log")
    def get_erasures(
        after: Annotated[int, Query(ge=-1, le=index_max)] = -1,
        reading: ReadingErasures = Depends(reading),
    ) -> dict[str, Any]:
        """At most 200 behind index `after`: who, when, why, and which attachment of which entry."""
        found = reading.snapshot.erasures(after)
        return {"size": reading.snapshot.size(), "erasures": [one.told() for one in found]}

    @routes.get("/v1/erasures/statements", summary="What mirrors stated about their copies, signed")
    def get_statements(reading: ReadingErasures = Depends(reading)) -> list[dict[str, Any]]:
        """The newest statement of each mirror. Hold `key` against what the mirror publishes of itself."""
        return [one.told() for one in reading.snapshot.erasure_statements()]

    if keep is None:
        return routes

    @routes.post("/v1/erasures/statements", summary="Hand in a mirror's statement")
    def post_statement(
        document: Annotated[dict[str, Any], Body()],
        reading: ReadingErasures = Depends(reading),
    ) -> dict[str, Any]:
        """For bearers of a token, as mirrors are. The statement is signed by the mirror's statement key."""
        if not reading.reader.is_known():
            raise NotReadable("statements are taken from bearers of a token")
        return keep(document).told()

    return routes
