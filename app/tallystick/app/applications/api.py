"""/v1/applications: organisations apply, and officers of the node to which they do look at it.

Who applies shows the token in the header `Application-Token`; it stands in no address. Who verifies reads for the
node's organisation by whatever lets a request read for it; admitting is an entry that an officer signs.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter, ValidationError

from tallystick.app.access import Reading
from tallystick.app.applications import kept, papers, told
from tallystick.app.applications.desk import Application, Desk, nodes
from tallystick.app.applications.errors import (
    ApplicationClosed,
    ApplicationMalformed,
    NotYourApplications,
)
from tallystick.app.applications.verifying import Verifying, page_max, submit
from tallystick.app.login import member_of
from tallystick.app.machines.limits import caller
from tallystick.identity import prefix_holder
from tallystick.ledger import ApplicationRow, Handle, read_limited

Number = Annotated[str, Path(pattern=r"^A-[0-9A-Z]{13}$")]
Token = Annotated[str, Header(alias="Application-Token", max_length=100)]
PaperId = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Text = Annotated[str, Query(max_length=300)]
_private = {"Cache-Control": "private, no-store"}
_here = "this machine"
_handles: TypeAdapter[str] = TypeAdapter(Handle)
tag = "applications"


def router(verifying: Verifying, reading: Callable[..., Any]) -> APIRouter:
    """`reading`: the dependency that gives a `Reading`."""
    routes = APIRouter(prefix="/v1/applications", tags=[tag])
    _applicants(routes, verifying)
    _officers(routes, verifying, reading)
    return routes


def _applicants(routes: APIRouter, verifying: Verifying) -> None:
    desk = verifying.desk

    @routes.get("/terms", summary="Who takes applications, and what they ask for")
    def terms() -> dict[str, Any]:
        """Nodes, schemes of numbers with the papers that each asks for, and all limits."""
        with desk.node.look() as view:
            return told.terms(view)

    @routes.post("", summary="Begin an application", status_code=201)
    async def begin(request: Request) -> JSONResponse:
        """Its number, and the token with which you go on. Nobody is told the token again."""
        wish = kept.read(kept.Begin, await _body(request))
        source = caller(request) or _here
        made = await run_in_threadpool(desk.start, wish.node, source)
        answer = {"number": made.number, "token": made.token, "address": made.address}
        return JSONResponse({**answer, "expires": made.expires}, 201, _private)

    @routes.get("/{number}/own", summary="How your application stands")
    def status(number: Number, token: Token) -> JSONResponse:
        return _told(told.own(_settled(verifying, desk.own(number, token))))

    @routes.put("/{number}/own", summary="Say who applies")
    async def fill(number: Number, token: Token, request: Request) -> JSONResponse:
        """Names, number by its scheme, capacities, and how you are reached."""
        form = kept.read(kept.Form, await _body(request))
        found = await run_in_threadpool(desk.own, number, token)
        return _told(told.own(await run_in_threadpool(desk.fill, found, form)))

    @routes.post("/{number}/own/papers", summary="Send a paper", status_code=201)
    async def add_paper(
        number: Number, token: Token, request: Request, kind: Text, ends: Text | None = None
    ) -> JSONResponse:
        """The file as the body. A second one of a kind takes the place of the first, but for `other`."""
        data = await read_limited(request, papers.file_bytes_max)
        declared = request.headers.get("content-type", "")
        found = await run_in_threadpool(desk.own, number, token)
        done = await run_in_threadpool(desk.add_paper, found, kind, data, declared, ends or None)
        return _told(told.own(done), 201)

    @routes.delete("/{number}/own/papers/{paper}", summary="Take a paper back")
    def drop_paper(number: Number, paper: PaperId, token: Token) -> JSONResponse:
        return _told(told.own(desk.drop_paper(desk.own(number, token), paper)))

    @routes.post("/{number}/own/people/message", summary="What a first person's key signs")
    async def message(number: Number, token: Token, request: Request) -> JSONResponse:
        """The bytes in base64; a passkey's challenge is their SHA-256."""
        wish = kept.read(kept.Wish, await _body(request))
        found = await run_in_threadpool(desk.own, number, token)
        data = base64.b64encode(desk.message(found, wish)).decode()
        person = found.open.persons[wish.person]
        return _told({"person": person, "key": f"300:{person}", "message": data})

    @routes.get("/{number}/own/people", summary="Your first people, with their keys' signatures")
    def first_people(number: Number, token: Token) -> JSONResponse:
        """As they were sent: whoever adds one sends all of them."""
        found = desk.own(number, token)
        rows = [one.model_dump(mode="json", exclude_none=True) for one in found.filled.people]
        return _told({"people": rows})

    @routes.put("/{number}/own/people", summary="Say with which people you begin")
    async def people(number: Number, token: Token, request: Request) -> JSONResponse:
        """All of them: one who is everything, or at least two officers; each with a key that signed for it."""
        wish = kept.read_people(await _body(request))
        found = await run_in_threadpool(desk.own, number, token)
        return _told(told.own(await run_in_threadpool(desk.set_people, found, wish)))

    @routes.post("/{number}/own/submission", summary="Hand the application in")
    def hand_in(number: Number, token: Token) -> JSONResponse:
        return _told(told.own(submit(desk, desk.own(number, token))))

    @routes.post("/{number}/own/withdrawal", summary="Withdraw the application")
    def withdraw(number: Number, token: Token) -> JSONResponse:
        """What you said and sent is destroyed."""
        found = _settled(verifying, desk.own(number, token))
        if found.state not in ("draft", "submitted", "asked"):
            raise ApplicationClosed(f"it is {found.state}")
        desk.close(found, "withdrawn")
        return _told(told.own(desk.own(number, token)))


def _officers(routes: APIRouter, verifying: Verifying, reading: Callable[..., Any]) -> None:
    desk = verifying.desk

    @routes.get("", summary="Applications to your node")
    def listed(
        reading: Reading = Depends(reading),
        state: kept.State = "submitted",
        node: Text = "",
        after: Annotated[str, Query(pattern=r"^(A-[0-9A-Z]{13})?$")] = "",
        limit: Annotated[int, Query(ge=1, le=page_max)] = 25,
    ) -> JSONResponse:
        """In the order of their numbers. `next`, if there, is the `after` of the next page."""
        own = readable_node(reading, node)
        found = verifying.listed(own, state, after, limit)
        more = {"next": found[-1].number} if len(found) == limit else {}
        rows = [told.listed(_settled(verifying, one)) for one in found]
        return _told({"node": own, "applications": rows, **more})

    @routes.get("/{number}", summary="An application to your node")
    def look(number: Number, reading: Reading = Depends(reading)) -> JSONResponse:
        found = _settled(verifying, readable(desk, reading, number))
        return _told(told.looked_at(reading.view, found))

    @routes.get("/{number}/papers/{paper}", summary="A paper of an application")
    def paper(number: Number, paper: PaperId, reading: Reading = Depends(reading)) -> Response:
        """For officers of the node alone."""
        found = own_of(desk, reading, number)
        row, one = verifying.paper(found, paper)
        headers = {
            **_private,
            "Content-Disposition": f'attachment; filename="{number}-{row.kind}.{_ending(row.type)}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(one.data, media_type=row.type, headers=headers)

    @routes.post("/{number}/question", summary="Ask the applicant to correct something")
    async def ask(
        number: Number, request: Request, reading: Reading = Depends(reading)
    ) -> JSONResponse:
        wish = kept.read(kept.Question, await _body(request))
        found = await run_in_threadpool(own_of, desk, reading, number)
        done = await run_in_threadpool(
            verifying.ask, found, wish.text, _by(request, reading, found)
        )
        return _told(told.looked_at(reading.view, done))

    @routes.post("/{number}/refusal", summary="Refuse an application")
    async def refuse(
        number: Number, request: Request, reading: Reading = Depends(reading)
    ) -> JSONResponse:
        """What the applicant said and sent is destroyed; the reason stays for it to see."""
        wish = kept.read(kept.Refusal, await _body(request))
        found = await run_in_threadpool(own_of, desk, reading, number)
        await run_in_threadpool(verifying.refuse, found, wish, _by(request, reading, found))
        return _told({"number": number, "state": "refused"})

    @routes.get("/{number}/draft", summary="The entry that proposes to admit")
    def draft(number: Number, author: Text, reading: Reading = Depends(reading)) -> JSONResponse:
        """The exact bytes to sign: payload, body and salt in base64."""
        found = own_of(desk, reading, number)
        made = verifying.unsigned(found, holder_of(reading, found), _handle(author))
        parts = {"payload": made.payload, "body": made.body, "salt": made.salt}
        return _told({name: base64.b64encode(data).decode() for name, data in parts.items()})

    @routes.post("/{number}/proposal", summary="Propose to admit, as the first of two")
    async def propose(
        number: Number, request: Request, reading: Reading = Depends(reading)
    ) -> JSONResponse:
        """The drafted entry with an officer's own signature; the papers go along."""
        wish = kept.read(kept.Signed, await _body(request))
        found = await run_in_threadpool(own_of, desk, reading, number)
        parts = (_envelope(wish.envelope), _bytes(wish.body), _bytes(wish.salt))
        done, answer = await run_in_threadpool(
            verifying.propose, found, holder_of(reading, found), *parts
        )
        return _told({**told.looked_at(reading.view, done), "index": answer.index})


def readable_node(reading: Reading, node: str) -> str:
    """The node whose applications are listed: the one named, or the reader's own. Raises `NotYourApplications`."""
    for name, holder in sorted(nodes(reading.view).items()):
        if node in ("", name) and reading.reader.may_read("parties", (holder,)):
            return name
    raise NotYourApplications(node or "none")


def readable(desk: Desk, reading: Reading, number: str) -> Application:
    """Raises `NotYourApplications`, whether there is one or not."""
    return _found(
        desk, number, lambda row: reading.reader.may_read("parties", (_of(reading, row),))
    )


def own_of(desk: Desk, reading: Reading, number: str) -> Application:
    """For who speaks for the node. Raises `NotYourApplications`."""
    return _found(desk, number, lambda row: reading.reader.takes_part(_of(reading, row)))


def holder_of(reading: Reading, found: Application) -> str:
    """The organisation that holds the node's prefix."""
    return _of(reading, found.row)


def _of(reading: Reading, row: ApplicationRow) -> str:
    return prefix_holder(reading.view, row.node) or ""


def _found(desk: Desk, number: str, may: Callable[[ApplicationRow], bool]) -> Application:
    found = desk.opened(number, may)
    if found is None:
        raise NotYourApplications(number)
    return found


def _settled(verifying: Verifying, found: Application) -> Application:
    with verifying.desk.node.look() as view:
        return verifying.settled(view, found)


def _by(request: Request, reading: Reading, found: Application) -> str:
    """Who did it: the person who is logged in, or the organisation for which a program speaks."""
    member = member_of(request)
    return holder_of(reading, found) if member is None else member.person


def _handle(author: str) -> str:
    """Raises `ApplicationMalformed`."""
    try:
        return _handles.validate_python(author)
    except ValidationError:
        raise ApplicationMalformed("author: a handle") from None


def _envelope(told: dict[str, object]) -> bytes:
    try:
        return orjson.dumps(told)
    except TypeError as error:
        raise ApplicationMalformed(f"envelope: {error}") from None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ApplicationMalformed("this is no base64") from None


def _ending(kind: str) -> str:
    return {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}.get(kind, "bin")


def _told(answer: dict[str, Any], status: int = 200) -> JSONResponse:
    return JSONResponse(answer, status, _private)


async def _body(request: Request) -> bytes:
    return await read_limited(request, kept.body_bytes_max)
