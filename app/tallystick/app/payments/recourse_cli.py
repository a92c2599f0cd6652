"""`tallystick recourse`: after default, whoever sold with recourse is asked, and what it paid is stated."""

from __future__ import annotations

from typing import Annotated

import typer

import tallystick.finance as finance
from tallystick.app.people.saying import (
    AuthorKey,
    Draft,
    Person,
    Url,
    formed,
    say_named,
)
from tallystick.app.recorded import Amount, Currency, DigestOnly, EvidenceFile, Lines, say_evidenced

cli = typer.Typer(help="Recourse (追索) after a debtor's default.", no_args_is_help=True)


@cli.command()
def demand(
    certificate: Annotated[str, typer.Argument(metavar="CERTIFICATE", help="99.100/O-…#C-17.")],
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Who sold it to you.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the holder: ask for all that the party stands in for; prints the demand's name."""
    body = formed(finance.RecourseDemand, {"certificate": certificate, "party": party})
    say_named("finance.recourse.demand/1", body, Person(author, url, draft))


@cli.command()
def paid(
    name: Annotated[str, typer.Argument(metavar="DEMAND", help="What `demand` printed.")],
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
    """As the holder that was paid: so much of the certificate is the party's from here on."""
    minor = finance.parse_amount(amount, currency)
    told = {"demand": name, "amount_minor": minor, "paid_at": paid_at}
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.recourse.receive/1", finance.RecourseReceived, told, by, record)
