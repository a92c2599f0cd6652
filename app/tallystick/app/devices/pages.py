"""Pages about devices: the desk of whoever administers them, and the one on which a browser becomes a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from tallystick.app.access import Reading
from tallystick.app.devices.api import require_readable
from tallystick.app.devices.enrolments import Enrolment, Enrolments
from tallystick.app.devices.errors import NotYourDevices
from tallystick.app.devices.listing import calibration_ends, listed, soon_days
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages
from tallystick.app.pages.route import html_route
from tallystick.app.played import Playbill
from tallystick.app.routing import add_routes
from tallystick.identity import devices
from tallystick.ledger import Thing, View, instant

_text = Annotated[str, Query(max_length=300)]
_day_ms = 24 * 3600 * 1000
persons_max = 1000


@dataclass(frozen=True, slots=True)
class PasskeyOf:
    """A passkey of somebody who may approve: its reference, and what a browser has to know to use it."""

    reference: str
    kty: str
    rp_id: str


def install(
    app: FastAPI,
    enrolments: Enrolments,
    reader: Callable[..., Any],
    bill: Playbill | None,
) -> None:
    """Add the pages' routes."""
    pages = Pages(enrolments.origin, bill, enrolments.node.rules)
    routes = APIRouter(route_class=html_route(pages), include_in_schema=False)

    @routes.get("/scan/enrol")
    def enrol(request: Request) -> Response:
        """The token is behind `#`, which no browser sends."""
        return pages.page(request, "enrol.html")

    @routes.get("/devices")
    def desk(
        request: Request,
        reading: Reading = Depends(reader),
        organisation: _text = "",
        after: _text = "",
    ) -> Response:
        of = reading.reader.lists_of(organisation or None, thing=Thing("devices"))
        if of is None:
            raise NotYourDevices(organisation or "-")
        require_readable(reading, of)
        own = reading.reader.takes_part(of)
        member = member_of(request)
        approves = member is not None and devices.may_approve(reading.view, member.person, of)
        keeps = own and (approves or (member is not None and "warehouse" in member.roles))
        language = choose(request)
        found = listed(enrolments.node, reading.snapshot, of, after)
        now_ms = enrolments.clock.now_ms()
        soon = instant(now_ms + soon_days * _day_ms)
        return pages.page(
            request,
            "devices.html",
            organisation=of,
            own=own,
            approves=approves,
            keeps=keeps,
            changeable=[one for one in found if one.device.state in ("active", "suspended")],
            reasons=get_args(devices.Reason),
            factories=list(devices.factories_of(reading.view, of)),
            prefix=_prefix(reading.view, of),
            waiting=enrolments.waiting(of) if own else [],
            digits=_digits,
            listed=found,
            next=found[-1].device.handle if len(found) == devices.devices_page_max else None,
            stopped=any(one.device.state == "suspended" for one in found),
            calibrated=lambda row: calibration_ends(row, instant(now_ms), soon),
            classes=devices.classes.values(),
            titles={name: one.title[language] for name, one in devices.classes.items()},
            passkeys=list(_passkeys(reading.view, of, request.url.hostname or "")),
            firm=firm_names(reading.view, language),
        )

    add_routes(app, routes)


def _digits(one: Enrolment) -> str:
    return devices.spoken(one.kept.jwk or {})


def _prefix(view: View, organisation: str) -> str:
    """One that the organisation holds, for handles that are made."""
    found = view.find("prefix-by-holder", organisation, limit=1)
    return found[0].name if found else ""


def _passkeys(view: View, organisation: str, host: str) -> Iterator[PasskeyOf]:
    """Those that sign on this host, of people who may approve."""
    for person in view.find("person-by-organisation", organisation, limit=persons_max):
        if not devices.may_approve(view, person.name, organisation):
            continue
        rows = cast(Mapping[str, Mapping[str, Any]], view.group("key", person.name))
        for index, row in rows.items():
            where = row.get("webauthn")
            if where is None or "until" in row:
                continue
            if host == where["rp_id"] or host.endswith(f".{where['rp_id']}"):
                yield PasskeyOf(f"{index}:{person.name}", row["jwk"]["kty"], where["rp_id"])
