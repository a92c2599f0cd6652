"""`tallystick mint issue|hand-in|fetch`: batches with an own key in a log served elsewhere, and leaves from there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_text
from tallystick.app.keystore import KeyStore
from tallystick.app.minting.afar import OwnPen, reached
from tallystick.app.minting.gathering import Gathering
from tallystick.app.minting.saying import Labels, Link, MintingRefused, Recorded, told, values_of
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.identity import minting
from tallystick.ledger import Verifier, mirror

console = Console()
missing_exit = 1
Url = Annotated[str, typer.Option("--log", help="Address of a node that serves the log.")]
Token = Annotated[
    Path | None,
    typer.Option("--token-file", help="A token with which your organisation reads there."),
]


def add(cli: typer.Typer) -> None:
    """Add these commands to `tallystick mint`."""
    cli.command("issue")(issue)
    cli.command("hand-in")(hand_in)
    cli.command("fetch")(fetch)


def issue(
    prefix: Annotated[str, typer.Argument(help="Prefix of the codes, such as 99.100.7.")],
    count: Annotated[int, typer.Argument(min=1, max=minting.batch_serials_max)],
    labels: Labels,
    author: Annotated[str, typer.Option(help="Who issues, with a key that is here.")],
    url: Url,
    log_key: Annotated[str, typer.Option(help="The log's verifier key, as you pinned it.")],
    token_file: Token = None,
    key: Annotated[str, typer.Option(help="The key, such as 300:99.100/O-…")] = "",
    value: Recorded = None,
    link: Link = "",
) -> None:
    """Issue a batch in a log that is served elsewhere, with an own key. Secret and label file stay here."""
    signing = KeyStore(Settings().folder).get(key or f"300:{author}")
    origin = Verifier.parse(log_key).name
    with reached(url, token_file, Settings().folder) as node, progress("codes") as tick:
        issuer = minting.Issuer(node.folder, OwnPen(author, signing, origin, node.log), node)
        for finished in issuer.settle(prefix):
            _say(f"An earlier run is finished: {told(finished)}")
        record = tuple(values_of(value or ()))
        at = minting.template_of(record)
        link = link or (f"{url.rstrip('/')}{at}" if at else "")
        new = minting.NewBatch(prefix, count, labels, record, link, minting.processes_sensible())
        found = issuer.issue(new, tick)
        _say(told(found))
        node.hand_in(prefix, found.batch)
    _say("Its leaves are there. Back up keys/batches: without its secret no code can be proven.")


def hand_in(
    prefix: str,
    number: Annotated[str, typer.Argument(help="The batch, such as 0001.")],
    url: Url,
    token_file: Token = None,
) -> None:
    """Send the leaves of a batch to a node that lacks them; it compares them with the root in the log."""
    with reached(url, token_file, Settings().folder) as node:
        if not node.folder.leaves_path(prefix, number).exists():
            raise MintingRefused(f"the leaves of {prefix}/{number} are not here")
        node.hand_in(prefix, number)
    _say(f"The leaves of {prefix}/{number} are there.")


def fetch(
    url: Annotated[str, typer.Option("--from", help="Address of a full mirror, or of a node.")],
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="A token that reads everything there.")
    ] = None,
) -> None:
    """Fetch the leaves that this node lacks, and compare them with the roots in the log. Exit code 1 if any are missing."""
    node = Node.existing(Settings())
    token = read_text(token_file).strip() if token_file else ""
    with httpx.Client(trust_env=False) as http, progress("batches") as tick:
        gathering = Gathering(node, mirror.Operator(url, token, http))
        missing = gathering.gather(tick)
    for line in minting.Kept(without_leaves=tuple(missing)).told("there"):
        _say(line)
    if missing:
        sys.exit(missing_exit)
    _say("The leaves of every batch are here.")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
