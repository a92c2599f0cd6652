"""`tallystick payment`: what became of the payment of a financing, by the bank's record of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer
from rich.console import Console

import tallystick.finance as finance
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, say_index
from tallystick.app.reads.looking import looking
from tallystick.app.recorded import (
    Amount,
    Currency,
    DigestOnly,
    EvidenceFile,
    Lines,
    MaybeEvidenceFile,
    say_evidenced,
)

cli = typer.Typer(
    help="Payments of financings: sent, paid, arrived, come back, never paid.", no_args_is_help=True
)
console = Console()
Quote = Annotated[str, typer.Argument(metavar="QUOTE", help="The quote's payload hash.")]
When = Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")]
Reason = Annotated[
    Literal["account-closed", "account-wrong", "payee-refused", "no-funds", "other"],
    typer.Option(),
]


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Financings whose payment waits for somebody's word, and what an organisation may say of each."""
    with looking("payment list", firm) as reading:
        page = finance.views.payments_of(reading, firm, after, limit)
    for one in page.rows:
        print(one.quote)
        net = finance.format_amount(one.net, one.currency)
        print(f"  {one.certificate}: {one.bank} → {one.holder}, {one.currency} {net}")
        told = [one.status, *(["silent"] if one.silent else []), f"value date {one.value_on}"]
        told += [f"reference {one.reference}"] if one.reference else []
        print(f"  {', '.join(told)}")
        if one.may:
            print(f"  may say: {', '.join(sorted(one.may))}")
    if not page.rows:
        console.print("No payment waits.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)


@cli.command()
def instruct(
    quote: Quote,
    author: AuthorKey,
    reference: Annotated[str, typer.Option(help="The instruction's end-to-end identifier.")],
    sent_at: When,
    registration: Annotated[
        str, typer.Option(help="Number of the registration; a bank has one.")
    ] = "",
    ends_on: Annotated[str, typer.Option(help="The registration's last day: 2027-07-10.")] = "",
    account: Annotated[str, typer.Option(help="Where it goes: 99.100/O-…#A-17.")] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As whoever pays: the instruction has left. From here on only evidence says what became of it."""
    told: dict[str, Any] = {"quote": quote, "reference": reference, "sent_at": sent_at}
    if registration or ends_on:
        told["registration"] = {"number": registration, "ends_on": ends_on}
    if account:
        told["account"] = account
    body = formed(finance.Instruct, told)
    say_index("finance.instruct/1", body, Person(author, url, draft))


@cli.command()
def paid(
    quote: Quote,
    amount: Amount,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: When,
    currency: Currency = "CNY",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the bank that paid, the bank that keeps the payee's account, or the payee: the net was paid."""
    minor = finance.parse_amount(amount, currency)
    told = {"quote": quote, "amount_minor": minor, "paid_at": paid_at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.disburse/1", finance.Disburse, told, by, record)


@cli.command()
def arrived(
    quote: Quote,
    author: AuthorKey,
    evidence: MaybeEvidenceFile = None,
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the payee, or the bank that keeps its account: the money is there, and the payment final."""
    told = {"quote": quote}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.disburse.receive/1", finance.DisburseAnswer, told, by, record)


@cli.command()
def unpaid(
    quote: Quote,
    author: AuthorKey,
    evidence: EvidenceFile,
    at: When,
    reason: Reason = "other",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As whoever pays: it was not paid and will not be. The amount is the holder's again, free."""
    told = {"quote": quote, "reason": reason, "at": at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.disburse.fail/1", finance.DisburseEnd, told, by, record)


@cli.command("came-back")
def came_back(
    quote: Quote,
    author: AuthorKey,
    evidence: EvidenceFile,
    at: When,
    reason: Reason = "other",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As either bank, within three days: the payment came back (退汇), and the amount is in payment again."""
    told = {"quote": quote, "reason": reason, "at": at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.disburse.return/1", finance.DisburseEnd, told, by, record)
