"""Requests of whoever does not say who it is: most of those that resolve something.

They need none of what finds out who asks, and those that come together read from one snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from fastapi import Request, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tallystick.ledger import Reader, Snapshot, View


class StrangerReading(Protocol):
    """A snapshot that others share, and a reader who is nobody in particular."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


#: Makes an answer, in a thread that may wait for the database. Raises what the route raises.
Work = Callable[[StrangerReading], Response]
#: Documents that it will look for first, by kind (`Snapshot.expect`).
Wanted = Mapping[str, Sequence[str]]
#: The work of a request, and what it looks for; None: this request goes the ordinary way.
Prepared = tuple[Work, Wanted] | None


class Strangers(Protocol):
    """The application's desk for them."""

    def is_one(self, scope: Scope) -> bool:
        """Whether nothing in a request says who sends it."""
        ...

    async def read(self, work: Work, wanted: Wanted) -> Response:
        """The answer, of a snapshot that is no older than this call."""
        ...


def serve(route: Any, strangers: Strangers, prepare: Callable[[Request], Prepared]) -> None:
    """From now on a route answers strangers by what `prepare` makes of their requests, where it makes something."""
    if not isinstance(route, Route):
        raise TypeError(f"{route} is no route")
    ordinary = route.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if strangers.is_one(scope):
            prepared = prepare(Request(scope, receive))
            if prepared is not None:
                answer = await strangers.read(*prepared)
                await answer(scope, receive, send)
                return
        await ordinary(scope, receive, send)

    route.app = app
