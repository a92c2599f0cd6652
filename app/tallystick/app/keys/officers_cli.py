"""`tallystick key recover` and its sisters: what officers of an organisation do together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.naming.speaking import SaidWrongly, body
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import (
    ApproveAsOfficer,
    RecoverKey,
    RefuseAsOfficer,
    SetOfficers,
    completes,
    key_at,
    pending_proposals,
    proposal,
)
from tallystick.ledger import Body, PrivateKey, SigningKey, canonical

console = Console()
By = Annotated[
    str,
    typer.Option("--by", metavar="KEY[=FILE]", help="The officer's key, and where it lies."),
]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
Proposal = Annotated[str, typer.Argument(help="The hash that `tallystick key proposals` lists.")]


def recover(
    lost: Annotated[str, typer.Argument(metavar="LOST", help="The key that is lost.")],
    fresh: Annotated[str, typer.Argument(metavar="NEW", help="The new key's reference.")],
    new_key: Annotated[Path, typer.Option(metavar="FILE", help="Its private key, which signs.")],
    by: By,
    reason: Annotated[Literal["lost", "stolen"], typer.Option(help="What happened.")] = "lost",
    custody: Annotated[
        Literal["self", "hardware"], typer.Option(help="Who holds the new key.")
    ] = "self",
    suspect_from: Annotated[
        int | None, typer.Option(min=0, help="Entries of the lost key from here on are suspect.")
    ] = None,
    url: Url = "",
) -> None:
    """Propose, as an officer, a new key in the place of a lost one; a quorum of other officers approves."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        row = key_at(snapshot.view, lost, snapshot.size() - 1).row
    private = PrivateKey.from_pem(read_bytes(new_key))
    told = {
        "lost": lost, "key": fresh, "jwk": private.public.jwk(), "custody": custody,
        "types": tuple(row["types"]), "reason": reason, "suspect_from": suspect_from,
        "played": row.get("played"),
    }  # fmt: skip
    said = body(RecoverKey, told)
    _enter(node, "key.recover", said, by, url, SigningKey(fresh, private))


def officers(
    organisation: Annotated[str, typer.Argument(help="Whose keys they recover.")],
    person: Annotated[list[str], typer.Argument(help="Administrators of it, each once.")],
    by: By,
    quorum: Annotated[int, typer.Option(help="How many of them it takes together.")] = 2,
    url: Url = "",
) -> None:
    """Propose, as an officer, who the officers are and how many it takes; a quorum of them approves."""
    told = {"organisation": organisation, "quorum": quorum, "officers": tuple(person)}
    _enter(Node.existing(Settings()), "officers.set", body(SetOfficers, told), by, url)


def approve(name: Proposal, by: By, url: Url = "") -> None:
    """Approve, as one more officer; the approval that completes the quorum carries the proposal out."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        row = proposal(snapshot.view, name)
        if row is None:
            raise SaidWrongly(f"proposal: there is none of hash {name}")
        last = completes(snapshot.view, row, by.partition("=")[0].partition(":")[2])
    told: dict[str, Any] = {"proposal": name}
    if last and row["about"] == "recovery":
        recovered: dict[str, Any] = dict(row["body"])
        told["recovered"] = {**recovered, "types": tuple(recovered["types"])}
    _enter(node, "officers.approve", body(ApproveAsOfficer, told), by, url)


def refuse(name: Proposal, by: By, url: Url = "") -> None:
    """End a proposal: as an officer, or against a node with a key that the owner still has."""
    said = body(RefuseAsOfficer, {"proposal": name})
    _enter(Node.existing(Settings()), "officers.refuse", said, by, url)


def proposals(
    organisation: Annotated[str, typer.Argument(help="Of which organisation.")],
) -> None:
    """What officers of an organisation may still approve, as JSON."""
    with Node.existing(Settings()).reader.open() as snapshot:
        for one in pending_proposals(snapshot.view, organisation):
            sys.stdout.write(canonical.encode(dict(one)).decode() + "\n")


def add_to(cli: typer.Typer) -> None:
    """These commands beside those about single keys."""
    for command in (recover, officers, approve, refuse, proposals):
        cli.command()(command)


def _enter(node: Node, kind: str, said: Body, by: str, url: str, *more: SigningKey) -> None:
    index = Way(node, url).say(f"identity.{kind}/1", said, [signing_key(node, by), *more])
    console.print(f"Entry {index}.", markup=False, highlight=False)
