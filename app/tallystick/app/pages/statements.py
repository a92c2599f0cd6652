"""Pages of statements (对账单): what waits, one statement, and its lines answered many at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.login import member_of
from tallystick.app.pages.language import choose
from tallystick.app.pages.records import firm_names
from tallystick.app.pages.render import Pages, quantity
from tallystick.identity import ledger_time

rows_per_page = 20
lines_per_page = 100
_Mark = Annotated[str | None, Query(max_length=700)]
_Name = Annotated[str, Path(max_length=400)]
_After = Annotated[int, Query(ge=0)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the table has it; quantities as people write them."""

    row: Mapping[str, Any]
    quantity: str
    sent: str
    difference: str
    differs: bool
    price_now: Mapping[str, Any] | None
    standing: str

    @classmethod
    def of(cls, one: finance.statements.views.LineView) -> Shown:
        scale = one.row["scale"]
        standing = one.row["status"]
        if "invoice" in one.row:
            standing = "billed"
        elif one.row.get("credited"):
            still = finance.statements.still_below(one.row)
            standing = "credited-in-part" if still else "credited"
        return cls(
            one.row,
            quantity(one.row["quantity"], scale),
            "" if one.sent is None else quantity(one.sent, scale),
            quantity(one.difference, scale) if one.difference else "",
            one.differs,
            one.price_now,
            standing,
        )


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks may do: agree and dispute, dispute alone, or bill what was agreed."""

    answers: bool
    withdraws: bool
    bills: bool


def add(routes: APIRouter, pages: Pages, reader: Callable[..., Any]) -> None:
    @routes.get("/statements")
    def statements(
        request: Request,
        reading: Reading = Depends(reader),
        after: _Mark = None,
        after_waiting: _Mark = None,
        after_due: _Mark = None,
    ) -> Response:
        """What waits for an answer, what may be proposed, and all statements of the reader's firm."""
        own = reading.reader.lists_of()
        waiting = due = found = None
        if own is not None:
            today = finance.money_date(ledger_time(reading.view))
            waiting = finance.statements.views.statements(
                reading, own, after_waiting, rows_per_page, "waiting"
            )
            due = finance.statements.views.due(reading, today, own, after_due, rows_per_page)
            found = finance.statements.views.statements(reading, own, after, rows_per_page)
        return pages.page(
            request,
            "statements.html",
            own=own,
            waiting=waiting,
            due=due,
            page=found,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/statements/drafts/{contract:path}")
    def draft(
        request: Request,
        contract: _Name,
        reading: Reading = Depends(reader),
        cut_off: Annotated[str, Query(max_length=10)] = "",
        after: _After = 0,
    ) -> Response:
        """The next statement of a contract, with the form that proposes it."""
        today = finance.money_date(ledger_time(reading.view))
        body, lines = finance.statements.views.draft(reading, contract, today, cut_off)
        view = finance.statements.views.StatementView("", _head(reading, body))
        rows = [_drafted(line) for line in lines[after : after + lines_per_page]]
        more = after + lines_per_page if after + lines_per_page < len(lines) else None
        return pages.page(
            request,
            "statement.html",
            view=view,
            lines=rows,
            more=more,
            show="all",
            draft=body,
            hands=Hands(answers=False, withdraws=False, bills=False),
            makes=_makes(request),
            unbilled=None,
            credits=None,
            firm=firm_names(reading.view, choose(request)),
        )

    @routes.get("/statements/{name:path}")
    def one(
        request: Request,
        name: _Name,
        reading: Reading = Depends(reader),
        after: _After = 0,
        show: finance.statements.views.Show = "all",
    ) -> Response:
        view = finance.statements.views.statement(reading, name)
        found = finance.statements.views.lines(reading, name, after, lines_per_page, show)
        hands = _hands(request, view.head)
        return pages.page(
            request,
            "statement.html",
            view=view,
            lines=[Shown.of(line) for line in found.lines],
            more=found.after,
            show=show,
            draft=None,
            hands=hands,
            makes=False,
            unbilled=_bill(reading, name) if hands.bills else None,
            credits=_credits(reading, name) if hands.bills else None,
            firm=firm_names(reading.view, choose(request)),
        )


def _head(reading: Reading, body: finance.statements.StatementPropose) -> dict[str, Any]:
    contract: Mapping[str, Any] = reading.view.get("contract", body.contract) or {}
    parties = {name: contract[name] for name in ("buyer", "seller", "currency")}
    return {**body.model_dump(mode="json"), **parties, "status": "draft"}


def _drafted(line: finance.statements.StatementLine) -> Shown:
    document = line.document()
    return Shown(document, quantity(line.quantity, line.scale), "", "", False, None, "open")


def _hands(request: Request, head: Mapping[str, Any]) -> Hands:
    member = member_of(request)
    makes = member is not None and "maker" in member.roles
    own = member.organisation if member is not None else ""
    still = makes and head["status"] == "open"
    return Hands(
        answers=still and own == head["to"],
        withdraws=still and own == head["by"],
        bills=makes and own == head["seller"],
    )


def _makes(request: Request) -> bool:
    member = member_of(request)
    return member is not None and "maker" in member.roles


def _bill(reading: Reading, name: str) -> dict[str, Any] | None:
    """The form's figures: how many lines, what they come to, and the lines as the invoice has them."""
    today = finance.money_date(ledger_time(reading.view))
    body = finance.statements.invoice(reading.view, name, "-", today)
    if body is None:
        return None
    count, gross = finance.statements.views.to_bill(reading, name)
    lines = body.model_dump(mode="json", exclude_none=True)["lines"]
    return {"count": count, "gross": gross, "day": today, "lines": json.dumps(lines)}


def _credits(reading: Reading, name: str) -> dict[str, Any]:
    """The forms' figures: each note with its invoice, what it comes to and its lines; and how many lines wait."""
    today = finance.money_date(ledger_time(reading.view))
    notes, unbilled = finance.statements.views.to_credit(reading, name, "1", today)
    told = []
    for note in notes:
        lines = note.model_dump(mode="json", exclude_none=True)["lines"]
        gross = sum(line.net + line.tax for line in note.lines)
        told.append(
            {
                "invoice": note.invoice,
                "count": len(lines),
                "gross": gross,
                "lines": json.dumps(lines),
            }
        )
    return {"notes": told, "day": today, "unbilled": len(unbilled)}
