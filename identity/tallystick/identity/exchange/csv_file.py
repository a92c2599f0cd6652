"""The Handle server's table as CSV: a header with the names of its columns, bytes as `\\x` and hex digits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tallystick.identity.exchange.errors import SourceRefused
from tallystick.identity.exchange.operations import Item
from tallystick.identity.exchange.table import columns, needed, read_rows

field_chars_max = 131_072


def read_csv(stream: Iterable[str]) -> Iterator[Item]:
    """What the rows ask for; raises `SourceRefused` for what is no such table."""
    yield from read_rows(_rows(stream))


def header() -> str:
    return _line(columns)


def csv_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(_line([_cell(row[name]) for name in columns]) for row in rows)


def _rows(stream: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(field_chars_max)
    reader = csv.reader(stream, strict=True)
    try:
        names = [name.strip().lower().removeprefix("\ufeff") for name in next(reader, [])]
        missing = sorted(needed - set(names))
        if missing:
            raise SourceRefused(f"the header lacks {', '.join(missing)}")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                told = f"line {reader.line_num}: {len(cells)} cells under {len(names)} names"
                raise SourceRefused(told)
            yield reader.line_num, dict(zip(names, cells, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise SourceRefused(f"line {reader.line_num}: {error}") from None


def _cell(value: object) -> str:
    if isinstance(value, bytes):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = "\0"
        plain = all(c.isprintable() or c in "\t\r\n" for c in text) and not text.startswith("\\x")
        return text if plain else f"\\x{value.hex()}"
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def _line(cells: Sequence[str]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()
