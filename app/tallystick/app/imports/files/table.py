"""A company's table file as numbered rows: CSV in its encodings, or an Excel workbook.

Rows stream: neither reader holds more than a row (a workbook also its shared strings). The header is
the first row with at least two cells that are not blank, so that a title above it does no harm.
Limits are named here; what exceeds one is refused with the line it was met on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tallystick.app.imports.errors import TableRefused
from tallystick.app.imports.files.encoding import Encoding, detect, field_decoder, open_text

table_bytes_max = 1 << 30
columns_max = 500
cell_chars_max = 32_767
line_chars_max = 1 << 20
rows_max = 2_000_000
header_within_rows = 20

delimiters = (",", "\t", ";", "|", "，")


@dataclass(frozen=True, slots=True)
class Cell:
    """`line` is where its row begins, `column` counts from 1 (0: the row has no such column)."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header: a mapping of header to `Cell`."""

    line: int
    texts: tuple[str, ...]
    headers: dict[str, int] = field(repr=False, compare=False)

    def __getitem__(self, header: str) -> Cell:
        at = self.headers[header]
        return Cell(self.texts[at] if at < len(self.texts) else "", self.line, at + 1)

    def __contains__(self, header: object) -> bool:
        return header in self.headers

    def __iter__(self) -> Iterator[str]:
        return iter(self.headers)

    def text(self, header: str) -> str:
        """The text below `header`; the empty string where the row is too short."""
        at = self.headers[header]
        return self.texts[at] if at < len(self.texts) else ""

    def first(self) -> str:
        """The row's first text that is not blank."""
        return next((text for text in self.texts if text), "")


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose header has been read. Iterating reads it again from the top."""

    path: Path
    headers: tuple[str, ...]
    header_line: int
    encoding: Encoding | None = None
    delimiter: str = ","
    sheet: str = ""

    def __iter__(self) -> Iterator[Row]:
        """Every row below the header that is not wholly blank."""
        index = _index(self.headers)
        for line, texts in self._raw():
            if line > self.header_line and any(texts):
                yield Row(line, texts, index)

    def duplicates(self) -> frozenset[str]:
        """Headers that stand over more than one column."""
        named = [header for header in self.headers if header]
        return frozenset(header for header in named if named.count(header) > 1)

    def surplus(self, row: Row) -> str:
        """The first text of `row` beyond the last header: a sign of an unquoted delimiter."""
        return next((text for text in row.texts[len(self.headers) :] if text), "")

    def _raw(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        return _limited(_rows(self.path, self.encoding, self.delimiter, self.sheet))


def open_table(
    path: Path,
    *,
    encoding: Encoding | None = None,
    delimiter: str | None = None,
    sheet: str = "",
    header_line: int | None = None,
) -> Table:
    """Find encoding, delimiter and header of the file; what is given is not guessed.

    Raises `TableRefused`.
    """
    kind = _kind(path)
    if kind == "csv":
        encoding = encoding or detect(path)
        delimiter = delimiter or _sniff(path, encoding, header_line)
    else:
        encoding = None
    raw = _limited(_rows(path, encoding, delimiter or ",", sheet))
    line, headers = _find_header(raw, header_line)
    return Table(path, headers, line, encoding, delimiter or ",", sheet)


def _index(headers: tuple[str, ...]) -> dict[str, int]:
    index: dict[str, int] = {}
    for at, header in enumerate(headers):
        if header:
            index.setdefault(header, at)
    return index


def _kind(path: Path) -> str:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise TableRefused(f"{path.name}: {error.strerror}") from None
    if size > table_bytes_max:
        raise TableRefused(f"{path.name} has {size} bytes; {table_bytes_max} are allowed")
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableRefused(f"{path.name} is a workbook of the old .xls format")
    if head.lstrip()[:1] == b"<":
        raise TableRefused(f"{path.name} is a web page or XML, whatever its name ends with")
    return "csv"


def _rows(
    path: Path, encoding: Encoding | None, delimiter: str, sheet: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    if encoding is None:
        # Half a second of loading, which every other command would pay for.
        from tallystick.app.imports.files.workbook import workbook_rows

        return workbook_rows(path, sheet)
    return _csv_rows(path, encoding, delimiter)


def _limited(rows: Iterator[tuple[int, tuple[str, ...]]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for count, (line, texts) in enumerate(rows):
        if count > rows_max:
            raise TableRefused(f"there are more than {rows_max} rows")
        if len(texts) > columns_max:
            raise TableRefused(f"line {line} has more than {columns_max} columns")
        if any(len(text) > cell_chars_max for text in texts):
            raise TableRefused(f"line {line} has a cell of more than {cell_chars_max} characters")
        yield line, texts


def _csv_rows(
    path: Path, encoding: Encoding, delimiter: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    decode = field_decoder(encoding)
    with open_text(path, encoding) as stream:
        reader = csv.reader(_lines(stream), delimiter=delimiter)
        line = 1
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise TableRefused(f"{path.name}, line {line}: {error}") from None
            yield line, tuple(decode(text).strip() for text in fields)
            line = reader.line_num + 1


def _lines(stream: TextIO) -> Iterator[str]:
    count = 0
    while text := stream.readline(line_chars_max + 1):
        count += 1
        if len(text) > line_chars_max:
            raise TableRefused(f"line {count} has more than {line_chars_max} characters")
        yield text


def _sniff(path: Path, encoding: Encoding, header_line: int | None) -> str:
    """The delimiter that cuts the header into most columns."""
    widest, best = 0, ","
    for delimiter in delimiters:
        if encoding == "fields" and not delimiter.isascii():
            continue
        try:
            _, headers = _find_header(_csv_rows(path, encoding, delimiter), header_line)
        except TableRefused:
            continue
        if len(headers) > widest:
            widest, best = len(headers), delimiter
    return best


def _find_header(
    rows: Iterator[tuple[int, tuple[str, ...]]], header_line: int | None
) -> tuple[int, tuple[str, ...]]:
    fallback: tuple[int, tuple[str, ...]] | None = None
    for count, (line, texts) in enumerate(rows):
        if header_line is not None:
            if line == header_line:
                return line, _trimmed(texts)
            if line > header_line:
                break
            continue
        if count >= header_within_rows:
            break
        filled = sum(1 for text in texts if text)
        if filled >= 2:
            return line, _trimmed(texts)
        if filled and fallback is None:
            fallback = line, _trimmed(texts)
    if fallback is None:
        raise TableRefused("there is no header row")
    return fallback


def _trimmed(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Headers with inner line breaks and blanks made one blank, without blank ones at the end."""
    headers = [" ".join(text.split()) for text in texts]
    while headers and not headers[-1]:
        headers.pop()
    return tuple(headers)
