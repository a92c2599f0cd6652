"""The HTTP routes that this part offers, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(reading: Callable[..., Any]) -> APIRouter:
    """The resolver's routes; `reading` is the dependency that says who asks."""
    from tallystick.identity import api

    return api.router(reading)


def names_router(reading: Callable[..., Any]) -> APIRouter:
    """Records as data, found by handle or by any name."""
    from tallystick.identity.claims import api

    return api.router(reading)
