"""Records of a prefix for one reader, and the forms in which they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.identity import names
from tallystick.identity.bodies import HandleValue
from tallystick.identity.exchange.batch_file import write_batch
from tallystick.identity.exchange.csv_file import csv_lines, header
from tallystick.identity.exchange.errors import Notice
from tallystick.identity.exchange.ndjson import record_line, template_line
from tallystick.identity.exchange.operations import said
from tallystick.identity.exchange.sources import Form
from tallystick.identity.exchange.table import write_rows
from tallystick.identity.templates import templates_of
from tallystick.identity.views import Record, resolve, values_for
from tallystick.ledger import Reader, View

names_at_once = 500
template_type = "TALLYSTICK.TEMPLATE"


@dataclass(frozen=True, slots=True)
class Exported:
    """A record and those of its values that the reader may read."""

    record: Record
    values: tuple[HandleValue, ...]


def exported(view: View, reader: Reader, prefix: str) -> Iterator[Exported]:
    """Every record under the prefix of which the reader may read anything, by handle."""
    for name in _names(view, prefix):
        record = resolve(view, name)
        if record is None or record.deleted:
            continue
        # What identity itself knows of a device or a template comes with it, not with the record.
        values = tuple(
            said(value)
            for value in values_for(reader, record)
            if value.timestamp is not None and value.type != template_type
        )
        if values or (reader.takes_part(record.owner) and not _is_template(record)):
            yield Exported(record, values)


def templates(view: View, prefix: str) -> Iterator[Mapping[str, Any]]:
    """Every version of the prefix's templates, the oldest of each first."""
    after: tuple[str, str] | None = None
    while found := list(templates_of(view, prefix, after=after)):
        yield from found
        after = (names.fold(found[-1]["template"]), f"{found[-1]['version']:010d}")


def written(form: Form, one: Exported) -> tuple[str, list[Notice]]:
    """The record in a form of a file, and what that cannot say."""
    if form == "ndjson":
        return record_line(one.record, one.values), []
    left = _template_left(one.record)
    if form == "csv":
        rows, more = write_rows(one.record, one.values)
        return csv_lines(rows), left + more
    text, more = write_batch(one.record, one.values)
    return text, left + more


def beginning(form: Form, view: View, prefix: str) -> Iterator[str]:
    """What stands before the records."""
    if form == "csv":
        yield header()
    if form == "ndjson":
        for row in templates(view, prefix):
            yield template_line(row)


def rows_of(one: Exported) -> tuple[list[dict[str, Any]], list[Notice]]:
    """The record as rows of the Handle server's table, and what that cannot say."""
    rows, left = write_rows(one.record, one.values)
    return rows, _template_left(one.record) + left


def _names(view: View, prefix: str) -> Iterator[str]:
    start = f"{names.fold(prefix)}/"
    after = start
    while found := view.names("handle", after=after, limit=names_at_once):
        for name in found:
            if not name.startswith(start):
                return
            yield name
        after = found[-1]


def _is_template(record: Record) -> bool:
    return any(value.type == template_type for value in record.values)


def _template_left(record: Record) -> list[Notice]:
    if record.template is None:
        return []
    return [Notice(0, record.handle, f"that it follows {record.template} is left out")]
