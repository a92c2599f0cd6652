"""The resolver's routes, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

    from tallystick.identity.digital_link.link import DigitalLink
    from tallystick.identity.digital_link.people import People
    from tallystick.ledger import View


def printed(view: View, handle: str) -> DigitalLink | None:
    """The GTIN and serial by which everybody may know a record, for its label."""
    from tallystick.identity.digital_link import naming

    return naming.printed(view, handle)


def router(
    reading: Callable[..., Any], base_url: str, title: str, people: People | None = None
) -> APIRouter:
    """`reading` is the dependency that says who asks; answers name addresses under `base_url`.

    To be included behind all others: a path of one part may be a compressed link.
    """
    from tallystick.identity.digital_link import api

    return api.router(reading, base_url, title, people)
