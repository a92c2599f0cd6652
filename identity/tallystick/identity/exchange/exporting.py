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
from tallystick.identity.searching import by_prefix_index
from tallystick.identity.templates import templates_of
from tallystick.identity.views import Record, record_of, values_for
from tallystick.ledger import Reader, View

rows_at_once = 500
template_type = "TALLYSTICK.TEMPLATE"


@dataclass(frozen=True, slots=True)
class Exported:
    """A record and those of its values that the reader may read."""

    record: Record
    values: tuple[HandleValue, ...]


def exported(view: View, reader: Reader, prefix: str) -> Iterator[Exported]:
    """Every record under the prefix of which the reader may read anything, by handle."""
    for row in _rows(view, prefix):
        one = readable(view, reader, row)
        if one is not None:
            yield one


def readable(view: View, reader: Reader, row: Mapping[str, Any]) -> Exported | None:
    """A record from its document, with what the reader may read of it; None if that is nothing."""
    record = record_of(row, view)
    if record.deleted:
        return None
    # What is known of a template comes with the template.
    values = tuple(
        said(value) for value in values_for(reader, record) if value.type != template_type
    )
    if values or (reader.takes_part(record.owner) and not _is_template(record)):
        return Exported(record, values)
    return None


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


def _rows(view: View, prefix: str) -> Iterator[Mapping[str, Any]]:
    """Documents of the prefix, by handle."""
    after: tuple[str, str] | None = None
    folded = names.fold(prefix)
    while found := view.find(by_prefix_index, folded, after=after, limit=rows_at_once):
        for one in found:
            yield one.value
        after = (found[-1].name, found[-1].part)


def _is_template(record: Record) -> bool:
    return any(value.type == template_type for value in record.values)


def _template_left(record: Record) -> list[Notice]:
    if record.template is None:
        return []
    return [Notice(0, record.handle, f"that it follows {record.template} is left out")]
