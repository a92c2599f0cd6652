"""A person of an organisation who is logged in, as requests know it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from tallystick.ledger import Reader

_state = "tallystick_member"


@dataclass(frozen=True, slots=True)
class Member:
    """`roles`: as they are now, whatever they were at login."""

    person: str
    organisation: str
    roles: frozenset[str]
    key: str

    def reader(self) -> Reader:
        return Reader.party(self.organisation, self.roles)


def note(request: HTTPConnection, member: Member) -> None:
    """Remember who asks; done once, where it was proven."""
    request.scope.setdefault("state", {})[_state] = member


def member_of(request: HTTPConnection) -> Member | None:
    found: Member | None = request.scope.get("state", {}).get(_state)
    return found
