"""`tallystick log publish-verifier`, and what `tallystick verify --page URL` says."""

from __future__ import annotations

import sys
from importlib.metadata import version

import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.organisations import accepted
from tallystick.app.settings import Settings
from tallystick.ledger import Author, PublishVerifier, verifier_type

console = Console()
errors = Console(stderr=True)
differs_exit = 1


def add(cli: typer.Typer) -> None:
    cli.command("publish-verifier")(publish_verifier)


def publish_verifier() -> None:
    """Write the hashes of the installed verifier page into the log, by the root authority's key."""
    from tallystick.app import verifier_page

    node = Node.existing(Settings())
    root = str(node.genesis()["root"])
    body = PublishVerifier(version=version("tallystick"), files=verifier_page.hashes())
    with node.writer() as ledger:
        author = Author(ledger.origin, root, node.keys.get(f"300:{root}"), ledger.clock)
        (answer,) = accepted(ledger.append([author.write(verifier_type, body)]))
        ledger.seal()
    console.print(f"entry {answer.index}: {len(body.files)} files of version {body.version}")


def check_page(url: str) -> None:
    """`verify --page URL`: each file with its verdict; exit code 1 if one differs from the installed page."""
    from tallystick.app import verifier_page

    rows = verifier_page.compare(url)
    for line in verifier_page.said(rows):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    try:
        verifier_page.require_same(rows)
    except verifier_page.PageDiffers as error:
        errors.print(f"{error.code}: {error.diagnosis()}", highlight=False, soft_wrap=True)
        sys.exit(differs_exit)
