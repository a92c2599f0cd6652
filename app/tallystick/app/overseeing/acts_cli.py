"""`tallystick organisation …`: what two people of a node decide about an organisation. Each proposes; another decides.

The second person answers with `tallystick pending approve`.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tallystick.app.applications import papers
from tallystick.app.applications.errors import PaperRefused
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, formed, propose, said
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import HandPapers, papers_with_end
from tallystick.ledger import Attachment

console = Console()
Firm = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its handle: 99.100/O-….")]


def add(cli: typer.Typer) -> None:
    """Add the commands to `tallystick organisation`."""
    cli.command("suspend")(suspend)
    cli.command("lift")(lift)
    cli.command("hold")(hold)
    cli.command("release")(release)
    cli.command("quota")(quota)
    cli.command("hand-papers")(hand_papers)
    cli.command("confirm-papers")(confirm_papers)


def suspend(
    firm: Firm,
    author: AuthorKey,
    reason: Annotated[
        str,
        typer.Option(help="papers-expired, sanctions, fraud, insolvency, request or court-order."),
    ],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose that it makes no new promises; it pays, receives, refuses, discloses and complains as before."""
    propose({"kind": "suspend", "organisation": firm, "reason": reason}, Person(author, url, draft))


def lift(firm: Firm, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Propose the end of a suspension."""
    propose({"kind": "lift", "organisation": firm}, Person(author, url, draft))


def hold(
    firm: Firm,
    author: AuthorKey,
    sanctions: Annotated[str, typer.Option("--list", help="The list's name.")],
    version: Annotated[str, typer.Option("--list-version", help="Its version or date.")],
    evidence: Annotated[str, typer.Option(help="SHA-256 of what you found, which you keep (hex).")],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose that payments to it wait, because it stands on a list of sanctions."""
    what = {"kind": "hold", "organisation": firm, "list": sanctions, "version": version}
    propose({**what, "evidence": evidence}, Person(author, url, draft))


def release(
    firm: Firm,
    author: AuthorKey,
    reason: Annotated[
        str, typer.Option(help="delisted, another-party, licensed, mistake or court-order.")
    ],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose that payments to it go on."""
    propose({"kind": "release", "organisation": firm, "reason": reason}, Person(author, url, draft))


def quota(
    firm: Firm,
    author: AuthorKey,
    handles: Annotated[int | None, typer.Option(min=0, help="How many more it may make.")] = None,
    prefixes: Annotated[int | None, typer.Option(min=0, help="How many more it may get.")] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose how much of the register it may still use; without a number, any."""
    what: dict[str, Any] = {"kind": "quota", "organisation": firm}
    propose({**what, "handles": handles, "prefixes": prefixes}, Person(author, url, draft))


def hand_papers(
    firm: Firm,
    author: AuthorKey,
    paper: Annotated[
        list[str],
        typer.Option(
            metavar="KIND=FILE[@DAY]",
            help=f"A paper, and when it ends: {' and '.join(papers_with_end)} always.",
        ),
    ],
    url: Url = "",
    draft: Draft = None,
) -> None:
    """As an officer of the organisation: hand in papers in the place of those of their kinds."""
    rows, attachments = [], []
    for told in paper:
        row, attached = _paper(told)
        rows.append(row)
        attachments.append(attached)
    body = formed(HandPapers, {"organisation": firm, "papers": tuple(rows)})
    node = Node.existing(Settings())
    way = Way(node, url, draft)
    index = way.say("identity.papers.hand/1", body, [signing_key(node, author)], attachments)
    said("handed in", index)
    if index is not None and not url:
        with node.reader.open() as snapshot:
            name = snapshot.row(index).payload_hash.hex()
        console.print(
            f"tallystick organisation confirm-papers {firm} {name} --author …", highlight=False
        )


def confirm_papers(
    firm: Firm,
    handed: Annotated[
        str,
        typer.Argument(metavar="PAPERS", help="The payload hash of the entry that handed them in."),
    ],
    author: AuthorKey,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose that papers which were handed in count from now on."""
    what = {"kind": "papers", "organisation": firm, "handed": handed}
    propose(what, Person(author, url, draft))


def _paper(told: str) -> tuple[dict[str, Any], Attachment]:
    """`KIND=FILE` with `@DAY` behind it; raises `PaperRefused`."""
    kind, _, rest = told.partition("=")
    file, _, ends = rest.partition("@")
    if kind in papers_with_end and not ends:
        raise PaperRefused(f"ends: say on which day it ends, as {kind}=FILE@2026-12-31")
    data = read_bytes(Path(file), papers.file_bytes_max)
    attached = Attachment(papers.type_of(data), data, secrets.token_bytes(32), "restricted")
    ref = {
        "hash": attached.hash(), "type": attached.type, "size": len(data), "grade": "restricted",
    }  # fmt: skip
    return {"kind": kind, "document": ref, **({"ends": ends} if ends else {})}, attached
