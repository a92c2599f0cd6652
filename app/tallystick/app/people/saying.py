"""One entry of a person, signed by a key of its own, here or sent to a running node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.prefixes.sending import scribe
from tallystick.app.settings import Settings
from tallystick.identity import Propose, speaker
from tallystick.ledger import Body, SigningKey, TallystickError

console = Console()
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
AuthorRef = Annotated[
    str, typer.Option("--author", help="Key reference of the person: 300:99.100/P-….")
]
AuthorKey = Annotated[
    Path | None, typer.Option(help="The private key of --author, if the node does not hold it.")
]


class MemberRefused(TallystickError):
    code = "member-refused"
    status = 400
    title = "This cannot be said of people in this form"
    advice = "Correct what is named; the help of the command says its form."


@dataclass(frozen=True, slots=True)
class Person:
    """Who says it, with which key, where."""

    reference: str
    key: Path | None = None
    url: str = ""

    @property
    def handle(self) -> str:
        return self.reference.partition(":")[2]


def say(entry_type: str, body: Body, by: Person, *endorsers: SigningKey) -> int:
    """The index of the entry; raises what the rule refuses."""
    node = Node.existing(Settings())
    with scribe(node, by.url, by.reference, by.key) as saying:
        return saying.say(entry_type, body, *endorsers)


def formed(model: type[Body], told: Mapping[str, Any]) -> Body:
    """Raises `MemberRefused` naming the first wrong field."""
    try:
        return model.model_validate({k: v for k, v in told.items() if v not in (None, "")})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise MemberRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def propose(what: Mapping[str, Any], by: Person) -> None:
    """Propose in the name of the person's organisation, and say what comes next."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        organisation = speaker(snapshot.view, by.handle).organisation
    given = {name: value for name, value in what.items() if value not in (None, "")}
    body = formed(Propose, {"organisation": organisation, "what": given})
    index = say("identity.propose/1", body, by)
    with node.reader.open() as snapshot:
        name = "" if by.url else snapshot.row(index).payload_hash.hex()
    console.print(f"Proposed by entry {index}.", highlight=False)
    if name:
        console.print(f"tallystick pending approve {name} --author …", highlight=False)
