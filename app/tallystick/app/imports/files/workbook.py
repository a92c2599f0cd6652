"""Rows of an Excel workbook (.xlsx) as text.

Excel keeps numbers as binary fractions of 15 significant digits (ECMA-376, Part 1, 18.3.1.96), so a
number is shown with 15 and no more; one that needs more is written with an exponent, by which a document
number that Excel has mangled is recognised and refused.
"""

from __future__ import annotations

import datetime
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from tallystick.app.imports.errors import TableRefused

#: Bytes of the workbook's parts once unpacked.
workbook_bytes_max = 1 << 30
_digits_max = 15
#: What openpyxl lets through of zip, XML and its own models when a workbook is damaged.
_broken = (
    OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError,
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, InvalidFileException,
)  # fmt: skip


def workbook_rows(path: Path, sheet: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(row number, texts) of the sheet named, or of the first; raises `TableRefused`."""
    _weigh(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except _broken as error:
        raise TableRefused(f"{path.name} is not a readable workbook: {error}") from None
    try:
        yield from _sheet_rows(book, sheet, path.name)
    finally:
        book.close()


def _sheet_rows(book: Any, sheet: str, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    if sheet and sheet not in book.sheetnames:
        raise TableRefused(f"{name} has no sheet {sheet}; it has {', '.join(book.sheetnames)}")
    page = book[sheet] if sheet else book.worksheets[0]
    # The dimension that some programs write is wrong, and rows beyond it would be lost.
    page.reset_dimensions()
    rows = iter(page.iter_rows())
    line = 0
    while True:
        line += 1
        try:
            cells = next(rows)
            texts = tuple(_text(cell.value, cell) for cell in cells)
        except StopIteration:
            return
        except _broken as error:
            raise TableRefused(f"{name}, row {line}: {error}") from None
        yield line, texts


def _weigh(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise TableRefused(f"{path.name} is not a readable workbook: {error}") from None
    if size > workbook_bytes_max:
        raise TableRefused(f"{path.name} unpacks to {size} bytes; {workbook_bytes_max} are allowed")


def _text(value: object, cell: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return str(value).upper()
        case datetime.datetime():
            return _instant(value)
        case datetime.date() | datetime.time() | datetime.timedelta():
            return str(value)
        case _:
            return _number(value, str(cell.number_format))


def _instant(value: datetime.datetime) -> str:
    midnight = value.time() == datetime.time()
    return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")


def _number(value: object, shown_as: str) -> str:
    number = Decimal(format(value, f".{_digits_max}g"))
    if abs(number) >= Decimal(10) ** _digits_max:
        return f"{number:E}"
    if "%" in shown_as:
        return f"{_plain(number * 100)}%"
    return _plain(number)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
