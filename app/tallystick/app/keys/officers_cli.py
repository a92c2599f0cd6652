"""`tallystick key recover` and `key officers`: what a quorum of officers does; others approve by `tallystick pending`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url, propose
from tallystick.app.settings import Settings
from tallystick.identity import key_at, speaker
from tallystick.ledger import PrivateKey, SigningKey


def recover(
    lost: Annotated[str, typer.Argument(metavar="LOST", help="The key that is lost.")],
    fresh: Annotated[str, typer.Argument(metavar="NEW", help="The new key's reference.")],
    new_key: Annotated[Path, typer.Option(metavar="FILE", help="Its private key, which signs.")],
    author: AuthorKey,
    reason: Annotated[Literal["lost", "stolen"], typer.Option(help="What happened.")] = "lost",
    custody: Annotated[
        Literal["self", "hardware"], typer.Option(help="Who holds the new key.")
    ] = "self",
    suspect_from: Annotated[
        int | None, typer.Option(min=0, help="Entries of the lost key from here on are suspect.")
    ] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose, as an officer, a new key in the place of a lost one; a quorum of other officers approves."""
    with Node.existing(Settings()).reader.open() as snapshot:
        row = key_at(snapshot.view, lost, snapshot.size() - 1).row
        organisation = speaker(snapshot.view, lost.partition(":")[2]).organisation
    private = PrivateKey.from_pem(read_bytes(new_key))
    what = {
        "kind": "recover", "lost": lost, "key": fresh, "jwk": private.public.jwk(),
        "custody": custody, "types": tuple(row["types"]), "reason": reason,
        "suspect_from": suspect_from, "played": row.get("played"),
    }  # fmt: skip
    by = Person(author, url, draft)
    propose(what, by, SigningKey(fresh, private), organisation=organisation)


def officers(
    person: Annotated[list[str], typer.Argument(help="Administrators of it, each once.")],
    author: AuthorKey,
    quorum: Annotated[int, typer.Option(help="How many of them it takes together.")] = 2,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Propose, as an officer, who recovers keys of your organisation, and how many it takes; a quorum approves."""
    what = {"kind": "officers", "quorum": quorum, "officers": tuple(person)}
    propose(what, Person(author, url, draft))


def add_to(cli: typer.Typer) -> None:
    """These commands beside those about single keys."""
    for command in (recover, officers):
        cli.command()(command)
