"""`tallystick books`: journal lines for the ERP, and a funder's exposure and accruals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer

import tallystick.finance as finance
from tallystick.app.books import files
from tallystick.app.files import write_file
from tallystick.app.papers import credit
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.ledger import Reader

cli = typer.Typer(
    help="Files for an organisation's own books: journal lines, exposure and accruals.",
    no_args_is_help=True,
)
_Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON, in minor units.")]


@cli.command("journal")
def journal(
    firm: _Firm,
    first: Annotated[str, typer.Option(help="First day: 2026-07-01.")],
    last: Annotated[str, typer.Option(help="Last day: 2026-07-31.")],
    as_json: _Json = False,
) -> None:
    """Write whatever moved an organisation's money as double entry, as CSV or JSON."""
    with looking("books journal", firm) as reading:
        found = list(files.postings(reading, firm, first, last))
    if as_json:
        typer.echo(orjson.dumps([one.document() for one in found], option=orjson.OPT_INDENT_2))
    else:
        typer.echo(files.journal_csv(found), nl=False)


@cli.command("exposure")
def exposed(
    firm: _Firm,
    on: Annotated[str, typer.Option(help="Until which day discount is earned: 2026-07-31.")],
    as_json: _Json = False,
) -> None:
    """Write what a funder holds: principal, discount and what of it is earned, as CSV or JSON."""
    with looking("books exposure", firm) as reading:
        found = list(finance.books.exposure(reading, on, firm))
    if as_json:
        typer.echo(orjson.dumps([one.document() for one in found], option=orjson.OPT_INDENT_2))
    else:
        typer.echo(files.exposure_csv(found), nl=False)


@cli.command("description")
def description(
    firm: _Firm,
    quote: Annotated[
        str, typer.Argument(metavar="QUOTE", help="Payload hash of an accepted quote.")
    ],
    lang: Annotated[Literal["zh", "en"], typer.Option()] = "zh",
) -> None:
    """Write the description of a financed receivable for the public register, as a bank or seller reads it."""
    with looking("books description", quote, Reader.party(firm)) as reading:
        typer.echo(finance.described(reading, quote, lang))


@cli.command("credit-file")
def credit_file(
    firm: _Firm,
    quote: Annotated[
        str, typer.Argument(metavar="QUOTE", help="Payload hash of an accepted quote.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The PDF to write.")],
    lang: Annotated[Literal["zh", "en"], typer.Option()] = "zh",
) -> None:
    """Write a bank's credit file of a financing: a PDF/A with its proof inside, and the proof (.tally) beside it."""
    with looking("books credit-file", quote, Reader.party(firm)) as reading:
        made = credit.made(reading, quote, lang, Settings().base_url)
    beside = out.with_suffix(".tally")
    write_file(out, made.pdf)
    write_file(beside, made.proof)
    for path in (out, beside):
        typer.echo(str(path))
