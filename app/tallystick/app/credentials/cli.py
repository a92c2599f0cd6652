"""`tallystick credential`: certificates that say who is qualified for what, shown field by field."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.table import Table

from tallystick.app.bootstrap import Node
from tallystick.app.credentials import acting, reminding, verify_cli
from tallystick.app.credentials.errors import CredentialFileRefused
from tallystick.app.credentials.moment import now_ms
from tallystick.app.files import read_bytes, write_file
from tallystick.app.organisations import accepted
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import credentials
from tallystick.identity.credentials import Qualification, Side
from tallystick.ledger import (
    Author,
    Body,
    Reader,
    Submission,
    SystemClock,
    Thing,
    attachment_bytes_max,
    instant,
)

cli = typer.Typer(
    help="Certificates of suppliers: issue, show field by field, verify.", no_args_is_help=True
)
console = Console()
F = TypeVar("F", bound=BaseModel)
as_help = "Handle of the organisation that speaks; this node holds its key."
Speaking = Annotated[str, typer.Option("--as", help=as_help)]
Named = Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Its name in the log.")]
Fields = Annotated[
    list[str] | None, typer.Option("--field", help="Show this field; repeat for more.")
]
cli.command()(verify_cli.verify)


@cli.command()
def issue(
    file: Annotated[Path, typer.Argument(help="What the certificate says (JSON).")],
    author: Speaking,
    to: Annotated[str, typer.Option(help="Handle of the organisation that it certifies.")],
    holder_key: Annotated[
        str, typer.Option(help="Registered key of the holder; its first one if left out.")
    ] = "",
) -> None:
    """Certify another organisation; prints the certificate's name in the log."""
    said = read_form(file, Qualification)
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        desk = desk_of(node, author)
        written = desk.issue(snapshot.view, said, to, holder_key or f"300:{to}")
    append(node, [written.submission])
    print(written.digest)


@cli.command()
def revoke(
    credential: Named,
    author: Speaking,
    reason: Annotated[
        Literal["withdrawn", "wrong", "superseded", "fraud", "ceased"], typer.Option()
    ],
) -> None:
    """It does not count any more, for ever."""
    body = credentials.RevokeCredential(credential=credential, reason=reason)
    say(author, "identity.credential.revoke/1", body)


@cli.command()
def suspend(
    credential: Named,
    author: Speaking,
    reason: Annotated[Literal["audit", "overdue", "complaint", "investigation"], typer.Option()],
) -> None:
    """It does not count until it is reinstated."""
    body = credentials.SuspendCredential(credential=credential, reason=reason)
    say(author, "identity.credential.suspend/1", body)


@cli.command()
def reinstate(
    credential: Named,
    author: Speaking,
    reason: Annotated[Literal["resolved", "mistake"], typer.Option()] = "resolved",
) -> None:
    """A suspended one counts again."""
    body = credentials.ReinstateCredential(credential=credential, reason=reason)
    say(author, "identity.credential.reinstate/1", body)


@cli.command()
def state(
    file: Annotated[Path, typer.Argument(help="The paper as it was issued, for instance a PDF.")],
    author: Speaking,
    kind: Annotated[str, typer.Option(help="What it certifies, such as iso-9001.")],
    expires: Annotated[str, typer.Option(help="Last day on which it holds.")] = "",
    media_type: Annotated[str, typer.Option("--type", help="Its media type.")] = "application/pdf",
) -> None:
    """State a certificate of a body that is not in this log; your node may say that it has seen it."""
    node = Node.existing(Settings())
    until = None if not expires else instant(last_day(expires))
    paper = read_bytes(file, attachment_bytes_max)
    submission = desk_of(node, author).state(kind, until, media_type, paper)
    append(node, [submission])
    print(submission.attachments[0].hash())


@cli.command()
def see(credential: Named, author: Speaking) -> None:
    """Say, as the node that registered the holder, that you have seen the paper."""
    body = credentials.SeeCredential(credential=credential)
    say(author, "identity.credential.see/1", body)


@cli.command()
def require(
    supplier: Annotated[str, typer.Argument(help="Handle of the supplier.")],
    author: Speaking,
    kind: Annotated[
        list[str] | None, typer.Option(help="Ask for this kind; repeat for more; none ends it.")
    ] = None,
) -> None:
    """Say which certificates you ask of a supplier."""
    body = credentials.RequireQualifications(supplier=supplier, kinds=tuple(kind or ()))
    say(author, "identity.qualification.require/1", body)


@cli.command()
def show(
    credential: Named,
    author: Speaking,
    to: Annotated[str, typer.Option(help="Handle of the one buyer who may see it.")],
    field: Fields = None,
) -> None:
    """Show one buyer these fields through the log: it appears in that buyer's list of suppliers."""
    node = Node.existing(Settings())
    desk = desk_of(node, author)
    with looking("credential show", credential, Reader.party(author), node) as reading:
        submission = acting.showing(
            reading, desk, node.keys, credential, to, field or (), now_ms(reading.view)
        )
    append(node, [submission])


@cli.command()
def present(
    credential: Named,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    author: Speaking,
    to: Annotated[str, typer.Option(help="Handle of the one buyer for whom it is made.")],
    nonce: Annotated[
        str, typer.Option(help="What the buyer gave you; a random one if left out.")
    ] = "",
    field: Fields = None,
) -> None:
    """Write these fields into a file that one buyer verifies offline, with the proof from the log."""
    node = Node.existing(Settings())
    given = nonce or secrets.token_urlsafe(16)
    with looking("credential present", credential, Reader.party(author), node) as reading:
        key = acting.holder_key(reading.snapshot, node.keys, author, credential)
        made = acting.present(
            reading, key, credential, to, field or (), nonce=given, now_ms=now_ms(reading.view)
        )
    data = made.encode()
    write_file(file, data)
    say_line(f"{file}: {len(data):,} bytes, for {to} alone. It is verified with the log's key:")
    say_line(f"tallystick credential verify {file} --audience {to} --nonce {given} --log-key …")


@cli.command("list")
def list_all(
    author: Speaking,
    side: Annotated[Side, typer.Option(help="As what you see them.")] = "holder",
) -> None:
    """Credentials that you hold, issued, or were shown."""
    table = Table("credential", "kind", "standing", "issuer", "holder", "fields")
    with looking("credential list", author) as reading:
        reading.reader.lists_of(author, Thing("credentials"))
        now, after = now_ms(reading.view), ""
        while rows := credentials.credentials(reading.view, author, side, now, after):
            for one in rows:
                days = "" if one.stood.days is None else f", {one.stood.days} days"
                shown = ", ".join(one.fields)
                standing = f"{one.stood.standing}{days}"
                cells = (one.credential, one.kind, standing, one.row["issuer"], one.row["holder"])
                table.add_row(*cells, shown)
            after = rows[-1].credential
    console.print(table)


@cli.command()
def suppliers(author: Speaking) -> None:
    """Your suppliers and the certificates that you ask of them: what they have shown you."""
    table = Table("supplier", "kind", "standing", "days", "source")
    with looking("credential suppliers", author) as reading:
        reading.reader.lists_of(author, Thing("credentials"))
        now, after = now_ms(reading.view), ""
        while True:
            page = credentials.qualifications(reading.view, author, now, after=after)
            for one in page.rows:
                days = "" if one.stood.days is None else str(one.stood.days)
                source = one.found.row["source"] if one.found else ""
                table.add_row(one.supplier, one.kind, one.stood.standing, days, source)
            if page.next is None:
                break
            after = page.next
    console.print(table)


@cli.command()
def reminders() -> None:
    """Certificates that are about to expire, of which their holders were reminded."""
    table = Table("holder", "credential", "days before", "expires", "reminded")
    for one in reminding.reminders(Node.existing(Settings())):
        table.add_row(one.holder, one.credential, str(one.days), one.expires, one.done or "waits")
    console.print(table)


def desk_of(node: Node, author: str) -> acting.Desk:
    """Where the organisation writes with the key that this node holds for it. Raises `KeyMissing`."""
    key = node.keys.get(f"300:{author}")
    writer = Author(str(node.genesis()["origin"]), author, key, SystemClock())
    return acting.Desk(writer, key, node.settings.base_url)


def say(author: str, entry_type: str, body: Body) -> None:
    node = Node.existing(Settings())
    append(node, [desk_of(node, author).author.write(entry_type, body)])


def append(node: Node, submissions: list[Submission]) -> None:
    with node.writer() as ledger:
        accepted(ledger.append(submissions))
        ledger.seal()


def read_form(file: Path, form: type[F]) -> F:
    """Raises `FileUnreadable` or `CredentialFileRefused`."""
    try:
        return form.model_validate_json(read_bytes(file))
    except ValidationError as error:
        wrong: Sequence[str] = [
            f"{'/'.join(str(step) for step in one['loc']) or 'file'}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)[:10]
        ]
        raise CredentialFileRefused("; ".join(wrong)) from None


def say_line(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True, markup=False)


def last_day(day: str) -> int:
    """The first instant behind it. Raises `CredentialFileRefused`."""
    try:
        return credentials.end_of(day)
    except ValueError:
        raise CredentialFileRefused(f"{day} is no day") from None
