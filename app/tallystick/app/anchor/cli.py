"""`tallystick anchor`: the key, the contract, and the anchors of this log."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

import tallystick.contracts as contracts
from tallystick.app.anchor import configured
from tallystick.app.anchor.checking import check_kept
from tallystick.app.anchor.job import anchor_job, enqueue
from tallystick.app.anchor.step import step
from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.ledger import AnchorRow, SystemClock

cli = typer.Typer(help="Anchor checkpoints on an EVM chain.", no_args_is_help=True)
console = Console()
wrong_exit = 1
poll_s = 1.0
rows_shown = 20
_on_its_way = (contracts.AnchorPending, contracts.AnchorUnconfirmed, contracts.AnchorGone)


@cli.callback()
def anchor() -> None:
    """Anchor checkpoints on an EVM chain."""


@cli.command()
def key() -> None:
    """Make the key of the account that publishes anchors, and print its address: send it funds."""
    made = contracts.PublisherKey.generate()
    path = configured.key_path(Settings())
    made.save(path)
    _say(f"Made {path}: keep a copy in a safe place. The address of its account:")
    _say(made.address)


@cli.command()
def deploy(
    timeout_s: Annotated[
        int, typer.Option("--timeout", min=1, help="Seconds to wait for a block.")
    ] = 300,
) -> None:
    """Put the anchor contract on the chain; the key's account becomes its publisher."""
    node = Node.at(Settings())
    url = configured.servers(node.settings)[0]
    chain = contracts.Chain(url, node.settings.anchor_chain)
    publisher = configured.publisher(node, chain)
    sent = publisher.sign_deployment(SystemClock().now_ms())
    publisher.send(sent)
    _say(f"Sent in transaction 0x{sent.transaction.hex()}; waiting for a block.")
    deadline = time.monotonic() + timeout_s
    while (address := publisher.deployed_at(sent)) is None:
        if time.monotonic() > deadline:
            raise contracts.AnchorPending(f"transaction 0x{sent.transaction.hex()}")
        time.sleep(poll_s)
    replace(chain, contract=address).require_ours()
    _say(f"Chain {chain.chain} holds the contract. From now on set:")
    _say(f"TALLYSTICK_ANCHOR_CONTRACT={address}")


@cli.command()
def publish(
    size: Annotated[
        int | None, typer.Option(min=1, help="Of this checkpoint; by default the newest final one.")
    ] = None,
    timeout_s: Annotated[
        int, typer.Option("--timeout", min=1, help="Seconds to wait for its confirmations.")
    ] = 600,
) -> None:
    """Anchor a checkpoint now, and wait until it counts. The same one twice is found, not sent again."""
    node = Node.existing(Settings())
    configured.chains(node.settings)
    if size is None:
        with node.reader.open() as snapshot:
            found = configured.anchorable(snapshot)
        if found is None:
            raise configured.NothingToAnchor
        size = found[0]
    row = _wait_for(node, size, time.monotonic() + timeout_s)
    if row.status == "covered":
        _say(f"A larger checkpoint is anchored already, and it covers the {size:,} entries.")
        return
    _say(f"Anchored: {row.size:,} entries, in transaction 0x{row.transaction.hex()}")
    _say(f"in block {row.block} ({row.block_time}) of chain {row.chain}, contract {row.contract}.")


def _wait_for(node: Node, size: int, deadline: float) -> AnchorRow:
    """Step by step; what is not there in time is left to the worker."""
    with console.status("the chain is being asked") as status:
        while True:
            try:
                return step(node, size, SystemClock())
            except _on_its_way as error:
                if time.monotonic() > deadline:
                    enqueue(node, size)
                    _say("The worker of `tallystick serve` goes on with it.")
                    raise
                status.update(escape(error.detail))
                time.sleep(poll_s)


@cli.command()
def show() -> None:
    """What is anchored, what is on its way, and what is in its way."""
    node = Node.existing(Settings())
    settings = node.settings
    with node.store.read() as transaction:
        rows = transaction.anchors.recent(rows_shown)
        open_rows = transaction.outbox.waiting_of(anchor_job)
    with node.reader.open() as snapshot:
        found = snapshot.finality()
    where = f"chain {settings.anchor_chain}, contract {settings.anchor_contract}"
    _say(
        f"Anchors go to {where}"
        if settings.anchor_contract
        else "Nothing is anchored by this node."
    )
    if configured.key_path(settings).exists():
        account = contracts.PublisherKey.load(configured.key_path(settings)).address
        _say(f"Publisher: {account}")
    _say(f"{found.size:,} entries, final up to {found.final:,}, anchored up to {found.anchored:,}")
    if rows:
        console.print(_table(rows))
    for key, attempts, problem in open_rows:
        _say(f"size {int(key):,}, tried {attempts} times: {problem or 'not yet begun'}")


@cli.command()
def check(
    rpc: Annotated[
        list[str] | None,
        typer.Option(help="Ask this RPC server in place of the settings'; repeat for more."),
    ] = None,
) -> None:
    """Compare every anchor in the store with the chain. Exit codes: 0 all there, 1 one is not, 2 could not."""
    node = Node.existing(Settings())
    wrong = 0
    for row, problem in check_kept(node, rpc or ()):
        where = f"size {row.size:,}, block {row.block} of chain {row.chain}"
        if problem is None:
            console.print(f"[green]ok[/green]    {where}", highlight=False, soft_wrap=True)
        else:
            wrong += 1
            console.print("[red]WRONG[/red]", highlight=False, end=" ")
            _say(f"{where}: {problem.diagnosis()}")
    if wrong:
        sys.exit(wrong_exit)


def _table(rows: list[AnchorRow]) -> Table:
    names = ("size", "status", "block", "time", "transaction")
    table = Table(*(Column(name, overflow="fold") for name in names))
    for row in rows:
        transaction = f"0x{row.transaction.hex()}" if row.transaction else ""
        block = str(row.block) if row.block else ""
        table.add_row(f"{row.size:,}", row.status, block, row.block_time, transaction)
    return table


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
