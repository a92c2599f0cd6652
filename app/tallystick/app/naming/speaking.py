"""One entry by an organisation whose key lies in the node's key store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from tallystick.app.bootstrap import Node
from tallystick.app.saying import Way
from tallystick.identity import resolve
from tallystick.ledger import Body, InvariantError, TallystickError


class SaidWrongly(TallystickError):
    code = "said-wrongly"
    status = 400
    title = "This cannot be said like that"
    advice = "Correct what is named; `--help` lists the choices."


def enter(
    node: Node, entry_type: str, body: Body, author: str, endorsers: Sequence[str] = ()
) -> int:
    """Append one entry, signed by the author and by organisations that agree; its index.

    Raises `KeyMissing` and what the rule refuses.
    """
    signing = [node.keys.get(f"300:{one}") for one in (author, *endorsers)]
    index = Way(node).say(entry_type, body, signing)
    if index is None:
        raise InvariantError(f"{entry_type} was accepted without an index")
    return index


def owner_of(node: Node, handle: str) -> str:
    """Who speaks for a record unless somebody is named; the handle itself if it has no record."""
    with node.reader.open() as snapshot:
        found = resolve(snapshot.view, handle)
    return handle if found is None or found.owner is None else found.owner


def body(model: type[Body], told: Mapping[str, object]) -> Body:
    """The body without what was not said; raises `SaidWrongly` that names the first wrong field."""
    given = {name: value for name, value in told.items() if value not in (None, "", ())}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"])) or "it"
        raise SaidWrongly(f"{where}: {wrong['msg']}") from None
