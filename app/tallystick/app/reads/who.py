"""Who looks: a person, a program, the bearer of a token, a persona of a demo, a user of the Handle API, the operator."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.app.reads.seen import Looked
from tallystick.ledger import Reader, reads


@dataclass(frozen=True, slots=True)
class Who:
    """As rows name it; `name` is a handle, a client's id or the name of a token, never a secret."""

    kind: str
    name: str
    roles: tuple[str, ...] = ()


nobody = Who("public", "")
operator = Who("operator", "command")


def row_of(
    who: Who, reader: Reader, looked: Looked, at_ms: int, route: str, path: str
) -> reads.ReadRow:
    """The row of what was looked at."""
    seen_as, organisation = reader.named()
    return reads.ReadRow(
        at_ms,
        who.kind,
        who.name,
        organisation,
        tuple(sorted(who.roles)),
        seen_as,
        route,
        path,
        tuple(sorted(looked.grades)),
        tuple(sorted(looked.grounds)),
        tuple(sorted(looked.parties)),
        tuple(looked.things),
    )
