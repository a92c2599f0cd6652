"""The resolver's routes, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(reading: Callable[..., Any], base_url: str, title: str) -> APIRouter:
    """`reading` is the dependency that says who asks; answers name addresses under `base_url`."""
    from tallystick.identity.digital_link import api

    return api.router(reading, base_url, title)
