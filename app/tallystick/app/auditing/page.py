"""The report as one page that needs nothing else: both languages, no script, no request."""

from __future__ import annotations

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from tallystick.app.auditing import texts
from tallystick.app.auditing.report import Report

_environment = Environment(
    loader=PackageLoader("tallystick.app.auditing", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def as_page(report: Report) -> bytes:
    """HTML; `#zh` opens it in Chinese."""
    template = _environment.get_template("audit.html")
    made = template.render(
        report=report,
        found=report.audited,
        finding=report.finding,
        title=texts.title,
        text=texts.text,
        said=texts.said,
        number=lambda count: f"{count:,}",
        seconds=f"{report.took_ms / 1000:,.1f}",
    )
    return made.encode()


def as_json(report: Report) -> bytes:
    return orjson.dumps(report.told(), option=orjson.OPT_INDENT_2) + b"\n"
