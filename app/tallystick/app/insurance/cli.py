"""`tallystick insurance`: an insurer's two persons offer a cover, the insured declares, gives notice and claims, the insurer decides and pays."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.files import write_file
from tallystick.app.insurance import packing
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
from tallystick.app.reads.commands import noted
from tallystick.app.reads.looking import looking
from tallystick.app.recorded import DigestOnly, EvidenceFile, Lines, say_evidenced
from tallystick.app.settings import Settings

cli = typer.Typer(
    help="Trade credit insurance (贸易信用保险): covers, notices, claims.", no_args_is_help=True
)
console = Console()
Cover = Annotated[str, typer.Argument(metavar="COVER", help="What `propose` printed.")]
Claim = Annotated[str, typer.Argument(metavar="CLAIM", help="What `claim` printed.")]
Certificate = Annotated[str, typer.Argument(metavar="CERTIFICATE", help="99.100/O-…#C-17.")]
Amount = Annotated[str, typer.Argument(help="As 150,000.00.")]


@cli.command()
def propose(
    insured: Annotated[str, typer.Argument(metavar="INSURED", help="99.100/O-….")],
    author: AuthorKey,
    debtor: Annotated[
        list[str],
        typer.Option(metavar="HANDLE=LIMIT", help="As 99.100/O-…=4,000,000.00; repeat it."),
    ],
    share: Annotated[str, typer.Option(help="The insured share in percent: 90.")],
    valid_from: Annotated[str, typer.Option(help="Its first day: 2026-01-12.")],
    expires_on: Annotated[str, typer.Option(help="Its last day.")],
    grace_days: Annotated[int, typer.Option(help="The debtor has, behind a notice.")],
    waiting_days: Annotated[int, typer.Option(help="A claim waits, behind the payment date.")],
    payment_days: Annotated[int, typer.Option(help="The insurer has, behind its decision.")],
    penalty: Annotated[
        str, typer.Option(help="Percent a day on what the insurer pays later.")
    ] = "0",
    recourse: Annotated[
        Literal["passes", "ends"],
        typer.Option(help="What becomes of recourse on units that the insurer pays for."),
    ] = "ends",
    currency: str = "CNY",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a maker of the insurer: propose the terms of a cover; prints its name, which a checker approves."""
    told = {
        "insured": insured, "debtors": tuple(_debtor(one, currency) for one in debtor), "share_ppm": rate_ppm(share),
        "valid_from": valid_from, "expires_on": expires_on, "grace_days": grace_days, "waiting_days": waiting_days,
        "payment_days": payment_days, "penalty_day_ppm": rate_ppm(penalty),
        "recourse": recourse,
    }  # fmt: skip
    body = formed(finance.CoverPropose, told)
    say_named("finance.insurance.propose/1", body, Person(author, url, draft))


@cli.command()
def approve(cover: Cover, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a checker of the insurer, who is another person: the cover is offered."""
    body = formed(finance.CoverApprove, {"proposal": cover})
    say_index("finance.insurance.approve/1", body, Person(author, url, draft))


@cli.command()
def answer(
    cover: Cover,
    author: AuthorKey,
    accept: Annotated[bool, typer.Option("--accept/--decline")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the insured: accept a cover, or decline it."""
    body = formed(finance.CoverAnswer, {"cover": cover, "accepted": accept})
    say_index("finance.insurance.answer/1", body, Person(author, url, draft))


@cli.command()
def declare(
    cover: Cover,
    certificate: Certificate,
    amount: Amount,
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the insured: so much of what you hold is insured from now on."""
    minor = finance.parse_amount(amount, _currency(certificate))
    told = {"cover": cover, "certificate": certificate, "amount": minor}
    body = formed(finance.CoverDeclare, told)
    say_index("finance.insurance.declare/1", body, Person(author, url, draft))


@cli.command()
def notice(certificate: Certificate, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As the insured: give notice to a debtor in arrears; prints its name."""
    body = formed(finance.DunningNotice, {"certificate": certificate})
    say_named("finance.insurance.notice/1", body, Person(author, url, draft))


@cli.command()
def claim(
    notice: Annotated[str, typer.Argument(metavar="NOTICE", help="What `notice` printed.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the insured: claim the insured share of what is unpaid; prints its name."""
    with looking("insurance claim", notice) as reading:
        found = finance.views.notice(reading, notice)
    told = {name: found.row[name] for name in ("insurer", "certificate", "currency")}
    told |= {"notice": notice, "loss_minor": found.loss, "amount_minor": found.insured}
    body = formed(finance.InsuranceClaim, told)
    say_named("finance.insurance.claim/1", body, Person(author, url, draft))


@cli.command()
def decide(
    name: Claim,
    accepted: Amount,
    author: AuthorKey,
    reason: Annotated[str, typer.Option(help="For what is not accepted.")] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a maker of the insurer: propose how much to accept, 0 for nothing; prints what a checker approves."""
    minor = finance.parse_amount(accepted, _claimed(name).row["currency"])
    told = {"claim": name, "accepted_minor": minor, "reason": reason}
    body = formed(finance.ClaimDecide, told)
    say_named("finance.insurance.decide/1", body, Person(author, url, draft))


@cli.command("approve-decision")
def approve_decision(
    proposal: Annotated[str, typer.Argument(help="What `decide` printed.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a checker of the insurer, who is another person: the claim is decided."""
    body = formed(finance.ClaimApprove, {"proposal": proposal})
    say_index("finance.insurance.decide.approve/1", body, Person(author, url, draft))


@cli.command()
def paid(
    name: Claim,
    author: AuthorKey,
    evidence: EvidenceFile,
    paid_at: Annotated[str, typer.Option(help="When: 2026-11-30T02:00:00.000Z.")],
    digest_only: DigestOnly = False,
    line: Lines = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As insurer or insured: state that a claim was paid, with the penalty if it is late."""
    found = _claimed(name)
    told = {
        "claim": name, "currency": found.row["currency"], "amount_minor": found.due,
        "penalty_minor": found.penalty, "paid_at": paid_at,
    }  # fmt: skip
    by, record = Person(author, url, draft), (evidence, digest_only, line)
    say_evidenced("finance.insurance.paid/1", finance.ClaimPaid, told, by, record)


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Covers and notices of an organisation."""
    covers = _table("cover", "insurer", "insured", "share", "last day", "status")
    notices = _table(
        "notice", "certificate", "grace until", "claim from", "unpaid", "status", "claim", "due"
    )
    with looking("insurance list", firm) as reading:
        offered = finance.views.covers(reading, firm, None, limit)
        given = finance.views.notices(reading, firm, None, limit)
    for one in offered.rows:
        row: Any = one.row
        share = f"{Decimal(row['share_ppm']) / 10_000} %"
        covers.add_row(
            one.name, row["insurer"], row["insured"], share, row["expires_on"], row["status"]
        )
    for found in given.rows:
        row = found.row
        loss, due = (
            finance.format_amount(amount, row["currency"]) for amount in (found.loss, found.due)
        )
        told = (row["certificate"], row["grace_until"], row["claim_on"], loss, row["status"])
        notices.add_row(found.name, *told, row.get("claim", ""), due)
    console.print(covers if offered.rows else "No cover.")
    console.print(notices if given.rows else "No notice.")


@cli.command()
def pack(
    name: Claim,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the ZIP.")],
    lang: Annotated[Literal["zh", "en"], typer.Option(help="Of the papers.")] = "zh",
) -> None:
    """Everything for a claim in one ZIP, as the insured may read it: papers, deliveries, notices, holdings, proofs."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        reader = packing.reader_of(snapshot, node.settings, name)
        with noted(node, reader, "insurance pack", name) as noting:
            base_url = node.settings.base_url
            data = packing.packed(Reading(snapshot, noting), name, lang, base_url)
    write_file(out, data)
    console.print(f"{out}: {len(data):,} bytes.", highlight=False, soft_wrap=True)


def _debtor(told: str, currency: str) -> dict[str, Any]:
    handle, _, limit = told.partition("=")
    if not limit:
        raise MemberRefused(f"{told!r} is not HANDLE=LIMIT")
    return {"debtor": handle, "currency": currency, "limit": finance.parse_amount(limit, currency)}


def _currency(certificate: str) -> str:
    with looking("insurance", certificate) as reading:
        return str(finance.views.certificate(reading, certificate).head["currency"])


def _claimed(name: str) -> Any:
    with looking("insurance", name) as reading:
        return finance.views.insurance_claim(reading, name)


def _table(*names: str) -> Table:
    return Table(*(Column(name, overflow="fold") for name in names))
