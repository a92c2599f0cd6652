"""`tallystick policy`: standing policies, conditions of issue, waivers, the ERP's word, notices."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, read_model
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, say
from tallystick.app.reads.looking import looking
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.finance import policies
from tallystick.identity import speaker
from tallystick.ledger import Attachment, Body, reference_to

cli = typer.Typer(
    help="Standing policies and conditions of issue of a core enterprise: two sign, one stops.",
    no_args_is_help=True,
)
console = Console()
#: A waiver is a few pages.
text_bytes_max = 4 * 1024 * 1024
body_bytes_max = 256 * 1024
Json = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="The body as JSON: docs/reference/entry-types.md says it."),
]
Proposal = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The payload hash, as printed.")]
Policy = Annotated[str, typer.Argument(metavar="POLICY", help="99.100/O-…#SP-17.")]
Certificate = Annotated[str, typer.Argument(metavar="CERTIFICATE", help="99.100/O-…#C-17.")]


@cli.command()
def propose(body: Json, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a maker: propose a standing policy."""
    told = read_model(body, policies.PolicyPropose, body_bytes_max)
    _proposed("finance.policy.propose/1", told, Person(author, url, draft), "approve")


@cli.command()
def approve(proposal: Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a checker: approve it; it is in force at once."""
    told = policies.PolicyApprove(proposal=proposal)
    _say("finance.policy.approve/1", told, Person(author, url, draft))


@cli.command()
def stop(
    policy: Policy,
    author: AuthorKey,
    reason: Annotated[
        Literal["mistake", "suspected", "replaced", "not-needed"], typer.Option()
    ] = "suspected",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As one officer, maker or checker: stop it at once."""
    told = policies.PolicyStop(policy=policy, reason=reason)
    _say("finance.policy.stop/1", told, Person(author, url, draft))


@cli.command()
def confirm(body: Json, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As the service that a policy names: confirm one invoice under it."""
    told = read_model(body, policies.PolicyConfirm, body_bytes_max)
    _say("finance.policy.confirm/1", told, Person(author, url, draft))


@cli.command()
def waiver(
    text: Annotated[Path, typer.Argument(metavar="TEXT", help="The text; anybody may read it.")],
    author: AuthorKey,
    version: Annotated[str, typer.Option(help="As your lawyers number it.")],
    review: Annotated[Path, typer.Option(help="Your legal review; only its SHA-256 is sent.")],
    language: Annotated[str, typer.Option()] = "zh",
    media_type: Annotated[str, typer.Option()] = "text/plain",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Put a text on record in which your organisation waives defences; prints its name."""
    node, data = Node.existing(Settings()), read_bytes(text, text_bytes_max)
    kept = Attachment(media_type, data, secrets.token_bytes(32), "public")
    with node.reader.open() as snapshot:
        owner = speaker(snapshot.view, Person(author).handle).organisation
    fields = {
        "organisation": owner, "version": version, "language": language,
        "sha256": hashlib.sha256(data).hexdigest(),
        "review": hashlib.sha256(read_bytes(review, text_bytes_max)).hexdigest(),
        "text": reference_to(kept),
    }  # fmt: skip
    body = formed(policies.WaiverRegister, fields)
    way = Way(node, url, draft)
    index = way.say("finance.waiver.register/1", body, [signing_key(node, author)], [kept])
    if index is not None:
        print(f"{owner}#W-{index}")


@cli.command()
def conditions(
    author: AuthorKey,
    erp_block: Annotated[bool, typer.Option(help="The ERP is asked before a certificate lives.")],
    waiver: Annotated[str, typer.Option(help="The text's name, 99.100/O-…#W-17.")] = "",
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As a maker: propose what holds for certificates issued from then on."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        owner = speaker(snapshot.view, Person(author).handle).organisation
    fields = {"organisation": owner, "erp_block": erp_block, "waiver": waiver}
    body = formed(policies.ConditionsPropose, fields)
    _proposed("finance.conditions.propose/1", body, Person(author, url, draft), "sign")


@cli.command()
def sign(proposal: Proposal, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """As a checker: approve conditions, and sign the waiver that they name."""
    told = policies.ConditionsApprove(proposal=proposal)
    _say("finance.conditions.approve/1", told, Person(author, url, draft))


@cli.command()
def erp(
    certificate: Certificate,
    answer: Annotated[Path, typer.Argument(metavar="FILE", help="What the ERP answered.")],
    author: AuthorKey,
    blocked: Annotated[bool, typer.Option(help="Blocked for ordinary payment.")],
    unassigned: Annotated[bool, typer.Option(help="Not assigned elsewhere.")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Say what the issuer's ERP says of the invoice; only the digest of its answer is sent."""
    told = policies.ErpConfirm(
        certificate=certificate,
        blocked=blocked,
        unassigned=unassigned,
        reference=hashlib.sha256(read_bytes(answer, text_bytes_max)).hexdigest(),
    )
    _say("finance.erp.confirm/1", told, Person(author, url, draft))


@cli.command()
def notify(
    certificate: Certificate,
    hop: Annotated[int, typer.Argument(metavar="ENTRY", help="By which units moved.")],
    to: Annotated[str, typer.Option(help="To whom: a handle.")],
    amount: Annotated[int, typer.Option(help="How much, in minor units.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As who gave or took units: tell the debtor of the assignment."""
    told = policies.NoticeGive(certificate=certificate, hop=hop, to=to, amount=amount)
    _say("finance.notice.give/1", told, Person(author, url, draft))


@cli.command()
def acknowledge(
    certificate: Certificate,
    hop: Annotated[int, typer.Argument(metavar="ENTRY", help="By which units moved.")],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As the debtor: acknowledge the notice of one assignment."""
    told = policies.NoticeAcknowledge(certificate=certificate, hop=hop)
    _say("finance.notice.acknowledge/1", told, Person(author, url, draft))


@cli.command("list")
def list_all(
    firm: Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")],
    after: Annotated[str | None, typer.Option(help="Go on after this mark.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 100,
) -> None:
    """Standing policies of an organisation, with what was issued under each."""
    columns = ("policy", "standing", "until", "issued", "of")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    with looking("policy list", firm) as reading:
        page = policies.policies(reading, firm, after, limit)
        asked = policies.conditions(reading, firm)
    for one in page.rows:
        currency = one.row["currency"]
        used = finance.format_amount(one.used.get("total", 0), currency)
        most = finance.format_amount(one.row["total_max"], currency)
        table.add_row(one.name, one.standing, one.row["until"], f"{currency} {used}", most)
    console.print(table if page.rows else "No policy was ever signed.")
    if page.after:
        console.print(f"Go on with --after '{page.after}'", highlight=False, soft_wrap=True)
    if asked is not None:
        told = f"ERP asked first: {asked['erp_block']}; waiver: {asked.get('waiver', 'none')}"
        console.print(told, highlight=False, soft_wrap=True)


def _proposed(entry_type: str, body: Body, by: Person, then: str) -> None:
    index = say(entry_type, body, by)
    if index is None or by.url:
        return
    with Node.existing(Settings()).reader.open() as snapshot:
        proposal = snapshot.row(index).payload_hash.hex()
    told = f"tallystick policy {then} {proposal} --author …"
    console.print(told, highlight=False, soft_wrap=True)


def _say(entry_type: str, body: Body, by: Person) -> None:
    index = say(entry_type, body, by)
    if index is not None:
        console.print(f"Entry {index}.", highlight=False)
