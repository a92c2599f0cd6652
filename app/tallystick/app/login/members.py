"""A person of an organisation who is logged in, as requests know it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from tallystick.ledger import Reader

_state = "tallystick_member"
#: How the `key` of who came by a directory begins.
by_directory = "directory:"
issuing = frozenset({"maker", "checker", "administrator", "security-administrator"})


@dataclass(frozen=True, slots=True)
class Member:
    """`roles`: as they are now, whatever they were at login; `capacities`: of the organisation."""

    person: str
    organisation: str
    roles: frozenset[str]
    key: str
    capacities: frozenset[str] = frozenset()

    @property
    def issues(self) -> bool:
        """Whether its organisation's promises are this person's affair: maker, checker or officer of a core."""
        return "core" in self.capacities and bool(self.roles & issuing)

    @property
    def only_reads(self) -> bool:
        """Whoever came by a directory has shown no key."""
        return self.key.startswith(by_directory)

    def reader(self) -> Reader:
        return Reader.party(self.organisation, self.roles)


def note(request: HTTPConnection, member: Member) -> None:
    """Remember who asks; done once, where it was proven."""
    request.scope.setdefault("state", {})[_state] = member


def member_of(request: HTTPConnection) -> Member | None:
    found: Member | None = request.scope.get("state", {}).get(_state)
    return found


def disposes(request: HTTPConnection) -> bool:
    """Whether somebody is logged in who disposes of certificates and of money."""
    member = member_of(request)
    return member is not None and bool(member.roles & {"maker", "checker"})
