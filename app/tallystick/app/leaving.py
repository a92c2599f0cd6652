"""Readers to whom things leave the node: by export, mirror feed or bundle, perhaps across a border.

Whom they are for has a name, under which owners permit it (`identity.grades`), and a country.
"""

from __future__ import annotations

from tallystick.app.settings import Settings
from tallystick.identity import grades, ledger_time
from tallystick.ledger import Reader, Snapshot, View, grading


def leaves_to(
    view: View,
    settings: Settings,
    reader: Reader,
    route: grading.Route,
    recipient: str = "",
    country: str = "",
    *,
    strict: bool = False,
) -> Reader:
    """The reader, cut by what may leave so. `strict`: what may not is an error (`MayNotLeave`)."""
    given = grades.permissions(view, recipient, ledger_time(view)) if recipient else ()
    _, organisation = reader.named()
    leaving = grading.Leaving(
        recipient,
        country or settings.country,
        route,
        home=settings.country,
        organisation=organisation,
        permissions=given,
        strict=strict,
    )
    return reader.taking_away(leaving)


def taken_home(view: View, settings: Settings, reader: Reader, route: grading.Route) -> Reader:
    """Whoever takes something away for itself: to the country whose register has it, else the node's own."""
    _, organisation = reader.named()
    row = view.get("organisation", organisation) if organisation else None
    country = str((row or {}).get("country") or settings.country)
    return reader.taking_away(grading.Leaving("", country, route, settings.country, organisation))


def bundled(
    snapshot: Snapshot, settings: Settings, reader: Reader, to: str, country: str
) -> Reader:
    """For a bundle, whoever it is for."""
    return leaves_to(snapshot.view, settings, reader, "bundle", to, country)
