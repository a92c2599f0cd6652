"""HTTP: statements, for the two firms of their contract. Proposals and answers are signed entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from tallystick.finance.money.dates import money_date
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max
from tallystick.finance.statements import table, views
from tallystick.finance.statements.views import statement_page_lines_max
from tallystick.finance.trade.documents import first_number_chars_max, number_pattern
from tallystick.identity import ledger_time

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_After = Annotated[str | None, Query(max_length=700)]
_Organisation = Annotated[str | None, Query(max_length=255)]
_Name = Annotated[str, Path(max_length=400)]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class StatementModel(Model):
    name: str
    head: dict[str, Any]

    @classmethod
    def of(cls, view: views.StatementView) -> StatementModel:
        return cls(name=view.name, head=dict(view.head))


class StatementsModel(Model):
    statements: list[StatementModel]
    after: str | None


class LineModel(Model):
    """`sent`: by the seller's despatch advices; `difference`: that less the stated quantity."""

    line: dict[str, Any]
    sent: int | None
    difference: int
    price_now: dict[str, Any] | None


class LinesModel(Model):
    lines: list[LineModel]
    after: int | None


class DueModel(Model):
    contract: str
    cut_off: str
    rows: int


class DuesModel(Model):
    due: list[DueModel]
    after: str | None


class CreditsModel(Model):
    """`notes`: what the seller signs as `finance.credit/1`, one for each invoice, under numbers of its own; `unbilled`:
    agreed lines below zero of which some was not invoiced yet."""

    notes: list[dict[str, Any]]
    unbilled: list[dict[str, Any]]


class DraftModel(Model):
    """`body` is what a firm signs as `finance.statement.propose/1`; `lines` are what it stands for."""

    body: dict[str, Any]
    lines: list[dict[str, Any]]


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/finance/v1/statements", tags=["finance"], responses=_refusals)
    _add_drafts(routes, reader)
    _add_lists(routes, reader)
    return routes


def _add_drafts(routes: APIRouter, reader: Callable[..., Any]) -> None:
    @routes.get("/due", summary="Contracts under which something waits to be stated")
    def due(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
    ) -> DuesModel:
        found = views.due(reading, _today(reading), organisation, after, limit)
        rows = [DueModel(contract=d.contract, cut_off=d.cut_off, rows=d.rows) for d in found.rows]
        return DuesModel(due=rows, after=found.after)

    @routes.get(
        "/drafts/{contract:path}", summary="The next statement, as it would be proposed now"
    )
    def draft(
        contract: _Name,
        reading: Reading = Depends(reader),
        cut_off: Annotated[str, Query(max_length=10)] = "",
    ) -> DraftModel:
        """By default up to the contract's newest cut-off day."""
        body, lines = views.draft(reading, contract, _today(reading), cut_off)
        told = body.model_dump(mode="json", exclude_defaults=True)
        return DraftModel(body=told, lines=[line.document() for line in lines])


def _add_lists(routes: APIRouter, reader: Callable[..., Any]) -> None:
    @routes.get("", summary="Statements of an organisation")
    def listed(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _After = None,
        limit: _Limit = 50,
        which: views.Which = "all",
    ) -> StatementsModel:
        """All of them, those that wait for its answer, or those with agreed lines of its own to bill."""
        found = views.statements(reading, organisation, after, limit, which)
        rows = [StatementModel.of(one) for one in found.rows]
        return StatementsModel(statements=rows, after=found.after)

    @routes.get("/{name:path}/lines", summary="Lines of a statement")
    def lines(
        name: _Name,
        reading: Reading = Depends(reader),
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=statement_page_lines_max)] = 100,
        show: views.Show = "all",
    ) -> LinesModel:
        found = views.lines(reading, name, after, limit, show)
        return LinesModel(lines=[_line(one) for one in found.lines], after=found.after)

    @routes.get("/{name:path}/credits", summary="Credit notes that settle lines below zero")
    def credit_notes(
        name: _Name,
        reading: Reading = Depends(reader),
        number: Annotated[
            str, Query(max_length=first_number_chars_max, pattern=number_pattern)
        ] = "1",
    ) -> CreditsModel:
        """As they follow from the agreed lines: the first has the number asked for, the next ones `-2`, `-3` …"""
        notes, unbilled = views.to_credit(reading, name, number, _today(reading))
        return CreditsModel(
            notes=[one.model_dump(mode="json", exclude_defaults=True) for one in notes],
            unbilled=[dict(line) for line in unbilled],
        )

    @routes.get(
        "/{name:path}/table", summary="A statement as CSV or Excel", response_class=Response
    )
    def as_table(
        name: _Name, reading: Reading = Depends(reader), form: Literal["csv", "xlsx"] = "csv"
    ) -> Response:
        view = views.statement(reading, name)
        lines = views.all_lines(reading, name)
        headers = {
            "Content-Disposition": f'attachment; filename="{table.file_name(view, form)}"',
            "Cache-Control": "private, no-store",
        }
        if form == "csv":
            return Response(table.as_csv(view, lines), media_type=table.csv_type, headers=headers)
        return Response(table.as_workbook(view, lines), media_type=table.xlsx_type, headers=headers)

    @routes.get("/{name:path}", summary="One statement, without its lines")
    def one(name: _Name, reading: Reading = Depends(reader)) -> StatementModel:
        return StatementModel.of(views.statement(reading, name))


def _line(one: views.LineView) -> LineModel:
    return LineModel(
        line=dict(one.row),
        sent=one.sent,
        difference=one.difference,
        price_now=None if one.price_now is None else dict(one.price_now),
    )


def _today(reading: Reading) -> str:
    """By ledger time, as the rule judges it."""
    return money_date(ledger_time(reading.view))
