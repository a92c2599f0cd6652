"""Firms of a document to organisations: by handle, number of the register, or a code that a record claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from tallystick.app.documents.told import Party
from tallystick.identity import by_name
from tallystick.ledger import TallystickError, View

#: ISO 6523 codes of schemes, and how they are called here.
iso_6523 = {"0088": "gln", "0199": "lei"}
candidates_max = 20


def organisation_of(view: View, author: str, party: Party) -> str | None:
    """The one organisation that a party's identifiers name; none if they name nobody, or several.

    A placeholder counts for the firm alone that made it: nobody verified its code.
    """
    found = {handle for scheme, text in party.ids for handle in _named(view, author, scheme, text)}
    return found.pop() if len(found) == 1 else None


def _named(view: View, author: str, scheme: str, text: str) -> Iterator[str]:
    if "/" in text:
        if view.get("organisation", text) is not None:
            yield text
        return
    for row in view.find("organisation-by-number", text.upper(), limit=candidates_max):
        firm = cast(dict[str, Any], row.value)
        if firm.get("placeholder_of") in (None, author):
            yield row.name
    called = iso_6523.get(scheme)
    if called is None:
        return
    try:
        claimed = by_name(view, called, text)
    except TallystickError:
        return
    if (
        claimed is not None
        and claimed.public
        and view.get("organisation", claimed.handle) is not None
    ):
        yield claimed.handle
