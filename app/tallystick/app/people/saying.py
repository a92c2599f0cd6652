"""One entry of a person, signed by a key of its own: here, sent to a running node, or drafted for others to sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import Propose, speaker
from tallystick.ledger import Attachment, Body, SigningKey, TallystickError, payload_hash

console = Console()
AuthorKey = Annotated[
    str,
    typer.Option(
        "--author",
        metavar="KEY[=FILE]",
        help="Who says it: 300:99.100/P-…, with its private key in a file if this node does not hold it.",
    ),
]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
Draft = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Do not send it: write it there for others to sign."),
]


class MemberRefused(TallystickError):
    code = "member-refused"
    status = 400
    title = "This cannot be said of people in this form"
    advice = "Correct what is named; the help of the command says its form."


@dataclass(frozen=True, slots=True)
class Person:
    """Who says it, and where it goes."""

    author: str
    url: str = ""
    draft: Path | None = None

    @property
    def handle(self) -> str:
        return self.author.partition("=")[0].partition(":")[2]


def say(
    entry_type: str,
    body: Body,
    by: Person,
    *more: SigningKey,
    attachments: Sequence[Attachment] = (),
) -> int | None:
    """The index of the entry, None for a draft; raises what the rule refuses. `more` endorse it."""
    node = Node.existing(Settings())
    signers = [signing_key(node, by.author), *more]
    return Way(node, by.url, by.draft).say(entry_type, body, signers, attachments)


def say_named(entry_type: str, body: Body, by: Person) -> None:
    """Say it, and print the payload hash, by which answers name it."""
    node = Node.existing(Settings())
    way = Way(node, by.url, by.draft)
    entry = way.signed(entry_type, body, [signing_key(node, by.author)])
    if way.send(entry) is not None:
        print(payload_hash(entry.envelope).hex())


def say_index(
    entry_type: str, body: Body, by: Person, attachments: Sequence[Attachment] = ()
) -> None:
    """Say it, and print where it stands."""
    index = say(entry_type, body, by, attachments=attachments)
    if index is not None:
        console.print(f"Entry {index}.", highlight=False)


def formed(model: type[Body], told: Mapping[str, Any]) -> Body:
    """Raises `MemberRefused` naming the first wrong field."""
    try:
        return model.model_validate({k: v for k, v in told.items() if v not in (None, "")})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise MemberRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def propose(what: Mapping[str, Any], by: Person, *more: SigningKey, organisation: str = "") -> None:
    """Propose, in the name of the person's organisation if no other is told, and say what comes next."""
    node = Node.existing(Settings())
    if not organisation:
        with node.reader.open() as snapshot:
            organisation = speaker(snapshot.view, by.handle).organisation
    given = {name: value for name, value in what.items() if value not in (None, "")}
    body = formed(Propose, {"organisation": organisation, "what": given})
    index = say("identity.propose/1", body, by, *more)
    if index is None:
        return
    console.print(f"Proposed by entry {index}.", highlight=False)
    if not by.url:
        with node.reader.open() as snapshot:
            name = snapshot.row(index).payload_hash.hex()
        console.print(f"tallystick pending approve {name} --author …", highlight=False)


def said(text: str, index: int | None) -> None:
    """What was entered, and where; nothing of a draft."""
    if index is not None:
        console.print(f"{text}, entry {index}.", highlight=False)
