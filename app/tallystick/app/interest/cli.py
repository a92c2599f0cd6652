"""`tallystick interest`: a debtor's two persons agree to bear the interest of a quote; its payment is stated by evidence."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.people.saying import (
    AuthorKey,
    Draft,
    Person,
    Url,
    formed,
    say_index,
    say_named,
)
from tallystick.app.reads.looking import looking
from tallystick.app.recorded import Amount, Currency, DigestOnly, EvidenceFile, Lines, say_evidenced

cli = typer.Typer(
    help="Interest that the debtor bears (买方付息): agreed, owed, paid.", no_args_is_help=True
)
console = Console()
Quote = Annotated[str, typer.Argument(metavar="QUOTE", help="The quote's payload hash.")]


@cli.command()
def propose(quote: Quote, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a maker of the debtor: bear the interest of this quote; prints what a checker approves."""
    body = formed(finance.InterestPropose, {"quote": quote})
    say_named("finance.interest.propose/1", body, Person(author, url, draft))


@cli.command()
def approve(
    proposal: Annotated[str, typer.Argument(help="What `propose` printed.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a checker of the debtor, who is another person: the debtor is bound, and the holder can accept."""
    body = formed(finance.InterestApprove, {"proposal": proposal})
    say_index("finance.interest.approve/1", body, Person(author, url, draft))


@cli.command()
def pay(
    quote: Quote,
    amount: Amount,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")],
    currency: Currency = "CNY",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the funder or the paying bank: the debtor paid the interest, the whole of it."""
    minor = finance.parse_amount(amount, currency)
    told = {"quote": quote, "amount_minor": minor, "paid_at": paid_at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.interest.pay/1", finance.InterestPay, told, by, record)


@cli.command("return")
def send_back(
    quote: Quote,
    author: AuthorKey,
    evidence: EvidenceFile,
    at: Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")],
    reason: Annotated[
        Literal["account-closed", "account-wrong", "payee-refused", "no-funds", "other"],
        typer.Option(),
    ] = "other",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """It came back: the payment within three days, or, once the financing came back, to the debtor."""
    told = {"quote": quote, "reason": reason, "at": at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.interest.return/1", finance.InterestReturn, told, by, record)


@cli.command("list")
def list_all(
    certificate: Annotated[str, typer.Argument(metavar="CERTIFICATE", help="99.100/O-…#C-17.")],
) -> None:
    """What the debtor of a certificate bears or is asked to bear, by quote."""
    columns = ("quote", "bank", "amount", "interest", "agreed", "status", "due on", "proposals")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("interest list", certificate) as reading:
        found = finance.views.certificate(reading, certificate)
    currency = found.head["currency"]
    for one in found.interests:
        owed = one.owed or {"status": one.status, "due_on": ""}
        status = f"{owed['status']}, overdue" if one.overdue else str(owed["status"])
        shown = [finance.format_amount(amount, currency) for amount in (one.amount, one.discount)]
        agreed = "yes" if one.agreed else "no"
        waiting = " ".join(one.proposals)
        table.add_row(one.quote, one.bank, *shown, agreed, status, owed["due_on"], waiting)
    console.print(table if found.interests else "The debtor bears no interest.")
