"""Data templates: what records under a prefix hold, and who may read each field."""

from tallystick.identity.templates import checks
from tallystick.identity.templates.bodies import (
    Choice,
    PublishTemplate,
    TemplateField,
    WithdrawTemplate,
)
from tallystick.identity.templates.kinds import register
from tallystick.identity.templates.template import Template, digest_of, find
from tallystick.identity.templates.views import templates_of, versions_of

__all__ = [
    "Choice",
    "PublishTemplate",
    "Template",
    "TemplateField",
    "WithdrawTemplate",
    "checks",
    "digest_of",
    "find",
    "register",
    "templates_of",
    "versions_of",
]
