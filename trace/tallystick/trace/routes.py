"""The HTTP routes that this part offers, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of the trace part; `reader` is a FastAPI dependency."""
    from tallystick.trace import api

    return api.router(reader)
