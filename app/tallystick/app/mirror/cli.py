"""`tallystick mirror`: follow somebody else's log, execute its rules again, cosign what came out the same."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tallystick.app.addresses import http_address
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_text
from tallystick.app.mirror.home import MirrorHome
from tallystick.app.mirror.running import Running, executed, opened
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.identity import minting
from tallystick.ledger import SystemClock, Verifier, mirror

cli = typer.Typer(help="Run a mirror of somebody else's log.", no_args_is_help=True)
console = Console()
refused_exit = 1


def _home() -> MirrorHome:
    return MirrorHome(Settings().folder)


@cli.command()
def create(
    name: Annotated[
        str,
        typer.Option(help="Its name for ever: regulator.example/mirror, bank.example/own-mirror."),
    ],
    organisation: Annotated[
        str, typer.Option("--as", help="An own mirror: it holds what this organisation may read.")
    ] = "",
) -> None:
    """Make a mirror: its folder and its two keys. Prints the verifier key for policies."""
    home = _home()
    home.create(name, organisation)
    _say(home.cosigner().encode())
    _say(f"Its statements and sightings are signed by {home.verifier().encode()}")
    _say(f"Its keys are in {home.folder}: keep no copy that could sign elsewhere.")


@cli.command()
def follow(
    log_key: Annotated[
        str, typer.Argument(help="The log's verifier key, from a source you trust.")
    ],
    operator: Annotated[str, typer.Option(help="Address of the log's operator.")],
    token_file: Annotated[
        Path | None, typer.Option(help="The token that `tallystick reader add` printed there.")
    ] = None,
) -> None:
    """Say which log it follows, and where. Again with another address or token; never another log."""
    token = read_text(token_file).strip() if token_file else ""
    verifier = Verifier.parse(log_key)
    _home().follow(verifier, http_address(operator), token)
    _say(f"Following {verifier.name} at {operator}.")


@cli.command()
def sync() -> None:
    """Follow up to the newest checkpoint once, and end. For a first time before `serve`."""
    settings = Settings()
    with opened(Node.at(settings), _home(), SystemClock()) as running, progress("mirror") as tick:
        size = running.at_work.follow(progress=tick)
        running.erasing.settle()
        missing = running.gathering.gather()
        _say(_followed(running, size))
    for line in minting.Kept(without_leaves=tuple(missing)).told():
        _say(line)


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Follow the log; serve its files, cosign what agrees, hand entries on, and a status page."""
    from tallystick.app.mirror.serving import run

    settings = Settings()
    chosen = settings.mirror_port if port is None else port
    run(Node.at(settings), MirrorHome(settings.folder), host or settings.host, chosen)


@cli.command()
def status() -> None:
    """Where it stands, what it refuses, and which entries it saw are missing. Exit code 1 if it refuses."""
    settings, home = Settings(), _home()
    node, config = Node.at(settings), home.config()
    node.store.migrate()
    with node.reader.open() as snapshot:
        size = snapshot.size()
    table = Table(Column("mirror"), Column(config.name, overflow="fold"))
    stated = _stated(home)
    for name, value in (
        ("cosigns as", home.cosigner().encode()),
        ("states as", home.verifier().encode()),
        ("scope", config.scope),
        ("follows", config.origin or "nothing yet"),
        ("at", config.operator or "nowhere yet"),
        ("entries it holds", f"{size:,}"),
        (
            "of them read and checked" if config.organisation else "of them re-executed",
            f"{executed(node, size):,}",
        ),
        ("newest statement", f"{stated:,}" if stated else "none yet"),
    ):
        table.add_row(name, escape(value))
    console.print(table)
    _overdue(node)
    refusal = home.refusals.load()
    if refusal is not None:
        _say(f"IT REFUSES THIS LOG since {refusal.time}: {refusal.detail}")
        _say(refusal.error().advice)
        sys.exit(refused_exit)


@cli.command()
def overdue(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the sightings.")],
) -> None:
    """Write the sighting of each entry that was seen and is not in the log, each into a file."""
    node = Node.at(Settings())
    node.store.migrate()
    rows = mirror.overdue(node.store, SystemClock())
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        path = folder / f"{row.id}.sighting.json"
        path.write_text(row.statement, encoding="utf-8")
        _say(f"{path}: {row.author}, seen {row.seen}")
    _say(f"{len(rows)} entries. With `tallystick evidence make delay FILE` each becomes evidence.")


@cli.command()
def lift(
    index: Annotated[int, typer.Option(help="The entry that it refuses, typed by you.")],
) -> None:
    """Let it try again after a refusal. If the rule is still broken, it refuses again. Stop `serve` first."""
    home = _home()
    with home.locked():
        found = home.refusals.lift(index)
    _say(f"Lifted: {found.detail}")


def _followed(running: Running, size: int) -> str:
    """An own mirror executes no rule, and says of how many entries it saw the hash alone."""
    name, organisation = running.log.name, running.config.organisation
    if not organisation:
        return f"{name}: {size:,} entries re-executed, and all that was compared agrees."
    read = executed(running.node, size)
    return (
        f"{name}: {size:,} entries, {read:,} of them read for {organisation}: signatures, ids, streams and body "
        f"hashes are right. Of the other {size - read:,} it holds the hashes alone."
    )


def _stated(home: MirrorHome) -> int:
    newest = mirror.newest_statement(home.statement_file)
    return int(newest["size"]) if newest else 0


def _overdue(node: Node) -> None:
    rows = mirror.overdue(node.store, SystemClock())
    if not rows:
        return
    for row in rows:
        said = f"the operator answered {row.answer}" if row.answer else "no answer that names it"
        _say(f"Not in the log, seen {row.seen}, {said}:\n  {row.author}\n  {row.id}")
    _say("`tallystick mirror overdue DIR` writes their sightings, each into a file.")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
