"""The HTTP routes that this part offers, loaded when a server asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of finance; `reader` is a dependency that says who reads."""
    from tallystick.finance import api

    return api.router(reader)


def statements_router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of statements; `reader` is a dependency that says who reads."""
    from tallystick.finance.statements import api

    return api.router(reader)


def subcontracts_router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of subcontract orders; `reader` is a dependency that says who reads."""
    from tallystick.finance.subcontracts import api

    return api.router(reader)


def calendars_router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of calendars, which anybody may read."""
    from tallystick.finance.calendars import api

    return api.router(reader)


def accounts_router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of bank accounts; `reader` is a dependency that says who reads."""
    from tallystick.finance.accounts import api

    return api.router(reader)


def policies_router(reader: Callable[..., Any]) -> APIRouter:
    """The routes of standing policies and conditions; `reader` is a dependency that says who reads."""
    from tallystick.finance.policies import api

    return api.router(reader)
