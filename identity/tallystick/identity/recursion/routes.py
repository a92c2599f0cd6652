"""The resolver's route, loaded when a server asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.identity.recursion.resolver import Resolver
from tallystick.ledger import Clock

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(resolver: Resolver, clock: Clock) -> APIRouter:
    """GET /api/handles/{handle} of a resolver."""
    from tallystick.identity.recursion import api

    return api.router(resolver, clock)
