"""Bodies of entries about organisations that one person says: later papers, and notices of incidents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.people.bodies import Paper, papers_max
from tallystick.ledger import AttachmentRef, Body, Handle, Hex32, Instant, Prefix

concerned_max = 200

IncidentKind = Literal[
    "outage", "delay", "data-lost", "data-disclosed", "key-compromised", "key-lost", "wrong-entry", "attack", "other",
]  # fmt: skip
Audience = Literal["public", "members", "concerned"]


class HandPapers(Body):
    """Papers that take the place of those of their kinds, once two people of the node have looked at them."""

    organisation: Handle
    papers: Annotated[tuple[Paper, ...], Field(min_length=1, max_length=papers_max)]


class TellIncident(Body):
    """What went wrong at a node, since when, and whom it concerns.

    `follows`: the payload hash of the first notice of the same incident; with `until` it is over. `text`: what
    there is to say about it, readable by whoever may read the notice.
    """

    node: Prefix
    what: IncidentKind
    since: Instant
    until: Instant | None = None
    audience: Audience
    concerns: Annotated[tuple[Handle, ...], Field(max_length=concerned_max)] = ()
    follows: Hex32 | None = None
    text: AttachmentRef | None = None
