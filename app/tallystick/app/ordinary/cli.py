"""`tallystick ordinary`: an invoice for which a certificate stands was paid in the ordinary way all the same."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.console import Console

import tallystick.finance as finance
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url
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
    help="Invoices paid in the ordinary way though a certificate stands for them.",
    no_args_is_help=True,
)
console = Console()
Invoice = Annotated[str, typer.Argument(metavar="INVOICE", help="Its name: 99.100/O-…#INV-1.")]
Reference = Annotated[
    str, typer.Option(help="The payment's end-to-end identifier, the same for both sides.")
]


@cli.command()
def paid(
    invoice: Invoice,
    amount: Amount,
    author: AuthorKey,
    reference: Reference,
    evidence: EvidenceFile,
    paid_at: Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")],
    certificate: Annotated[
        str, typer.Option(help="As a paying bank: a certificate on the invoice, 99.100/O-…#C-17.")
    ] = "",
    currency: Currency = "CNY",
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As buyer, seller or paying bank: it was paid beside what stands for it. No certificate is settled by that."""
    minor = finance.parse_amount(amount, currency)
    told = {
        "invoice": invoice, "certificate": certificate or None, "currency": currency,
        "amount_minor": minor, "reference": reference, "paid_at": paid_at,
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.ordinary.paid/1", finance.OrdinaryPaid, told, by, record)


@cli.command()
def close(
    invoice: Invoice,
    how: Annotated[
        Literal["paid-back", "set-off", "mistake"],
        typer.Argument(metavar="HOW", help="paid-back, set-off or mistake."),
    ],
    author: AuthorKey,
    reference: Reference,
    at: Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")],
    against: Annotated[str, typer.Option(help="Set off: against this other invoice.")] = "",
    evidence: MaybeEvidenceFile = None,
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the buyer: it has its money again, or set it off. As whoever stated it: it was a mistake."""
    told = {
        "invoice": invoice, "reference": reference, "how": how, "against": against or None, "at": at,
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.ordinary.close/1", finance.OrdinaryClose, told, by, record)


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Invoices of an organisation that were paid in the ordinary way, and what of it was paid twice."""
    with looking("ordinary list", firm) as reading:
        page = finance.views.ordinary_payments(reading, firm, after, limit)
    for one in page.rows:
        gross, certified, too_much = (
            finance.format_amount(minor, one.currency)
            for minor in (one.gross, one.certified, one.excess)
        )
        print(one.invoice)
        print(f"  {one.buyer} → {one.seller}, {one.currency} {gross}, certified {certified}")
        print(f"  paid twice: {too_much}" if one.excess else "  nothing of it is paid twice")
        for reference, row in one.payments.items():
            amount = finance.format_amount(row["amount"], one.currency)
            by = ", ".join(said["by"] for said in row["said"])
            print(f"  {reference}: {amount}, {row['status']}{f', stated by {by}' if by else ''}")
    if not page.rows:
        console.print("No invoice was paid beside what stands for it.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)
