"""Answers to a statement's lines from its own table: taken along, answered in two columns, and brought back.

`answer` is agree or dispute, `dispute reason` a reason of `DisputeReason`, where the line is disputed. Rows without an
answer stay as they are. What else the table says of a line must still be what was stated: whoever changed a quantity
would have answered something else than stands in the log. Every row that is wrong is named, and then nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from tallystick.finance.draft import Row
from tallystick.finance.statements.bodies import (
    DisputeReason,
    LineDispute,
    StatementAnswer,
    statement_lines_max,
)
from tallystick.finance.statements.errors import StatementAnswersWrong
from tallystick.finance.statements.table import answer_columns, stated

Answer = Literal["agree", "dispute"]
Others = Literal["open", "agree"]
answer_column, reason_column = answer_columns
wrong_rows_shown_max = 20
#: A table may have rows beside its lines, such as sums.
rows_max = 2 * statement_lines_max


@dataclass(frozen=True, slots=True)
class Words:
    """How people write answers and reasons, in lower case, beside their codes."""

    answers: Mapping[str, Answer]
    reasons: Mapping[str, DisputeReason]

    def answer(self, text: str) -> Answer | None:
        return self.answers.get(text.lower())

    def reason(self, text: str) -> DisputeReason | None:
        return self.reasons.get(text.lower())


codes = Words(
    {word: word for word in get_args(Answer)}, {word: word for word in get_args(DisputeReason)}
)


@dataclass(frozen=True, slots=True)
class _Answered:
    line: int
    reason: DisputeReason | None


class _Wrong(Exception):
    """What is wrong with a row."""


def read_answers(
    rows: Iterable[tuple[int, Mapping[str, str]]],
    statement: str,
    digits: int,
    lines: Iterable[Row],
    words: Words = codes,
    others: Others = "open",
) -> StatementAnswer:
    """The answer that the rows (by their number in the file, cells by header) come to.

    `lines`: all of the statement; `digits`: of its currency. Raises `StatementAnswersWrong`, which names each wrong row.
    """
    known = {line["line"]: line for line in lines}
    found: dict[int, _Answered] = {}
    first: dict[int, int] = {}
    wrong: list[str] = []
    for count, (number, cells) in enumerate(rows):
        if count == rows_max:
            raise StatementAnswersWrong(f"there are more than {rows_max} rows")
        try:
            told = _answered(cells, known, digits, words)
            if told is None:
                continue
            if told.line in first:
                raise _Wrong(f"line {told.line} stands in row {first[told.line]} already")
        except _Wrong as error:
            wrong.append(f"row {number}: {error}")
            continue
        found[told.line], first[told.line] = told, number
    if wrong:
        more = len(wrong) - wrong_rows_shown_max
        tail = [f"and {more} rows more"] if more > 0 else []
        raise StatementAnswersWrong("; ".join([*wrong[:wrong_rows_shown_max], *tail]))
    if not found and others == "open":
        raise StatementAnswersWrong(f"no row has anything below {answer_column!r}")
    return StatementAnswer(
        statement=statement,
        agreed=tuple(sorted(one.line for one in found.values() if one.reason is None)),
        disputed=tuple(
            LineDispute(line=one.line, reason=one.reason)
            for one in sorted(found.values(), key=lambda one: one.line)
            if one.reason is not None
        ),
        others=others,
    )


def _answered(
    cells: Mapping[str, str], known: Mapping[int, Row], digits: int, words: Words
) -> _Answered | None:
    answer, reason = cells.get(answer_column, ""), cells.get(reason_column, "")
    if not answer and not reason:
        return None
    number = cells.get("line", "")
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        raise _Wrong(f"{number[:40]!r} is no line of the statement")
    line = known.get(int(number))
    if line is None:
        raise _Wrong(f"the statement has no line {int(number)}")
    if line["status"] != "open":
        raise _Wrong(f"line {number} is {line['status']} already")
    for column, told, stands in _changed(cells, line, digits):
        raise _Wrong(f"{column} is {told[:40]!r}, and line {number} states {stands}")
    said = words.answer(answer)
    if said is None:
        raise _Wrong(f"{answer[:40]!r} is no answer: {', '.join(words.answers)}")
    if said == "agree":
        if reason:
            raise _Wrong("a line that is agreed to has no reason")
        return _Answered(line["line"], None)
    why = words.reason(reason)
    if why is None:
        raise _Wrong(f"{reason[:40]!r} is no reason: {', '.join(words.reasons)}")
    return _Answered(line["line"], why)


def _changed(cells: Mapping[str, str], line: Row, digits: int) -> Iterator[tuple[str, str, Any]]:
    """Columns that are still there and do not say any more what was stated."""
    for column, value in stated(line, digits).items():
        told = cells.get(column, "")
        same = told.lstrip("'") == str(value).lstrip("'")
        if told and not same and not (isinstance(value, Decimal | int) and _number(told) == value):
            yield column, told, value


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
