"""What the commands of `tallystick mint` share: who says it, where it goes, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from pydantic import ValidationError

from tallystick.app import sending
from tallystick.app.bootstrap import Node
from tallystick.identity import HandleValue, Pen, minting
from tallystick.ledger import Body, TallystickError

B = TypeVar("B", bound=Body)
Author = Annotated[
    str, typer.Option(help="Who issues: an organisation or service whose key this node holds.")
]
There = Annotated[
    str, typer.Option("--node", help="Send to this running node; else into this store.")
]

Labels = Annotated[Path, typer.Option(help="The label file, .ndjson or .csv: written once.")]
Recorded = Annotated[
    list[str] | None, typer.Option(help="TYPE=TEXT, a value of each code's record; repeatable.")
]
Link = Annotated[str, typer.Option(help="A link for each label, with {handle} or {serial} in it.")]


class MintingRefused(TallystickError):
    code = "minting-refused"
    status = 400
    title = "This cannot be minted like that"
    advice = "Correct what is named; the help of each command and docs/how-to/mint-identifiers.md show the forms."


def folder_of(node: Node) -> minting.Folder:
    return minting.Folder(node.settings.folder)


@contextmanager
def pen_of(node: Node, author: str, url: str) -> Iterator[Pen]:
    """The pen of an author whose key is here. Raises `KeyMissing`, `UnknownParty`."""
    with sending.pens(node, url) as pens:
        yield pens.of(author)


def body_of(model: type[B], told: dict[str, Any]) -> B:
    """A body as the command line gave it; raises `MintingRefused`."""
    try:
        return model.model_validate_json(orjson.dumps(told))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(str(step) for step in wrong["loc"])
        raise MintingRefused(f"{where}: {wrong['msg']}") from None


def values_of(told: Sequence[str]) -> Iterator[HandleValue]:
    """Values of a batch's record, as the command line gave them; raises `MintingRefused`."""
    for index, one in enumerate(told, 1):
        name, equals, data = one.partition("=")
        if not equals:
            raise MintingRefused(f"{one}: a value is TYPE=TEXT")
        yield body_of(HandleValue, {"index": index, "type": name, "data": data})


def told(found: minting.Issue) -> str:
    """What a batch that is issued says of itself."""
    return (
        f"Batch {found.prefix}/{found.batch}: {found.count:,} codes by entry {found.index}, "
        f"listed in {found.labels}"
    )
