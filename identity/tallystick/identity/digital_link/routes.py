"""The resolver's routes, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

    from tallystick.identity.digital_link.link import DigitalLink
    from tallystick.identity.digital_link.naming import Naming
    from tallystick.identity.digital_link.people import People
    from tallystick.identity.strangers import Strangers
    from tallystick.identity.views import CodesOfBatches
    from tallystick.ledger import View


def printed(view: View, handle: str) -> DigitalLink | None:
    """The GTIN and serial by which everybody may know a record, for its label."""
    from tallystick.identity.digital_link import naming

    return naming.printed(view, handle)


def routers(
    reading: Callable[..., Any],
    base_url: str,
    title: str,
    people: People | None = None,
    more: Sequence[Naming] = (),
    issued: CodesOfBatches | None = None,
    desk: Strangers | None = None,
) -> tuple[APIRouter, APIRouter]:
    """`reading` is the dependency that says who asks; answers name addresses under `base_url`.

    `more`: ways by which a key leads to a record, behind claims and before what records state of themselves;
    `issued`: codes that nobody has seen yet; `desk`: who answers strangers. The first router may stand before all others, since nothing else begins
    with a key's digits; the second belongs behind them: a path of one part may be a compressed link.
    """
    from tallystick.identity.digital_link import api
    from tallystick.identity.digital_link.naming import claimed, stated

    return api.routers(reading, base_url, title, people, (claimed, *more, stated), issued, desk)
