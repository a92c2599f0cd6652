"""A statement's table with answers in it, as CSV or Excel, in any encoding in which people save it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import tallystick.finance as finance
from tallystick.app.imports.errors import TableRefused
from tallystick.app.imports.files.table import Table, open_table
from tallystick.app.pages.language import languages, translate
from tallystick.app.pages.statement_words import tables
from tallystick.ledger import View

answers_bytes_max = 8 * 1024 * 1024
#: Of a workbook, once unpacked.
unpacked_bytes_max = 64 * 1024 * 1024
_answer, _reason = finance.statements.answer_columns
_needed = ("line", _answer)
_standing = {
    "agree": tables["statement_lines"]["agreed"], "dispute": tables["statement_lines"]["disputed"]
}  # fmt: skip


def read_answers(
    view: View,
    head: finance.statements.views.StatementView,
    file: Path,
    others: finance.statements.Others = "open",
) -> finance.statements.StatementAnswer:
    """What the file answers to a statement that its reader may see.

    Raises `TableRefused` for what is no table, `StatementAnswersWrong` with each wrong row.
    """
    lines = view.group("statement-line", head.name).values()
    return finance.statements.read_answers(
        _rows(_opened(file)),
        head.name,
        finance.exponent(head.head["currency"]),
        cast(Any, lines),
        words(),
        others,
    )


@cache
def words() -> finance.statements.Words:
    """The codes, and how the pages say them in each language."""
    codes = finance.statements.codes
    answers, reasons = dict(codes.answers), dict(codes.reasons)
    for language in languages:
        for answer in codes.answers.values():
            for word in (answer, _standing[answer]):
                answers[translate(language, word).lower()] = answer
        for code, message in tables["statement_reasons"].items():
            reasons[translate(language, message).lower()] = codes.reasons[code]
    return finance.statements.Words(answers, reasons)


def _opened(file: Path) -> Table:
    if file.is_file() and file.stat().st_size > answers_bytes_max:
        raise TableRefused(f"{file.name} is larger than {answers_bytes_max} bytes")
    if zipfile.is_zipfile(file):
        try:
            with zipfile.ZipFile(file) as archive:
                size = sum(part.file_size for part in archive.infolist())
        except zipfile.BadZipFile as error:
            raise TableRefused(f"{file.name} is not a readable workbook: {error}") from None
        if size > unpacked_bytes_max:
            raise TableRefused(f"{file.name} unpacks to more than {unpacked_bytes_max} bytes")
    return open_table(file)


def _rows(table: Table) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row's number and its cells by header, in lower case."""
    headers = {header.lower(): header for header in table.headers if header}
    missing = [name for name in _needed if name not in headers]
    if missing:
        raise finance.statements.StatementAnswersWrong(
            f"row {table.header_line}: there is no column {', '.join(missing)}"
        )
    twice = {header.lower() for header in table.duplicates()} & {*_needed, _reason}
    if twice:
        raise finance.statements.StatementAnswersWrong(
            f"row {table.header_line}: {min(twice)} stands there twice"
        )
    for row in table:
        yield row.line, {name: row.text(header) for name, header in headers.items()}
