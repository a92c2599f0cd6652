"""`tallystick facility`: a seller asks for order financing, a funder's two persons offer terms, advances are drawn and repaid."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
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
from tallystick.app.recorded import DigestOnly, EvidenceFile, Lines, say_evidenced

cli = typer.Typer(
    help="Order financing (订单融资): advances that pay for materials.", no_args_is_help=True
)
console = Console()
Name = Annotated[
    str, typer.Argument(metavar="FACILITY", help="The payload hash that `request` printed.")
]
AdvanceName = Annotated[str, typer.Argument(metavar="ADVANCE", help="What `draw` printed.")]
PaidAt = Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")]
Reason = Annotated[
    Literal["limit", "evidence", "terms", "business", "other"] | None,
    typer.Option(help="Why: no limit free, too little proven, other terms, not your business."),
]
Amount = Annotated[str, typer.Argument(help="As 150,000.00, in the order's currency.")]


@cli.command()
def request(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="99.100/O-…#PO-7.")],
    limit: Amount,
    author: AuthorKey,
    funder: Annotated[str, typer.Option(help="A bank's handle.")],
    purchase: Annotated[list[str], typer.Option(help="Your own order for materials; repeat it.")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the order's seller: ask a funder; prints the facility's name."""
    with looking("facility request", order) as reading:
        head = finance.views.document(reading, "order", order).head
    told = {
        "order": order, "funder": funder, "purchases": tuple(purchase),
        "limit": finance.parse_amount(limit, head["currency"]),
    }  # fmt: skip
    body = formed(finance.FacilityRequest, told)
    say_named("finance.facility.request/1", body, Person(author, url, draft))


@cli.command()
def propose(
    facility: Name,
    author: AuthorKey,
    limit: Annotated[str, typer.Option(help="At most owed at once.")],
    rate: Annotated[str, typer.Option(help="Percent a year: 4.2 or 6.95.")],
    available_until: Annotated[str, typer.Option(help="The last day for drawing.")],
    repay_on: Annotated[str, typer.Option(help="The day by which all is repaid.")],
    account: Annotated[str, typer.Option(help="Where the borrower is paid: 99.100/O-…#A-7.")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a maker of the funder: propose terms; prints what a checker approves."""
    told = {
        "facility": facility, "limit": finance.parse_amount(limit, _view(facility).row["currency"]),
        "rate_ppm": rate_ppm(rate), "available_until": available_until, "repay_on": repay_on, "account": account,
    }  # fmt: skip
    body = formed(finance.FacilityPropose, told)
    say_named("finance.facility.propose/1", body, Person(author, url, draft))


@cli.command()
def decline(
    facility: Name, author: AuthorKey, reason: Reason = None, url: Url = "", draft: Draft = None
) -> None:
    """As the funder that was asked: offer no terms."""
    body = formed(finance.FacilityDecline, {"facility": facility, "reason": reason})
    say_index("finance.facility.decline/1", body, Person(author, url, draft))


@cli.command()
def approve(
    proposal: Annotated[str, typer.Argument(help="What `propose` printed.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a checker of the funder, who is another person: offer the terms."""
    body = formed(finance.FacilityApprove, {"proposal": proposal})
    say_index("finance.facility.approve/1", body, Person(author, url, draft))


@cli.command()
def accept(facility: Name, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As the borrower: accept the terms."""
    body = formed(finance.FacilityAccept, {"facility": facility})
    say_index("finance.facility.accept/1", body, Person(author, url, draft))


@cli.command()
def draw(
    facility: Name,
    purchase: Annotated[str, typer.Argument(help="The order for materials that is paid.")],
    amount: Amount,
    author: AuthorKey,
    despatch: Annotated[
        list[str] | None, typer.Option(help="Of the order, scanned by a carrier; repeat it.")
    ] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the borrower: draw an advance, and mandate that certificates of the order repay it; prints its name."""
    told = {
        "facility": facility, "purchase": purchase, "despatches": tuple(despatch or ()),
        "amount": finance.parse_amount(amount, _view(facility).row["currency"]), "mandate": finance.mandate,
    }  # fmt: skip
    body = formed(finance.AdvanceDraw, told)
    say_named("finance.advance.draw/1", body, Person(author, url, draft))


@cli.command()
def instruct(
    facility: Name, advance: AdvanceName, author: AuthorKey, url: Url = "", draft: Draft = None
) -> None:
    """As the funder: the payment is on its way."""
    body = formed(finance.AdvanceInstruct, {"facility": facility, "advance": advance})
    say_index("finance.advance.instruct/1", body, Person(author, url, draft))


@cli.command()
def paid(
    facility: Name,
    advance: AdvanceName,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: PaidAt,
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the funder or the supplier: state that an advance was paid, by a record of it."""
    found = _view(facility)
    if advance not in found.advances:
        raise MemberRefused(f"{facility} has no advance {advance}")
    told = {
        "facility": facility, "advance": advance, "currency": found.row["currency"],
        "amount": found.advances[advance]["amount"], "paid_at": paid_at,
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.advance.paid/1", finance.AdvancePaid, told, by, record)


@cli.command()
def unpaid(
    facility: Name, advance: AdvanceName, author: AuthorKey, url: Url = "", draft: Draft = None
) -> None:
    """As the funder: it was not paid and will not be."""
    body = formed(finance.AdvanceUnpaid, {"facility": facility, "advance": advance})
    say_index("finance.advance.unpaid/1", body, Person(author, url, draft))


@cli.command()
def repaid(
    facility: Name,
    amount: Amount,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: PaidAt,
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the funder: so much came in through the named account."""
    row = _view(facility).row
    told = {
        "facility": facility, "account": row.get("account"), "currency": row["currency"],
        "amount": finance.parse_amount(amount, row["currency"]), "paid_at": paid_at,
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.advance.repaid/1", finance.AdvanceRepaid, told, by, record)


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Facilities under which an organisation borrows or lends: what can be drawn, and what is owed."""
    columns = ("facility", "order", "status", "milestone", "drawable", "principal", "interest")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("facility list", firm) as reading:
        page = finance.views.facilities(reading, firm, after, limit)
    for one in page.rows:
        row: Any = one.row
        amounts = (one.drawable, one.owed.principal, one.owed.interest)
        shown = [finance.format_amount(amount, row["currency"]) for amount in amounts]
        status = f"{row['status']}, overdue" if one.overdue else row["status"]
        table.add_row(one.name, row["order"], status, one.milestone, *shown)
    console.print(table if page.rows else "No facility.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)


def _view(name: str) -> finance.views.FacilityView:
    with looking("facility", name) as reading:
        return finance.views.facility(reading, name)
