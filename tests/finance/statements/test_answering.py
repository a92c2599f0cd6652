"""Answers in a statement's own table: taken whole, or refused with each wrong row named."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.finance.desk import supplier
from tests.finance.statements.office import Office
from tests.finance.test_views import MemoryView, Reading

from tallystick.finance.statements import table, views
from tallystick.finance.statements.answering import read_answers, rows_max
from tallystick.finance.statements.bodies import LineDispute, StatementAnswer
from tallystick.finance.statements.errors import StatementAnswersWrong
from tallystick.ledger import Reader

Cells = list[dict[str, str]]


@pytest.fixture(scope="module")
def office() -> Office:
    """Four lines, of which the second is agreed to already."""
    office = Office()
    order = office.ordered("PO-1", 8850, 150, 37, 100)
    for line, quantity in enumerate((590, 7, 12, 1), start=1):
        office.received(order, line, quantity)
    office.say(office.state_it(), agreed=(2,))
    return office


def taken_along(office: Office) -> Cells:
    """The rows as the firm finds them in the table."""
    name = f"{office.fc}#S-1"
    reading: Any = Reading(MemoryView(office), Reader.party(supplier))
    text = table.as_csv(views.statement(reading, name), list(views.all_lines(reading, name)))
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def read(office: Office, rows: Cells, **more: Any) -> StatementAnswer:
    name = f"{office.fc}#S-1"
    lines = office.rows("statement-line", name).values()
    return read_answers(enumerate(rows, start=2), name, 2, lines, **more)


def test_the_columns_are_empty_and_what_is_written_there_is_said(office: Office) -> None:
    rows = taken_along(office)
    assert [row["answer"] + row["dispute reason"] for row in rows] == [""] * 4
    rows[0]["answer"] = "agree"
    rows[2] |= {"answer": "Dispute", "dispute reason": "price"}
    body = read(office, rows)
    assert body == StatementAnswer(
        statement=f"{office.fc}#S-1", agreed=(1,), disputed=(LineDispute(line=3, reason="price"),)
    )
    assert read(office, rows[::-1], others="agree") == body.model_copy(update={"others": "agree"})


def test_nothing_but_the_line_and_the_answer_is_needed(office: Office) -> None:
    rows = [{"line": "4", "answer": "agree"}, {"line": "", "answer": "", "net": "sum"}]
    assert read(office, rows).agreed == (4,)
    assert read(office, [], others="agree").others == "agree"


def test_numbers_may_be_written_otherwise(office: Office) -> None:
    """As Excel does: without noughts at the end, or with separators."""
    (row, *_) = taken_along(office)
    told = row | {"answer": "agree", "quantity": "590.0", "net": "52,215", "tax rate": "0.13"}
    assert read(office, [told]).agreed == (1,)


def _set(place: int, **cells: str) -> Callable[[Cells], None]:
    return lambda rows: rows[place].update({k.replace("_", " "): v for k, v in cells.items()})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_set(0, answer="yes"), "row 2: 'yes' is no answer: agree, dispute"),
        (_set(0, answer="dispute"), "row 2: '' is no reason: quantity, price"),
        (_set(0, answer="dispute", dispute_reason="dear"), "row 2: 'dear' is no reason"),
        (_set(0, answer="agree", dispute_reason="price"), "row 2: a line that is agreed to"),
        (_set(0, dispute_reason="price"), "row 2: '' is no answer"),
        (_set(1, answer="agree"), "row 3: line 2 is agreed already"),
        (_set(3, answer="agree", line="3"), "row 5: order line is '4', and line 3 states 3"),
        (_set(3, answer="agree", line="9"), "row 5: the statement has no line 9"),
        (_set(3, answer="agree", line="x" * 99), f"row 5: '{'x' * 40}' is no line"),
        (_set(3, answer="agree", line="1.5"), "row 5: '1.5' is no line"),
        (_set(2, answer="agree", quantity="11"), "row 4: quantity is '11', and line 3 states 12"),
        (_set(2, answer="agree", net="4.45"), "row 4: net is '4.45', and line 3 states 4.44"),
        (_set(2, answer="agree", order="99.100/O-CORE#PO-2"), "row 4: order is"),
        (_set(2, answer="agree", price="NaN"), "row 4: price is 'NaN'"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_answered(
    office: Office, change: Callable[[Cells], None], told: str
) -> None:
    rows = taken_along(office)
    rows[0]["answer"] = rows[0]["answer"] or ""
    change(rows)
    good = {"line": "4", "answer": "agree"}
    with pytest.raises(StatementAnswersWrong) as refused:
        read(office, [*rows, *([] if rows[3]["answer"] else [good])])
    assert str(refused.value).startswith(told)


def test_a_line_is_answered_in_one_row(office: Office) -> None:
    row = {"line": "1", "answer": "agree"}
    with pytest.raises(StatementAnswersWrong, match="row 3: line 1 stands in row 2 already"):
        read(office, [row, row])


def test_many_wrong_rows_are_counted_and_a_table_without_answers_is_refused(office: Office) -> None:
    with pytest.raises(StatementAnswersWrong, match=r"row 21: .*; and 5 rows more"):
        read(office, [{"line": "7", "answer": "agree"}] * 25)
    with pytest.raises(StatementAnswersWrong, match="no row has anything below 'answer'"):
        read(office, taken_along(office))
    with pytest.raises(StatementAnswersWrong, match="more than"):
        read(office, [{"line": "", "answer": ""}] * (rows_max + 1))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "line": st.sampled_from(["1", "2", "3", "4", "5", "", "x", "１"]),
                "answer": st.sampled_from(["", "agree", "dispute", "AGREE", "no"]),
                "dispute reason": st.sampled_from(["", "price", "goods", "why"]),
            }
        ),
        max_size=6,
    )
)
def test_what_is_taken_is_what_every_row_says(rows: Cells) -> None:
    office = _fresh()
    try:
        body = read(office, rows, others="agree")
    except StatementAnswersWrong:
        return
    said = {row["line"]: row for row in rows if row["answer"] or row["dispute reason"]}
    assert {str(line) for line in body.agreed} == {
        line for line, row in said.items() if row["answer"].lower() == "agree"
    }
    assert {(str(one.line), one.reason) for one in body.disputed} == {
        (line, row["dispute reason"]) for line, row in said.items() if row["answer"] == "dispute"
    }


_kept: list[Office] = []


def _fresh() -> Office:
    """One for all examples: nothing is put on record."""
    if not _kept:
        made = Office()
        order = made.ordered("PO-1", 100, 100, 100, 100)
        for line in range(1, 5):
            made.received(order, line, 5)
        made.state_it()
        _kept.append(made)
    return _kept[0]
