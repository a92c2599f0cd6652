"""Handles in and out: the Handle server's batch files and SQL table, and lines of JSON."""

from tallystick.identity.exchange.errors import (
    Fault,
    ImportRefused,
    ImportStopped,
    Notice,
    SourceRefused,
    TargetRefused,
)
from tallystick.identity.exchange.exporting import Exported, beginning, exported, rows_of, written
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
    "Source",
    "SourceRefused",
    "Step",
    "TargetRefused",
    "beginning",
    "exported",
    "form_of",
    "forms",
    "rows_of",
    "sort_out",
    "source_of",
    "table_of",
    "written",
]
