"""Rules of statements: proposed by one firm as they follow from the log, answered line by line by the other.

    statement        <contract>#S-<number>  {contract, buyer, seller, currency, number, cut_off, by, to, lines, net,
                                             tax, gross, digest, open, agreed, disputed, agreed_gross, status,
                                             proposal, index, time}
                                            status: open -> closed, when no line waits for its answer
    statement-line   <statement> line       {order, order_line, unit, scale, quantity, price, tax_ppm, net, tax,
                                             receipts, status, reason?, by?, invoice?, invoice_line?,
                                             credited?, credit?, credit_line?}: what credit notes took
                                             back of a line below zero, and the newest of them
                                            status: open -> agreed | disputed
    statement-count  <contract>             {number}

A disputed line is over: what it stood for waits again and comes in the next statement, by then returned, credited
or at another price. Either firm may dispute a line that is open, so that who proposed takes back what it likes;
only the other one agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tallystick.finance.agreements.contracts import require_agreed
from tallystick.finance.draft import Draft, Row
from tallystick.finance.known import known
from tallystick.finance.money.dates import default_zone, money_date
from tallystick.finance.parties import NotEntitled, document_author
from tallystick.finance.statements.bodies import LineDispute, StatementAnswer, StatementPropose
from tallystick.finance.statements.days import is_cut_off
from tallystick.finance.statements.errors import (
    CutOffWrong,
    NothingToState,
    StatementLineWrong,
    StatementMovedOn,
    StatementsNotUsed,
)
from tallystick.finance.statements.lines import StatementLine, lines_of, totals
from tallystick.finance.statements.waiting import release_line, state_line
from tallystick.finance.trade.lines import check_once, line_part
from tallystick.ledger import Act, Effects, State


def propose(state: State, act: Act[StatementPropose]) -> Effects:
    body, draft = act.body, Draft(state)
    contract = known(state, act, "contract", body.contract)
    author = document_author(state, act, contract["buyer"], contract["seller"])
    require_agreed(contract, body.contract)
    _check_day(contract, body, money_date(act.time, default_zone))
    _next_number(draft, body)
    lines = lines_of(state, body.contract, body.cut_off)
    _check_figures(body, lines)
    check_once((one.line for one in body.disputed), "line")
    name = statement_name(body.contract, body.number)
    reasons = {one.line: one.reason for one in body.disputed}
    rows = draft.rows("unstated", body.contract)
    waiting = dict(rows)
    for line in lines:
        document = line.document()
        reason = reasons.pop(line.line, None)
        if reason is None:
            state_line(draft, body.contract, name, document, waiting)
        answered = {"status": "disputed", "reason": reason, "by": author} if reason else None
        draft.put("statement-line", name, {**document, **(answered or _open)}, line_part(line.line))
    if reasons:
        raise StatementLineWrong(f"{name} has no line {min(reasons)}")
    draft.put("statement-count", body.contract, {"number": body.number})
    draft.put("statement", name, _head(act, contract, author, lines))
    return draft.effects


def answer(state: State, act: Act[StatementAnswer]) -> Effects:
    body, draft = act.body, Draft(state)
    found = known(state, act, "statement", body.statement)
    author = document_author(state, act, found["buyer"], found["seller"])
    lines = draft.rows("statement-line", body.statement)
    check_once((*body.agreed, *(one.line for one in body.disputed)), "line")
    still = {int(part): line for part, line in lines.items() if line["status"] == "open"}
    agreed = _agreed(body, still, lines)
    if agreed and author != found["to"]:
        raise NotEntitled(f"{author} proposed it: {found['to']} agrees")
    if not agreed and not body.disputed:
        raise StatementLineWrong(f"{body.statement}: the answer says nothing of any open line")
    for number in agreed:
        _answer_line(draft, body.statement, still[number], status="agreed", by=author)
    for one in body.disputed:
        _dispute(draft, found, body.statement, one, still, author)
    _count(draft, body.statement, found, still, agreed, body.disputed)
    return draft.effects


def statement_name(contract: str, number: int) -> str:
    """
    >>> statement_name("99.100/O-A#FC-1", 2)
    '99.100/O-A#FC-1#S-2'
    """
    return f"{contract}#S-{number}"


_open = {"status": "open"}


def _check_day(contract: Row, body: StatementPropose, today: str) -> None:
    day = contract.get("statement_day")
    if day is None:
        raise StatementsNotUsed(body.contract)
    if day and not is_cut_off(body.cut_off, day):
        raise CutOffWrong(f"{body.contract} cuts off on day {day}, not on {body.cut_off}")
    if body.cut_off > today:
        raise CutOffWrong(f"{body.cut_off} has not come; it is {today}")


def _next_number(draft: Draft, body: StatementPropose) -> None:
    last = (draft.row("statement-count", body.contract) or {"number": 0})["number"]
    if body.number != last + 1:
        raise StatementMovedOn(f"the next statement of {body.contract} has number {last + 1}")


def _check_figures(body: StatementPropose, lines: Sequence[StatementLine]) -> None:
    if not lines:
        raise NothingToState(f"{body.contract} up to {body.cut_off}")
    found = totals(lines)
    told = (body.lines, body.net, body.tax, body.gross)
    follows = (found.lines, found.net, found.tax, found.gross)
    if told != follows:
        raise StatementMovedOn(
            f"lines, net, tax and gross are {', '.join(map(str, follows))}, "
            f"not {', '.join(map(str, told))}"
        )
    if body.digest != found.digest:
        raise StatementMovedOn(f"the digest of the lines is {found.digest}")


def _head(
    act: Act[StatementPropose], contract: Row, author: str, lines: Sequence[StatementLine]
) -> dict[str, Any]:
    body, disputed = act.body, len(act.body.disputed)
    head: dict[str, Any] = body.model_dump(mode="json", exclude={"disputed"})
    still = len(lines) - disputed
    return head | {
        "buyer": contract["buyer"],
        "seller": contract["seller"],
        "currency": contract["currency"],
        "by": author,
        "to": contract["seller"] if author == contract["buyer"] else contract["buyer"],
        "open": still,
        "agreed": 0,
        "disputed": disputed,
        "agreed_gross": 0,
        "status": "open" if still else "closed",
        "proposal": act.payload_hash,
        "index": act.index,
        "time": act.time,
    }


def _agreed(body: StatementAnswer, still: dict[int, Row], lines: Any) -> list[int]:
    disputed = {one.line for one in body.disputed}
    for number in (*body.agreed, *disputed):
        if number not in still:
            row = lines.get(line_part(number))
            how = "not there" if row is None else row["status"]
            raise StatementLineWrong(f"{body.statement} line {number} is {how}")
    if body.others == "agree":
        return sorted(set(still) - disputed)
    return sorted(body.agreed)


def _answer_line(draft: Draft, name: str, line: Row, **fields: Any) -> None:
    draft.put("statement-line", name, {**line, **fields}, line_part(line["line"]))


def _dispute(
    draft: Draft, head: Row, name: str, one: LineDispute, still: dict[int, Row], author: str
) -> None:
    line = still[one.line]
    release_line(draft, head["contract"], name, line)
    _answer_line(draft, name, line, status="disputed", reason=one.reason, by=author)


def _count(
    draft: Draft,
    name: str,
    head: Row,
    still: dict[int, Row],
    agreed: Iterable[int],
    disputed: Sequence[LineDispute],
) -> None:
    done = list(agreed)
    left = head["open"] - len(done) - len(disputed)
    worth = sum(still[number]["net"] + still[number]["tax"] for number in done)
    draft.put(
        "statement",
        name,
        {
            **head,
            "open": left,
            "agreed": head["agreed"] + len(done),
            "disputed": head["disputed"] + len(disputed),
            "agreed_gross": head["agreed_gross"] + worth,
            "status": "open" if left else "closed",
        },
    )
