"""The HTTP routes that this part offers, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

    from tallystick.identity.rest.administering import HandleAccess
    from tallystick.identity.views import CodesOfBatches


def router(
    reading: Callable[..., Any],
    access: HandleAccess | None = None,
    issued: CodesOfBatches | None = None,
) -> APIRouter:
    """The resolver's routes; `reading` is the dependency that says who asks, `access` who may write."""
    from tallystick.identity import api

    return api.router(reading, access, issued)
