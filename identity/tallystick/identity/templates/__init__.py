"""Data templates: what records under a prefix hold, and who may read each field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tallystick.identity.templates import checks
from tallystick.identity.templates.bodies import (
    Choice,
    PublishTemplate,
    TemplateField,
    WithdrawTemplate,
)
from tallystick.identity.templates.files import TemplateFile, TemplateFileRefused, read_template
from tallystick.identity.templates.kinds import by_template, records_by_template, register
from tallystick.identity.templates.template import Template, digest_of, find
from tallystick.identity.templates.template import document as document_of
from tallystick.identity.templates.views import templates_of, versions_of

__all__ = [
    "Choice",
    "PublishTemplate",
    "Template",
    "TemplateField",
    "TemplateFile",
    "TemplateFileRefused",
    "WithdrawTemplate",
    "by_template",
    "checks",
    "digest_of",
    "document_of",
    "find",
    "read_template",
    "records_by_template",
    "register",
    "router",
    "templates_of",
    "versions_of",
]

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(reading: Callable[..., Any]) -> APIRouter:
    """The routes of templates; `reading` is the dependency that says who asks."""
    from tallystick.identity.templates import api

    return api.router(reading)
