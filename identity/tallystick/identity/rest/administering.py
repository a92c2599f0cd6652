"""Who administers handles through the API: told by the application, which checked who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tallystick.identity.pen import Pen
from tallystick.ledger import Reader, Snapshot, View


@dataclass(frozen=True, slots=True)
class Administrator:
    """`identity`: the reference `index:handle` under which somebody logged in, and the pen it writes with."""

    identity: str
    pen: Pen


@dataclass(frozen=True, slots=True)
class HandleAccess:
    """Two dependencies of routes. `identifying` gives the identity of whoever logged in, or None; `administering`
    an `Administrator`, or raises `AuthenticationNeeded` and its kin.
    """

    identifying: Callable[..., Any]
    administering: Callable[..., Any]


class ReadingHandles(Protocol):
    """A view, and on whose behalf it is read."""

    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def snapshot(self) -> Snapshot: ...
