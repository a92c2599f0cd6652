"""`tallystick receipt`: was the promise of a receipt kept?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from tallystick.app import receipts
from tallystick.app.addresses import http_address
from tallystick.app.files import read_bytes, read_text
from tallystick.ledger import (
    ProofFile,
    ReceiptRefused,
    ReceiptWrongKey,
    SystemClock,
    Verifier,
    promise,
)

cli = typer.Typer(help="Check receipts: what the log promised.", no_args_is_help=True)
console = Console()
broken_exit = 1


@cli.callback()
def receipt() -> None:
    """Check receipts: what the log promised."""


@cli.command()
def check(
    file: Annotated[Path, typer.Argument(help="The receipt, or the node's whole answer.")],
    log_key: Annotated[str, typer.Option(help="The log's verifier key, as you pinned it.")],
    node: Annotated[str, typer.Option(help="Address of a running node of this log.")] = "",
    proof: Annotated[
        Path | None, typer.Option(help="Without a node: a proof file of one of its entries.")
    ] = None,
    genesis: Annotated[
        Path | None,
        typer.Option(help="Without a node: `/log/governance` or `/v1/entries/0`, as fetched once."),
    ] = None,
    rpc: Annotated[
        list[str] | None,
        typer.Option(help="With a node: ask this RPC server for its anchor; repeat for more."),
    ] = None,
    contract: Annotated[
        str, typer.Option(help="With --rpc: the anchor contract that you expect.")
    ] = "",
) -> None:
    """Is each entry where the receipt says, and sealed in time? Exit codes: 0 kept or waiting, 1 broken, 2 could not."""
    log = Verifier.parse(log_key)
    document = promise.read_document(read_bytes(file))
    if not node and (proof is None or genesis is None):
        raise typer.BadParameter("give --node, or both --proof and --genesis")
    if node:
        http_address(node)
    with httpx.Client() as http:
        remote = receipts.RemoteNode(node, http)
        charter = _charter(genesis, log) if genesis else remote.charter(log)
        try:
            given = promise.open_promise(document, charter)
        except ReceiptWrongKey as error:
            _say(f"[red]BROKEN[/red] {escape(error.diagnosis())}")
            sys.exit(broken_exit)
        if proof is not None:
            found = [_offline(given, ProofFile.parse(read_text(proof)), charter)]
        else:
            found = receipts.check(given, charter, remote, SystemClock())
            if rpc or contract:
                found = [
                    receipts.check_anchored(one, charter, remote, rpc or (), contract)
                    for one in found
                ]
    for one in found:
        mark = "[red]BROKEN[/red]" if one.broken else f"[green]{one.grade}[/green]"
        _say(f"{mark} {escape(f'{one.entry.id} ({one.entry.outcome}): {one.said}')}")
    broken = [one.broken for one in found if one.broken]
    if broken:
        _say(escape(f"{broken[0].title}. {broken[0].advice}"))
        if node:
            _say(
                f"`tallystick evidence make receipt {escape(str(file))} --node …` makes one file of it."
            )
        sys.exit(broken_exit)


def _charter(path: Path, log: Verifier) -> promise.Charter:
    """From `/v1/entries/0`, or from the whole of `/log/governance`."""
    known = promise.read_document(read_bytes(path))
    return (
        promise.chain_charter(known, log)[0]
        if "entries" in known
        else promise.open_charter(known, log)
    )


def _offline(given: promise.Promise, read: ProofFile, charter: promise.Charter) -> receipts.Checked:
    for entry in given.entries:
        if entry.index == read.index:
            return receipts.check_proof(entry, read, charter)
    raise ReceiptRefused(f"the receipt names no entry at index {read.index}, as the proof does")


def _say(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
