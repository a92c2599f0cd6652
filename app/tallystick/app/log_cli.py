"""`tallystick log`: read the log and verify its proofs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app import (
    log_export_cli,
    log_files_cli,
    log_quorum_cli,
    log_state_cli,
    log_tiles_cli,
    verifier_cli,
)
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, read_text
from tallystick.app.reads.commands import noted
from tallystick.app.settings import Settings
from tallystick.ledger import (
    Finality,
    LogFenced,
    ProofFile,
    TallystickError,
    Verifier,
    auditor_reader,
    heads,
    log_verifier,
    open_checkpoint,
    witness,
)

cli = typer.Typer(help="Read the log, and verify its proofs.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)
fenced_exit = 1
log_files_cli.add(cli)
log_tiles_cli.add(cli)
log_export_cli.add(cli)
log_state_cli.add(cli)
verifier_cli.add(cli)
cli.add_typer(log_quorum_cli.cli, name="quorum")


@cli.command()
def checkpoint() -> None:
    """Print the newest checkpoint: keep it elsewhere, and pin it in `audit --checkpoint`.

    Who cosigned it, and whether that is a quorum, goes to standard error.
    """
    with Node.existing(Settings()).reader.open() as snapshot:
        newest, found = snapshot.checkpoint(), snapshot.finality()
    if newest:
        sys.stdout.write(newest[1])
        sys.stdout.flush()
        errors.print(verdict_said(found), markup=False, highlight=False, soft_wrap=True)


@cli.command()
def show() -> None:
    """How far the log is sealed and final, who cosigned what, and why no more. Exit code 1 if fenced."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        found = snapshot.finality()
    for said in (
        f"{node.genesis()['origin']}: {found.size:,} entries",
        f"sealed up to {found.sealed:,}, final up to {found.final:,}"
        + (f", anchored up to {found.anchored:,}" if found.anchored else ""),
        verdict_said(found),
    ):
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    if found.witnesses:
        console.print(_witnesses(found))
    fence = node.memory().fence()
    if fence is not None:
        errors.print(f"[red]{LogFenced.code}[/red]: {escape(LogFenced(fence.detail).diagnosis())}")
        sys.exit(fenced_exit)


@cli.command("lift-fence")
def lift_fence(
    size: Annotated[int, typer.Option(help="The size that the fence names, typed by you.")],
) -> None:
    """Let the log sign again although a witness says that it cosigned a larger tree of it."""
    Node.existing(Settings()).memory().lift_fence(size)
    console.print("The log signs again. Restart `tallystick serve`.")


@cli.command()
def key() -> None:
    """Print the log's verifier key."""
    with Node.existing(Settings()).reader.open() as snapshot:
        console.print(log_verifier(snapshot.view).encode(), markup=False, soft_wrap=True)


@cli.command()
def recent(limit: Annotated[int, typer.Option(min=1, max=200)] = 20) -> None:
    """The newest entries."""
    names = ("index", "ledger time", "type", "author", "outcome")
    table = Table(*(Column(name, overflow="fold") for name in names))
    with Node.existing(Settings()).reader.open() as snapshot:
        for row in snapshot.recent(limit=limit):
            said = row.outcome if row.code is None else f"{row.outcome}: {row.code}"
            table.add_row(str(row.index), row.time, row.type, escape(row.author), said)
    console.print(table)


@cli.command()
def entry(index: int) -> None:
    """One entry with its body, as the operator reads it."""
    node = Node.existing(Settings())
    with (
        noted(node, auditor_reader, "log entry", str(index)) as reader,
        node.reader.open() as snapshot,
    ):
        found = snapshot.disclose(index, reader)
    shown = {
        "index": found.row.index,
        "outcome": found.row.outcome,
        "code": found.row.code,
        "time": found.row.time,
        "leaf_hash": found.row.leaf_hash.hex(),
        "envelope": orjson.loads(found.row.leaf),
        "body": orjson.loads(found.body) if found.body else None,
        "attachments": [attachment.hash() for attachment in found.attachments],
        "parties": list(found.parties),
    }
    console.print_json(data=shown)


@cli.command()
def head(
    kind: Annotated[
        str,
        typer.Argument(help="One of: " + ", ".join(heads.names) + "."),
    ],
    name: Annotated[
        str,
        typer.Argument(
            help="Exactly as the log writes it, organisations and handles in upper case."
        ),
    ],
    size: Annotated[
        int | None, typer.Option(min=1, help="Under the checkpoint of this size; else the newest.")
    ] = None,
) -> None:
    """Which entries touched a name, and the proof that no others did; or that none ever did."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found = snapshot.head(kind, name, size)
    console.print_json(data={"present": found.present, **found.told()})


@cli.command()
def proof(index: int) -> None:
    """Print the proof file (C2SP tlog-proof) of an entry."""
    with Node.existing(Settings()).reader.open() as snapshot:
        sys.stdout.write(snapshot.proof_file(index).encode())


@cli.command()
def verify(
    proof_file: Path,
    leaf: Annotated[Path, typer.Option(help="The entry's envelope, as it was received.")],
    log_key: Annotated[str, typer.Option(help="The log's verifier key, as you pinned it.")],
    policy: Annotated[
        Path | None, typer.Option(help="Also ask for the quorum of this policy, as you pinned it.")
    ] = None,
) -> None:
    """Verify an entry offline against a proof file and a pinned log key. Exit code 1 if it fails."""
    verifier = Verifier.parse(log_key)
    pinned = witness.Policy.parse(read_bytes(policy)) if policy else None
    text, entry_bytes = read_text(proof_file), read_bytes(leaf).strip()
    try:
        found = ProofFile.parse(text)
        covered = found.verify(entry_bytes, verifier)
        if pinned:
            witness.open_cosigned(found.checkpoint, pinned, verifier).require()
    except TallystickError as error:
        console.print(f"[red]NOT VERIFIED[/red] {escape(error.diagnosis())}", highlight=False)
        sys.exit(1)
    console.print(
        f"Entry {found.index} is in {covered.origin} of {covered.size} entries.", markup=False
    )
    if pinned:
        console.print(log_files_cli.quorum_said(pinned), markup=False, highlight=False)


def verdict_said(found: Finality) -> str:
    """Whether the newest checkpoint is final, and why not."""
    name = witness.printable(found.policy.quorum)
    if found.policy.is_none:
        return log_files_cli.quorum_said(found.policy)
    who = ", ".join(witness.printable(one) for one in sorted(found.verdict.cosigned))
    said = f"checkpoint {found.sealed:,} is cosigned by {who or 'nobody'}"
    if found.verdict.met:
        return f"{said}: quorum {name} is met, it is final"
    return f"{said}: not final. {found.why}"


def _witnesses(found: Finality) -> Table:
    table = Table(
        Column("witness", overflow="fold"), "cosigned", Column("last time", overflow="fold")
    )
    for one in found.witnesses:
        said = f"{one.title} ({one.code})" + (f": {one.detail}" if one.detail else "")
        table.add_row(
            escape(witness.printable(one.name)),
            f"{one.cosigned:,}",
            escape(f"{one.time} {said}".strip()),
        )
    return table


@cli.command("open")
def open_note(
    checkpoint_file: Path,
    log_key: Annotated[str, typer.Option(help="The log's verifier key, as you pinned it.")],
) -> None:
    """Verify a checkpoint's signature and print what it says."""
    covered = open_checkpoint(read_text(checkpoint_file), Verifier.parse(log_key))
    console.print(
        f"{covered.origin}: {covered.size} entries, root {covered.root.hex()}", markup=False
    )
