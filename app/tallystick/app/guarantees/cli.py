"""`tallystick guarantee`: an applicant asks, a bank's two persons issue, the beneficiary demands, the bank pays or refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.files import sha256_of
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
from tallystick.app.reads.looking import looking
from tallystick.app.recorded import DigestOnly, EvidenceFile, Lines, say_evidenced

cli = typer.Typer(
    help="Guarantees (电子保函): asked for, issued, amended, demanded, paid.", no_args_is_help=True
)
console = Console()
Name = Annotated[
    str, typer.Argument(metavar="GUARANTEE", help="The payload hash that `request` printed.")
]
DemandName = Annotated[str, typer.Argument(metavar="DEMAND", help="The demand's payload hash.")]


@cli.command()
def request(
    underlying: Annotated[
        str, typer.Argument(help="What it secures: order, contract or certificate.")
    ],
    name: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its name: 99.100/O-…#PO-7.")],
    amount: Annotated[str, typer.Argument(help="As 150,000.00.")],
    author: AuthorKey,
    bank: Annotated[str, typer.Option(help="Who is to issue it.")],
    beneficiary: Annotated[str, typer.Option(help="In whose favour.")],
    expires_on: Annotated[str, typer.Option(help="Its last day: 2026-11-30.")],
    valid_from: Annotated[str, typer.Option(help="Its first day.")],
    form: Annotated[str, typer.Option(help="The form that governs it: 'URDG 758'.")],
    form_file: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The text that was agreed; only its SHA-256 is said."),
    ],
    document: Annotated[
        list[str] | None, typer.Option(help="Title of what a demand presents; repeat it for more.")
    ] = None,
    currency: str = "CNY",
    examine_days: Annotated[int, typer.Option(help="Calendar days to answer a demand.")] = 5,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the applicant: ask a bank for a guarantee; prints its name."""
    told = {
        "underlying": underlying, "name": name, "bank": bank, "beneficiary": beneficiary, "currency": currency,
        "amount": finance.parse_amount(amount, currency), "valid_from": valid_from, "expires_on": expires_on,
        "examine_days": examine_days, "documents": tuple(document or ()),
        "form": {"name": form, "sha256": sha256_of(form_file)},
    }  # fmt: skip
    say_named(
        "finance.guarantee.request/1",
        formed(finance.GuaranteeRequest, told),
        Person(author, url, draft),
    )


@cli.command()
def decline(
    guarantee: Name,
    author: AuthorKey,
    reason: Annotated[str, typer.Option()] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the bank: do not issue it."""
    body = formed(finance.GuaranteeDecline, {"guarantee": guarantee, "reason": reason})
    say_index("finance.guarantee.decline/1", body, Person(author, url, draft))


@cli.command()
def propose(guarantee: Name, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a maker of the bank: issue it as requested; prints what a checker approves."""
    body = formed(finance.GuaranteePropose, {"guarantee": guarantee})
    say_named("finance.guarantee.propose/1", body, Person(author, url, draft))


@cli.command()
def amend(
    guarantee: Name,
    author: AuthorKey,
    amount: Annotated[str, typer.Option(help="The new amount.")] = "",
    expires_on: Annotated[str, typer.Option(help="The new last day.")] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a maker of the bank: propose an amendment; prints what a checker approves and the beneficiary answers."""
    currency = _row(guarantee)["currency"]
    told = {"guarantee": guarantee, "expires_on": expires_on}
    stated = {"amount": finance.parse_amount(amount, currency)} if amount else {}
    body = formed(finance.GuaranteeAmend, {**told, **stated})
    say_named("finance.guarantee.amend/1", body, Person(author, url, draft))


@cli.command()
def approve(
    proposal: Annotated[str, typer.Argument(help="What `propose` or `amend` printed.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a checker of the bank, who is another person: the guarantee is issued, or the amendment offered."""
    body = formed(finance.GuaranteeApprove, {"proposal": proposal})
    say_index("finance.guarantee.approve/1", body, Person(author, url, draft))


@cli.command()
def answer(
    guarantee: Name,
    amendment: Annotated[str, typer.Argument(help="What `amend` printed.")],
    author: AuthorKey,
    accept: Annotated[bool, typer.Option("--accept/--decline")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the beneficiary: accept an amendment, or stay with the terms that stand."""
    told = {"guarantee": guarantee, "amendment": amendment, "accepted": accept}
    say_index(
        "finance.guarantee.answer/1",
        formed(finance.AmendmentAnswer, told),
        Person(author, url, draft),
    )


@cli.command()
def demand(
    guarantee: Name,
    amount: Annotated[str, typer.Argument(help="As 150,000.00.")],
    author: AuthorKey,
    document: Annotated[
        list[str] | None,
        typer.Option(metavar="TITLE=FILE", help="Only the file's SHA-256 is said."),
    ] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the beneficiary: demand payment, with every document that the guarantee lists; prints its name."""
    currency = _row(guarantee)["currency"]
    documents = tuple(_presented(one) for one in document or ())
    told = {
        "guarantee": guarantee,
        "amount": finance.parse_amount(amount, currency),
        "documents": documents,
    }
    say_named(
        "finance.guarantee.demand/1",
        formed(finance.GuaranteeDemand, told),
        Person(author, url, draft),
    )


@cli.command()
def refuse(
    guarantee: Name,
    name: DemandName,
    author: AuthorKey,
    reason: Annotated[list[str], typer.Option(help="Repeat it: all reasons are said at once.")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the bank, in time: refuse a demand, once and with all reasons."""
    told = {"guarantee": guarantee, "demand": name, "reasons": tuple(reason)}
    say_index(
        "finance.guarantee.refuse/1", formed(finance.DemandRefuse, told), Person(author, url, draft)
    )


@cli.command()
def paid(
    guarantee: Name,
    name: DemandName,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")],
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the bank or the beneficiary: state that a demand was paid, by a record of it."""
    with looking("guarantee paid", guarantee) as reading:
        found = finance.views.guarantee(reading, guarantee)
    if name not in found.demands:
        raise MemberRefused(f"{guarantee} has no demand {name}")
    told = {
        "guarantee": guarantee, "demand": name, "currency": found.row["currency"],
        "amount": found.demands[name]["amount"], "paid_at": paid_at,
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.guarantee.paid/1", finance.DemandPaid, told, by, record)


@cli.command()
def release(
    guarantee: Name,
    author: AuthorKey,
    amount: Annotated[str, typer.Option(help="Only so much less; all of it by default.")] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the beneficiary: so much of it can be demanded no more."""
    told: dict[str, Any] = {"guarantee": guarantee}
    if amount:
        told["amount"] = finance.parse_amount(amount, _row(guarantee)["currency"])
    say_index(
        "finance.guarantee.release/1",
        formed(finance.GuaranteeRelease, told),
        Person(author, url, draft),
    )


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Guarantees of which an organisation is applicant, beneficiary or bank."""
    columns = ("guarantee", "secures", "amount", "available", "last day", "status", "open demands")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("guarantee list", firm) as reading:
        page = finance.views.guarantees(reading, firm, after, limit)
    for one in page.rows:
        row: Any = one.row
        waiting = sum(d["status"] in ("presented", "overdue") for d in one.demands.values())
        table.add_row(
            one.name, row["name"], f"{row['currency']} {finance.format_amount(row['amount'], row['currency'])}",
            finance.format_amount(one.available, row["currency"]), row["expires_on"], row["status"], str(waiting),
        )  # fmt: skip
    console.print(table if page.rows else "No guarantee.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)


def _presented(told: str) -> dict[str, str]:
    title, _, file = told.partition("=")
    if not file:
        raise MemberRefused(f"{told!r} is not TITLE=FILE")
    return {"title": title, "sha256": sha256_of(Path(file))}


def _row(name: str) -> Any:
    with looking("guarantee", name) as reading:
        return finance.views.guarantee(reading, name).row
