"""`tallystick tender`: a holder asks for sealed bids; funders seal them, open them, and the best is accepted."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.people.saying import (
    AuthorKey,
    Draft,
    MemberRefused,
    Person,
    Url,
    formed,
    say_index,
    say_named,
)
from tallystick.app.percent import rate_ppm
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import speaker
from tallystick.ledger import Hex32, replace_durably

cli = typer.Typer(
    help="Sealed bids: no rate is in the log before the deadline.", no_args_is_help=True
)
console = Console()
bid_bytes_max = 4096
Name = Annotated[
    str, typer.Argument(metavar="TENDER", help="The payload hash that `open` printed.")
]
Reason = Annotated[
    Literal["limit", "evidence", "terms", "business", "other"] | None,
    typer.Option(help="Why: no limit free, too little proven, other terms, not your business."),
]
BidFile = Annotated[Path, typer.Argument(metavar="FILE", help="Where rate and salt are kept.")]


class KeptBid(BaseModel):
    """A bid between its two entries: it stays with the funder."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tender: Hex32
    rate_ppm: Annotated[int, Field(ge=0, le=1_000_000)]
    salt: Hex32


@cli.command("open")
def ask(
    certificate: Annotated[str, typer.Argument(metavar="CERTIFICATE", help="99.100/O-…#C-7")],
    amount: Annotated[str, typer.Argument(help="As 150,000.00, in the certificate's currency.")],
    author: AuthorKey,
    funder: Annotated[list[str], typer.Option(help="A bank's handle; repeat it for more.")],
    value_on: Annotated[str, typer.Option(help="The day on which the money comes: 2026-11-30.")],
    seal_hours: Annotated[int, typer.Option(help="How long bids can be sealed.")] = 48,
    open_hours: Annotated[int, typer.Option(help="How long they can be opened then.")] = 24,
    accept_hours: Annotated[int, typer.Option(help="How long the best can be accepted.")] = 24,
    borne_by: Annotated[
        Literal["seller", "buyer"] | None,
        typer.Option(help="Who bears the interest: by default the seller; `buyer` is the debtor."),
    ] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a holder: ask these funders for bids on an amount; prints the tender's name."""
    with looking("tender open", certificate) as reading:
        found = finance.views.certificate(reading, certificate)
    told = {
        "certificate": certificate,
        "amount": finance.parse_amount(amount, found.head["currency"]),
        "funders": tuple(funder), "value_on": value_on, "seal_hours": seal_hours,
        "open_hours": open_hours, "accept_hours": accept_hours, "borne_by": borne_by,
    }  # fmt: skip
    body = formed(finance.TenderOpen, told)
    say_named("finance.tender.open/1", body, Person(author, url, draft))


@cli.command()
def withdraw(tender: Name, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As the holder, while bids are sealed: nobody has to open anything."""
    body = formed(finance.TenderWithdraw, {"tender": tender})
    say_index("finance.tender.withdraw/1", body, Person(author, url, draft))


@cli.command()
def confide(tender: Name, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a funder: keep to yourselves what you read; the certificate and its evidence open to you."""
    body = formed(finance.TenderConfide, {"tender": tender})
    say_index("finance.tender.confide/1", body, Person(author, url, draft))


@cli.command()
def decline(
    tender: Name, author: AuthorKey, reason: Reason = None, url: Url = "", draft: Draft = None
) -> None:
    """As a funder that was asked: you will not bid. Your reading for this tender ends."""
    body = formed(finance.TenderDecline, {"tender": tender, "reason": reason})
    say_index("finance.tender.decline/1", body, Person(author, url, draft))


@cli.command()
def seal(
    tender: Name,
    file: BidFile,
    author: AuthorKey,
    rate: Annotated[str, typer.Option(help="Percent a year: 4.2 or 6.95.")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a funder: keep rate and salt in FILE, and put their digest into the log. The file is not sent."""
    by = Person(author, url, draft)
    if file.exists():
        raise MemberRefused(f"{file} exists: it may be a bid that was sealed")
    kept = KeptBid(tender=tender, rate_ppm=rate_ppm(rate), salt=secrets.token_hex(32))
    with Node.existing(Settings()).reader.open() as snapshot:
        funder = speaker(snapshot.view, by.handle).organisation
    sealed = finance.commitment(kept.tender, funder, kept.rate_ppm, kept.salt)
    # Kept first: a digest in the log whose bid is lost can only lapse.
    replace_durably(file, orjson.dumps(kept.model_dump()), secret=True)
    body = formed(finance.BidSeal, {"tender": tender, "commitment": sealed})
    say_index("finance.bid.seal/1", body, by)


@cli.command()
def unseal(file: BidFile, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As the funder, behind the deadline: open the bid that FILE keeps."""
    try:
        kept = KeptBid.model_validate_json(read_bytes(file, bid_bytes_max))
    except ValidationError as error:
        raise MemberRefused(f"{file} keeps no bid: {error.errors()[0]['msg']}") from None
    with looking("tender unseal", kept.tender) as reading:
        row = finance.views.tender(reading, kept.tender).row
        stated = finance.views.bid_figures(reading.view, row, kept.rate_ppm)
    body = formed(finance.BidOpen, {**kept.model_dump(), **stated})
    say_index("finance.bid.open/1", body, Person(author, url, draft))


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Tenders that an organisation opened, or in which it was asked."""
    columns = ("tender", "certificate", "amount", "sealed until", "status", "bids")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("tender list", firm) as reading:
        page = finance.views.tenders(reading, firm, after, limit)
    for one in page.rows:
        row: Any = one.row
        amount = finance.format_amount(row["amount"], row["currency"])
        table.add_row(
            one.name, row["certificate"], f"{row['currency']} {amount}", row["seals_until"],
            row["status"], str(len(one.bids)),
        )  # fmt: skip
    console.print(table if page.rows else "No tender.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)
