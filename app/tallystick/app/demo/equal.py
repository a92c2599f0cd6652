"""The daily equality of the story: made for each day on which money moved, and nothing left unexplained."""

from __future__ import annotations

from tallystick.app.bootstrap import Node
from tallystick.app.equality import keeping
from tallystick.ledger import InvariantError

days = (
    "2026-01-12",
    "2026-01-20",
    "2026-02-23",
    "2026-03-05",
    "2026-03-16",
    "2026-04-01",
    "2026-05-18",
    "2026-07-10",
)


def keep_days(node: Node) -> None:
    for day in days:
        unexplained = keeping.keep(node, day)
        if unexplained:
            raise InvariantError(f"{day}: {unexplained} minor units are not explained")
