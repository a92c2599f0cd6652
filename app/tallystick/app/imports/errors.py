"""Refusals of an import: what stops it before any row is read, and what excludes a single row."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tallystick.ledger import TallystickError


class TableRefused(TallystickError):
    code = "table-refused"
    status = 400
    title = "This file cannot be read as a table"
    advice = "Save it as CSV (UTF-8 or GB18030) or as an .xlsx workbook and try again."


class MapRefused(TallystickError):
    code = "map-refused"
    status = 400
    title = "This mapping file cannot be used"
    advice = "Compare it with a shipped map, or let `tallystick import FILE --guess` propose one."


class ColumnsMissing(TallystickError):
    code = "columns-missing"
    status = 400
    title = "The file lacks columns that the map requires"
    advice = "Add the file's own header to the map; no row was read."


class BadValue(ValueError):
    """A cell that cannot be read; `str(error)` is the reason, in words for the file's owner."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One cell that excluded its row. `line` counts lines (CSV) or rows (Excel) from 1.

    `document` names the order, despatch or invoice that the row belonged to, where it could be read;
    `consequence` says what that leaves incomplete.
    """

    line: int
    column: str
    value: str
    reason: str
    document: str = ""
    consequence: str = ""


error_columns = ("line", "column", "value", "reason", "document", "consequence")


def write_errors(path: Path, errors: Iterable[RowError]) -> int:
    """Write the errors as CSV, UTF-8 with a byte-order mark so that Excel opens it; returns how many.

    Text that a spreadsheet would run as a formula is written with a leading apostrophe.
    """
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(error_columns)
        for error in errors:
            cells = (getattr(error, name) for name in error_columns)
            writer.writerow([_inert(cell) for cell in cells])
            count += 1
    return count


def _inert(cell: object) -> object:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + cell
    return cell
