"""The HTTP routes that this part offers, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

    from tallystick.identity.prefixes.api import Statistics
    from tallystick.identity.prefixes.counting import Counts
    from tallystick.identity.rest.administering import HandleAccess
    from tallystick.identity.strangers import Strangers
    from tallystick.identity.views import CodesOfBatches


def router(
    reading: Callable[..., Any],
    access: HandleAccess | None = None,
    counts: Counts | None = None,
    issued: CodesOfBatches | None = None,
    base_url: str = "",
    desk: Strangers | None = None,
) -> APIRouter:
    """The resolver's routes: `reading` says who asks, `access` who may write, `desk` answers strangers.

    `counts` is told what was asked; `issued` finds codes of batches that nobody has seen yet; with `base_url`
    answers name the address of their proof.
    """
    from tallystick.identity import api
    from tallystick.identity.asof import api as asof_api

    routes = api.router(reading, access, counts, issued, base_url, desk)
    routes.routes.extend(asof_api.router(reading).routes)
    return routes


def names_router(reading: Callable[..., Any]) -> APIRouter:
    """Records as data, found by handle or by any name."""
    from tallystick.identity.claims import api

    return api.router(reading)


def prefix_router(reading: Callable[..., Any], statistics: Statistics) -> APIRouter:
    """Prefixes as data; `statistics` reads what was counted."""
    from tallystick.identity.prefixes import api

    return api.router(reading, statistics)


def people_router(reading: Callable[..., Any]) -> APIRouter:
    """An organisation's people, and its acts of several persons."""
    from tallystick.identity.people import api

    return api.router(reading)


def organisations_router(reading: Callable[..., Any]) -> APIRouter:
    """Organisations and notices of incidents, as data."""
    from tallystick.identity.organisations import api

    return api.router(reading)
