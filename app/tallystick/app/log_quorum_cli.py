"""`tallystick log quorum`: quorum texts and the certificates of their signers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app import certifying
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, read_text
from tallystick.app.settings import Settings
from tallystick.ledger import Note, TallystickError, Verifier, bls, open_checkpoint, promise

cli = typer.Typer(help="Certify checkpoints by k of n signers.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)
not_verified_exit = 1
never_the_policy = (
    "It says that these signed this checkpoint, and nothing about the log's policy: "
    "`tallystick log cosigned` says whether that is met."
)


@cli.command()
def make(
    key_lines: Annotated[
        list[Path], typer.Argument(help="Files of key lines (`tallystick witness quorum-key`).")
    ],
    threshold: Annotated[int, typer.Option(min=1, help="How many of them a certificate needs.")],
) -> None:
    """Print a quorum file for `tallystick init --quorum`, each proof of possession verified."""
    lines = [line for path in key_lines for line in read_text(path).splitlines() if line.strip()]
    made = bls.register(threshold, [bls.KeyLine.parse(line) for line in lines])
    _write(made.to_file())


@cli.command("file")
def print_file() -> None:
    """Print this log's quorum file, for those who verify its certificates."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found = bls.log_quorum(snapshot.view)
    if found is None:
        raise bls.NoQuorumText
    _write(found.to_file())


@cli.command()
def show(
    file: Annotated[
        Path | None, typer.Argument(help="A quorum file; by default the log's.")
    ] = None,
) -> None:
    """Who signs certificates, and how many of them must."""
    if file:
        found = bls.Registered.from_file(read_text(file)).proven()
    else:
        with Node.existing(Settings()).reader.open() as snapshot:
            found = bls.require_quorum(snapshot.view)
    _say(f"A certificate needs {found.said}; each key is proven by its holder:")
    for one in found.text.signers:
        _say(f"  {one.name}")
    _say("It does not replace the log's policy, which alone decides what is final.")


@cli.command()
def certify(
    size: Annotated[
        int | None, typer.Option(min=1, help="Of this checkpoint; by default the newest final one.")
    ] = None,
) -> None:
    """Ask the signers for a certificate, keep it, and print the checkpoint that bears it."""
    made = certifying.certify(Node.existing(Settings()), size)
    for one in made.certified.outcomes:
        detail = f": {one.detail}" if one.detail else ""
        errors.print(escape(f"{one.witness}: {one.code}{detail}"), highlight=False, soft_wrap=True)
    _write(made.note.encode())


@cli.command()
def verify(
    checkpoint: Annotated[Path, typer.Argument(help="The note that bears the certificate.")],
    log_key: Annotated[str, typer.Option(help="The log's verifier key, as you pinned it.")],
    quorum: Annotated[Path | None, typer.Option(help="The quorum file, as you pinned it.")] = None,
    genesis: Annotated[
        Path | None, typer.Option(help="Or `/v1/entries/0`, which the log key signed.")
    ] = None,
) -> None:
    """Verify a certificate offline: log key, proofs of possession, signers. Exit code 1 if it fails."""
    if (quorum is None) == (genesis is None):
        raise typer.BadParameter("give one of --quorum and --genesis")
    log, note = Verifier.parse(log_key), read_text(checkpoint)
    data = b"".join(read_bytes(path) for path in (quorum, genesis) if path)
    try:
        open_checkpoint(note, log)
        given = (
            _from_genesis(data, log)
            if genesis
            else bls.Registered.from_file(data.decode(errors="replace"))
        )
        found = bls.open_certificate(Note.parse(note), given.proven())
    except TallystickError as error:
        said = escape(error.diagnosis())
        console.print(f"[red]NOT VERIFIED[/red] {said}", highlight=False, soft_wrap=True)
        sys.exit(not_verified_exit)
    print_certificate(found)


def print_certificate(found: bls.Certificate) -> None:
    """What a verified certificate says, and what it does not."""
    covered = found.checkpoint
    _say(f"{covered.origin}: {covered.size} entries, root {covered.root.hex()}")
    table = Table(Column("signer", overflow="fold"), "signed")
    for one in found.quorum.text.signers:
        table.add_row(escape(one.name), "yes" if one.name in found.signers else "no")
    console.print(table)
    text, had = found.quorum.text, len(found.signers)
    _say(
        f"{had} of these {len(text.signers)} signed, {text.threshold} are needed. {never_the_policy}"
    )


def _from_genesis(data: bytes, log: Verifier) -> bls.Registered:
    found = promise.open_charter(promise.read_document(data), log).quorum
    if found is None:
        raise bls.NoQuorumText
    return found


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _say(text: str) -> None:
    console.print(escape(text), highlight=False, soft_wrap=True)
