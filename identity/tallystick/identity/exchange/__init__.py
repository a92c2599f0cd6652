"""Handles in and out: the Handle server's batch files and SQL table, lines of JSON, pages of what is searched for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tallystick.identity.exchange.errors import (
    Fault,
    ImportRefused,
    ImportStopped,
    Notice,
    SourceRefused,
    TargetRefused,
)
from tallystick.identity.exchange.exporting import Exported, beginning, exported, rows_of, written
from tallystick.identity.exchange.finding import Page, SearchForNothing, Sought, page
from tallystick.identity.exchange.ndjson import record_line
from tallystick.identity.exchange.operations import Operation, Source
from tallystick.identity.exchange.plan import Gathering, Step, sort_out
from tallystick.identity.exchange.sources import Form, form_of, forms, source_of, table_of

__all__ = [
    "Exported",
    "Fault",
    "Form",
    "Gathering",
    "ImportRefused",
    "ImportStopped",
    "Notice",
    "Operation",
    "Page",
    "SearchForNothing",
    "Sought",
    "Source",
    "SourceRefused",
    "Step",
    "TargetRefused",
    "beginning",
    "exported",
    "form_of",
    "forms",
    "page",
    "record_line",
    "router",
    "rows_of",
    "sort_out",
    "source_of",
    "table_of",
    "written",
]

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(reading: Callable[..., Any]) -> APIRouter:
    """The search of records; `reading` is the dependency that says who asks."""
    from tallystick.identity.exchange import api

    return api.router(reading)
