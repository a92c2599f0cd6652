"""The report as text in a terminal."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from tallystick.app.auditing import texts
from tallystick.app.auditing.report import Line, Report
from tallystick.app.log_export_cli import sound


def shown(report: Report) -> Table:
    """What was found sound, on what it rests, and what was not seen."""
    if report.audited is None:
        return Table()
    table = sound(report.audited)
    for heading, lines in (("rests on", report.rests()), ("not seen", report.unseen())):
        table.add_section()
        for position, line in enumerate(lines):
            table.add_row("" if position else heading, escape(_said(line)))
    for device in report.devices:
        table.add_section()
        for position, said in enumerate(device.lines()):
            table.add_row("" if position else escape(device.device), escape(said))
    return table


def _said(line: Line) -> str:
    title = texts.title(line.name, "en")
    return title if line.count is None else f"{title}: {line.count:,}"
