"""`tallystick organisation …`: applications, as the node's operator looks at them where the node's store is.

Asking back and refusing are done here at once; admitting is proposed by one officer and decided by another
(`tallystick pending approve`).
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, get_args

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.applications import kept, told
from tallystick.app.applications.desk import Application, Desk, nodes
from tallystick.app.applications.errors import ApplicationUnknown, NoNode
from tallystick.app.applications.verifying import Verifying, propose_type
from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, write_file
from tallystick.app.people.saying import AuthorKey, Draft, Person, Url
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import possession_message, prefix_holder
from tallystick.ledger import Answer, InvariantError, PrivateKey, Submission

console = Console()
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The application's number: A-….")]


class _Nowhere:
    """What is proposed here is sent by `Way`."""

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        raise InvariantError("nothing is sent this way")


def add(cli: typer.Typer) -> None:
    """Add the commands to `tallystick organisation`."""
    cli.command("applications")(applications)
    cli.command("application")(application)
    cli.command("paper")(paper)
    cli.command("ask")(ask)
    cli.command("refuse")(refuse)
    cli.command("approve")(approve)
    cli.command("person")(person)


def applications(
    node: Annotated[
        str, typer.Option(help="Prefix of the node; the only one, if there is one.")
    ] = "",
    state: Annotated[
        str, typer.Option(help=f"One of {', '.join(get_args(kept.State))}.")
    ] = "submitted",
    after: Annotated[str, typer.Option(help="Go on after this number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
) -> None:
    """Applications to a node, by state."""
    if state not in get_args(kept.State):
        raise typer.BadParameter(f"one of {', '.join(get_args(kept.State))}", param_hint="--state")
    verifying = _verifying()
    with verifying.desk.node.look() as view:
        known = nodes(view)
        own = node or (next(iter(known)) if len(known) == 1 else "")
        if own not in known:
            raise NoNode(own or f"name one of {', '.join(sorted(known))}")
        found = verifying.listed(own, state, after, limit)  # type: ignore[arg-type]
        rows = [verifying.settled(view, one) for one in found]
    table = Table(
        *(Column(name, overflow="fold") for name in ("number", "name", "id", "state", "until"))
    )
    for one in rows:
        form = one.filled.form
        name = " · ".join(form.name.values()) if form else ""
        number = f"{form.scheme} {form.number or ''}".strip() if form else ""
        table.add_row(one.number, name, number, one.state, one.row.expires[:10])
    console.print(table if rows else "There is no application in this state.")


def application(number: Number) -> None:
    """One application with everything that it says, and whether its number is taken."""
    verifying = _verifying()
    with verifying.desk.node.look() as view:
        found = verifying.settled(view, _found(verifying, number))
        console.print_json(data=told.looked_at(view, found))


def paper(
    number: Number,
    known: Annotated[str, typer.Argument(metavar="PAPER", help="The paper's id.")],
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
) -> None:
    """Write a paper of an application into a file."""
    verifying = _verifying()
    _, one = verifying.paper(_found(verifying, number), known)
    write_file(file, one.data)
    _say(f"{file}: {one.type}, {len(one.data):,} bytes")


def ask(
    number: Number,
    text: Annotated[str, typer.Option(help="What is to be corrected or added.")],
) -> None:
    """Ask the applicant to correct something; it goes on from there."""
    verifying = _verifying()
    wish = kept.read(kept.Question, orjson.dumps({"text": text}))
    done = verifying.ask(_found(verifying, number), wish.text, "operator")
    _say(f"{number}: {done.state}")


def refuse(
    number: Number,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(kept.RefusalReason))}.")],
    text: Annotated[str, typer.Option(help="What the applicant is told beside it.")] = "",
) -> None:
    """Refuse an application; what the applicant said and sent is destroyed."""
    verifying = _verifying()
    given = {"reason": reason, **({"text": text} if text else {})}
    wish = kept.read(kept.Refusal, orjson.dumps(given))
    verifying.refuse(_found(verifying, number), wish, "operator")
    _say(f"{number}: refused")


def approve(number: Number, author: AuthorKey, url: Url = "", draft: Draft = None) -> None:
    """Propose to admit, as the first of two persons; the papers go along. The second: `tallystick pending approve`."""
    verifying, by = _verifying(), Person(author, url, draft)
    node, found = verifying.desk.node, _found(verifying, number)
    with node.look() as view:
        holder = prefix_holder(view, found.row.node) or ""
    body, attachments = verifying.body(found, holder), verifying.attachments(found)
    way = Way(node, url, draft)
    index = way.say(propose_type, body, [signing_key(node, author)], attachments)
    if index is None:
        return
    with node.reader.open() as snapshot:
        name = snapshot.row(index).payload_hash.hex()
    verifying.desk.move(found, "proposed", proposal=name, by=by.handle)
    _say(f"Proposed by entry {index}.\ntallystick pending approve {name} --author …")


def person(
    organisation: Annotated[
        str, typer.Argument(metavar="ORGANISATION", help="The handle that the application got.")
    ],
    handle: Annotated[str, typer.Argument(metavar="PERSON", help="A person's handle of it.")],
    key_file: Annotated[Path, typer.Option(help="The person's private key (PEM).")],
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    origin: Annotated[str, typer.Option(help="The log's origin.")],
) -> None:
    """Print a first person with its key, which signs for it: to be given on the page /apply, or over HTTP."""
    private = PrivateKey.from_pem(read_bytes(key_file))
    jwk, reference = private.public.jwk(), f"300:{handle}"
    message = possession_message(origin, organisation, handle, role, reference, jwk)
    sig = base64.b64encode(private.sign(message)).decode()
    key = {"key": reference, "jwk": jwk, "custody": "self", "possession": {"sig": sig}}
    print(orjson.dumps({"person": handle, "roles": role, "keys": [key]}).decode())


def _verifying() -> Verifying:
    node = Node.existing(Settings())
    return Verifying(Desk(node, str(node.genesis()["origin"])), _Nowhere())


def _found(verifying: Verifying, number: str) -> Application:
    found = verifying.desk.opened(number)
    if found is None:
        raise ApplicationUnknown(number)
    return found


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
