"""`tallystick statement`: propose statements for all contracts at once, look at them, answer, bill and credit them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick import finance
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, write_file
from tallystick.app.reads.looking import looking
from tallystick.app.sending import pens
from tallystick.app.settings import Settings
from tallystick.app.statements.answers import read_answers
from tallystick.app.statements.batches import proposals
from tallystick.identity import Said, ledger_time
from tallystick.ledger import Answer, Thing

cli = typer.Typer(
    help="Statements (对账单): what was accepted and not yet billed, agreed line by line.",
    no_args_is_help=True,
)
console = Console()
shown_lines_max = 40
Name = Annotated[str, typer.Argument(metavar="STATEMENT", help="CONTRACT#S-1.")]
As = Annotated[
    str, typer.Option("--as", help="Who says it: a firm or its service, whose key this node holds.")
]


def _number(told: str) -> str:
    """Looked at before anything is asked of a store."""
    if not finance.is_first_number(told):
        most = finance.first_number_chars_max
        raise typer.BadParameter(f"{told!r}: 1 to {most} characters, without spaces and #")
    return told


Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]


@cli.command()
def propose(
    author: As,
    contract: Annotated[
        list[str] | None, typer.Option(help="Only this contract; may be repeated.")
    ] = None,
    until: Annotated[str, typer.Option(help="Cut-off day; the newest of each contract.")] = "",
    url: Url = "",
) -> None:
    """Propose the next statement of every contract under which something waits. Exit code 1: some were refused."""
    node = Node.existing(Settings())
    with pens(node, url) as writing:
        pen = writing.of(author)
        with looking("statement propose", pen.organisation, node=node) as reading:
            reading.reader.lists_of(pen.organisation, Thing("documents"))
            found = list(proposals(reading.view, pen.organisation, until, contract or ()))
        answers = pen.write([one.said for one in found])
    shown = Table(*(Column(name, overflow="fold") for name in ("statement", "lines", "gross", "")))
    for one, answer in zip(found, answers, strict=True):
        shown.add_row(one.name, str(one.body.lines), _money(one.body.gross), _said(answer))
    console.print(shown if found else "Nothing waits to be stated.")
    _end(answers)


@cli.command("list")
def list_all(
    organisation: Annotated[str, typer.Argument(metavar="FIRM")],
    which: Annotated[
        finance.statements.views.Which, typer.Option(help="Only those that wait for its answer.")
    ] = "all",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Statements of a firm."""
    columns = ("statement", "up to", "lines", "gross", "open", "disputed", "status")
    shown = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("statement list", organisation) as reading:
        found = finance.statements.views.statements(reading, organisation, None, limit, which).rows
    for one in found:
        head = one.head
        counts = (str(head[name]) for name in ("open", "disputed", "status"))
        money = _money(head["gross"], head["currency"])
        shown.add_row(one.name, head["cut_off"], str(head["lines"]), money, *counts)
    console.print(shown if found else "No statement yet.")


@cli.command()
def show(
    name: Name,
    differing: Annotated[
        bool,
        typer.Option("--differing", help="Only lines where what was sent is not what is stated."),
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write all lines as .csv or .xlsx.")
    ] = None,
) -> None:
    """One statement with its lines."""
    views = finance.statements.views
    with looking("statement show", name) as reading:
        view = views.statement(reading, name)
        if to is not None:
            told = list(views.all_lines(reading, name))
            whole = finance.statements.table.as_workbook if to.suffix == ".xlsx" else _csv
            write_file(to, whole(view, told))
            console.print(f"{to}: {len(told)} lines.", highlight=False)
            return
        which: finance.statements.views.Show = "differing" if differing else "all"
        found = views.lines(reading, name, 0, shown_lines_max, which)
    columns = ("line", "order", "quantity", "sent", "gross", "status")
    shown = Table(*(Column(column, overflow="fold") for column in columns))
    for one in found.lines:
        line = one.row
        shown.add_row(
            str(line["line"]),
            f"{line['order']} {line['order_line']}",
            str(line["quantity"]),
            "" if one.sent is None else str(one.sent),
            _money(line["net"] + line["tax"], view.head["currency"]),
            " ".join(filter(None, (_standing(line), line.get("reason")))),
        )
    console.print(shown)
    if found.after is not None:
        console.print(f"More behind line {found.after}: --to FILE has them all.", highlight=False)


@cli.command()
def compare(
    name: Name,
    file: Annotated[
        Path, typer.Argument(help="Own figures, CSV: order, line, quantity, price (of one unit).")
    ],
    author: Annotated[
        str, typer.Option("--as", help="Dispute what differs and agree to the rest, in this name.")
    ] = "",
    url: Url = "",
) -> None:
    """What differs from a firm's own figures. Exit code 1: something does."""
    node, told = Node.existing(Settings()), finance.statements
    with looking("statement compare", name, node=node) as reading:
        view = told.views.statement(reading, name)
        lines = [dict(row) for row in reading.view.group("statement-line", name).values()]
    own = told.read_own(_text(file), finance.exponent(view.head["currency"]))
    still = [line for line in lines if line["status"] == "open"]
    found = told.differences(still, own)
    for one in found:
        console.print(f"line {one.line}: {one.reason} {one.quantity:+}", highlight=False)
    console.print(f"{len(found)} of {len(still)} open lines differ.", highlight=False)
    if author:
        body = told.StatementAnswer(statement=name, disputed=told.disputes(found), others="agree")
        with pens(node, url) as writing:
            _end(writing.of(author).write([Said("finance.statement.answer/1", body)]))
    if found:
        sys.exit(1)


@cli.command()
def answer(
    name: Name,
    file: Annotated[
        Path,
        typer.Argument(
            help="Its table from `show --to`, with `answer` and `dispute reason` filled in."
        ),
    ],
    author: As,
    others: Annotated[
        finance.statements.Others,
        typer.Option(help="What becomes of lines that the file does not answer."),
    ] = "open",
    url: Url = "",
) -> None:
    """Answer the lines of a statement by its table, CSV or Excel. A wrong row is named, and nothing is answered."""
    node = Node.existing(Settings())
    with looking("statement answer", name, node=node) as reading:
        view = finance.statements.views.statement(reading, name)
        body = read_answers(reading.view, view, file, others)
    with pens(node, url) as writing:
        _end(writing.of(author).write([Said("finance.statement.answer/1", body)]))
    rest = "the others agreed to" if others == "agree" else "the others stay open"
    console.print(
        f"{len(body.agreed)} lines agreed to, {len(body.disputed)} disputed, {rest}.",
        highlight=False,
    )


@cli.command()
def bill(
    name: Name,
    author: As,
    number: Annotated[
        str, typer.Option(callback=_number, help="The invoice's number; -2, -3 … for further ones.")
    ],
    url: Url = "",
) -> None:
    """Put the invoice of a statement's agreed lines on record, as its seller."""
    node, said, after = Node.existing(Settings()), list[Said](), 0
    with looking("statement bill", name, node=node) as reading:
        finance.statements.views.statement(reading, name)
        today = finance.money_date(ledger_time(reading.view))
        while True:
            one = f"{number}-{len(said) + 1}" if said else number
            body = finance.statements.invoice(reading.view, name, one, today, after)
            if body is None:
                break
            after = body.lines[-1].statement_line or 0
            said.append(Said("finance.invoice/1", body))
    with pens(node, url) as writing:
        _end(writing.of(author).write(said))
    console.print(f"{len(said)} invoices put on record.", highlight=False)


@cli.command()
def credit(
    name: Name,
    author: As,
    number: Annotated[
        str, typer.Option(callback=_number, help="The note's number; -2, -3 … for further ones.")
    ],
    url: Url = "",
) -> None:
    """Put credit notes on record for agreed lines below zero, as the seller. Exit code 1: some wait for an invoice."""
    node = Node.existing(Settings())
    with looking("statement credit", name, node=node) as reading:
        today = finance.money_date(ledger_time(reading.view))
        views = finance.statements.views
        notes, unbilled = views.to_credit(reading, name, number, today)
    with pens(node, url) as writing:
        _end(writing.of(author).write([Said("finance.credit/1", one) for one in notes]))
    for one in notes:
        told = sum(line.net + line.tax for line in one.lines)
        console.print(
            f"{one.number}: {_money(told, one.currency)} of {one.invoice}", highlight=False
        )
    console.print(f"{len(notes)} credit notes put on record.", highlight=False)
    for line in unbilled:
        console.print(f"line {line['line']}: some of it was not billed yet.", highlight=False)
    if unbilled:
        sys.exit(1)


def _csv(
    view: finance.statements.views.StatementView, lines: Sequence[finance.statements.views.LineView]
) -> bytes:
    return finance.statements.table.as_csv(view, lines).encode()


def _text(file: Path) -> str:
    try:
        return read_bytes(file, finance.statements.own_bytes_max).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise finance.statements.OwnFiguresWrong(f"{file}: not UTF-8") from None


def _standing(line: Mapping[str, Any]) -> str:
    if "invoice" in line:
        return "billed"
    return "credited" if line.get("credited") == -line["quantity"] else str(line["status"])


def _money(minor: int, currency: str = "CNY") -> str:
    return f"{currency} {finance.format_amount(minor, currency)}"


def _said(answer: Answer) -> str:
    refused = answer.problem or answer.refusal
    return f"entry {answer.index}" if refused is None else refused.code


def _end(answers: Iterable[Answer]) -> None:
    refused = [answer.problem or answer.refusal for answer in answers]
    told = [one for one in refused if one is not None]
    for one in told[:shown_lines_max]:
        console.print(f"{one.code}: {one.diagnosis()}", highlight=False)
    if told:
        sys.exit(1)
