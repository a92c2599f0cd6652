"""`tallystick maturity`: what is due, and one instruction for each holder and account."""

from __future__ import annotations

import csv
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.bank_files.cli import hold_bank_file
from tallystick.app.maturity import paying_cli
from tallystick.app.reads.looking import looking

cli = typer.Typer(
    help="What is due: days on which debtors pay, and one instruction for each holder and account.",
    no_args_is_help=True,
)
cli.command("read-notification")(hold_bank_file)
console = Console()
_Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]
_After = Annotated[str | None, typer.Option(help="Go on after this mark.")]
_Limit = Annotated[int, typer.Option(min=1, max=200)]
_fields = (
    "holder",
    "account",
    "bank_code",
    "currency",
    "amount",
    "held",
    "reference",
    "certificates",
)


@cli.command("list")
def list_all(firm: _Firm, after: _After = None, limit: _Limit = 100) -> None:
    """Days on which an organisation has to pay, as debtor or as paying bank."""
    table = _table("issuer", "currency", "paying bank", "pays on")
    with looking("maturity list", firm) as reading:
        page = finance.due.runs(reading, firm, after, limit)
    for run in page.rows:
        table.add_row(run.issuer, run.currency, run.paying_bank, run.pays_on)
    console.print(table if page.rows else "Nothing is due.")
    _go_on(page.after)


@cli.command("owed")
def owed(firm: _Firm, after: _After = None, limit: _Limit = 100) -> None:
    """What is due to an organisation, by certificate."""
    table = _table("certificate", "pays on", "currency", "amount", "account", "held")
    with looking("maturity owed", firm) as reading:
        page = finance.due.owed_to(reading, firm, after, limit)
    for one in page.rows:
        amount = finance.format_amount(one.amount, one.run.currency)
        told = (one.run.pays_on, one.run.currency, amount, one.account, one.held)
        table.add_row(one.parts[0].certificate, *told)
    console.print(table if page.rows else "Nothing is due.")
    _go_on(page.after)


@cli.command("show")
def show(
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="The debtor.")],
    bank: Annotated[str, typer.Argument(metavar="BANK", help="The paying bank.")],
    day: Annotated[str, typer.Argument(metavar="DAY", help="The payment date: 2026-07-10.")],
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "CNY",
    holder: Annotated[str, typer.Option(help="The lines of this holder alone.")] = "",
) -> None:
    """Write the instructions of one day as CSV: who is paid how much, to which account, for which certificates."""
    run = finance.due.Run(issuer, currency, bank, day)
    with looking("maturity show", issuer) as reading:
        found = finance.due.instructions(reading, run, holder or issuer)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(_fields)
    for one in found:
        names = " ".join(part.certificate for part in one.parts)
        amount = finance.format_amount(one.amount, currency).replace(",", "")
        told = (one.holder, one.account, one.bank_code, currency, amount, one.held)
        out.writerow((*told, one.reference, names))


def _table(*columns: str) -> Table:
    return Table(*(Column(name, overflow="fold") for name in columns))


def _go_on(after: str | None) -> None:
    if after:
        console.print(f"Go on with --after '{after}'", highlight=False, soft_wrap=True)


paying_cli.add_to(cli)
