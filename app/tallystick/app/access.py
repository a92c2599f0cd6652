"""On whose behalf a request reads: of a person who is logged in, a program, a user of the Handle API, or a bearer of
a token; of nobody otherwise.

Every store shows the public what is public, to a program what its organisation may see (`machines`), and to the
bearer of a token what the operator let that reader see (`readers.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from tallystick.app.bootstrap import Node
from tallystick.app.handles import Gate, says_who
from tallystick.app.leaving import leaves_to, taken_home
from tallystick.app.login import LoginDesk, Member, note, session_cookie
from tallystick.app.login.errors import DirectoryOnlyReads
from tallystick.app.machines import admitted
from tallystick.app.permissions import admits, program, reader_of, user_reader, verb_of
from tallystick.app.readers import Readers, TokenUnknown
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.who import Who, nobody
from tallystick.app.sharing import SharingDesk
from tallystick.app.snapshots import SnapshotOfRequest
from tallystick.ledger import (
    Reader,
    Snapshot,
    View,
    auditor_reader,
    grading,
    public_reader,
)

__all__ = [
    "Reading",
    "auditor_reader",
    "reading",
]

_reads = frozenset({"GET", "HEAD", "OPTIONS"})
#: Routes that change nothing for anybody else: what is prepared there counts once a key has signed it.
needs_no_key = frozenset(
    {
        "/v1/drafts", "/v1/handovers", "/v1/handovers/look", "/v1/handovers/signature", "/v1/credentials/drafts",
        "/v1/rotations/drafts", "/v1/documents/read", "/finance/v1/notifications/read", "/finance/v1/statements/answers/read", "/v1/presentations/verify", "/v1/notices/seen", "/notices/seen",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A snapshot of log and state, and who reads it."""

    source: Snapshot | SnapshotOfRequest
    reader: Reader

    @property
    def snapshot(self) -> Snapshot:
        return self.source if isinstance(self.source, Snapshot) else self.source.take()

    @property
    def view(self) -> View:
        return self.snapshot.view


def reading(
    node: Node,
    gate: Gate | None = None,
    desk: LoginDesk | None = None,
    sharing: SharingDesk | None = None,
    noted: ReadLog | None = None,
) -> Callable[[Request], AsyncIterator[Reading]]:
    """The dependency that says who asks, and takes one snapshot for a request. Programs, and users of the
    Handle API, whom `gate` knows, read for their organisations. `noted`: where it is noted who was let see what.
    """
    readers = Readers(node.settings.folder)
    shared = sharing or SharingDesk()

    def named(request: Request) -> tuple[Reader, Who] | None:
        user = gate.identity(request) if gate else None
        if gate and user is not None:
            own = Reader.party(gate.pen(user).organisation, (program,))
            return user_reader(_route(request), own), Who("user", user)
        told = request.headers.get("authorization")
        if told is None:
            return None
        admitted, path = readers.admitted(_token(told)), request.url.path
        with node.look() as view:
            reader = leaves_to(
                view,
                node.settings,
                admitted.reader(),
                _takes_away(_route(request)) or "mirror",
                admitted.name,
                admitted.country or "",
                strict=path.startswith("/log/stretch") and admitted.organisation is None,
            )
        return reader, Who("token", admitted.name)

    def going_home(reader: Reader, route: grading.Route) -> Reader:
        with node.look() as view:
            return taken_home(view, node.settings, reader, route)

    async def dependency(request: Request) -> AsyncIterator[Reading]:
        reader, who = public_reader, nobody
        machine = admitted(request)
        if machine is not None:
            reader, who = machine.reader(), Who("program", machine.name)
        # Most who read do not say who they are: they wait for no thread here.
        elif says_who(request):
            found = await run_in_threadpool(named, request)
            if found is not None:
                reader, who = found
        elif desk is not None and session_cookie in request.cookies:
            member = await run_in_threadpool(desk.member, request.cookies[session_cookie])
            if member is not None:
                require_key(request.method, _route(request), member)
                note(request, member)
                who = Who("person", member.person, tuple(member.roles))
                reader = reader_of(_route(request), member.roles, member.reader())
        away = _takes_away(_route(request))
        if away is not None and reader.is_known() and not reader.is_leaving():
            reader = await run_in_threadpool(going_home, reader, away)
        looked = Looked()
        if noted is not None and who is not nobody:
            reader = reader.noting(looked)
        try:
            async with SnapshotOfRequest(node.reader) as snapshot:
                given = shared.of(snapshot.take, admits(_route(request)))
                kept = reader.grading(lambda said: snapshot.take().raised(said))
                yield Reading(snapshot, kept.holding(given))
        finally:
            if noted is not None and looked:
                noted.note(who, reader, looked, _route(request), request.url.path)

    return dependency


def require_key(method: str, route: str, member: Member) -> None:
    """Raises `DirectoryOnlyReads` where somebody who has shown no key would change something."""
    if member.only_reads and method not in _reads and route not in needs_no_key:
        raise DirectoryOnlyReads(route)


def _takes_away(route: str) -> grading.Route | None:
    """How things leave by a route that answers with files to be shown to others, or with the log itself. What needs
    a permission by name is made by command.
    """
    if verb_of(route) != "export":
        return None
    return "mirror" if route.startswith("/log/") else "bundle"


def _route(request: Request) -> str:
    """The route that is asked, as it was declared."""
    return str(getattr(request.scope.get("route"), "path", ""))


def _token(header: str) -> str:
    """Raises `TokenUnknown`."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenUnknown("the header is `Authorization: Bearer <token>`")
    return token.strip()
