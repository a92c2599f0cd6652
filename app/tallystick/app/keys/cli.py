"""`tallystick key`: keys of organisations, people and devices, from this node's store."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import make
from tallystick.app.files import write_file
from tallystick.app.keys import acts_cli, binding_cli, officers_cli
from tallystick.app.reads.looking import looking
from tallystick.app.settings import Settings
from tallystick.identity import KeyAt, index_of, key_at, keys_at
from tallystick.ledger import (
    canonical,
    log_verifier,
)
from tallystick.ledger.bundle import Request

cli = typer.Typer(
    help="Keys of organisations, people and devices: valid when, replaced, recovered.",
    no_args_is_help=True,
)
acts_cli.add_to(cli)
binding_cli.add_to(cli)
officers_cli.add_to(cli)
console = Console()
Reference = Annotated[str, typer.Argument(metavar="KEY", help="Such as 300:99.100.7/scanner-12.")]
At = Annotated[
    str, typer.Option("--at", metavar="INDEX|TIME", help="By default the last entry of the log.")
]


@cli.command()
def valid(
    key: Reference,
    at: At = "",
    proof: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the proof, for `tallystick verify`."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Was this key valid at this index, and in whose custody? Exit codes: 0 valid, 1 not valid."""
    with looking("key valid", key) as reading:
        snapshot = reading.snapshot
        index = index_of(snapshot, at) if at else snapshot.size() - 1
        found = key_at(snapshot.view, key, index)
        data = b""
        if proof is not None:
            data = make(snapshot, reading.reader, [Request.of("key-at", key=key, index=index)])
        log = log_verifier(snapshot.view)
    if as_json:
        sys.stdout.write(canonical.encode(found.document()).decode() + "\n")
    else:
        _say(_sentence(found))
    if proof is not None:
        write_file(proof, data)
        # Beside the answer, so that --json stays JSON.
        typer.echo(f"tallystick verify {proof} --log-key {log.encode()}", err=True)
    if found.state != "valid":
        sys.exit(1)


@cli.command("list")
def list_keys(
    owner: Annotated[str, typer.Argument(help="An organisation, a person, a device or a log.")],
    at: At = "",
) -> None:
    """All keys ever registered for a handle, and how they stand at an index."""
    table = Table("key", "state", "custody", "binding", "since", "until", Column("types"))
    with Node.existing(Settings()).reader.open() as snapshot:
        index = index_of(snapshot, at) if at else snapshot.size() - 1
        for one in keys_at(snapshot.view, owner, index):
            told = one.document()
            state = f"{told['state']}, suspect" if told["suspect"] else told["state"]
            until = str(told.get("until", ""))
            table.add_row(
                one.key, state, told["custody"], told["binding"], str(told["since"]), until,
                " ".join(told["types"]),
            )  # fmt: skip
    console.print(table)


def _sentence(found: KeyAt) -> str:
    told: Mapping[str, Any] = found.document()
    said = {
        "valid": "was valid",
        "not-yet": f"was not registered yet; entry {told['since']} did that",
        "revoked": f"was revoked: {told.get('reason')}, from index {told.get('until')} on",
        "rotated": f"was replaced by {told.get('replaced_by')}, from index {told.get('until')} on",
    }[found.state]
    suspect = f" What it signed from {told.get('suspect_from')} on is suspect." * found.is_suspect
    held = f" Custody: {told['custody']}, {told['binding']}{_asked(found)}."
    return f"At index {found.index} {found.key} {said}.{held}{suspect}"


def _asked(found: KeyAt) -> str:
    """What the CA said of the certificate."""
    if found.binding is None:
        return ""
    status = found.binding.get("status")
    return ", status not asked" if status is None else f", good as of {status['time']}"


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
