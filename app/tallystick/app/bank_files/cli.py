"""`tallystick maturity read-notification`: a bank's camt.054 against what waits, and the entries that it is evidence of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.finance as finance
from tallystick.app.bank_files.camt import read_notification
from tallystick.app.bank_files.errors import NotificationTooLarge, NotificationUnreadable
from tallystick.app.bank_files.matching import Matched, Proposal, matched
from tallystick.app.bank_files.parts import file_bytes_max
from tallystick.app.bank_files.stating import state
from tallystick.app.bank_files.waiting import waiting
from tallystick.app.bootstrap import Node
from tallystick.app.progress import progress
from tallystick.app.reads.looking import looking
from tallystick.app.saying import signing_key
from tallystick.app.sending import sending
from tallystick.app.settings import Settings
from tallystick.ledger import Reader

console = Console()
refused_exit = 1
shown_max = 200


def hold_bank_file(
    file: Annotated[Path, typer.Argument(help="camt.054 of ISO 20022, as the bank wrote it.")],
    firm: Annotated[
        str, typer.Option("--as", metavar="ORGANISATION", help="Whose payments: 99.100/O-….")
    ],
    write: Annotated[
        bool, typer.Option("--write", help="Sign and send what matches; else it is only shown.")
    ] = False,
    author: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=FILE]",
            help="Who signs: 300:99.100/P-…, with its private key in a file if this node does not hold it. "
            "Repeated: whoever signs with the first.",
        ),
    ] = None,
    url: Annotated[
        str, typer.Option("--node", help="Send it to this running node; else into this store.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in minor units.")] = False,
    digest_only: Annotated[
        bool,
        typer.Option(
            "--digest-only", help="Of the lines only the SHA-256 is said; else they come along."
        ),
    ] = False,
) -> None:
    """Hold a bank's notification (camt.054) against what waits for evidence, and state what matches. Run it again: what stands
    is not stated twice. Exit code 1: an entry was refused."""
    if write and not author:
        raise typer.BadParameter("name who signs by --author", param_hint="--write")
    notification = read_notification(_bytes(file))
    node = Node.existing(Settings())
    with looking(
        "maturity read-notification", notification.digest, Reader.party(firm), node
    ) as reading:
        found = matched(notification, waiting(reading, firm))
    if as_json:
        told: dict[str, Any] = {"digest": notification.digest, "counts": found.counts}
        told |= {"lines": [line.document() for line in found.lines]}
        told |= {"proposals": [one.document() for one in found.proposals]}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    else:
        _print(found)
    if write and found.proposals:
        _write(node, url, author or [], found.proposals, records=not digest_only)
    elif found.proposals and not as_json:
        console.print(f"{len(found.proposals)} entries to be signed: run it with --write.")


def _write(
    node: Node, url: str, authors: list[str], proposals: tuple[Proposal, ...], *, records: bool
) -> None:
    signers = [signing_key(node, one) for one in authors]
    refused = written = 0
    with sending(node, url) as (log, origin), progress("entries") as tick:
        for one in state(proposals, log, origin, signers, tick, records=records):
            if one.problem:
                refused += 1
                places = " ".join(one.proposal.places)
                console.print(
                    f"{one.proposal.type} of {places}: {one.problem}",
                    highlight=False,
                    soft_wrap=True,
                )
            else:
                written += 1
    console.print(f"{written} entries written, {refused} refused.", highlight=False)
    if refused:
        raise typer.Exit(refused_exit)


def _print(found: Matched) -> None:
    """What does not match first, since somebody has to look at it."""
    rows = sorted(found.lines, key=lambda line: line.state in ("matches", "stated"))
    if not rows:
        console.print("The file notifies no payment.")
        return
    columns = ("place", "booked", "amount", "reference", "state", "what", "why")
    table = Table(*(Column(name, overflow="fold") for name in columns))
    for line in rows[:shown_max]:
        one = line.booked
        sign = "" if one.credit else "-"
        amount = f"{sign}{finance.format_amount(one.amount_minor, one.currency)} {one.currency}"
        told = f"{line.what} {line.target[:24]}".strip()
        table.add_row(
            one.place,
            one.booked_on,
            amount,
            one.reference,
            line.state,
            told,
            line.why or one.returned,
        )
    console.print(table)
    if len(rows) > shown_max:
        console.print(f"{len(rows) - shown_max} more lines: see --json.", highlight=False)
    counts = ", ".join(f"{name} {count}" for name, count in found.counts.items())
    console.print(f"{len(rows)} payments: {counts}.", highlight=False)


def _bytes(file: Path) -> bytes:
    """Raises `NotificationTooLarge` before such a file is read."""
    try:
        if file.stat().st_size > file_bytes_max:
            raise NotificationTooLarge(f"{file}: more than {file_bytes_max} bytes")
        return file.read_bytes()
    except OSError as error:
        raise NotificationUnreadable(f"{file}: {error.strerror}") from None
