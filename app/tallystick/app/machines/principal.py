"""On whose behalf a program asks, and what it may: found once for each request, before any route is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from tallystick.app.machines.errors import ScopeMissing
from tallystick.app.machines.scopes import needed
from tallystick.app.permissions import program
from tallystick.ledger import Reader

#: In the scope itself, which is one request's; a server may share `state`.
_key = "tallystick.principal"


@dataclass(frozen=True, slots=True)
class Principal:
    """A program of an organisation. `name`: its client id, or the reference of the key that signed the request.

    `author`: as whom it writes; `types`: the entry types that the key which proved it may sign.
    """

    organisation: str
    scopes: frozenset[str]
    by: Literal["token", "signature"]
    name: str
    author: str
    types: tuple[str, ...] = ("*",)

    def reader(self) -> Reader:
        return Reader.party(self.organisation, (program,))

    def require(self, *scopes: str) -> None:
        """Raises `ScopeMissing`."""
        if not self.scopes.issuperset(scopes):
            raise ScopeMissing(*scopes)


def note(request: HTTPConnection, principal: Principal) -> None:
    """Remember who asks; done once, where it was proven."""
    request.scope[_key] = principal


def principal_of(request: HTTPConnection) -> Principal | None:
    """Who asks, if it is a program that proved it."""
    found: Principal | None = request.scope.get(_key)
    return found


def admitted(request: HTTPConnection) -> Principal | None:
    """As `principal_of`, if it may use this route; raises `ScopeMissing`."""
    principal = principal_of(request)
    if principal is not None:
        path = getattr(request.scope.get("route"), "path", "")
        principal.require(*needed(request.scope.get("method", "GET"), path))
    return principal
